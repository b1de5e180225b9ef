/* SPDX-License-Identifier: MIT */
/*
 * Which objects of Kubernetes need which: pods their nodes and claims, controllers
 * and services their pods, of which at least one, and what routes to them.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "collect/format/kube.h"

/* TYPE:SPACE/NAME, or TYPE:NAME; NULL without a name. */
static char *named(const char *type, const char *space, const char *name)
{
	SH_CLEANUP_FREE char *full = space && name ? sh_asprintf("%s/%s", space, name) : NULL;

	return name ? sh_import_name_fleet(type, full ? full : name) : NULL;
}

/* "ReplicaSet" -> "replicaset", as the other entities of objects. */
static char *owner_of(const char *space, const json_t *o)
{
	SH_CLEANUP_FREE char *type = sh_strdup(sh_document_text(o, "kind") ? sh_document_text(o, "kind") : "");

	for (char *p = type; *p; p++)
		if (*p >= 'A' && *p <= 'Z')
			*p = (char)(*p + ('a' - 'A'));
	/* The node that a static pod was started by is told as where it runs. */
	return *type && strcmp(type, "node") ? named(type, space, sh_document_text(o, "name")) : NULL;
}

/* What was scaled to nothing keeps nothing up. */
static bool counts(const json_t *doc)
{
	return sh_document_number(doc, "spec.replicas") != 0;
}

static void owners(struct sh_import *in, const json_t *doc, const char *space, const char *self)
{
	size_t i;
	json_t *o;

	json_array_foreach(sh_document_at(doc, "metadata.ownerReferences"), i, o) {
		SH_CLEANUP_FREE char *owner = NULL;

		if (!json_is_true(sh_document_at(o, "controller")) || !counts(doc))
			continue;
		owner = owner_of(space, o);
		sh_import_member(in, self, owner, 1);
	}
}

static void pod(struct sh_import *in, const json_t *doc, const char *space, const char *self)
{
	SH_CLEANUP_FREE char *node = named("node", NULL, sh_document_text(doc, "spec.nodeName"));
	size_t i;
	json_t *v;

	sh_import_link(in, self, "runs_on", node);
	json_array_foreach(sh_document_at(doc, "spec.volumes"), i, v) {
		SH_CLEANUP_FREE char *claim = named("persistentvolumeclaim", space,
						    sh_document_text(v, "persistentVolumeClaim.claimName"));
		SH_CLEANUP_FREE char *server = named("host", NULL, sh_document_text(v, "nfs.server"));

		sh_import_link(in, self, "stores_on", claim);
		sh_import_link(in, self, "mounts", server);
	}
}

static void node(struct sh_import *in, const json_t *doc, const char *space, const char *self)
{
	size_t i;
	json_t *a;

	(void)space;
	json_array_foreach(sh_document_at(doc, "status.addresses"), i, a) {
		const char *type = sh_document_text(a, "type");
		SH_CLEANUP_FREE char *host = named("host", NULL, sh_document_text(a, "address"));

		if (type && !strcmp(type, "Hostname"))
			sh_import_link(in, self, "runs_on", host);
	}
}

static void claim(struct sh_import *in, const json_t *doc, const char *space, const char *self)
{
	SH_CLEANUP_FREE char *volume = named("persistentvolume", NULL,
					     sh_document_text(doc, "spec.volumeName"));

	(void)space;
	sh_import_link(in, self, "stores_on", volume);
}

static void volume(struct sh_import *in, const json_t *doc, const char *space, const char *self)
{
	SH_CLEANUP_FREE char *server = named("host", NULL, sh_document_text(doc, "spec.nfs.server"));

	(void)space;
	sh_import_link(in, self, "mounts", server);
}

/* The pods behind a service, as the control plane has found them. */
static void targets(struct sh_import *in, const json_t *list, const char *space, const char *service)
{
	size_t i;
	json_t *e;

	json_array_foreach(list, i, e) {
		const json_t *ref = sh_document_at(e, "targetRef");
		const char *kind = sh_document_text(ref, "kind"), *there = sh_document_text(ref, "namespace");
		SH_CLEANUP_FREE char *pod = named("pod", there ? there : space, sh_document_text(ref, "name"));

		if (kind && !strcmp(kind, "Pod"))
			sh_import_member(in, pod, service, 1);
	}
}

static void slice(struct sh_import *in, const json_t *doc, const char *space, const char *self)
{
	/* The label has dots in its name. */
	const json_t *label = json_object_get(sh_document_at(doc, "metadata.labels"),
					      "kubernetes.io/service-name");
	SH_CLEANUP_FREE char *service = named("service", space, json_string_value(label));

	(void)self;
	if (service)
		targets(in, sh_document_at(doc, "endpoints"), space, service);
}

static void endpoints(struct sh_import *in, const json_t *doc, const char *space, const char *self)
{
	SH_CLEANUP_FREE char *service = named("service", space, sh_document_text(doc, "metadata.name"));
	size_t i;
	json_t *subset;

	(void)self;
	json_array_foreach(sh_document_at(doc, "subsets"), i, subset) {
		targets(in, sh_document_at(subset, "addresses"), space, service);
		targets(in, sh_document_at(subset, "notReadyAddresses"), space, service);
	}
}

static void backend(struct sh_import *in, const json_t *b, const char *space, const char *self)
{
	const char *name = sh_document_text(b, "service.name");
	/* Before networking.k8s.io/v1. */
	SH_CLEANUP_FREE char *service = named("service", space,
					      name ? name : sh_document_text(b, "serviceName"));

	sh_import_link(in, self, "depends_on", service);
}

static void ingress(struct sh_import *in, const json_t *doc, const char *space, const char *self)
{
	size_t i, k;
	json_t *rule, *path;

	backend(in, sh_document_at(doc, "spec.defaultBackend"), space, self);
	json_array_foreach(sh_document_at(doc, "spec.rules"), i, rule)
		json_array_foreach(sh_document_at(rule, "http.paths"), k, path)
			backend(in, sh_document_at(path, "backend"), space, self);
}

/* Services are matched with the pods of their list, see sh_kube_selected. */
static void none(struct sh_import *in, const json_t *doc, const char *space, const char *self)
{
	(void)in;
	(void)doc;
	(void)space;
	(void)self;
}

static const struct {
	const char *kind, *type;
	void (*convert)(struct sh_import *in, const json_t *doc, const char *space, const char *self);
} kinds[] = {
	{ "Node", "node", node },
	{ "Pod", "pod", pod },
	{ "PersistentVolume", "persistentvolume", volume },
	{ "PersistentVolumeClaim", "persistentvolumeclaim", claim },
	{ "Deployment", "deployment", none },
	{ "StatefulSet", "statefulset", none },
	{ "DaemonSet", "daemonset", none },
	{ "ReplicaSet", "replicaset", none },
	{ "Job", "job", none },
	{ "Service", "service", none },
	{ "Endpoints", "service", endpoints },
	{ "EndpointSlice", "endpointslice", slice },
	{ "Ingress", "ingress", ingress },
};

bool sh_kube_edges(struct sh_import *in, const json_t *doc, const char *kind)
{
	const char *name = sh_document_text(doc, "metadata.name");
	const char *space = sh_document_text(doc, "metadata.namespace");

	for (size_t i = 0; kind && name && i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		SH_CLEANUP_FREE char *self = NULL;

		if (strcmp(kind, kinds[i].kind) != 0)
			continue;
		self = named(kinds[i].type, space, name);
		owners(in, doc, space, self);
		kinds[i].convert(in, doc, space, self);
		return true;
	}
	return false;
}

static bool same(const json_t *a, const json_t *b)
{
	const char *x = json_string_value(a), *y = json_string_value(b);

	return x && y && !strcmp(x, y);
}

static bool selects(const json_t *service, const json_t *pod)
{
	const json_t *selector = sh_document_at(service, "spec.selector");
	const json_t *labels = sh_document_at(pod, "metadata.labels");

	if (json_object_size(selector) == 0 || !same(sh_document_at(service, "metadata.namespace"),
						     sh_document_at(pod, "metadata.namespace")))
		return false;
	for (void *i = sh_members(selector); i; i = sh_members_next(selector, i))
		if (!same(json_object_iter_value(i), json_object_get(labels, json_object_iter_key(i))))
			return false;
	return true;
}

static bool is_of(const json_t *doc, const char *kind)
{
	const char *is = sh_document_text(doc, "kind");

	return is && !strcmp(is, kind);
}

/* A pod that has ended serves nobody. */
static bool serves(const json_t *pod)
{
	const char *phase = sh_document_text(pod, "status.phase");

	return is_of(pod, "Pod") && (!phase || (strcmp(phase, "Succeeded") != 0 && strcmp(phase, "Failed") != 0));
}

static char *named_object(const char *type, const json_t *doc)
{
	return named(type, sh_document_text(doc, "metadata.namespace"), sh_document_text(doc, "metadata.name"));
}

void sh_kube_selected(struct sh_import *in, const json_t *items)
{
	size_t i, k;
	json_t *service, *item;

	json_array_foreach(items, i, service) {
		SH_CLEANUP_FREE char *group = NULL;

		if (!is_of(service, "Service"))
			continue;
		group = named_object("service", service);
		json_array_foreach(items, k, item) {
			SH_CLEANUP_FREE char *member = NULL;

			if (!serves(item) || !selects(service, item))
				continue;
			member = named_object("pod", item);
			sh_import_member(in, member, group, 1);
		}
	}
}

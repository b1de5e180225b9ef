/* SPDX-License-Identifier: MIT */
/* The objects of `kubectl get KIND,... -o json`, alone or in a List. */
#include "config.h"

#include <math.h>
#include <string.h>

#include "collect/format/formats.h"
#include "collect/format/kube.h"

static const struct {
	const char *kind, *type;
	void (*convert)(struct sh_kube *k);
} kinds[] = {
	{ "Node", "node", sh_kube_node },
	{ "Pod", "pod", sh_kube_pod },
	{ "Deployment", "deployment", sh_kube_workload },
	{ "StatefulSet", "statefulset", sh_kube_workload },
	{ "DaemonSet", "daemonset", sh_kube_workload },
	{ "ReplicaSet", "replicaset", sh_kube_workload },
	{ "Job", "job", sh_kube_workload },
	{ "PersistentVolume", "persistentvolume", sh_kube_volume },
	{ "PersistentVolumeClaim", "persistentvolumeclaim", sh_kube_claim },
	{ "Namespace", "namespace", sh_kube_namespace },
};

/* Items of a typed list may leave out their kind: "PodList" has pods. */
static bool is_kind(const char *kind, const char *wanted, bool list)
{
	size_t len = strlen(wanted);

	return kind && !strncmp(kind, wanted, len) && !strcmp(kind + len, list ? "List" : "");
}

static bool object(struct sh_import *in, const json_t *doc, const char *list_kind)
{
	const char *kind = sh_document_text(doc, "kind"), *name = sh_document_text(doc, "metadata.name");
	const char *space = sh_document_text(doc, "metadata.namespace");
	struct sh_kube k = { .in = in, .doc = doc, .uid = sh_document_text(doc, "metadata.uid") };
	size_t i;

	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (kind ? is_kind(kind, kinds[i].kind, false) :
			   is_kind(list_kind, kinds[i].kind, true))
			break;
	if (i == sizeof(kinds) / sizeof(kinds[0]) || !name)
		return sh_kube_edges(in, doc, kind);
	k.type = kinds[i].type;
	if (space)
		sh_buf_addf(&k.name, "%s/", space);
	sh_buf_addstr(&k.name, name);
	kinds[i].convert(&k);
	sh_buf_release(&k.name);
	sh_kube_edges(in, doc, kinds[i].kind);
	return true;
}

/* How many of the nodes in a whole list are ready. */
static void cluster(struct sh_import *in, const json_t *items, bool nodes_only)
{
	double all = 0, ready = 0;
	struct sh_sample_writer s;
	size_t i;
	json_t *item;

	json_array_foreach(items, i, item) {
		const char *kind = sh_document_text(item, "kind");

		if (kind ? strcmp(kind, "Node") != 0 : !nodes_only)
			continue;
		all++;
		ready += sh_kube_condition(item, "Ready") > 0;
	}
	if (all == 0)
		return;
	sh_document_begin_fleet(&s, in, "cluster", sh_import_cluster(in, "kubernetes"), NULL, NULL);
	sh_sample_group(&s, "cluster");
	sh_sample_number(&s, "online_nodes", ready);
	sh_sample_number(&s, "total_nodes", all);
	sh_sample_end(&s);
}

static bool convert(struct sh_import *in, const json_t *doc)
{
	const char *kind = sh_document_text(doc, "kind");
	const json_t *items = json_is_array(doc) ? doc : sh_document_at(doc, "items");
	bool any = json_array_size(items) == 0 && kind;
	size_t i;
	json_t *item;

	if (!json_is_array(items))
		return object(in, doc, NULL);
	cluster(in, items, is_kind(kind, "Node", true));
	/* Objects of other kinds in a list are none of our business. */
	json_array_foreach(items, i, item)
		any = object(in, item, kind) || any;
	sh_kube_selected(in, items);
	return any;
}

int sh_format_kubectl(struct sh_import *in, struct sh_span text, struct sh_error *err)
{
	return sh_document_each(in, text, convert, err);
}

/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <math.h>
#include <string.h>

#include "collect/format/kube.h"

static const char *const statuses[] = { "true", "false", "unknown", NULL };

/* "True" in the documents, "true" in kube-state-metrics. */
static const char *lower(const char *status)
{
	static const char *const upper[] = { "True", "False", "Unknown" };

	for (size_t i = 0; status && i < 3; i++)
		if (!strcmp(status, upper[i]))
			return statuses[i];
	return NULL;
}

static void conditions(struct sh_kube *k)
{
	size_t i;
	json_t *c;

	json_array_foreach(sh_document_at(k->doc, "status.conditions"), i, c) {
		const char *type = sh_document_text(c, "type");
		const char *is = lower(sh_document_text(c, "status"));

		for (size_t w = 0; type && is && statuses[w]; w++)
			sh_kube_fact(k, "status_condition", !strcmp(is, statuses[w]), "condition",
				     type, "status", statuses[w], NULL);
	}
}

static const char *address(const json_t *doc, const char *type)
{
	size_t i;
	json_t *a;

	json_array_foreach(sh_document_at(doc, "status.addresses"), i, a) {
		const char *is = sh_document_text(a, "type");

		if (is && !strcmp(is, type))
			return sh_document_text(a, "address");
	}
	return NULL;
}

static void info(struct sh_kube *k)
{
	const json_t *about = sh_document_at(k->doc, "status.nodeInfo");
	const json_t *spec = sh_document_at(k->doc, "spec");

	sh_kube_fact(k, "info", 1, "kernel_version", sh_document_text(about, "kernelVersion"),
		     "os_image", sh_document_text(about, "osImage"), "container_runtime_version",
		     sh_document_text(about, "containerRuntimeVersion"), "kubelet_version",
		     sh_document_text(about, "kubeletVersion"), "kubeproxy_version",
		     sh_document_text(about, "kubeProxyVersion"), "provider_id",
		     sh_document_text(spec, "providerID"), "pod_cidr",
		     sh_document_text(spec, "podCIDR"), "system_uuid",
		     sh_document_text(about, "systemUUID"), "internal_ip",
		     address(k->doc, "InternalIP"), NULL);
}

static void roles(struct sh_kube *k)
{
	static const char prefix[] = "node-role.kubernetes.io/";
	const json_t *labels = sh_document_at(k->doc, "metadata.labels");

	for (void *i = sh_members(labels); i; i = sh_members_next(labels, i)) {
		const char *key = json_object_iter_key(i);

		if (!strncmp(key, prefix, sizeof(prefix) - 1))
			sh_kube_fact(k, "role", 1, "role", key + sizeof(prefix) - 1, NULL);
	}
}

static void lists(struct sh_kube *k)
{
	size_t i;
	json_t *item;

	json_array_foreach(sh_document_at(k->doc, "spec.taints"), i, item)
		sh_kube_fact(k, "spec_taint", 1, "key", sh_document_text(item, "key"), "value",
			     sh_document_text(item, "value"), "effect",
			     sh_document_text(item, "effect"), NULL);
	json_array_foreach(sh_document_at(k->doc, "spec.podCIDRs"), i, item)
		sh_kube_fact(k, "spec_pod_cidrs", 1, "pod_cidr", json_string_value(item), NULL);
	json_array_foreach(sh_document_at(k->doc, "status.addresses"), i, item)
		sh_kube_fact(k, "status_addresses", 1, "type", sh_document_text(item, "type"),
			     "address", sh_document_text(item, "address"), NULL);
}

static void facts(struct sh_kube *k)
{
	const json_t *status = sh_document_at(k->doc, "status");

	sh_kube_metadata(k);
	info(k);
	roles(k);
	lists(k);
	conditions(k);
	sh_kube_resources(k, "status_capacity", sh_document_at(status, "capacity"), NULL, NULL);
	sh_kube_resources(k, "status_allocatable", sh_document_at(status, "allocatable"), NULL, NULL);
	/* Lists that are empty are left out of the document. */
	sh_kube_fact(k, "volumes_in_use_count",
		     sh_first_number(sh_document_count(status, "volumesInUse"), 0), NULL);
	sh_kube_fact(k, "volumes_attached_count",
		     sh_first_number(sh_document_count(status, "volumesAttached"), 0), NULL);
}

static double amount(const json_t *doc, const char *path)
{
	return sh_kube_quantity(sh_document_at(doc, path));
}

void sh_kube_node(struct sh_kube *k)
{
	/* "unschedulable" is written only when it is true. */
	double unschedulable = json_is_true(sh_document_at(k->doc, "spec.unschedulable"));
	struct sh_sample_writer s;

	sh_kube_begin(k, &s);
	sh_sample_number(&s, "ready", sh_kube_condition(k->doc, "Ready"));
	sh_sample_number(&s, "unschedulable", unschedulable);
	sh_sample_number(&s, "memory_pressure", sh_kube_condition(k->doc, "MemoryPressure"));
	sh_sample_number(&s, "disk_pressure", sh_kube_condition(k->doc, "DiskPressure"));
	sh_sample_number(&s, "pid_pressure", sh_kube_condition(k->doc, "PIDPressure"));
	sh_sample_number(&s, "network_unavailable", sh_kube_condition(k->doc, "NetworkUnavailable"));
	sh_sample_number(&s, "cpu_cores", amount(k->doc, "status.allocatable.cpu"));
	sh_sample_number(&s, "memory_bytes", amount(k->doc, "status.allocatable.memory"));
	sh_sample_number(&s, "pods_max", amount(k->doc, "status.allocatable.pods"));
	sh_sample_end(&s);
	sh_kube_fact(k, "spec_unschedulable", unschedulable, NULL);
	if (k->in->c->detail)
		facts(k);
}

/* SPDX-License-Identifier: MIT */
/*
 * kube - objects of Kubernetes, as `kubectl get ... -o json` prints them
 *
 * Each gives one sample for rules (pod.ready, node.ready, ...). With detail, also
 * each fact that kube-state-metrics knows, by its names: kube_pod_status_phase
 * is pod.status_phase, its labels but for the object's own are dimensions.
 */
#ifndef SH_COLLECT_FORMAT_KUBE_H
#define SH_COLLECT_FORMAT_KUBE_H

#include "collect/format/document.h"

struct sh_kube {
	struct sh_import *in;
	const json_t *doc;
	const char *type;   /* of the entity, and group of its metrics: "pod" */
	struct sh_buf name; /* owned: NAMESPACE/NAME, or NAME of what has no namespace */
	const char *uid;    /* NULL none */
};

/* Begin the sample of the object; group is its type. */
void sh_kube_begin(struct sh_kube *k, struct sh_sample_writer *s);
/* One fact, with detail only: pairs of label and value (NULL: ""), up to 24, end with NULL. */
void sh_kube_fact(struct sh_kube *k, const char *metric, double v, ...)
	__attribute__((sentinel));
/* METRIC 1 with every annotation, label, ... of OBJECT as dimension PREFIX_KEY. */
void sh_kube_map(struct sh_kube *k, const char *metric, const char *prefix, const json_t *object);
/* METRIC of each of WORDS (NULL at the end): 1 for the one that IS, 0 for others, as dimension LABEL. */
void sh_kube_enum(struct sh_kube *k, const char *metric, const char *label, const char *is,
		  const char *const *words);
/* created, deletion_timestamp, labels, annotations: what all objects have. */
void sh_kube_metadata(struct sh_kube *k);

/* "500m", "1Gi", 4: in units; NaN when it is no quantity. */
double sh_kube_quantity(const json_t *v);
/* METRIC for each resource of OBJECT, with dimensions resource and unit, and two more (may be NULL). */
void sh_kube_resources(struct sh_kube *k, const char *metric, const json_t *object,
		       const char *container, const char *node);
/* 1, 0 for the condition TYPE of status.conditions; NaN without it. */
double sh_kube_condition(const json_t *doc, const char *type);
const json_t *sh_kube_condition_of(const json_t *doc, const char *type);

void sh_kube_node(struct sh_kube *k);
void sh_kube_pod(struct sh_kube *k);
/* All containers of a pod: facts only. */
void sh_kube_containers(struct sh_kube *k);
void sh_kube_volume(struct sh_kube *k);
void sh_kube_claim(struct sh_kube *k);
void sh_kube_workload(struct sh_kube *k);
void sh_kube_namespace(struct sh_kube *k);

/* Which objects the object needs, and which need it. Returns whether it knows such a kind. */
bool sh_kube_edges(struct sh_import *in, const json_t *doc, const char *kind);
/* Which pods of a list are selected by which of its services. */
void sh_kube_selected(struct sh_import *in, const json_t *items);

#endif

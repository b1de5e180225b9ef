/* SPDX-License-Identifier: MIT */
/* diagnosis - why a fault is there, as a struct; strings and json_t are owned */
#ifndef SH_RECORD_DIAGNOSIS_H
#define SH_RECORD_DIAGNOSIS_H

#include <jansson.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/error.h"
#include "record/fault.h"

/* One rule's opinion; also the merged result. */
struct sh_cause {
	char *rule_id;        /* NULL in a merged "unknown" */
	char *root_cause;     /* identifier; "unknown" */
	double confidence;    /* 0 to 1 */
	char *title, *recommendation; /* NULL none */
	json_t *affected_resources;   /* array of entities, NULL none */
	json_t *evidence;             /* array of sentences, NULL none */
};

struct sh_diagnosis {
	int64_t time;
	char *id; /* "d-" */
	char *host, *entity;
	int64_t onset; /* when the fault began, 0 not said */
	struct sh_fault fault; /* the whole fault */
	struct sh_cause *result;
	size_t results;
	size_t merged;      /* index into result; == results when unknown */
	json_t *ranking;    /* [{"root_cause","confidence","evidence":[…]}], best first */
	json_t *moved;      /* the entity's metrics, [{"metric","exceedance",…}], NULL none */
	json_t *impact;     /* object, NULL none */
	json_t *candidates; /* [{"playbook","target","cause","confidence","marks"}], best first, NULL none */
	char *incident;     /* id of the incident that the fault belongs to, NULL none */
	json_t *look;       /* {"found":[…]}: what was seen at that moment, NULL none */
	json_t *extra;
};

void sh_diagnosis_release(struct sh_diagnosis *d);
int sh_diagnosis_from_json(struct sh_diagnosis *d, const json_t *object, struct sh_error *err);
json_t *sh_diagnosis_to_json(const struct sh_diagnosis *d);
void sh_diagnosis_write(const struct sh_diagnosis *d, struct sh_buf *out);
/* The merged cause; a constant unknown at 0.0 when no rule had an opinion. Borrowed. */
const struct sh_cause *sh_diagnosis_cause(const struct sh_diagnosis *d);

#endif

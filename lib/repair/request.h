/* SPDX-License-Identifier: MIT */
/*
 * request - what sh-repair was asked to look at: a diagnosis, a bare fault, or
 * a plan that comes back
 *
 * The common part of the three, owned.
 */
#ifndef SH_REPAIR_REQUEST_H
#define SH_REPAIR_REQUEST_H

#include <jansson.h>
#include <stdint.h>

#include "base/error.h"
#include "record/fault.h"
#include "record/plan.h"

struct sh_request {
	char *target;        /* entity */
	char *host;
	char *playbook;      /* named by a plan or a previous rung; NULL: to be chosen */
	char *ladder;        /* that the plan or the previous rung is of; NULL none */
	char *plan_id;       /* of a plan that comes back; NULL */
	json_t *parameters;  /* of a plan; NULL: defaults */
	char *fault_id, *fingerprint, *fault_type, *rule_id, *cause, *diagnosis_id;
	double confidence;   /* NaN none */
	enum sh_severity severity;
	struct sh_evidence evidence;
	json_t *source;
	json_t *fault, *diagnosis; /* whole records for {fault.…} and {diagnosis.…}; NULL none */
	int rung;            /* how many playbooks were tried before in this repair */
};

void sh_request_release(struct sh_request *q);
/* From the whole record of kind diagnosis, fault or plan. SH_ERRC_INPUT when it is not whole. */
int sh_request_from_diagnosis(struct sh_request *q, json_t *record, struct sh_error *err);
int sh_request_from_fault(struct sh_request *q, json_t *record, struct sh_error *err);
int sh_request_from_plan(struct sh_request *q, json_t *record, struct sh_error *err);

#endif

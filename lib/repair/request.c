/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "repair/request.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "record/diagnosis.h"
#include "record/json.h"

void sh_request_release(struct sh_request *q)
{
	free(q->target);
	free(q->host);
	free(q->playbook);
	free(q->ladder);
	free(q->plan_id);
	free(q->fault_id);
	free(q->fingerprint);
	free(q->fault_type);
	free(q->rule_id);
	free(q->cause);
	free(q->diagnosis_id);
	json_decref(q->parameters);
	json_decref(q->source);
	json_decref(q->fault);
	json_decref(q->diagnosis);
	sh_evidence_release(&q->evidence);
	memset(q, 0, sizeof(*q));
}

static void take_fault(struct sh_request *q, const struct sh_fault *f, json_t *record)
{
	q->target = sh_strdup(f->entity);
	q->host = sh_strdup(f->host);
	q->fault_id = sh_strdup(f->id);
	q->fingerprint = sh_strdup(f->fingerprint);
	q->fault_type = sh_strdup(f->fault_type);
	q->rule_id = sh_strdup(f->rule_id);
	q->severity = f->severity;
	q->evidence = f->evidence;
	q->evidence.values = json_incref(f->evidence.values);
	q->source = json_incref(f->source);
	q->fault = json_incref(record);
}

int sh_request_from_diagnosis(struct sh_request *q, json_t *record, struct sh_error *err)
{
	struct sh_diagnosis d;

	memset(q, 0, sizeof(*q));
	if (sh_diagnosis_from_json(&d, record, err) < 0)
		return -1;
	take_fault(q, &d.fault, json_object_get(record, "fault"));
	q->cause = sh_strdup(sh_diagnosis_cause(&d)->root_cause);
	q->confidence = sh_diagnosis_cause(&d)->confidence;
	q->diagnosis_id = sh_strdup(d.id);
	q->diagnosis = json_incref(record);
	sh_diagnosis_release(&d);
	return 0;
}

int sh_request_from_fault(struct sh_request *q, json_t *record, struct sh_error *err)
{
	struct sh_fault f;

	memset(q, 0, sizeof(*q));
	if (sh_fault_from_json(&f, record, err) < 0)
		return -1;
	take_fault(q, &f, record);
	q->confidence = NAN;
	sh_fault_release(&f);
	return 0;
}

static void set_text(json_t *to, const char *key, const char *value)
{
	if (value)
		json_object_set_new(to, key, json_string(value));
}

/* What a plan keeps of its fault, for playbooks that fill in {fault.…}; NULL when it is a task's. */
static json_t *fault_of(const struct sh_plan *p)
{
	json_t *fault;

	if (!p->fault_id)
		return NULL;
	fault = json_object();
	set_text(fault, "id", p->fault_id);
	set_text(fault, "entity", p->entity);
	set_text(fault, "host", p->host);
	set_text(fault, "fingerprint", p->fingerprint);
	set_text(fault, "fault_type", p->fault_type);
	set_text(fault, "rule_id", p->rule_id);
	if (p->params)
		json_object_set(fault, "params", p->params);
	if (p->source)
		json_object_set(fault, "source", p->source);
	json_object_set_new(fault, "evidence", sh_evidence_to_json(&p->evidence));
	return fault;
}

/*
 * Either a task's, which the clock paces, or a fault's, which the guards do: one that has a
 * cause but no fault would be nobody's.
 */
static int check_plan(const struct sh_plan *p, struct sh_error *err)
{
	if (!p->playbook)
		return sh_error_set(err, SH_ERRC_INPUT, "plan: member 'playbook' is missing");
	if (!p->fault_id && (p->cause || p->rule_id || p->fault_type || p->fingerprint || p->diagnosis_id))
		return sh_error_set(err, SH_ERRC_INPUT, "plan: member 'fault_id' is missing, though it is about a fault");
	return 0;
}

int sh_request_from_plan(struct sh_request *q, json_t *record, struct sh_error *err)
{
	struct sh_plan p;

	memset(q, 0, sizeof(*q));
	if (sh_plan_from_json(&p, record, err) < 0)
		return -1;
	if (check_plan(&p, err) < 0) {
		sh_plan_release(&p);
		return -1;
	}
	q->target = sh_strdup(p.entity);
	q->host = sh_strdup(p.host);
	q->playbook = sh_strdup(p.playbook);
	q->ladder = sh_strdup_or_null(p.ladder);
	q->plan_id = sh_strdup_or_null(p.id); /* sh-schedule's have none yet */
	q->parameters = json_incref(p.parameters);
	q->fault_id = sh_strdup_or_null(p.fault_id);
	q->fingerprint = sh_strdup_or_null(p.fingerprint);
	q->fault_type = sh_strdup_or_null(p.fault_type);
	q->rule_id = sh_strdup_or_null(p.rule_id);
	q->cause = sh_strdup_or_null(p.cause);
	q->diagnosis_id = sh_strdup_or_null(p.diagnosis_id);
	q->confidence = p.confidence;
	q->evidence = p.evidence;
	q->evidence.values = json_incref(p.evidence.values);
	q->source = json_incref(p.source);
	q->fault = fault_of(&p);
	sh_plan_release(&p);
	return 0;
}

/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "record/plan.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/mem.h"
#include "record/fields.h"
#include "record/json.h"

#define P(member) offsetof(struct sh_plan, member)
#define S(member) offsetof(struct sh_step_record, member)
#define G(member) offsetof(struct sh_guard_answer, member)

static const char *const verified_words[] = { "", "fixed", "not_fixed", "unknown", NULL };
static const char *const answer_words[] = { "pass", "refuse", "wait", "skip", NULL };
static const char *const state_words[] = { "planned", "skipped", "done",   "failed",
					   "unknown", "undone",  NULL };

static const struct sh_field plan_fields[] = {
	{ "time", SH_FIELD_TIME, P(time), NULL, false },
	{ "host", SH_FIELD_STRING, P(host), NULL, true },
	{ "entity", SH_FIELD_STRING, P(entity), NULL, true },
	{ "id", SH_FIELD_STRING, P(id), NULL, false },
	{ "playbook", SH_FIELD_STRING, P(playbook), NULL, false },
	{ "playbook_digest", SH_FIELD_STRING, P(playbook_digest), NULL, false },
	{ "ladder", SH_FIELD_STRING, P(ladder), NULL, false },
	{ "rung", SH_FIELD_COUNT, P(rung), NULL, false },
	{ "title", SH_FIELD_STRING, P(title), NULL, false },
	{ "parameters", SH_FIELD_OBJECT, P(parameters), NULL, false },
	{ "risk", SH_FIELD_STRING, P(risk), NULL, false },
	{ "mode", SH_FIELD_STRING, P(mode), NULL, false },
	{ "attempt", SH_FIELD_INT, P(attempt), NULL, false },
	{ "fault_id", SH_FIELD_STRING, P(fault_id), NULL, false },
	{ "fingerprint", SH_FIELD_STRING, P(fingerprint), NULL, false },
	{ "fault_type", SH_FIELD_STRING, P(fault_type), NULL, false },
	{ "rule_id", SH_FIELD_STRING, P(rule_id), NULL, false },
	{ "diagnosis_id", SH_FIELD_STRING, P(diagnosis_id), NULL, false },
	{ "cause", SH_FIELD_STRING, P(cause), NULL, false },
	{ "confidence", SH_FIELD_NUMBER, P(confidence), NULL, false },
	{ "source", SH_FIELD_OBJECT, P(source), NULL, false },
	{ "verify", SH_FIELD_STRING, P(verify), NULL, false },
	{ "params", SH_FIELD_OBJECT, P(params), NULL, false },
	{ "decision", SH_FIELD_STRING, P(decision), NULL, false },
	{ "reason", SH_FIELD_STRING, P(reason), NULL, false },
	{ NULL, SH_FIELD_STRING, 0, NULL, false },
};

static const struct sh_field repair_fields[] = {
	{ "success", SH_FIELD_BOOL, P(success), NULL, false },
	{ "verified", SH_FIELD_WORD, P(verified), verified_words, false },
	{ "error", SH_FIELD_STRING, P(error), NULL, false },
	{ "started", SH_FIELD_TIME, P(started), NULL, false },
	{ "ended", SH_FIELD_TIME, P(ended), NULL, false },
	{ "verified_at", SH_FIELD_TIME, P(verified_at), NULL, false },
	{ "measured", SH_FIELD_OBJECT, P(measured), NULL, false },
	{ "freed_space_bytes", SH_FIELD_NUMBER, P(freed_space_bytes), NULL, false },
	{ "unlinked_bytes", SH_FIELD_NUMBER, P(unlinked_bytes), NULL, false },
	{ "performance_improvement", SH_FIELD_NUMBER, P(performance_improvement), NULL, false },
	{ "undone", SH_FIELD_BOOL, P(undone), NULL, false },
	{ "next", SH_FIELD_STRING, P(next), NULL, false },
	{ NULL, SH_FIELD_STRING, 0, NULL, false },
};

static const struct sh_field step_fields[] = {
	{ "name", SH_FIELD_STRING, S(name), NULL, true },
	{ "action", SH_FIELD_STRING, S(action), NULL, true },
	{ "parameters", SH_FIELD_OBJECT, S(parameters), NULL, false },
	{ "argv", SH_FIELD_ARRAY, S(argv), NULL, false },
	{ "state", SH_FIELD_WORD, S(state), state_words, false },
	{ "started", SH_FIELD_TIME, S(started), NULL, false },
	{ "ended", SH_FIELD_TIME, S(ended), NULL, false },
	{ "tries", SH_FIELD_INT, S(tries), NULL, false },
	{ "order", SH_FIELD_COUNT, S(order), NULL, false },
	{ "decision", SH_FIELD_STRING, S(decision), NULL, false },
	{ "reason", SH_FIELD_STRING, S(reason), NULL, false },
	{ "error", SH_FIELD_STRING, S(error), NULL, false },
	{ "output", SH_FIELD_OBJECT, S(output), NULL, false },
	{ "sandbox", SH_FIELD_OBJECT, S(sandbox), NULL, false },
	{ NULL, SH_FIELD_STRING, 0, NULL, false },
};

static const struct sh_field guard_fields[] = {
	{ "guard", SH_FIELD_STRING, G(guard), NULL, true },
	{ "answer", SH_FIELD_WORD, G(answer), answer_words, true },
	{ "reason", SH_FIELD_STRING, G(reason), NULL, false },
	{ NULL, SH_FIELD_STRING, 0, NULL, false },
};

static const char *const skip[] = { "kind", "evidence", "guards", "steps", NULL };

void sh_plan_init(struct sh_plan *p)
{
	memset(p, 0, sizeof(*p));
	p->confidence = NAN;
	p->freed_space_bytes = p->unlinked_bytes = p->performance_improvement = NAN;
}

void sh_plan_release(struct sh_plan *p)
{
	sh_fields_release(p, plan_fields);
	sh_fields_release(p, repair_fields);
	sh_evidence_release(&p->evidence);
	for (size_t i = 0; i < p->guards; i++)
		sh_fields_release(&p->guard[i], guard_fields);
	for (size_t i = 0; i < p->steps; i++)
		sh_step_record_release(&p->step[i]);
	free(p->guard);
	free(p->step);
	json_decref(p->extra);
	sh_plan_init(p);
}

void sh_step_record_release(struct sh_step_record *s)
{
	sh_fields_release(s, step_fields);
	memset(s, 0, sizeof(*s));
}

int sh_step_record_from_json(struct sh_step_record *s, const json_t *object, struct sh_error *err)
{
	memset(s, 0, sizeof(*s));
	return sh_fields_load(s, step_fields, object, NULL, NULL, err);
}

json_t *sh_step_record_to_json(const struct sh_step_record *s)
{
	json_t *object = json_object();

	sh_fields_store(s, step_fields, object);
	return object;
}

void sh_plan_insert_steps(struct sh_plan *p, size_t at, size_t n)
{
	p->step = sh_reallocn(p->step, p->steps + n, sizeof(*p->step));
	memmove(p->step + at + n, p->step + at, (p->steps - at) * sizeof(*p->step));
	memset(p->step + at, 0, n * sizeof(*p->step));
	p->steps += n;
}

static int load_guards(struct sh_plan *p, const json_t *object, struct sh_error *err)
{
	const json_t *list;
	size_t n;

	if (sh_fields_list(object, "guards", &list, err) < 0)
		return -1;
	n = json_array_size(list);
	p->guard = n ? sh_calloc(n, sizeof(*p->guard)) : NULL;
	while (p->guards < n) {
		struct sh_guard_answer *g = &p->guard[p->guards];

		if (sh_fields_load(g, guard_fields, json_array_get(list, p->guards++), NULL, NULL,
				   err) < 0)
			return -1;
	}
	return 0;
}

static int load_steps(struct sh_plan *p, const json_t *object, struct sh_error *err)
{
	const json_t *list;
	size_t n;

	if (sh_fields_list(object, "steps", &list, err) < 0)
		return -1;
	n = json_array_size(list);
	p->step = n ? sh_calloc(n, sizeof(*p->step)) : NULL;
	while (p->steps < n) {
		struct sh_step_record *s = &p->step[p->steps];

		if (sh_step_record_from_json(s, json_array_get(list, p->steps++), err) < 0)
			return -1;
	}
	return 0;
}

static int load(struct sh_plan *p, const json_t *object, struct sh_error *err)
{
	json_t *unnamed = NULL;

	/* Two tables over one object: what the second names is no extra of the first. */
	if (sh_fields_load(p, plan_fields, object, skip, &unnamed, err) < 0 ||
	    (unnamed &&
	     sh_fields_load(p, repair_fields, unnamed, NULL, &p->extra, err) < 0)) {
		json_decref(unnamed);
		return -1;
	}
	json_decref(unnamed);
	if (sh_evidence_from_json(&p->evidence, json_object_get(object, "evidence"), err) < 0 ||
	    load_guards(p, object, err) < 0)
		return -1;
	return load_steps(p, object, err);
}

int sh_plan_from_json(struct sh_plan *p, const json_t *object, struct sh_error *err)
{
	sh_plan_init(p);
	p->is_repair = !strcmp(sh_json_str(object, "kind", ""), "repair");
	if (load(p, object, err) == 0)
		return 0;
	sh_plan_release(p);
	return -1;
}

static json_t *list_of(const void *base, size_t n, size_t size, const struct sh_field *fields)
{
	json_t *list = json_array();

	for (size_t i = 0; i < n; i++) {
		json_t *object = json_object();

		sh_fields_store((const char *)base + i * size, fields, object);
		json_array_append_new(list, object);
	}
	return list;
}

json_t *sh_plan_to_json(const struct sh_plan *p)
{
	json_t *object = json_object();

	json_object_set_new(object, "kind", json_string(p->is_repair ? "repair" : "plan"));
	sh_fields_store(p, plan_fields, object);
	if (p->is_repair)
		sh_fields_store(p, repair_fields, object);
	if (p->evidence.since)
		json_object_set_new(object, "evidence", sh_evidence_to_json(&p->evidence));
	json_object_set_new(object, "guards",
			    list_of(p->guard, p->guards, sizeof(*p->guard), guard_fields));
	json_object_set_new(object, "steps",
			    list_of(p->step, p->steps, sizeof(*p->step), step_fields));
	if (p->extra)
		json_object_update_missing(object, p->extra);
	return object;
}

void sh_plan_write(const struct sh_plan *p, struct sh_buf *out)
{
	json_t *object = sh_plan_to_json(p);

	sh_json_dump(out, object);
	sh_buf_addch(out, '\n');
	json_decref(object);
}

void sh_plan_id(char out[SH_PLAN_ID_TEXT], const struct sh_plan *p)
{
	char *parameters = p->parameters ? sh_json_text(p->parameters, JSON_COMPACT | JSON_SORT_KEYS) : NULL;
	char text[SH_HASH_TEXT];
	struct sh_hash h;

	sh_hash_init(&h);
	sh_hash_str(&h, p->playbook);
	sh_hash_str(&h, p->playbook_digest);
	sh_hash_str(&h, p->entity);
	sh_hash_str(&h, parameters);
	sh_hash_str(&h, p->fault_id);
	sh_hash_part(&h, &p->attempt, sizeof(p->attempt));
	sh_hash_finish(&h, text);
	snprintf(out, SH_PLAN_ID_TEXT, "p-%s", text);
	free(parameters);
}

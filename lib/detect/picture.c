/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "detect/picture.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "detect/grouping.h"
#include "record/json.h"

#define ERROR_MAX 240 /* bytes of a check's error that a description shows */

static json_t *strings(const char **list)
{
	json_t *array = json_array();

	for (; list && *list; list++)
		json_array_append_new(array, json_string(*list));
	return array;
}

static json_t *context_of(struct sh_look *l)
{
	json_t *context = json_object(), *metrics = sh_latest_metrics(&l->subject->whole->latest),
	       *host = sh_look_host(l);

	if (!metrics)
		metrics = json_object();
	json_object_update(metrics, sh_look_metrics(l));
	json_object_set_new(context, "metrics", metrics);
	if (host)
		json_object_set(context, "host", host);
	return context;
}

/* Why a check or collector could not: its own words say more than any rule's. */
static void add_error(const struct sh_record *r, struct sh_buf *text)
{
	SH_CLEANUP_BUF struct sh_buf error = SH_BUF_INIT;
	struct sh_slice v = sh_record_member(r, "error");

	if (r->kind != SH_KIND_SAMPLE || v.type != SH_JSON_STRING)
		return;
	sh_json_unescape(v, &error);
	if (error.len > ERROR_MAX) {
		while (error.len > ERROR_MAX || ((unsigned char)error.data[error.len] & 0xc0) == 0x80)
			error.len--;
		sh_buf_addstr(&error, "...");
	}
	if (error.len && !strstr(sh_buf_str(text), sh_buf_str(&error))) {
		sh_buf_addstr(text, text->len ? ": " : "");
		sh_buf_add(text, error.data, error.len);
	}
}

static char *describe(struct sh_look *l)
{
	struct sh_eval eval = sh_look_eval(l);
	struct sh_buf text = SH_BUF_INIT;

	if (l->rule->description)
		sh_template_tell(l->rule->description, &eval, &text);
	else
		sh_buf_addstr(&text, sh_expr_text(l->rule->expr));
	add_error(l->record, &text);
	return sh_buf_take(&text);
}

static void fill_rule(struct sh_fault *f, const struct sh_rule *rule)
{
	f->fault_type = sh_strdup(rule->fault_type);
	f->rule_id = sh_strdup(rule->id);
	f->severity = rule->severity;
	f->count = rule->count;
	f->affected_metrics = strings(rule->affected);
	f->expr = sh_strdup(sh_expr_text(rule->expr));
	f->clear = rule->clear ? sh_strdup(sh_expr_text(rule->clear)) : NULL;
	f->verify = rule->verify ? sh_strdup(sh_expr_text(rule->verify)) : NULL;
}

json_t *sh_picture_make(struct sh_look *l)
{
	const struct sh_record *r = l->record;
	char fingerprint[SH_FAULT_ID_TEXT];
	struct sh_fault f;
	json_t *json;

	memset(&f, 0, sizeof(f));
	f.entity = sh_strndup(l->about->key, l->about->entity_len);
	if (l->about == l->subject)
		f.dims = json_incref(sh_look_dims(l));
	sh_fault_fingerprint(fingerprint, l->rule->id, f.entity, f.dims);
	fill_rule(&f, l->rule);
	f.time = l->now;
	f.host = sh_strndup(r->host.p, r->host.len);
	f.labels = json_incref(sh_look_labels(l));
	f.id = sh_strdup(fingerprint);
	f.fingerprint = sh_strdup(fingerprint);
	f.description = describe(l);
	f.evidence.values = sh_look_values(l);
	f.source = sh_record_source(r);
	f.params = json_incref(sh_look_params(l));
	f.context = context_of(l);
	f.group = sh_grouping_of(l->rule->group_by, &f);
	json = sh_fault_to_json(&f);
	sh_fault_release(&f);
	return json;
}

/* Open and ongoing come when the count is full; hits beyond it waited for "for" or "repeat". */
static int64_t detection_count(enum sh_fault_status status, const struct sh_watch *w, int64_t count)
{
	return status == SH_FAULT_OPEN || status == SH_FAULT_ONGOING ? count : w->hits;
}

static void fill_watch(struct sh_fault *f, const struct sh_rule *rule, const struct sh_watch *w,
		       enum sh_fault_status status)
{
	f->detection_count = detection_count(status, w, f->count);
	if (status == SH_FAULT_PENDING)
		f->for_seconds = rule->for_time / SH_SEC + (rule->for_time % SH_SEC != 0);
	else
		f->count = 0;
	f->severity = (enum sh_severity)w->severity;
	f->total_hits = w->total_hits;
	f->evidence.since = w->since;
	f->evidence.until = w->until;
	f->evidence.hits = w->hits;
	if (status == SH_FAULT_STALE)
		f->evidence.silent_since = w->heard;
	if (status != SH_FAULT_FLAPPING)
		return;
	f->evidence.score = lround(sh_watch_score(w, &rule->damping));
	f->evidence.flapping_since = w->flap_since;
}

bool sh_picture_write(json_t *picture, const struct sh_rule *rule, const struct sh_watched *w,
		      enum sh_fault_status status, int64_t time, struct sh_buf *out)
{
	struct sh_error err = SH_ERROR_INIT;
	char id[SH_FAULT_ID_TEXT];
	struct sh_fault f;

	if (sh_fault_from_json(&f, picture, &err) < 0)
		return false;
	sh_fault_id(id, f.rule_id, f.entity, f.dims, w->watch.first_hit);
	free(f.id);
	f.id = sh_strdup(id);
	f.status = status;
	f.time = f.detected_at = time;
	fill_watch(&f, rule, &w->watch, status);
	sh_fault_write(&f, out);
	sh_fault_release(&f);
	return true;
}

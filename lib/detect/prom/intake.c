/* SPDX-License-Identifier: MIT */
/* Records into the store: metrics of the group "prom", with dims as labels. */
#include "config.h"

#include <math.h>

#include "base/mem.h"
#include "detect/prom/engine_internal.h"
#include "record/json.h"

#define GROUP "prom"

static const char *text_of(struct sh_prom_engine *p, struct sh_span s)
{
	char *text = sh_arena_alloc(&p->intake, s.len + 1);

	if (s.len)
		memcpy(text, s.p, s.len);
	text[s.len] = '\0';
	return text;
}

static bool has(const json_t *dims, const char *name)
{
	return dims && json_object_get(dims, name);
}

/* Strings are borrowed from DIMS and SOURCE. */
static const struct sh_prom_labels *labels_of(struct sh_prom_engine *p, const char *entity,
					      json_t *dims, const json_t *source)
{
	struct sh_prom_labels *l = sh_prom_labels_new(&p->intake, json_object_size(dims) + 2);
	const char *name, *target = sh_json_str(source, "target", "");
	bool scraped = !strcmp(sh_json_str(source, "collector", ""), "check");
	json_t *value;

	json_object_foreach(dims, name, value)
		l->label[l->n++] = (struct sh_prom_label){ name, json_string_value(value) };
	if (!has(dims, "instance"))
		l->label[l->n++] = (struct sh_prom_label){ "instance", entity };
	if (!has(dims, "job") && scraped)
		l->label[l->n++] = (struct sh_prom_label){ "job", target };
	sh_prom_labels_sort(l);
	return l;
}

/* NaN, infinities, and "stale" for a series that ended; what else it may be is no value. */
static bool special_value(const char *text, double *out)
{
	if (!strcmp(text, "NaN"))
		*out = (double)NAN;
	else if (!strcmp(text, "+Inf") || !strcmp(text, "Inf"))
		*out = HUGE_VAL;
	else if (!strcmp(text, "-Inf"))
		*out = -HUGE_VAL;
	else if (!strcmp(text, "stale"))
		*out = sh_prom_stale();
	else
		return false;
	return true;
}

struct sample {
	struct sh_prom_engine *p;
	const struct sh_prom_labels *labels;
	const char *entity;
	int64_t time;
};

static void note_special(const struct sample *s, json_t *object)
{
	const char *name;
	json_t *value;
	double v;

	json_object_foreach(object, name, value)
		if (!strncmp(name, GROUP ".", sizeof(GROUP)) && json_is_string(value) &&
		    special_value(json_string_value(value), &v))
			sh_prom_store_note(&s->p->store, name + sizeof(GROUP), s->labels, s->entity,
					   s->time, v);
}

static void note_numbers(const struct sample *s, json_t *group)
{
	const char *name;
	json_t *value;

	json_object_foreach(group, name, value)
		if (json_is_number(value))
			sh_prom_store_note(&s->p->store, name, s->labels, s->entity, s->time,
					   json_number_value(value));
}

/* What a scraper of Prometheus says of its target by "up", a check says by its ok. */
static void note_up(const struct sample *s, const json_t *metrics)
{
	const json_t *ok = json_object_get(json_object_get(metrics, "check"), "ok");

	if (json_is_number(ok) && !strncmp(s->entity, "check:", 6))
		sh_prom_store_note(&s->p->store, "up", s->labels, s->entity, s->time,
				   json_number_value(ok));
}

static void note_sample(struct sh_prom_engine *p, const struct sh_record *r)
{
	json_t *metrics = sh_record_metrics(r), *dims = sh_record_dims(r);
	json_t *source = sh_record_source(r), *special = NULL;
	struct sh_slice not_finite = sh_record_member(r, "not_finite");
	json_t *group = json_object_get(metrics, GROUP);

	if (not_finite.type == SH_JSON_OBJECT)
		special = sh_json_build(not_finite);
	if (group || special || json_object_get(metrics, "check")) {
		const char *entity = text_of(p, r->entity);
		struct sample s = { p, labels_of(p, entity, dims, source), entity, r->time };

		note_numbers(&s, group);
		note_special(&s, special);
		note_up(&s, metrics);
	}
	json_decref(special);
	json_decref(source);
	json_decref(dims);
	json_decref(metrics);
}

void sh_prom_engine_record(struct sh_prom_engine *p, const struct sh_record *r)
{
	sh_arena_reset(&p->intake);
	sh_prom_engine_time(p, r->time);
	if (r->kind == SH_KIND_SAMPLE)
		note_sample(p, r);
	if (r->kind == SH_KIND_TICK)
		sh_prom_engine_tick(p, r->time);
}

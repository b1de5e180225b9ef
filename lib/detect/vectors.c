/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "detect/vectors.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "config/formula.h"
#include "detect/firing.h"
#include "detect/grouping.h"
#include "detect/rule.h"
#include "record/fault.h"
#include "record/json.h"

#define TABLE "meta"
#define KEY   "promql"

/* A text of a map, such as labels, that may have expressions in it. */
struct text {
	const char *name; /* borrowed from the configuration */
	struct sh_template *template;
};

struct texts {
	struct text *text;
	size_t n, cap;
};

struct vector {
	struct sh_prom_rule rule; /* first: the engine hands it out */
	const struct sh_node *node;
	const char *fault_type;
	enum sh_severity severity;
	struct sh_template *description;
	struct texts labels, annotations;
	json_t *plain_labels;
	const char **group_by; /* array owned, NULL none */
	struct sh_rule follow; /* what it follows from, of a rule in our language; no more of it is filled */
	struct sh_expr *verify; /* NULL none */
};

struct sh_vectors {
	struct vector **rule;
	size_t n, cap;
	struct sh_prom_engine *engine;
	struct sh_vectors_calls calls;
	struct sh_hush *hush; /* borrowed, NULL none */
	struct sh_firing firing;
	struct sh_buf host; /* of the latest record */
	uint64_t faults;
};

bool sh_vectors_is_rule(const struct sh_node *rule)
{
	return sh_node_get(rule, "promql") != NULL;
}

static void release_texts(struct texts *t)
{
	for (size_t i = 0; i < t->n; i++)
		sh_template_free(t->text[i].template);
	free(t->text);
}

static void free_vector(struct vector *v)
{
	sh_template_free(v->description);
	release_texts(&v->labels);
	release_texts(&v->annotations);
	json_decref(v->plain_labels);
	sh_expr_free(v->verify);
	free(v->group_by);
	free(v->follow.inhibited_by);
	free(v);
}

static int load_texts(struct texts *t, const struct sh_node *rule, const char *key,
		      struct sh_error *err)
{
	const struct sh_node *map = sh_node_get(rule, key);

	if (!map)
		return 0;
	if (map->type != SH_NODE_MAP)
		return sh_node_fail(map, err, "%s is no map", key);
	for (size_t i = 0; i < map->n; i++) {
		struct text text = { map->key[i], NULL };

		if (sh_node_template(map, map->key[i], &text.template, err) < 0)
			return -1;
		sh_grow(t->text, t->n, t->cap);
		t->text[t->n++] = text;
	}
	return 0;
}

/* For other rules, which see what this one makes. */
static json_t *plain_texts(const struct sh_node *map)
{
	json_t *object = json_object();

	for (size_t i = 0; map && map->type == SH_NODE_MAP && i < map->n; i++)
		if (map->item[i]->text)
			json_object_set_new(object, map->key[i], json_string(map->item[i]->text));
	return object;
}

static int load_vector(struct vector *v, const struct sh_config_entry *e, struct sh_error *err)
{
	static const char *const known[] = {
		"promql", "record", "every", "for", "keep_firing", "repeat", "severity", "title",
		"fault_type", "description", "labels", "annotations", "group_by", "inhibited_by",
		"inhibit_on", "verify", "mode", "enabled", NULL,
	};
	int severity = SH_SEVERITY_MEDIUM, mode;

	v->node = e->node;
	v->fault_type = v->rule.id = e->id;
	if (sh_node_check_keys(e->node, "rule", known, err) < 0 ||
	    sh_node_string(e->node, "promql", &v->rule.expr, err) < 0 ||
	    sh_node_string(e->node, "record", &v->rule.record, err) < 0 ||
	    sh_node_string(e->node, "fault_type", &v->fault_type, err) < 0 ||
	    sh_node_duration(e->node, "every", &v->rule.every, err) < 0 ||
	    sh_node_duration(e->node, "for", &v->rule.for_time, err) < 0 ||
	    sh_node_duration(e->node, "keep_firing", &v->rule.keep_time, err) < 0 ||
	    sh_node_duration(e->node, "repeat", &v->rule.repeat, err) < 0 ||
	    sh_node_choice(e->node, "severity", sh_severity_words, &severity, err) < 0 ||
	    sh_node_choice(e->node, "mode", sh_mode_words, &mode, err) < 0 ||
	    sh_node_template(e->node, "description", &v->description, err) < 0 ||
	    sh_node_expr(e->node, "verify", &v->verify, err) < 0 ||
	    sh_rule_load_follow(&v->follow, e->node, err) < 0 ||
	    sh_grouping_load(e->node, &v->group_by, err) < 0 ||
	    load_texts(&v->labels, e->node, "labels", err) < 0 ||
	    load_texts(&v->annotations, e->node, "annotations", err) < 0)
		return -1;
	v->severity = (enum sh_severity)severity;
	v->rule.name = v->fault_type;
	v->rule.labels = v->plain_labels = plain_texts(sh_node_get(e->node, "labels"));
	return 0;
}

/* What texts may say: {labels.device}, {value}. */
struct said {
	json_t *labels;
	double value;
};

static bool look_up(void *user, const char *name, struct sh_value *out)
{
	const struct said *s = user;

	if (!strcmp(name, "value"))
		*out = sh_value_double(s->value);
	else if (!strcmp(name, "labels"))
		*out = sh_value_from_json(s->labels);
	else
		return false;
	return true;
}

static char *fill(const struct sh_template *t, struct said *said, int64_t now)
{
	struct sh_arena arena = SH_ARENA_INIT;
	struct sh_eval eval = { .lookup = look_up, .user = said, .now = now, .arena = &arena };
	struct sh_buf out = SH_BUF_INIT;

	sh_template_fill(t, &eval, &out);
	sh_arena_release(&arena);
	return sh_buf_take(&out);
}

static json_t *fill_texts(const struct texts *t, struct said *said, int64_t now)
{
	json_t *object = t->n ? json_object() : NULL;

	for (size_t i = 0; i < t->n; i++) {
		SH_CLEANUP_FREE char *text = fill(t->text[i].template, said, now);

		json_object_set_new(object, t->text[i].name, json_string(text));
	}
	return object;
}

/* The host of "TYPE:NAME@HOST" or of "host:HOST", else of the record that told the time. */
static char *host_of(const struct sh_vectors *v, const char *entity)
{
	const char *at = strrchr(entity, '@');

	if (at)
		return sh_strdup(at + 1);
	return sh_strdup(strncmp(entity, "host:", 5) ? sh_buf_str(&v->host) : entity + 5);
}

static json_t *values_of(double value)
{
	json_t *number = json_real(value); /* NULL for what JSON cannot say */

	return number ? json_pack("{s:o}", "value", number) : NULL;
}

static json_t *extra_of(const struct vector *v, struct said *said, int64_t now)
{
	json_t *annotations = fill_texts(&v->annotations, said, now);
	json_t *extra = json_object();

	/* Not as expr: whoever verifies by that reads it as our language. */
	json_object_set_new(extra, "promql", json_string(v->rule.expr));
	if (annotations)
		json_object_set_new(extra, "annotations", annotations);
	return extra;
}

static void make_fault(struct sh_fault *f, const struct sh_vectors *all, const struct vector *v,
		       const struct sh_prom_alert *a, int64_t now)
{
	char id[SH_FAULT_ID_TEXT], print[SH_FAULT_ID_TEXT];
	struct said said = { sh_prom_labels_json(a->labels), a->value };

	memset(f, 0, sizeof(*f));
	f->time = now;
	f->entity = a->origin && a->origin[0] ? sh_strdup(a->origin) : sh_asprintf("rule:%s", v->rule.id);
	f->host = host_of(all, f->entity);
	f->dims = said.labels;
	f->labels = fill_texts(&v->labels, &said, now);
	sh_fault_id(id, v->rule.id, f->entity, f->dims, a->since);
	sh_fault_fingerprint(print, v->rule.id, f->entity, f->dims);
	f->id = sh_strdup(id);
	f->fingerprint = sh_strdup(print);
	f->fault_type = sh_strdup(v->fault_type);
	f->rule_id = sh_strdup(v->rule.id);
	f->severity = v->severity;
	f->description = v->description ? fill(v->description, &said, now) : sh_strdup(v->fault_type);
	f->affected_metrics = json_array();
	f->detection_count = 1;
	f->total_hits = (int64_t)a->hits;
	f->detected_at = a->opened;
	f->evidence.since = a->since;
	f->evidence.until = a->seen;
	f->evidence.hits = (int64_t)a->hits;
	f->evidence.values = values_of(a->value);
	f->verify = v->verify ? sh_strdup(sh_expr_text(v->verify)) : NULL;
	f->group = sh_grouping_of(v->group_by, f);
	f->extra = extra_of(v, &said, now);
}

/* Why nobody is to act on it, a new reference. Who never heard of a fault need not hear that it is over. */
static json_t *suppression(const struct sh_vectors *v, const struct vector *rule, const struct sh_fault *f,
			   const struct sh_prom_alert *alert, int64_t now)
{
	json_t *picture, *why;
	int64_t again; /* at the next evaluation */

	if (!v->hush)
		return NULL;
	picture = sh_fault_to_json(f);
	why = sh_hush_ask(v->hush, &rule->follow, picture, now, &again);
	json_decref(picture);
	if (!why && f->status == SH_FAULT_RESOLVED && alert->why && !alert->heard)
		why = json_loads(alert->why, 0, NULL);
	return why;
}

static void write_fault(struct sh_vectors *v, const struct sh_fault *f)
{
	SH_CLEANUP_BUF struct sh_buf line = SH_BUF_INIT;

	sh_fault_write(f, &line);
	v->calls.emit(v->calls.arg, line.data, line.len);
	v->faults += f->status != SH_FAULT_RESOLVED && !f->suppressed;
}

static char *tell(struct sh_vectors *v, const struct vector *rule, enum sh_prom_change change,
		  const struct sh_prom_alert *alert, int64_t now)
{
	static const enum sh_fault_status status[] = {
		[SH_PROM_OPENED] = SH_FAULT_OPEN, [SH_PROM_LASTS] = SH_FAULT_ONGOING,
		[SH_PROM_HUSHED] = SH_FAULT_ONGOING, [SH_PROM_ENDED] = SH_FAULT_RESOLVED,
	};
	SH_CLEANUP_BUF struct sh_buf why = SH_BUF_INIT;
	struct sh_fault f;

	make_fault(&f, v, rule, alert, now);
	f.status = status[change];
	f.suppressed = suppression(v, rule, &f, alert, now);
	if (f.suppressed)
		sh_json_dump(&why, f.suppressed);
	if (change != SH_PROM_HUSHED || !f.suppressed)
		write_fault(v, &f);
	sh_firing_told(&v->firing, alert, &f);
	sh_fault_release(&f);
	return why.len ? sh_buf_take(&why) : NULL;
}

static const struct vector *vector_of(const struct sh_vectors *v, const struct sh_prom_rule *rule)
{
	for (size_t i = 0; i < v->n; i++)
		if (!strcmp(v->rule[i]->rule.id, rule->id))
			return v->rule[i];
	return NULL;
}

static char *on_alert(void *arg, const struct sh_prom_rule *rule, enum sh_prom_change change,
		      const struct sh_prom_alert *alert, int64_t now)
{
	const struct vector *of = vector_of(arg, rule);

	return of ? tell(arg, of, change, alert, now) : NULL;
}

/* One that was open when its state was read. */
static void on_firing(void *arg, const struct sh_prom_rule *rule, const struct sh_prom_alert *alert)
{
	const struct vector *of = vector_of(arg, rule);
	struct sh_vectors *v = arg;
	struct sh_fault f;

	if (!of)
		return;
	make_fault(&f, v, of, alert, alert->seen);
	f.status = SH_FAULT_ONGOING;
	f.suppressed = alert->why ? json_loads(alert->why, 0, NULL) : NULL;
	sh_firing_told(&v->firing, alert, &f);
	sh_fault_release(&f);
}

static void on_broken(void *arg, const struct sh_prom_rule *rule, const char *why)
{
	struct sh_error err = SH_ERROR_INIT;
	struct sh_vectors *v = arg;

	for (size_t i = 0; i < v->n; i++)
		if (!strcmp(v->rule[i]->rule.id, rule->id))
			(void)sh_node_fail(v->rule[i]->node, &err, "rule '%s': %s", rule->id, why);
	if (v->calls.broken)
		v->calls.broken(v->calls.arg, &err);
}

/* An expression's error stands at its place in the file. */
static int add_rule(struct sh_vectors *v, struct vector *r, struct sh_error *err)
{
	struct sh_error why = SH_ERROR_INIT;

	if (sh_prom_engine_add(v->engine, &r->rule, &why) == 0)
		return 0;
	return sh_node_fail(sh_node_get(r->node, "promql"), err, "promql: %s", why.text);
}

struct sh_vectors *sh_vectors_load(const struct sh_config *c,
				   void (*report)(void *arg, const struct sh_error *err), void *arg,
				   size_t *broken)
{
	struct sh_vectors *v = sh_calloc(1, sizeof(*v));
	const struct sh_prom_calls calls = { on_alert, on_broken, v };
	const struct sh_config_entry *e;
	size_t i = 0;

	*broken = 0;
	sh_firing_init(&v->firing);
	v->engine = sh_prom_engine_new(&calls);
	while ((e = sh_config_next(c, SH_SECTION_RULES, &i))) {
		struct sh_error err = SH_ERROR_INIT;
		struct vector *r;

		if (!sh_vectors_is_rule(e->node))
			continue;
		r = sh_calloc(1, sizeof(*r));
		if (load_vector(r, e, &err) < 0 || add_rule(v, r, &err) < 0) {
			free_vector(r);
			++*broken;
			if (report)
				report(arg, &err);
			continue;
		}
		sh_grow(v->rule, v->n, v->cap);
		v->rule[v->n++] = r;
	}
	if (v->n)
		return v;
	sh_vectors_free(v);
	return NULL;
}

void sh_vectors_free(struct sh_vectors *v)
{
	if (!v)
		return;
	sh_prom_engine_free(v->engine);
	for (size_t i = 0; i < v->n; i++)
		free_vector(v->rule[i]);
	sh_firing_release(&v->firing);
	sh_buf_release(&v->host);
	free(v->rule);
	free(v);
}

void sh_vectors_call(struct sh_vectors *v, const struct sh_vectors_calls *calls)
{
	if (v)
		v->calls = *calls;
}

void sh_vectors_hush(struct sh_vectors *v, struct sh_hush *hush)
{
	if (!v)
		return;
	v->hush = hush;
	v->firing.sources = &hush->sources;
	for (size_t i = 0; i < v->n; i++)
		sh_sources_expect(&hush->sources, &v->rule[i]->follow);
}

void sh_vectors_since(struct sh_vectors *v, int64_t since)
{
	if (v)
		sh_prom_engine_since(v->engine, since);
}

static void take_host(struct sh_vectors *v, const struct sh_record *r)
{
	sh_buf_clear(&v->host);
	sh_buf_add(&v->host, r->host.p, r->host.len);
}

void sh_vectors_time(struct sh_vectors *v, const struct sh_record *r)
{
	if (!v)
		return;
	take_host(v, r);
	sh_prom_engine_time(v->engine, r->time);
}

void sh_vectors_record(struct sh_vectors *v, const struct sh_record *r)
{
	if (!v)
		return;
	take_host(v, r);
	sh_prom_engine_record(v->engine, r);
}

uint64_t sh_vectors_faults(const struct sh_vectors *v)
{
	return v ? v->faults : 0;
}

void sh_vectors_losses(const struct sh_vectors *v, struct sh_prom_losses *out)
{
	*out = (struct sh_prom_losses){ 0 };
	if (v)
		sh_prom_engine_losses(v->engine, out);
}

const char *sh_vectors_rule(const struct sh_vectors *v, size_t i, const char **severity,
			    const char **promql)
{
	if (!v || i >= v->n)
		return NULL;
	*severity = sh_severity_words[v->rule[i]->severity];
	*promql = v->rule[i]->rule.expr;
	return v->rule[i]->rule.id;
}

int sh_vectors_save(const struct sh_vectors *v, struct sh_state *s, struct sh_error *err)
{
	SH_CLEANUP_BUF struct sh_buf bytes = SH_BUF_INIT;

	if (!v)
		return 0;
	sh_prom_engine_save(v->engine, &bytes);
	return sh_state_put(s, TABLE, KEY, strlen(KEY), bytes.data, bytes.len, err);
}

int sh_vectors_restore(struct sh_vectors *v, struct sh_state *s, const struct sh_damage *damage,
		       struct sh_error *err)
{
	SH_CLEANUP_FREE void *row = NULL;
	struct sh_error why = SH_ERROR_INIT;
	size_t len = 0;
	int found = v ? sh_state_get(s, TABLE, KEY, strlen(KEY), &row, &len, err) : 0;

	if (found > 0 && sh_prom_engine_load(v->engine, row, len, &why) < 0)
		sh_damage_tell(damage, "the rules in PromQL");
	if (found > 0)
		sh_prom_engine_firing(v->engine, on_firing, v);
	return found < 0 ? -1 : 0;
}

/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "collect/out/choose.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "collect/out/out.h"
#include "expr/scope.h"
#include "record/entity.h"
#include "record/json.h"

static struct sh_expr *parse(const char *option, const char *text, struct sh_error *err)
{
	struct sh_expr *e = sh_expr_parse(text, NULL, err);

	if (e)
		return e;
	err->code = SH_ERRC_USAGE; /* it is no file that is wrong */
	sh_error_prefix(err, "%s", option);
	return NULL;
}

static int parse_all(struct sh_expr ***out, const char *option, char *const *text, struct sh_error *err)
{
	if (!text)
		return 0;
	*out = sh_calloc(sh_out_count(text) + 1, sizeof(**out));
	for (size_t i = 0; text[i]; i++) {
		(*out)[i] = parse(option, text[i], err);
		if (!(*out)[i])
			return -1;
	}
	return 0;
}

static int add_label(struct sh_choose *c, const char *option, const char *text, bool is_expr,
		     struct sh_error *err)
{
	const char *equals = strchr(text, '=');
	struct sh_choose_label *l = &c->label[c->labels];

	if (!equals || equals == text)
		return sh_error_set(err, SH_ERRC_USAGE, "%s: wanted NAME=%s, not '%s'", option,
				    is_expr ? "EXPRESSION" : "VALUE", text);
	l->name = sh_strndup(text, (size_t)(equals - text));
	c->labels++;
	if (!is_expr)
		l->value = sh_strdup(equals + 1);
	else
		l->expr = parse(option, equals + 1, err);
	return is_expr && !l->expr ? -1 : 0;
}

int sh_choose_init(struct sh_choose *c, const struct sh_out_options *opt, struct sh_error *err)
{
	memset(c, 0, sizeof(*c));
	if (parse_all(&c->select, "--select", opt->select, err) < 0 ||
	    parse_all(&c->drop, "--drop", opt->drop, err) < 0)
		return -1;
	c->label = sh_calloc(sh_out_count(opt->label) + sh_out_count(opt->relabel) + 1, sizeof(*c->label));
	for (char *const *text = opt->label; text && *text; text++)
		if (add_label(c, "--label", *text, false, err) < 0)
			return -1;
	for (char *const *text = opt->relabel; text && *text; text++)
		if (add_label(c, "--relabel", *text, true, err) < 0)
			return -1;
	return 0;
}

static void free_all(struct sh_expr **list)
{
	for (size_t i = 0; list && list[i]; i++)
		sh_expr_free(list[i]);
	free(list);
}

void sh_choose_release(struct sh_choose *c)
{
	free_all(c->select);
	free_all(c->drop);
	for (size_t i = 0; i < c->labels; i++) {
		free(c->label[i].name);
		free(c->label[i].value);
		if (c->label[i].expr)
			sh_expr_free(c->label[i].expr);
	}
	free(c->label);
	sh_arena_release(&c->arena);
}

bool sh_choose_applies(const struct sh_record *r)
{
	return r->kind == SH_KIND_SAMPLE || r->kind == SH_KIND_LOG || r->kind == SH_KIND_EVENT ||
	       r->kind == SH_KIND_EDGE;
}

/* One record under evaluation. */
struct look {
	struct sh_scope scope;
	struct sh_eval eval;
	json_t *rest, *labels, *dims, *source;
};

static void look_at(struct look *l, struct sh_choose *c, const struct sh_record *r)
{
	struct sh_entity parts = { .type = r->entity, .name = r->entity };

	memset(l, 0, sizeof(*l));
	sh_entity_split(r->entity, &parts);
	l->rest = r->kind == SH_KIND_SAMPLE ? sh_record_metrics(r) : sh_record_json(r);
	l->labels = sh_record_labels(r);
	l->dims = sh_record_dims(r);
	l->source = sh_record_source(r);
	sh_scope_init(&l->scope, l->rest);
	sh_scope_text(&l->scope, "kind", sh_span_of(sh_kind_name(r->kind)));
	sh_scope_text(&l->scope, "entity", r->entity);
	sh_scope_text(&l->scope, "entity_type", parts.type);
	sh_scope_text(&l->scope, "entity_name", parts.name);
	sh_scope_text(&l->scope, "hostname", r->host);
	sh_scope_json(&l->scope, "labels", l->labels);
	sh_scope_json(&l->scope, "dims", l->dims);
	sh_scope_json(&l->scope, "collector", json_object_get(l->source, "collector"));
	sh_scope_json(&l->scope, "target", json_object_get(l->source, "target"));
	l->eval = (struct sh_eval){ .lookup = sh_scope_lookup, .user = &l->scope, .now = r->time,
				    .arena = &c->arena };
}

static void look_away(struct look *l)
{
	json_decref(l->rest);
	json_decref(l->labels);
	json_decref(l->dims);
	json_decref(l->source);
	sh_arena_reset(l->eval.arena);
}

bool sh_choose_wants(struct sh_choose *c, const struct sh_record *r)
{
	bool wanted = true;
	struct look l;

	if ((!c->select && !c->drop) || !sh_choose_applies(r))
		return true;
	look_at(&l, c, r);
	for (size_t i = 0; wanted && c->select && c->select[i]; i++) {
		enum sh_truth t = sh_expr_truth(c->select[i], &l.eval);

		wanted = t == SH_TRUE || (t == SH_UNKNOWN && r->kind != SH_KIND_SAMPLE);
	}
	for (size_t i = 0; wanted && c->drop && c->drop[i]; i++)
		wanted = sh_expr_truth(c->drop[i], &l.eval) != SH_TRUE;
	look_away(&l);
	return wanted;
}

static bool remove_label(json_t *record, const char *name)
{
	json_t *labels = json_object_get(record, "labels");

	if (!json_object_get(labels, name))
		return false;
	json_object_del(labels, name);
	if (json_object_size(labels) == 0)
		json_object_del(record, "labels");
	return true;
}

static bool set_label(json_t *record, const char *name, const char *value, size_t len)
{
	json_t *labels = json_object_get(record, "labels");

	if (!json_is_object(labels)) {
		labels = json_object();
		json_object_set_new(record, "labels", labels);
	}
	/* Bytes that are no UTF-8 cannot come out of a record. */
	return json_object_set_new(labels, name, json_stringn(value, len)) == 0;
}

static bool set_by_expr(const struct sh_choose_label *l, struct look *look, json_t *record)
{
	struct sh_value v = sh_expr_eval(l->expr, &look->eval);
	struct sh_buf text = SH_BUF_INIT;
	bool changed;

	if (v.type == SH_VALUE_NULL)
		return remove_label(record, l->name);
	if (v.type == SH_VALUE_UNKNOWN || v.type == SH_VALUE_ERROR)
		return false;
	sh_value_text(&v, &text);
	changed = set_label(record, l->name, sh_buf_str(&text), text.len);
	sh_buf_release(&text);
	return changed;
}

bool sh_choose_label(struct sh_choose *c, const struct sh_record *r, json_t *record)
{
	bool changed = false;
	struct look look;

	if (!c->labels)
		return false;
	look_at(&look, c, r);
	for (size_t i = 0; i < c->labels; i++) {
		const struct sh_choose_label *l = &c->label[i];

		if (l->value)
			changed = set_label(record, l->name, l->value, strlen(l->value)) || changed;
		else
			changed = set_by_expr(l, &look, record) || changed;
	}
	look_away(&look);
	return changed;
}

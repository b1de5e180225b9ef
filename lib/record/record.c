/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "record/record.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "record/entity.h"
#include "record/json.h"

static const char *const kind_names[] = {
	[SH_KIND_SAMPLE] = "sample",       [SH_KIND_LOG] = "log",
	[SH_KIND_EVENT] = "event",         [SH_KIND_EDGE] = "edge",
	[SH_KIND_TICK] = "tick",           [SH_KIND_FAULT] = "fault",
	[SH_KIND_INCIDENT] = "incident",   [SH_KIND_DIAGNOSIS] = "diagnosis",
	[SH_KIND_PLAN] = "plan",           [SH_KIND_REPAIR] = "repair",
	[SH_KIND_TASK] = "task",           [SH_KIND_NOTICE] = "notice",
	[SH_KIND_BARRIER] = "barrier",     [SH_KIND_RESUME] = "resume",
	[SH_KIND_OTHER] = "other",
};

const char *sh_kind_name(enum sh_kind kind)
{
	return kind_names[kind];
}

enum sh_kind sh_kind_from(struct sh_span name)
{
	for (int k = SH_KIND_SAMPLE; k < SH_KIND_OTHER; k++)
		if (name.len && name.p[0] == kind_names[k][0] && sh_span_is(name, kind_names[k]))
			return (enum sh_kind)k;
	return SH_KIND_OTHER;
}

void sh_record_release(struct sh_record *r)
{
	sh_index_release(&r->index);
	sh_buf_release(&r->text);
}

/* The members that say what a record is about. */
enum role { KIND, TIME, HOST, ENTITY, METRICS, DIMS, LABELS, SOURCE, NONE };
_Static_assert(NONE == SH_SHAPE_ROLES, "a shape has room for all roles");

/* Type SH_JSON_NONE where absent. */
struct routing {
	struct sh_slice at[NONE];
};

static bool is_key(struct sh_span key, const char *name)
{
	return !memcmp(key.p, name, key.len);
}

static enum role role_of(struct sh_span key)
{
	switch (key.len) {
	case 4:
		return is_key(key, "kind")   ? KIND
		       : is_key(key, "time") ? TIME
		       : is_key(key, "host") ? HOST
		       : is_key(key, "dims") ? DIMS
					     : NONE;
	case 6:
		return is_key(key, "entity")   ? ENTITY
		       : is_key(key, "labels") ? LABELS
		       : is_key(key, "source") ? SOURCE
					       : NONE;
	case 7:
		return is_key(key, "metrics") ? METRICS : NONE;
	default:
		return NONE;
	}
}

static enum role role_of_member(const struct sh_member *m)
{
	struct sh_buf text = SH_BUF_INIT;
	enum role role;

	if (!m->key_escaped)
		return role_of(m->key);
	sh_json_decode(m->key, &text);
	role = role_of((struct sh_span){ sh_buf_str(&text), text.len });
	sh_buf_release(&text);
	return role;
}

static void find_routing(const struct sh_index *ix, struct routing *found)
{
	for (size_t i = 0; i < NONE; i++)
		found->at[i] = (struct sh_slice){ .type = SH_JSON_NONE };
	for (size_t i = 0; i < ix->n; i++) {
		enum role role = role_of_member(&ix->member[i]);

		if (role != NONE)
			found->at[role] = ix->member[i].value;
	}
}

static int fail(const struct sh_record *r, const struct sh_slice *v, struct sh_error *err,
		const char *reason)
{
	size_t offset = (size_t)(v->text.p - r->line.p);

	return sh_error_set(err, SH_ERRC_INPUT, "byte %zu: %s", offset, reason);
}

static struct sh_span string_of(const struct sh_slice *v)
{
	return (struct sh_span){ v->text.p + 1, v->text.len - 2 };
}

/* The text of a string; decoded into r->text, which has room for it, where need be. */
static struct sh_span text_of(struct sh_record *r, const struct sh_slice *v)
{
	size_t start = r->text.len;

	if (!v->escaped)
		return string_of(v);
	sh_json_unescape(*v, &r->text);
	return (struct sh_span){ r->text.data + start, r->text.len - start };
}

static bool has_control(struct sh_span s)
{
	for (size_t i = 0; i < s.len; i++)
		if ((unsigned char)s.p[i] < 0x20)
			return true;
	return false;
}

/* Seconds since the epoch, to the nanosecond: a double would lose the microseconds. */
static bool epoch_time(struct sh_span number, int64_t *out)
{
	int64_t sec = 0, ns = 0, scale = SH_SEC / 10;
	size_t i = 0;

	for (; i < number.len && number.p[i] >= '0' && number.p[i] <= '9'; i++) {
		sec = sec * 10 + (number.p[i] - '0');
		if (sec > INT64_MAX / SH_SEC - 1)
			return false;
	}
	if (i < number.len && number.p[i] == '.')
		for (i++; i < number.len && number.p[i] >= '0' && number.p[i] <= '9'; i++) {
			ns += (number.p[i] - '0') * scale;
			scale /= 10;
		}
	if (i < number.len) { /* a sign, or an exponent */
		double v = strtod(number.p, NULL);

		if (!(v >= 0 && v < (double)(INT64_MAX / SH_SEC)))
			return false;
		sec = (int64_t)v;
		ns = (int64_t)((v - (double)sec) * 1e9);
	}
	*out = sec * SH_SEC + ns;
	return true;
}

static int view_time(struct sh_record *r, const struct sh_slice *v, int64_t now,
		     struct sh_error *err)
{
	struct sh_span text;

	r->has_time = v->type != SH_JSON_NONE;
	r->time = now;
	if (v->type == SH_JSON_NONE)
		return 0;
	if (v->type == SH_JSON_NUMBER)
		return epoch_time(v->text, &r->time) ? 0 : fail(r, v, err, "time out of range");
	if (v->type != SH_JSON_STRING)
		return fail(r, v, err, "time is neither text nor a number");
	text = text_of(r, v);
	if (sh_time_parse_near(&r->near, text.p, text.len, &r->time) < 0)
		return fail(r, v, err, "time is no RFC 3339 time");
	return 0;
}

static int view_host(struct sh_record *r, const struct sh_slice *v, const char *local_host,
		     struct sh_error *err)
{
	if (v->type == SH_JSON_NONE) {
		r->host = sh_span_of(local_host);
		return 0;
	}
	if (v->type != SH_JSON_STRING)
		return fail(r, v, err, "host is no text");
	r->host = text_of(r, v);
	if (!r->host.len || (v->escaped && has_control(r->host)))
		return fail(r, v, err, "host is no name");
	return 0;
}

static int view_entity(struct sh_record *r, const struct sh_slice *v, struct sh_error *err)
{
	size_t start = r->text.len;

	if (v->type == SH_JSON_NONE) {
		sh_buf_add(&r->text, "host:", 5);
		sh_buf_add(&r->text, r->host.p, r->host.len);
		r->entity = (struct sh_span){ r->text.data + start, r->text.len - start };
		return 0;
	}
	if (v->type != SH_JSON_STRING)
		return fail(r, v, err, "entity is no text");
	r->entity = text_of(r, v);
	if (!sh_entity_is_valid(r->entity) || (v->escaped && has_control(r->entity)))
		return fail(r, v, err, "entity is not TYPE:NAME or TYPE:NAME@HOST");
	return 0;
}

static int view_kind(struct sh_record *r, const struct sh_slice *v, struct sh_error *err)
{
	r->bare = v->type == SH_JSON_NONE;
	r->kind = SH_KIND_SAMPLE;
	if (v->type == SH_JSON_NONE)
		return 0;
	if (r->shape && r->shape->kind >= 0) {
		r->kind = (enum sh_kind)r->shape->kind;
		return 0;
	}
	if (v->type != SH_JSON_STRING)
		return fail(r, v, err, "kind is no text");
	r->kind = sh_kind_from(text_of(r, v));
	return 0;
}

/* Of members DIMS and SOURCE, where they are there, behind the entity: the last; -1: they are elsewhere. */
static int16_t identity_of(const struct sh_shape *shape)
{
	int entity = shape->role[ENTITY], dims = shape->role[DIMS], source = shape->role[SOURCE];
	int last = entity + (dims >= 0) + (source >= 0);

	if (entity < 0 || (dims >= 0 && (dims <= entity || dims > last)) ||
	    (source >= 0 && (source <= entity || source > last)))
		return -1;
	if ((dims >= 0 && shape->member[dims].type != SH_JSON_OBJECT) ||
	    (source >= 0 && shape->member[source].type != SH_JSON_OBJECT))
		return -1;
	return (int16_t)last;
}

bool sh_record_identity(const struct sh_record *r, struct sh_span *text)
{
	const char *end;

	/* A name with escapes was decoded, and stands elsewhere. */
	if (!r->shape || r->shape->identity < 0 || r->leaf[r->shape->member[r->shape->role[ENTITY]].leaf].escaped)
		return false;
	end = sh_shape_at(r->leaf, r->shape->member[r->shape->identity].end);
	*text = (struct sh_span){ r->entity.p, (size_t)(end - r->entity.p) };
	return true;
}

/* Of a kind that is known the leaves that say when and who, where all do. */
static void learn_plain(struct sh_shape *shape)
{
	static const enum role roles[] = { TIME, HOST, ENTITY };
	uint32_t leaf[SH_SHAPE_PLAIN];

	_Static_assert(sizeof(roles) / sizeof(roles[0]) == SH_SHAPE_PLAIN, "a shape has room for them");
	for (size_t i = 0; i < SH_SHAPE_PLAIN; i++) {
		leaf[i] = shape->role[roles[i]] < 0 ? 0 : shape->member[shape->role[roles[i]]].leaf;
		if (shape->kind < 0 || !leaf[i])
			return;
	}
	memcpy(shape->plain, leaf, sizeof(leaf));
}

/* Host and identity are among the names that follow the time, which comes first. */
static bool has_names_in_head(const struct sh_shape *shape)
{
	uint32_t last = sh_shape_names(shape) + 1;

	return shape->plain[0] == 1 && shape->plain[1] <= last && shape->plain[2] <= last &&
	       shape->identity >= 0 && shape->member[shape->identity].end.leaf <= last;
}

/* What the shape of a line says of its members. */
static void learn_roles(struct sh_shape *shape, const struct sh_index *ix)
{
	for (size_t i = 0; i < SH_SHAPE_ROLES; i++)
		shape->role[i] = -1;
	for (size_t i = 0; i < ix->n; i++) {
		enum role role = role_of_member(&ix->member[i]);

		if (role != NONE)
			shape->role[role] = (int16_t)i;
	}
	shape->identity = identity_of(shape);
	shape->kind = -1;
	if (shape->role[KIND] >= 0 && shape->member[shape->role[KIND]].type == SH_JSON_STRING &&
	    !shape->member[shape->role[KIND]].leaf)
		shape->kind = (int)sh_kind_from(string_of(&ix->member[shape->role[KIND]].value));
	learn_plain(shape);
	if (has_names_in_head(shape))
		shape->head = sh_shape_names(shape);
}

static int view_scanned(struct sh_record *r, struct routing *found, struct sh_error *err)
{
	struct sh_shape *learnt;

	if (sh_scan_object(&r->index, r->line.p, r->line.len) < 0)
		return sh_error_set(err, SH_ERRC_INPUT, "byte %zu: %s", r->index.offset,
				    r->index.reason);
	r->is_indexed = true;
	find_routing(&r->index, found);
	learnt = r->shapes ? sh_shapes_learn(r->shapes, &r->index, r->line.p, r->line.len) : NULL;
	if (learnt)
		learn_roles(learnt, &r->index);
	return 0;
}

static inline struct sh_slice role_in(const struct sh_record *r, enum role role)
{
	int member = r->shape->role[role];

	return member < 0 ? (struct sh_slice){ .type = SH_JSON_NONE }
			  : sh_shape_value(&r->shape->member[member], r->leaf);
}

/* A line of a known shape that says who and when as our own do. False: it is to be looked at closely. */
static inline bool view_plainly(struct sh_record *r)
{
	const struct sh_shape *shape = r->shape;
	const struct sh_leaf *time = &r->leaf[shape->plain[0]], *host = &r->leaf[shape->plain[1]];
	const struct sh_leaf *entity = &r->leaf[shape->plain[2]];

	/* A plain string has neither escapes nor an odd way of writing, nor what is no text. */
	if (!sh_leaf_is_plain(time) || !sh_leaf_is_plain(host) || !sh_leaf_is_plain(entity))
		return false;
	r->host = (struct sh_span){ host->p, (size_t)(host->end - host->p) };
	r->entity = (struct sh_span){ entity->p, (size_t)(entity->end - entity->p) };
	if ((!r->head && (!r->host.len || !sh_entity_is_valid(r->entity))) ||
	    !sh_time_is_near(&r->near, time->p, (size_t)(time->end - time->p), &r->time))
		return false;
	r->bare = false;
	r->has_time = true;
	r->kind = (enum sh_kind)shape->kind;
	if (!r->head && shape->head)
		r->head = sh_shapes_learn_head(r->shapes, shape);
	return true;
}

static bool view_shaped(struct sh_record *r)
{
	r->shape = r->shapes ? sh_shapes_match(r->shapes, r->line.p, r->line.len, &r->leaf, &r->head) : NULL;
	if (!r->shape)
		return false;
	r->is_indexed = false;
	r->metrics = role_in(r, METRICS);
	r->dims = role_in(r, DIMS);
	r->labels = role_in(r, LABELS);
	r->source = role_in(r, SOURCE);
	return true;
}

/* Where the members that say who and when stand. */
static int find_members(struct sh_record *r, struct routing *found, struct sh_error *err)
{
	if (!r->shape && view_scanned(r, found, err) < 0)
		return -1;
	for (enum role role = KIND; r->shape && role <= ENTITY; role++)
		found->at[role] = role_in(r, role);
	if (r->shape)
		return 0;
	r->metrics = found->at[METRICS];
	r->dims = found->at[DIMS];
	r->labels = found->at[LABELS];
	r->source = found->at[SOURCE];
	return 0;
}

static int view_closely(struct sh_record *r, const char *local_host, int64_t now, struct sh_error *err)
{
	struct routing found;
	bool is_local;

	if (find_members(r, &found, err) < 0)
		return -1;
	is_local = found.at[HOST].type == SH_JSON_NONE;
	/* Spans point into text, so it must not move: decoding and host:HOST fit in this. */
	if (r->text.cap < 2 * r->line.len + sizeof("host:") || is_local)
		sh_buf_reserve(&r->text, 2 * r->line.len + (is_local ? strlen(local_host) : 0) + sizeof("host:"));
	if (view_kind(r, &found.at[KIND], err) < 0 || view_time(r, &found.at[TIME], now, err) < 0 ||
	    view_host(r, &found.at[HOST], local_host, err) < 0)
		return -1;
	return view_entity(r, &found.at[ENTITY], err);
}

int sh_record_view(struct sh_record *r, const char *line, size_t len, const char *local_host,
		   int64_t now, struct sh_error *err)
{
	r->line = (struct sh_span){ line, len };
	r->number = 0;
	r->is_ours = false;
	r->text.len = 0;
	r->head = NULL;
	if (view_shaped(r) && r->shape->plain[0] && view_plainly(r))
		return 0;
	return view_closely(r, local_host, now, err);
}

const struct sh_index *sh_record_index(const struct sh_record *r)
{
	struct sh_record *own = (struct sh_record *)(uintptr_t)r;

	if (r->shape && !r->is_indexed)
		sh_shape_index(r->shape, r->leaf, &own->index);
	own->is_indexed = true;
	return &r->index;
}

struct sh_slice sh_record_member(const struct sh_record *r, const char *name)
{
	const struct sh_member *m = sh_index_find(sh_record_index(r), name);

	return m ? m->value : (struct sh_slice){ .type = SH_JSON_NONE };
}

json_t *sh_record_json(const struct sh_record *r)
{
	struct sh_slice whole = { .text = r->line, .type = SH_JSON_OBJECT };

	while (*whole.text.p != '{') {
		whole.text.p++;
		whole.text.len--;
	}
	return sh_json_build(whole);
}

bool sh_record_is_reserved(struct sh_span name)
{
	static const char *const reserved[] = { "time", "host", "entity", "dims", "labels", "source" };

	for (size_t i = 0; i < sizeof(reserved) / sizeof(reserved[0]); i++)
		if (sh_span_is(name, reserved[i]))
			return true;
	return false;
}

/* The groups of a bare record stand beside its other members. */
static json_t *bare_metrics(const struct sh_index *ix)
{
	json_t *metrics = json_object();

	for (size_t i = 0; i < ix->n; i++) {
		const struct sh_member *m = &ix->member[i];
		struct sh_buf text = SH_BUF_INIT;
		struct sh_span name = m->key;
		json_t *group = NULL;

		if (m->key_escaped) {
			sh_json_decode(m->key, &text);
			name = (struct sh_span){ sh_buf_str(&text), text.len };
		}
		if (m->value.type == SH_JSON_OBJECT && !sh_record_is_reserved(name))
			group = sh_json_build_group(m->value);
		if (group)
			json_object_setn_new_nocheck(metrics, name.p, name.len, group);
		else /* the last member of a name counts */
			json_object_deln(metrics, name.p, name.len);
		sh_buf_release(&text);
	}
	return metrics;
}

json_t *sh_record_metrics(const struct sh_record *r)
{
	if (r->kind != SH_KIND_SAMPLE)
		return NULL;
	if (r->bare)
		return bare_metrics(sh_record_index(r));
	return r->metrics.type == SH_JSON_OBJECT ? sh_json_build_groups(r->metrics) : json_object();
}

/* An object of texts: numbers and booleans as they were written, the rest left out. */
static json_t *texts_of(struct sh_slice object)
{
	struct sh_index ix = SH_INDEX_INIT;
	struct sh_buf key = SH_BUF_INIT, text = SH_BUF_INIT;
	json_t *out;

	if (object.type != SH_JSON_OBJECT)
		return NULL;
	out = json_object();
	sh_scan_object(&ix, object.text.p, object.text.len);
	for (size_t i = 0; i < ix.n; i++) {
		const struct sh_slice *v = &ix.member[i].value;

		sh_buf_clear(&key);
		sh_buf_clear(&text);
		sh_json_decode(ix.member[i].key, &key);
		if (v->type == SH_JSON_STRING)
			sh_json_unescape(*v, &text);
		else if (v->type == SH_JSON_NUMBER || v->type == SH_JSON_TRUE || v->type == SH_JSON_FALSE)
			sh_buf_add(&text, v->text.p, v->text.len);
		else
			continue;
		json_object_setn_new_nocheck(out, sh_buf_str(&key), key.len,
					     json_stringn_nocheck(sh_buf_str(&text), text.len));
	}
	sh_buf_release(&key);
	sh_buf_release(&text);
	sh_index_release(&ix);
	return out;
}

json_t *sh_record_dims(const struct sh_record *r)
{
	return texts_of(r->dims);
}

json_t *sh_record_labels(const struct sh_record *r)
{
	return texts_of(r->labels);
}

json_t *sh_record_source(const struct sh_record *r)
{
	return r->source.type == SH_JSON_OBJECT ? sh_json_build(r->source) : NULL;
}

static int compare_keys(const void *a, const void *b)
{
	return strcmp(json_object_iter_key(*(void *const *)a), json_object_iter_key(*(void *const *)b));
}

/* Lengths go before the bytes, so that no value can look like another dimension. */
static void add_sorted(struct sh_buf *out, json_t *dims)
{
	size_t n = json_object_size(dims), i = 0;
	void **member = sh_reallocn(NULL, n, sizeof(*member));

	for (void *it = json_object_iter(dims); it; it = json_object_iter_next(dims, it))
		member[i++] = it;
	qsort(member, n, sizeof(*member), compare_keys);
	for (i = 0; i < n; i++) {
		const json_t *value = json_object_iter_value(member[i]);
		size_t key_len = json_object_iter_key_len(member[i]);

		sh_buf_addf(out, "\n%zu:", key_len);
		sh_buf_add(out, json_object_iter_key(member[i]), key_len);
		sh_buf_addf(out, "%zu:", json_string_length(value));
		sh_buf_add(out, json_string_value(value), json_string_length(value));
	}
	free(member);
}

void sh_record_series_key(const struct sh_record *r, struct sh_buf *out)
{
	json_t *dims = sh_record_dims(r);

	sh_buf_clear(out);
	sh_buf_add(out, r->entity.p, r->entity.len);
	if (dims)
		add_sorted(out, dims);
	json_decref(dims);
}

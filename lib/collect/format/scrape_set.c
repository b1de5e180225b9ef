/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "collect/format/scrape_set.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "collect/text.h"

#define NO_MORE SIZE_MAX

static const char present;

void sh_scrape_set_init(struct sh_scrape_set *s)
{
	memset(s, 0, sizeof(*s));
	sh_map_init(&s->labels, NULL);
	sh_map_init(&s->series, NULL);
}

void sh_scrape_set_release(struct sh_scrape_set *s)
{
	sh_map_release(&s->labels);
	sh_map_release(&s->series);
	free(s->group);
	free(s->sample);
	sh_buf_release(&s->names);
	sh_buf_release(&s->key);
}

/* Texts end in NUL there; a NUL inside (only quoted names can have one) would cut them. */
static size_t put_name(struct sh_scrape_set *s, struct sh_span text)
{
	size_t at = s->names.len;

	sh_buf_add(&s->names, text.p, text.len);
	sh_buf_addch(&s->names, '\0');
	return at;
}

static size_t new_group(struct sh_scrape_set *s, const struct sh_expo_line *l)
{
	struct sh_scrape_group *g;

	sh_grow(s->group, s->groups, s->group_cap);
	g = &s->group[s->groups];
	/* A time of 0 is the clock to an import. */
	*g = (struct sh_scrape_group){ .first = NO_MORE, .timed = l->timed && l->time, .time = l->time };
	if (l->timestamp.p && !g->timed)
		g->stamp = 1 + put_name(s, l->timestamp);
	sh_map_put(&s->labels, s->key.data, s->key.len, (void *)(uintptr_t)(s->groups + 1));
	return s->groups++;
}

/* The key is that of the labels, what stands after them parts records of the same labels. */
static void make_key(struct sh_scrape_set *s, const struct sh_expo_line *l)
{
	uint32_t end = 0;

	sh_buf_clear(&s->key);
	sh_expo_put_labels(&s->key, l, SH_SPAN_NONE);
	/* Two empty texts: no label has an empty name. */
	sh_buf_add(&s->key, &end, sizeof(end));
	if (l->timed)
		sh_buf_add(&s->key, &l->time, sizeof(l->time));
	else
		sh_buf_add(&s->key, l->timestamp.p ? l->timestamp.p : "", l->timestamp.len);
}

static bool was_added(struct sh_scrape_set *s, size_t group, struct sh_span name)
{
	bool was;

	sh_buf_clear(&s->key);
	sh_buf_add(&s->key, &group, sizeof(group));
	sh_buf_add(&s->key, name.p, name.len);
	was = sh_map_get(&s->series, s->key.data, s->key.len) != NULL;
	if (!was)
		sh_map_put(&s->series, s->key.data, s->key.len, (void *)(uintptr_t)&present);
	return was;
}

/* The group for a sample: that of its labels and time, or one of its own for what comes twice. */
static size_t group_for(struct sh_scrape_set *s, const struct sh_expo_line *l)
{
	size_t group;

	make_key(s, l);
	group = (size_t)(uintptr_t)sh_map_get(&s->labels, s->key.data, s->key.len);
	group = group ? group - 1 : new_group(s, l);
	if (!was_added(s, group, l->name))
		return group;
	make_key(s, l);
	sh_buf_add(&s->key, &s->samples, sizeof(s->samples));
	return new_group(s, l);
}

void sh_scrape_set_add(struct sh_scrape_set *s, const struct sh_expo_line *l)
{
	size_t at = s->samples, group = group_for(s, l);
	struct sh_scrape_group *g = &s->group[group];

	sh_grow(s->sample, s->samples, s->sample_cap);
	s->sample[s->samples++] = (struct sh_scrape_sample){ .name = put_name(s, l->name),
							     .next = NO_MORE, .value = l->value };
	if (g->first == NO_MORE)
		g->first = at;
	else
		s->sample[g->last].next = at;
	g->last = at;
}

static const char *word(double v)
{
	return isnan(v) ? "NaN" : v > 0 ? "+Inf" : "-Inf";
}

/* What JSON has no number for, by name. */
static void write_not_finite(const struct sh_scrape_set *s, const struct sh_scrape_group *g,
			     struct sh_sample_writer *w)
{
	struct sh_buf name = SH_BUF_INIT;
	bool any = false;

	for (size_t i = g->first; i != NO_MORE; i = s->sample[i].next) {
		if (isfinite(s->sample[i].value))
			continue;
		if (!any)
			sh_sample_object(w, "not_finite");
		any = true;
		sh_buf_clear(&name);
		sh_buf_addf(&name, "prom.%s", s->names.data + s->sample[i].name);
		sh_sample_object_text(w, sh_buf_str(&name), word(s->sample[i].value));
	}
	if (any)
		sh_sample_object_end(w);
	sh_buf_release(&name);
}

/* The check's own dimensions stand first; a label of the same name is told as exported, as by Prometheus. */
static bool is_own(const struct sh_import *in, struct sh_span name)
{
	for (size_t i = 0; in->dims && in->dims[i]; i += 2)
		if (sh_span_is(name, in->dims[i]))
			return true;
	return false;
}

static void write_label(const struct sh_import *in, struct sh_sample_writer *w, struct sh_span name,
			struct sh_span value)
{
	SH_CLEANUP_BUF struct sh_buf renamed = SH_BUF_INIT;

	if (is_own(in, name)) {
		sh_buf_addstr(&renamed, "exported_");
		sh_buf_add(&renamed, name.p, name.len);
		name = sh_text_of(&renamed);
	}
	sh_sample_object_dim(w, name, value);
}

static void write_dims(const struct sh_import *in, struct sh_sample_writer *w, struct sh_span key)
{
	struct sh_span name, value;

	sh_sample_object(w, "dims");
	for (size_t i = 0; in->dims && in->dims[i]; i += 2)
		sh_sample_object_dim(w, sh_span_of(in->dims[i]), sh_span_of(in->dims[i + 1]));
	while (sh_expo_next_text(&key, &name) && name.len && sh_expo_next_text(&key, &value))
		write_label(in, w, name, value);
	sh_sample_object_end(w);
}

/* The dimensions are written here: their values may be any bytes. */
static void begin_group(struct sh_import *in, const struct sh_scrape_group *g,
			struct sh_sample_writer *w)
{
	const char *const *dims = in->dims;
	int64_t time = in->time;

	if (g->timed)
		in->time = g->time;
	in->dims = NULL;
	sh_import_begin(in, w, NULL, NULL, NULL, NULL);
	in->time = time;
	in->dims = dims;
}

static void write_group(const struct sh_scrape_set *s, struct sh_import *in, size_t i)
{
	const struct sh_scrape_group *g = &s->group[i];
	struct sh_span key = { s->labels.entry[i].key, s->labels.entry[i].len }, rest = key, name;
	struct sh_sample_writer w;

	begin_group(in, g, &w);
	if (in->dims || (sh_expo_next_text(&rest, &name) && name.len))
		write_dims(in, &w, key);
	sh_sample_group(&w, "prom");
	for (size_t k = g->first; k != NO_MORE; k = s->sample[k].next)
		sh_sample_number(&w, s->names.data + s->sample[k].name, s->sample[k].value);
	write_not_finite(s, g, &w);
	if (g->stamp)
		sh_sample_text(&w, "timestamp", s->names.data + g->stamp - 1);
	sh_sample_end(&w);
}

void sh_scrape_set_write(const struct sh_scrape_set *s, struct sh_import *in)
{
	for (size_t i = 0; i < s->groups; i++)
		write_group(s, in, i);
}

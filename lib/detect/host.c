/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "detect/host.h"

#include <math.h>
#include <string.h>

#include "record/json.h"

struct sh_host *sh_host_of(struct sh_store *st, const struct sh_subject *s)
{
	struct sh_span e = sh_subject_entity(s);

	if (!st->hosts.paths || !sh_subject_is_whole(s) || e.len <= 5 || memcmp(e.p, "host:", 5) != 0)
		return NULL;
	return sh_hosts_get(&st->hosts, (struct sh_span){ e.p + 5, e.len - 5 });
}

void sh_host_forget(const struct sh_rulebook *p, struct sh_subject *s)
{
	if (s->own_host)
		sh_host_blank(s->own_host, p->hosts);
}

/* The name behind GROUP of a path, NULL when it is of another group. */
static const char *name_in(const char *path, struct sh_span group)
{
	return !strncmp(path, group.p, group.len) && path[group.len] == '.' ? path + group.len + 1 : NULL;
}

void sh_host_read(const struct sh_rulebook *p, const struct sh_host *h, int64_t now, double *value)
{
	for (size_t i = 0; i < p->hosts; i++)
		value[sh_rulebook_host(p, i)] =
			now - h->at[i].time < SH_LATEST_FRESH * h->at[i].interval ? h->at[i].value : NAN;
}

/* The path NUMBER as the newest group that has it says. */
static void restore_path(const struct sh_rulebook *p, struct sh_host *h, const struct sh_latest *l,
			 size_t number)
{
	struct sh_host_value *of = &h->at[number];
	struct sh_latest_group g;

	*of = (struct sh_host_value){ NAN, 0, SH_LATEST_FIRST };
	for (uint32_t at = 0; sh_latest_next(l, &at, &g);) {
		const char *name = name_in(p->host_name[number], g.name);
		json_t *group = name ? sh_json_build_group(g.object) : NULL;
		const json_t *v = name ? json_object_get(group, name) : NULL;

		if (name && (isnan(of->value) || (v && g.time >= of->time)))
			*of = (struct sh_host_value){ json_is_number(v) ? json_number_value(v) : NAN, g.time,
						      g.interval };
		json_decref(group);
	}
}

void sh_host_restore(const struct sh_rulebook *p, struct sh_subject *s)
{
	for (size_t i = 0; s->own_host && i < p->hosts; i++)
		restore_path(p, s->own_host, &s->latest, i);
}

static void note_group(const struct sh_rulebook *p, struct sh_host *h, struct sh_span group, int64_t time)
{
	for (size_t i = 0; i < p->hosts; i++) {
		if (!name_in(p->host_name[i], group))
			continue;
		if (h->at[i].time && time > h->at[i].time)
			h->at[i].interval = time - h->at[i].time;
		h->at[i].time = time;
		h->at[i].value = p->pick.value[p->host_slot[i]];
	}
}

static void note_named(const struct sh_rulebook *p, struct sh_subject *s, struct sh_span name, int64_t time)
{
	if (!sh_latest_is_shared(&s->latest, name)) {
		note_group(p, s->own_host, name, time);
		return;
	}
	for (size_t i = 0; i < p->hosts; i++)
		if (name_in(p->host_name[i], name))
			restore_path(p, s->own_host, &s->latest, i);
}

static void note_decoded(const struct sh_rulebook *p, struct sh_subject *s, struct sh_span raw, int64_t time)
{
	SH_CLEANUP_BUF struct sh_buf name = SH_BUF_INIT;

	sh_json_decode(raw, &name);
	note_named(p, s, (struct sh_span){ sh_buf_str(&name), name.len }, time);
}

void sh_host_note(const struct sh_rulebook *p, struct sh_subject *s, size_t origin, int64_t time)
{
	bool forgot = sh_latest_note(&s->latest, &p->pick, origin, time, SH_STORE_FORGET);

	if (!s->own_host)
		return;
	if (forgot)
		sh_host_blank(s->own_host, p->hosts);
	for (size_t i = 0; i < p->pick.texts; i++) {
		const struct sh_pick_text *t = &p->pick.text_of[i];

		(t->escaped ? note_decoded : note_named)(p, s, t->name, time);
	}
}

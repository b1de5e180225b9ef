/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "diagnose/standing_parts.h"
#include "record/json.h"

void sh_standing_fault_free(struct sh_standing_fault *f)
{
	free(f->id);
	free(f->entity);
	free(f->type);
	free(f->cause);
	free(f);
}

static void free_fault(void *arg)
{
	sh_standing_fault_free(arg);
}

struct sh_standing *sh_standing_new(void)
{
	struct sh_standing *s = sh_calloc(1, sizeof(*s));

	sh_map_init(&s->faults, free_fault);
	sh_map_init(&s->entities, NULL);
	s->due = INT64_MAX;
	return s;
}

void sh_standing_free(struct sh_standing *s)
{
	if (!s)
		return;
	sh_map_release(&s->entities);
	sh_map_release(&s->faults);
	sh_rows_release(&s->rows);
	free(s);
}

static void heard(struct sh_standing *s, struct sh_standing_fault *f, int64_t time)
{
	f->heard = time > f->heard ? time : f->heard;
	f->dirty = true;
	if (f->heard + SH_STANDING_SILENCE < s->due)
		s->due = f->heard + SH_STANDING_SILENCE;
}

void sh_standing_add(struct sh_standing *s, struct sh_standing_fault *f)
{
	f->same = sh_map_gets(&s->entities, f->entity);
	sh_map_puts(&s->entities, f->entity, f);
	sh_map_puts(&s->faults, f->id, f);
	s->changed = true;
	heard(s, f, f->heard);
}

static void unlink_from_entity(struct sh_standing *s, struct sh_standing_fault *f)
{
	struct sh_standing_fault *first = sh_map_gets(&s->entities, f->entity), *at = first;

	if (first == f && f->same) {
		sh_map_puts(&s->entities, f->entity, f->same);
	} else if (first == f) {
		sh_map_remove(&s->entities, f->entity, strlen(f->entity));
	} else {
		while (at->same != f)
			at = at->same;
		at->same = f->same;
	}
}

static void forget(struct sh_standing *s, struct sh_standing_fault *f)
{
	unlink_from_entity(s, f);
	if (f->stored)
		sh_rows_gone(&s->rows, f->id);
	s->changed = true;
	sh_map_remove(&s->faults, f->id, strlen(f->id));
}

void sh_standing_time(struct sh_standing *s, int64_t now)
{
	const struct sh_map_entry *entry;
	size_t i = 0;

	if (now <= s->now)
		return;
	s->now = now;
	if (s->oldest && s->oldest <= now - SH_STANDING_HOLDS)
		s->changed = true;
	if (now < s->due)
		return;
	s->due = INT64_MAX;
	while ((entry = sh_map_next(&s->faults, &i))) {
		struct sh_standing_fault *f = entry->value;
		int64_t last = f->heard + SH_STANDING_SILENCE;

		if (last <= now)
			forget(s, f);
		else if (last < s->due)
			s->due = last;
	}
}

int64_t sh_standing_began(struct sh_standing *s, const struct sh_fault *f, int64_t onset)
{
	struct sh_standing_fault *known = sh_map_gets(&s->faults, f->id);

	if (known) {
		heard(s, known, f->time);
		if (onset < known->onset) {
			known->onset = onset;
			s->changed = true;
		}
		return known->onset;
	}
	if (s->faults.live >= SH_STANDING_FAULTS)
		return onset;
	known = sh_calloc(1, sizeof(*known));
	*known = (struct sh_standing_fault){ .id = sh_strdup(f->id),
					     .entity = sh_strdup(f->entity),
					     .type = sh_strdup(f->fault_type),
					     .onset = onset,
					     .heard = f->time };
	sh_standing_add(s, known);
	return onset;
}

int64_t sh_standing_onset(struct sh_standing *s, const struct sh_fault *f)
{
	return sh_standing_began(s, f, sh_fault_onset(f));
}

void sh_standing_diagnosed(struct sh_standing *s, const struct sh_fault *f, const char *cause,
			   double confidence)
{
	struct sh_standing_fault *known = sh_map_gets(&s->faults, f->id);

	if (!known)
		return;
	free(known->cause);
	known->cause = sh_strdup_or_null(cause);
	known->confidence = confidence;
	known->dirty = true;
}

static bool take_text(const struct sh_record *r, const char *member, struct sh_buf *text)
{
	struct sh_slice value = sh_record_member(r, member);

	sh_buf_clear(text);
	if (value.type == SH_JSON_STRING)
		sh_json_unescape(value, text);
	return value.type == SH_JSON_STRING;
}

void sh_standing_fault(struct sh_standing *s, const struct sh_record *r)
{
	SH_CLEANUP_BUF struct sh_buf text = SH_BUF_INIT;
	struct sh_standing_fault *f =
		take_text(r, "id", &text) ? sh_map_gets(&s->faults, sh_buf_str(&text)) : NULL;

	if (!f || !take_text(r, "status", &text) || r->time < f->heard)
		return;
	if (!strcmp(sh_buf_str(&text), "resolved") || !strcmp(sh_buf_str(&text), "stale"))
		forget(s, f);
	else
		heard(s, f, r->time);
}

static bool is_surer(const struct sh_standing_fault *a, const struct sh_standing_fault *b)
{
	if (a->confidence < b->confidence || a->confidence > b->confidence)
		return a->confidence > b->confidence;
	if (a->onset != b->onset)
		return a->onset < b->onset;
	return strcmp(a->id, b->id) < 0;
}

const struct sh_standing_fault *sh_standing_of(const struct sh_standing *s, const char *entity,
					       const char *except)
{
	const struct sh_standing_fault *best = NULL, *f = sh_map_gets(&s->entities, entity);

	for (; f; f = f->same)
		if (f->cause && strcmp(f->id, except) != 0 && (!best || is_surer(f, best)))
			best = f;
	return best;
}

int64_t sh_standing_oldest(struct sh_standing *s)
{
	const struct sh_map_entry *entry;
	size_t i = 0;

	if (!s->changed)
		return s->oldest;
	s->changed = false;
	s->oldest = 0;
	while ((entry = sh_map_next(&s->faults, &i))) {
		const struct sh_standing_fault *f = entry->value;

		if (f->onset > s->now - SH_STANDING_HOLDS &&
		    (!s->oldest || f->onset < s->oldest))
			s->oldest = f->onset;
	}
	return s->oldest;
}

/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "schedule/trigger.h"

#include <errno.h>
#include <fnmatch.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "schedule/book.h"
#include "schedule/look.h"
#include "schedule/tell.h"

#define SEEN  (IN_CLOSE_WRITE | IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO | IN_ATTRIB)

/* One path of one task. */
struct sh_watched {
	struct sh_item *item;
	char *directory, *name; /* owned; the name may be a pattern */
	int wd;                 /* -1: it could not be watched */
	int64_t touched;        /* when something happened last, 0: it rests */
};

struct facts {
	json_t *record, *metrics; /* owned; metrics NULL of other kinds */
};

/* The groups of a sample, then the record's own members. */
static bool look_up(void *user, const char *name, struct sh_value *out)
{
	const struct facts *f = user;
	const json_t *value = json_object_get(f->metrics, name);

	if (!value)
		value = json_object_get(f->record, name);
	if (value)
		*out = sh_value_from_json(value);
	return value != NULL;
}

int sh_trigger_record(struct sh_scheduler *s, const struct sh_record *r, const struct sh_item *except,
		      struct sh_error *err)
{
	struct facts f = { NULL, NULL };
	struct sh_arena arena = SH_ARENA_INIT;
	struct sh_eval eval = { .lookup = look_up, .user = &f, .now = r->time, .arena = &arena };
	int rc = 0;

	for (size_t n = 0; n < s->schedule->n && rc >= 0; n++) {
		struct sh_item *i = &s->agenda.item[n];

		if (!i->task->trigger || i == except)
			continue;
		if (!f.record) {
			f.record = sh_record_json(r);
			f.metrics = r->kind == SH_KIND_SAMPLE ? sh_record_metrics(r) : NULL;
		}
		if (sh_expr_truth(i->task->trigger, &eval) == SH_TRUE)
			rc = sh_agenda_trigger(&s->agenda, i, sh_tell_time(s), err);
		sh_arena_reset(&arena);
	}
	sh_arena_release(&arena);
	json_decref(f.record);
	json_decref(f.metrics);
	return rc < 0 ? -1 : 0;
}

static void add_watched(struct sh_scheduler *s, struct sh_item *i, const char *path)
{
	struct sh_watched *w;
	const char *slash = strrchr(path, '/');

	sh_grow(s->watched, s->watcheds, s->watched_cap);
	w = &s->watched[s->watcheds++];
	*w = (struct sh_watched){ .item = i, .name = sh_strdup(slash + 1) };
	w->directory = slash == path ? sh_strdup("/") : sh_strndup(path, (size_t)(slash - path));
	w->wd = inotify_add_watch(s->inotify, w->directory, SEEN | IN_ONLYDIR);
	if (w->wd < 0 && s->say) {
		SH_CLEANUP_FREE char *text = sh_asprintf("cannot watch %s: %s\n", w->directory, strerror(errno));

		s->say(s->arg, i->task->id, text);
	}
}

/* What all files of a task look like, as digits. */
static void look_at_files(const struct sh_item *i, char out[SH_LOOK_TEXT])
{
	struct sh_look look;

	sh_look_init(&look);
	for (const char **p = i->task->paths; *p; p++)
		sh_look_add(&look, *p);
	sh_look_finish(&look, out);
}

/* Ask for a task when its files look different from what is stored; the first look only stores. */
static int compare_files(struct sh_scheduler *s, struct sh_item *i, struct sh_error *err)
{
	SH_CLEANUP_FREE void *known = NULL;
	const char *id = i->task->id;
	char now[SH_LOOK_TEXT];
	size_t len = 0;
	int rc = sh_state_get(s->state, SH_BOOK_FILES, id, strlen(id), &known, &len, err);

	if (rc < 0)
		return -1;
	look_at_files(i, now);
	if (rc > 0 && known && len == strlen(now) && !memcmp(known, now, len))
		return 0;
	/* Within its cooldown it is asked for again, and stays different until it counts. */
	if (rc > 0 && sh_agenda_trigger(&s->agenda, i, sh_tell_time(s), err) <= 0)
		return sh_error_is_set(err) ? -1 : 0;
	s->stored = true;
	return sh_state_put(s->state, SH_BOOK_FILES, id, strlen(id), now, strlen(now), err);
}

int sh_trigger_watch(struct sh_scheduler *s, struct sh_error *err)
{
	s->inotify = -1;
	for (size_t n = 0; n < s->schedule->n; n++) {
		struct sh_item *i = &s->agenda.item[n];

		if (!i->task->paths)
			continue;
		if (s->inotify < 0 && (s->inotify = inotify_init1(IN_CLOEXEC | IN_NONBLOCK)) < 0)
			return sh_error_sys(err, "cannot watch files");
		for (const char **p = i->task->paths; *p; p++)
			add_watched(s, i, *p);
		if (compare_files(s, i, err) < 0)
			return -1;
	}
	return sh_alarm_add(&s->alarm, s->inotify, false, err);
}

void sh_trigger_release(struct sh_scheduler *s)
{
	for (size_t n = 0; n < s->watcheds; n++) {
		free(s->watched[n].directory);
		free(s->watched[n].name);
	}
	free(s->watched);
	if (s->watcheds)
		close(s->inotify);
	s->watched = NULL;
	s->watcheds = 0;
}

static void take_event(struct sh_scheduler *s, const struct inotify_event *e, int64_t now)
{
	for (size_t n = 0; n < s->watcheds; n++) {
		struct sh_watched *w = &s->watched[n];

		/* When events were lost, any of them may have been meant. */
		if (e->mask & IN_Q_OVERFLOW || (e->wd == w->wd && e->len && !fnmatch(w->name, e->name, FNM_PERIOD)))
			w->touched = now;
	}
}

static void take_events(struct sh_scheduler *s, int64_t now)
{
	char buf[16384] __attribute__((aligned(__alignof__(struct inotify_event))));
	ssize_t len;

	while ((len = read(s->inotify, buf, sizeof(buf))) > 0)
		for (char *p = buf; p < buf + len;) {
			const struct inotify_event *e = (const struct inotify_event *)(const void *)p;

			take_event(s, e, now);
			p += sizeof(*e) + e->len;
		}
}

int sh_trigger_turn(struct sh_scheduler *s, int64_t now, struct sh_error *err)
{
	if (!s->watcheds)
		return 0;
	take_events(s, now);
	for (size_t n = 0; n < s->watcheds; n++) {
		struct sh_watched *w = &s->watched[n];

		if (!w->touched || now < w->touched + w->item->task->settle)
			continue;
		w->touched = 0;
		if (compare_files(s, w->item, err) < 0)
			return -1;
	}
	return 0;
}

int64_t sh_trigger_until(const struct sh_scheduler *s)
{
	int64_t until = INT64_MAX;

	for (size_t n = 0; n < s->watcheds; n++) {
		const struct sh_watched *w = &s->watched[n];

		if (w->touched && w->touched + w->item->task->settle < until)
			until = w->touched + w->item->task->settle;
	}
	return until;
}

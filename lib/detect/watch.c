/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "detect/watch.h"

#include <string.h>

#include "record/json.h"

static void miss(struct sh_watch *w)
{
	w->hits = 0;
	w->run_since = 0;
	if (!w->open)
		w->total_hits = 0;
}

static void count_hit(struct sh_watch *w, int64_t time)
{
	if (w->hits++ == 0)
		w->since = time;
	if (!w->run_since)
		w->run_since = time;
	if (!w->open && w->total_hits == 0)
		w->first_hit = time;
	w->total_hits++;
	w->until = time;
}

static enum sh_watch_event on_hit(struct sh_watch *w, const struct sh_watch_terms *t, int64_t time)
{
	count_hit(w, time);
	if (w->hits < t->count || time - w->run_since < t->for_time)
		return SH_WATCH_HIT;
	if (!w->open) {
		w->open = true;
		w->clears = 0;
		return SH_WATCH_OPENED;
	}
	if (time - w->emitted < t->repeat)
		return SH_WATCH_HIT;
	return SH_WATCH_ONGOING;
}

enum sh_watch_event sh_watch_step(struct sh_watch *w, const struct sh_watch_terms *terms,
				  enum sh_truth hit, enum sh_truth cleared, int64_t time)
{
	enum sh_watch_event event = SH_WATCH_NOTHING;

	if (hit == SH_UNKNOWN)
		return event;
	if (hit == SH_TRUE)
		event = on_hit(w, terms, time);
	else
		miss(w);
	if (!w->open || event == SH_WATCH_OPENED || cleared == SH_UNKNOWN)
		return event;
	w->clears = cleared == SH_TRUE ? w->clears + 1 : 0;
	if (w->clears < terms->clear_count)
		return event;
	return SH_WATCH_RESOLVED;
}

void sh_watch_emitted(struct sh_watch *w, enum sh_watch_event event, int64_t time)
{
	w->hits = 0;
	w->emitted = time;
	if (event != SH_WATCH_RESOLVED)
		return;
	w->open = false;
	w->clears = 0;
	miss(w);
}

bool sh_watch_is_idle(const struct sh_watch *w)
{
	return !w->open && w->hits == 0;
}

json_t *sh_watch_to_json(const struct sh_watch *w)
{
	return json_pack("{s:b,s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:I}", "open", (int)w->open, "hits",
			 (json_int_t)w->hits, "clears", (json_int_t)w->clears, "since",
			 (json_int_t)w->since, "until", (json_int_t)w->until, "run_since",
			 (json_int_t)w->run_since, "first_hit", (json_int_t)w->first_hit,
			 "total_hits", (json_int_t)w->total_hits, "emitted",
			 (json_int_t)w->emitted);
}

void sh_watch_from_json(struct sh_watch *w, const json_t *object)
{
	w->open = json_is_true(json_object_get(object, "open"));
	w->hits = sh_json_int(object, "hits", 0);
	w->clears = sh_json_int(object, "clears", 0);
	w->since = sh_json_int(object, "since", 0);
	w->until = sh_json_int(object, "until", 0);
	w->run_since = sh_json_int(object, "run_since", 0);
	w->first_hit = sh_json_int(object, "first_hit", 0);
	w->total_hits = sh_json_int(object, "total_hits", 0);
	w->emitted = sh_json_int(object, "emitted", 0);
}

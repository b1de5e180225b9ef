/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "growth.h"

#include <fcntl.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/mem.h"
#include "series/past.h"

#define MAX_FILE ((size_t)32 << 20)

int sh_growth_open(struct sh_growth *g, const char *path, struct sh_error *err)
{
	SH_CLEANUP_BUF struct sh_buf text = SH_BUF_INIT;

	*g = (struct sh_growth){ .path = sh_strdup(path), .seen = json_object() };
	if (sh_file_read(AT_FDCWD, path, MAX_FILE, &text, err) == 0)
		g->known = json_loadb(sh_buf_str(&text), text.len, JSON_REJECT_DUPLICATES, NULL);
	else if (err->code != SH_ERRC_UNAVAILABLE)
		return -1;
	sh_error_clear(err);
	if (!json_is_object(g->known)) {
		json_decref(g->known);
		g->known = json_object();
	}
	return 0;
}

void sh_growth_release(struct sh_growth *g)
{
	free(g->path);
	json_decref(g->known);
	json_decref(g->seen);
	*g = (struct sh_growth){ .path = NULL };
}

static bool is_point(const json_t *p, double before, double after)
{
	double time = json_number_value(json_array_get(p, 0));

	return json_array_size(p) == 2 && json_is_number(json_array_get(p, 1)) && time > before && time < after;
}

/* The newest of the points that are in order and before NOW. */
static json_t *keep(const json_t *points, double now)
{
	json_t *kept = json_array(), *p;
	size_t i, first = json_array_size(points);
	double before = 0;

	first = first >= SH_GROWTH_POINTS ? first - SH_GROWTH_POINTS + 1 : 0;
	json_array_foreach(points, i, p) {
		if (i < first || !is_point(p, before, now))
			continue;
		json_array_append(kept, p);
		before = json_number_value(json_array_get(p, 0));
	}
	return kept;
}

void sh_growth_note(struct sh_growth *g, const char *thing, const char *is, int64_t now, double percent)
{
	const json_t *known = json_object_get(g->known, thing);
	const char *was = json_string_value(json_object_get(known, "is"));
	double seconds = (double)now / (double)SH_SEC;
	json_t *points = keep(was && !strcmp(was, is) ? json_object_get(known, "points") : NULL, seconds);

	json_array_append_new(points, json_pack("[f, f]", seconds, percent));
	json_object_set_new(g->seen, thing, json_pack("{s:s, s:o}", "is", is, "points", points));
}

/* By which it changes a second; what is lost in the noise is no change. */
static struct sh_past_answer slope_of(const json_t *points, int64_t window, int64_t now)
{
	struct sh_past_terms terms = {
		.kind = sh_past_find("trend"),
		.arg = { { SH_PAST_DURATION, (double)window / (double)SH_SEC, window } },
		.n = 1,
	};
	SH_CLEANUP_FREE void *state = sh_calloc(1, terms.kind->size(&terms));
	json_t *p;
	size_t i;

	json_array_foreach(points, i, p)
		terms.kind->note(state, &terms,
				 (int64_t)(json_number_value(json_array_get(p, 0)) * (double)SH_SEC),
				 json_number_value(json_array_get(p, 1)));
	return terms.kind->ask(state, &terms, now);
}

int sh_growth_full_in(const struct sh_growth *g, const char *thing, int64_t window, int64_t now,
		      double *seconds, const char **why)
{
	const json_t *points = json_object_get(json_object_get(g->seen, thing), "points");
	const json_t *last = json_array_get(points, json_array_size(points) - 1);
	struct sh_past_answer slope = slope_of(points, window, now);

	*why = slope.why;
	if (!slope.known)
		return 0;
	*seconds = INFINITY;
	if (slope.value > 0)
		*seconds = fmax((100 - json_number_value(json_array_get(last, 1))) / slope.value, 0);
	return 1;
}

int sh_growth_save(const struct sh_growth *g, struct sh_error *err)
{
	SH_CLEANUP_FREE char *text = json_dumps(g->seen, JSON_COMPACT | JSON_REAL_PRECISION(15));

	if (!text)
		return sh_error_set(err, SH_ERRC_SYSTEM, "cannot write down what was measured");
	return sh_file_write_atomic(g->path, text, strlen(text), 0600, err);
}

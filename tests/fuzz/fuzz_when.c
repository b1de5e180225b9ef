/* SPDX-License-Identifier: MIT */
/*
 * Times as people write them: the first byte chooses the language, the policy and the
 * zone. What can be read comes later each time, and a normal form means the same; what
 * a crontab or a timer becomes can be read as a time again.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "schedule/calendar.h"
#include "schedule/import.h"
#include "schedule/when.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define MAX_TEXT 400
#define MUST(cond)               \
	do {                     \
		if (!(cond))     \
			abort(); \
	} while (0)

static const char *const zones[] = { "UTC", "Europe/Berlin", "Australia/Lord_Howe", "Pacific/Apia" };

static void walk(const struct sh_when *w)
{
	int64_t t = INT64_C(1700000000) * SH_SEC;

	for (int i = 0; i < 5 && t < INT64_MAX; i++) {
		int64_t next = sh_when_next(w, t);

		MUST(next > t);
		/* Nothing lies between: asked just before it, it is the answer. */
		MUST(next == INT64_MAX || sh_when_next(w, next - 1) == next || w->kind == SH_WHEN_EVERY);
		t = next;
	}
}

static void same_in_normal_form(const struct sh_when *w, const struct sh_when_options *opt, struct sh_zones *z)
{
	SH_CLEANUP_BUF struct sh_buf text = SH_BUF_INIT;
	struct sh_error err = SH_ERROR_INIT;
	struct sh_when again;
	int64_t t = INT64_C(1700000000) * SH_SEC;

	sh_calendar_format(w->rule, &text);
	if (w->own_zone)
		return;
	MUST(sh_when_parse(&again, SH_WHEN_CALENDAR, sh_buf_str(&text), opt, z, &err) == 0);
	MUST(sh_when_next(&again, t) == sh_when_next(w, t));
	sh_when_release(&again);
}

static void read_time(unsigned char how, const char *text)
{
	const struct sh_dst dst = { (enum sh_gap)(how / 4 % 3), (enum sh_overlap)(how / 12 % 3) };
	const struct sh_when_options opt = { .zone = zones[how / 36 % 4], .dst = &dst, .seconds = how & 128,
					     .both_days = how & 64 };
	struct sh_error err = SH_ERROR_INIT;
	struct sh_zones z;
	struct sh_when w;

	sh_zones_init(&z);
	if (sh_when_parse(&w, (enum sh_when_kind)(how % 4), text, &opt, &z, &err) == 0) {
		/* libical's search is its own. */
		if (w.kind != SH_WHEN_RRULE)
			walk(&w);
		if (w.kind == SH_WHEN_CALENDAR)
			same_in_normal_form(&w, &opt, &z);
		sh_when_release(&w);
	} else {
		MUST(err.code == SH_ERRC_CONFIG);
	}
	sh_zones_release(&z);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	SH_CLEANUP_FREE char *text = NULL;
	struct sh_import im = { 0 };

	if (!size || size > MAX_TEXT)
		return 0;
	text = sh_strndup((const char *)data + 1, size - 1);
	read_time(data[0], text);
	for (int kind = SH_IMPORT_CRONTAB; kind <= SH_IMPORT_TIMER; kind++)
		sh_import_text(&im, (enum sh_import_kind)kind, "t", text);
	sh_import_release(&im);
	return 0;
}

/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "schedule_explain.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/days.h"
#include "base/mem.h"
#include "record/entity.h"
#include "record/task.h"
#include "schedule/calendar.h"
#include "schedule/when.h"

#define DEFAULT_COUNT 5

static size_t words_in(const char *text)
{
	size_t n = 0;

	for (text += strspn(text, " \t"); *text; n++) {
		text += strcspn(text, " \t");
		text += strspn(text, " \t");
	}
	return n;
}

/* The language in which EXPRESSION can be read. */
static enum sh_when_kind guess(const char *expression, bool seconds)
{
	size_t words = words_in(expression);

	if (sh_when_interval(expression) > 0)
		return SH_WHEN_EVERY;
	if (strstr(expression, "FREQ="))
		return SH_WHEN_RRULE;
	if (words == 5 || seconds || (*expression == '@' && (expression[1] < '0' || expression[1] > '9')))
		return SH_WHEN_CRON;
	return SH_WHEN_CALENDAR;
}

static enum sh_when_kind kind_of(struct sh_cli *cli, const struct explain_options *o, const char *expression)
{
	if (!o->as)
		return guess(expression, o->seconds);
	for (int i = 0; sh_when_words[i]; i++)
		if (!strcmp(o->as, sh_when_words[i]))
			return (enum sh_when_kind)i;
	sh_cli_usage_error(cli, "--as must be every, cron, calendar or rrule, not '%s'", o->as);
}

/* "calendar Mon *-*-* 00:00:00 (skip/first)" */
static char *describe(const struct sh_when *w, const char *expression)
{
	struct sh_buf out = SH_BUF_INIT;
	char dst[SH_DST_TEXT];

	sh_buf_addf(&out, "%s ", sh_when_words[w->kind]);
	if (w->kind == SH_WHEN_CALENDAR)
		sh_calendar_format(w->rule, &out);
	else
		sh_buf_addstr(&out, expression);
	if (w->kind != SH_WHEN_EVERY) {
		sh_dst_format(dst, sizeof(dst), w->dst);
		sh_buf_addf(&out, " (%s)", w->rule->is_rhythm ? "as clocks show it" : dst);
	}
	return sh_buf_take(&out);
}

/* "Sun 2026-03-29 03:00:00 +02:00" */
static void print_local(const struct sh_when *w, int64_t t)
{
	static const char *const days[] = { "Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat" };
	int64_t second = t / SH_SEC, offset = w->zone ? sh_zone_offset(w->zone, second) : 0;
	int64_t local = second + offset, day = local / 86400 - (local % 86400 < 0), rest = local - day * 86400;
	struct sh_date d = sh_days_date(day);
	char fraction[16] = "";

	if (t % SH_SEC)
		snprintf(fraction, sizeof(fraction), ".%06d", (int)(t % SH_SEC / 1000));
	printf("%s %04d-%02d-%02d %02d:%02d:%02d%s %c%02d:%02d\n", days[sh_days_weekday(day)], (int)d.year, d.month,
	       d.day, (int)(rest / 3600), (int)(rest % 3600 / 60), (int)(rest % 60), fraction,
	       offset < 0 ? '-' : '+', (int)(offset < 0 ? -offset : offset) / 3600,
	       (int)((offset < 0 ? -offset : offset) % 3600 / 60));
}

static void print_record(const char *description, int64_t now, int64_t due)
{
	SH_CLEANUP_BUF struct sh_buf line = SH_BUF_INIT, entity = SH_BUF_INIT;
	struct sh_task t;

	sh_task_init(&t);
	sh_entity_add(&entity, "task", "explain", sh_cli_host());
	t.time = now;
	t.host = sh_strdup(sh_cli_host());
	t.entity = sh_buf_take(&entity);
	t.task = sh_strdup("explain");
	t.schedule = sh_strdup(description);
	t.due = due;
	sh_task_write(&t, &line);
	fwrite(sh_buf_str(&line), 1, line.len, stdout);
	sh_task_release(&t);
}

static void show(struct sh_cli *cli, const struct explain_options *o, const struct sh_when *w,
		 const char *expression)
{
	SH_CLEANUP_FREE char *description = describe(w, expression);
	int64_t count = o->count ? sh_cli_integer(cli, "count", o->count, 1, 1000000) : DEFAULT_COUNT;
	int64_t t = o->now;

	if (cli->opt.text)
		printf("%s\n", description);
	for (int64_t i = 0; i < count; i++) {
		t = sh_when_next(w, t);
		if (t == INT64_MAX && cli->opt.text)
			printf("never%s\n", i ? " again" : "");
		if (t == INT64_MAX)
			return;
		if (cli->opt.text)
			print_local(w, t);
		else
			print_record(description, o->now, t);
	}
}

int schedule_explain(struct sh_cli *cli, const struct explain_options *o, const char *expression)
{
	struct sh_when_options opt = { .zone = o->timezone, .seconds = o->seconds };
	enum sh_when_kind kind = kind_of(cli, o, expression);
	struct sh_error err = SH_ERROR_INIT;
	struct sh_dst dst;
	struct sh_zones zones;
	struct sh_when w;
	int code = 0;

	if (o->dst && !sh_dst_parse(&dst, o->dst))
		sh_cli_usage_error(cli, "--dst must be skip, at_change or shifted, '/', and first, second or both");
	opt.dst = o->dst ? &dst : NULL;
	sh_zones_init(&zones);
	if (sh_when_parse(&w, kind, expression, &opt, &zones, &err) == 0) {
		show(cli, o, &w, expression);
		sh_when_release(&w);
	} else {
		code = sh_cli_report(cli, &err);
	}
	sh_zones_release(&zones);
	return code;
}

/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "schedule/import.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/clock.h"
#include "base/mem.h"
#include "record/json.h"
#include "schedule/when.h"

/* What is known while a text is read. */
struct text {
	struct sh_import *im;
	const char *name;
	size_t line;
	char *zone; /* owned, NULL none; of lines below */
};

static void report(const struct text *t, const char *why)
{
	t->im->reported++;
	if (t->im->report)
		t->im->report(t->im->arg, t->line, why);
}

/* Whether the time can be read; tells why not. */
static bool is_time(const struct text *t, enum sh_when_kind kind, const char *text, const char *zone)
{
	const struct sh_when_options opt = { .zone = zone };
	struct sh_error err = SH_ERROR_INIT;
	struct sh_zones zones;
	struct sh_when w;
	bool good;

	sh_zones_init(&zones);
	good = sh_when_parse(&w, kind, text, &opt, &zones, &err) == 0;
	if (good)
		sh_when_release(&w);
	else
		report(t, err.text);
	sh_zones_release(&zones);
	return good;
}

/* Takes over TASK. */
static void add_task(const struct text *t, json_t *task)
{
	SH_CLEANUP_FREE char *id = sh_asprintf("%s-%zu", t->name, t->im->n + 1);

	json_object_set_new(task, "playbook", json_string(id));
	json_object_set_new(task, "mode", json_string("ask"));
	sh_buf_addf(&t->im->tasks, "  %s: ", id);
	sh_json_dump(&t->im->tasks, task);
	sh_buf_addf(&t->im->playbooks, "\n  %s: {title: ", id);
	sh_json_dump(&t->im->playbooks, json_object_get(task, "title"));
	sh_buf_addstr(&t->im->playbooks, ", steps: []}");
	sh_buf_addch(&t->im->tasks, '\n');
	t->im->n++;
	json_decref(task);
}

/* The word at *P, cut off, and what stands behind it. */
static char *take_word(char **p)
{
	char *word = *p + strspn(*p, " \t");

	*p = word + strcspn(word, " \t");
	if (**p)
		*(*p)++ = '\0';
	*p += strspn(*p, " \t");
	return word;
}

/* cron wants both day fields to fit where one of them begins with "*", and another value does not. */
static bool wants_both(const char *day, const char *weekday)
{
	return (*day == '*' && day[1] && strcmp(weekday, "*") != 0) ||
	       (*weekday == '*' && weekday[1] && strcmp(day, "*") != 0);
}

/* NAME=VALUE, with or without quotes; the zone of some crons is kept. */
static bool take_setting(struct text *t, const char *line)
{
	size_t len = strspn(line, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_");
	const char *value = line + len + strspn(line + len, " \t");

	if (!len || *value != '=' || (*line >= '0' && *line <= '9'))
		return false;
	value++;
	value += strspn(value, " \t\"'");
	if (len == 7 && !strncmp(line, "CRON_TZ", 7)) {
		free(t->zone);
		t->zone = sh_strndup(value, strcspn(value, " \t\"'"));
	}
	return true;
}

static void take_cron_line(struct text *t, char *line, bool has_user)
{
	char *field[5] = { NULL }, *user = NULL, *rest = line;
	SH_CLEANUP_FREE char *times = NULL;
	json_t *task;
	size_t n = *line == '@' ? 1 : 5;

	for (size_t i = 0; i < n; i++)
		field[i] = take_word(&rest);
	if (has_user)
		user = take_word(&rest);
	if (!*rest) {
		report(t, "there is no command");
		return;
	}
	if (n == 1 && !strcasecmp(field[0], "@reboot")) {
		report(t, "@reboot is no time; a service started at boot does it");
		return;
	}
	times = n == 1 ? sh_strdup(field[0]) :
			 sh_asprintf("%s %s %s %s %s", field[0], field[1], field[2], field[3], field[4]);
	if (!is_time(t, SH_WHEN_CRON, times, t->zone))
		return;
	task = json_pack("{s:s, s:s}", "title", rest, "cron", times);
	if (!task) {
		report(t, "the command is no UTF-8");
		return;
	}
	if (n == 5 && wants_both(field[2], field[4]))
		json_object_set_new(task, "both_days", json_true());
	if (t->zone)
		json_object_set_new(task, "timezone", json_string(t->zone));
	/* cron does not make up for what it missed, and lets runs overlap. */
	json_object_set_new(task, "missed", json_string("skip"));
	json_object_set_new(task, "overlap", json_string("allow"));
	if (user && strcmp(user, "root") != 0)
		json_object_set_new(task, "settings", json_pack("{s:s}", "user", user));
	add_task(t, task);
}

struct timer {
	char *calendar[16], *every, *title, *jitter; /* borrowed from the text */
	size_t calendars;
	bool persistent;
};

/* systemd's "1h 30min", "90": as our own text, owned; NULL when it is none. */
static char *time_span(const char *text)
{
	static const char *const units[][2] = {
		{ "us", "" }, { "ms", "ms" }, { "min", "m" }, { "minutes", "m" }, { "minute", "m" }, { "m", "m" },
		{ "seconds", "s" }, { "second", "s" }, { "sec", "s" }, { "s", "s" }, { "hours", "h" }, { "hour", "h" },
		{ "hr", "h" }, { "h", "h" }, { "days", "d" }, { "day", "d" }, { "d", "d" }, { "weeks", "w" },
		{ "week", "w" }, { "w", "w" },
	};
	struct sh_buf out = SH_BUF_INIT;

	for (text += strspn(text, " "); *text; text += strspn(text, " ")) {
		size_t digits = strspn(text, "0123456789"), len, i;

		sh_buf_add(&out, text, digits);
		text += digits + strspn(text + digits, " ");
		len = strspn(text, "abcdefghijklmnopqrstuvwxyz");
		for (i = 0; len && i < sizeof(units) / sizeof(units[0]); i++)
			if (strlen(units[i][0]) == len && !strncmp(text, units[i][0], len))
				break;
		if (!digits || i == sizeof(units) / sizeof(units[0]) || (len && !*units[i][1])) {
			sh_buf_release(&out);
			return NULL;
		}
		sh_buf_addstr(&out, len ? units[i][1] : "s");
		text += len;
	}
	return sh_buf_take(&out);
}

static void take_timer_line(struct text *t, struct timer *timer, char *line)
{
	char *value = strchr(line, '=');

	if (!value)
		return;
	*value++ = '\0';
	value += strspn(value, " \t");
	if (!strcmp(line, "OnCalendar") && *value && timer->calendars < 16)
		timer->calendar[timer->calendars++] = value;
	else if (!strcmp(line, "OnUnitActiveSec") || !strcmp(line, "OnUnitInactiveSec"))
		timer->every = value;
	else if (!strcmp(line, "RandomizedDelaySec"))
		timer->jitter = value;
	else if (!strcmp(line, "Description"))
		timer->title = value;
	else if (!strcmp(line, "Persistent"))
		timer->persistent = !strcasecmp(value, "true") || !strcasecmp(value, "yes") || !strcmp(value, "1") ||
				    !strcasecmp(value, "on");
	else if (!strcmp(line, "OnBootSec") || !strcmp(line, "OnStartupSec") || !strcmp(line, "OnActiveSec"))
		report(t, "a time after boot is not taken over; what never ran, or was missed, runs at once");
}

static void add_timer(const struct text *t, const struct timer *timer, enum sh_when_kind kind, const char *when)
{
	SH_CLEANUP_FREE char *jitter = timer->jitter ? time_span(timer->jitter) : NULL;
	json_t *task;

	if (timer->jitter && !jitter)
		report(t, "RandomizedDelaySec is no time span that can be taken over");
	if (!is_time(t, kind, when, NULL))
		return;
	task = json_pack("{s:s, s:s}", "title", timer->title ? timer->title : t->name, sh_when_words[kind], when);
	if (!task) {
		report(t, "the description is no UTF-8");
		return;
	}
	if (jitter)
		json_object_set_new(task, "jitter", json_string(jitter));
	json_object_set_new(task, "missed", json_string(timer->persistent ? "once" : "skip"));
	add_task(t, task);
}

static void add_timers(struct text *t, const struct timer *timer)
{
	SH_CLEANUP_FREE char *every = timer->every ? time_span(timer->every) : NULL;

	for (size_t i = 0; i < timer->calendars; i++)
		add_timer(t, timer, SH_WHEN_CALENDAR, timer->calendar[i]);
	if (every)
		add_timer(t, timer, SH_WHEN_EVERY, every);
	else if (timer->every)
		report(t, "OnUnitActiveSec is no time span that can be taken over");
	if (!timer->calendars && !timer->every)
		report(t, "there is neither OnCalendar nor OnUnitActiveSec");
}

void sh_import_text(struct sh_import *im, enum sh_import_kind kind, const char *name, const char *text)
{
	SH_CLEANUP_FREE char *copy = sh_strdup(text);
	struct text t = { .im = im, .name = name };
	struct timer timer = { 0 };

	for (char *line = copy, *next; line; line = next) {
		size_t len;

		next = strchr(line, '\n');
		if (next)
			*next++ = '\0';
		t.line++;
		line += strspn(line, " \t");
		len = strlen(line);
		while (len && strchr(" \t\r", line[len - 1]))
			line[--len] = '\0';
		if (!*line || *line == '#' || *line == ';' || *line == '[')
			continue;
		if (kind == SH_IMPORT_TIMER)
			take_timer_line(&t, &timer, line);
		else if (!take_setting(&t, line))
			take_cron_line(&t, line, kind == SH_IMPORT_CRON_D);
	}
	if (kind == SH_IMPORT_TIMER)
		add_timers(&t, &timer);
	free(t.zone);
}

void sh_import_write(const struct sh_import *im, struct sh_buf *out)
{
	if (!im->n)
		return;
	sh_buf_addstr(out, "# What each is to do has to be written: a playbook has no steps yet.\nplaybooks:");
	sh_buf_add(out, im->playbooks.data, im->playbooks.len);
	sh_buf_addstr(out, "\ntasks:\n");
	sh_buf_add(out, im->tasks.data, im->tasks.len);
}

void sh_import_release(struct sh_import *im)
{
	sh_buf_release(&im->tasks);
	sh_buf_release(&im->playbooks);
}

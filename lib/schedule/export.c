/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "schedule/export.h"

#include <inttypes.h>
#include <string.h>

#include "base/clock.h"

/* What neither cron nor a timer has; NULL when it has all. */
static const char *extra_of(const struct sh_scheduled *t)
{
	if (!t->timed)
		return t->afters ? "it runs after others" : t->trigger ? "it runs on a record" : "it runs on a change";
	if (t->afters)
		return "it waits for others";
	if (t->condition)
		return "it has a condition";
	if (t->allow.n || t->block.n)
		return "it has windows";
	return t->group >= 0 ? "it has a group" : NULL;
}

static int number_of(const char *p, size_t digits)
{
	int v = 0;

	for (size_t i = 0; i < digits && i < 6; i++)
		v = v * 10 + (p[i] - '0');
	return v;
}

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* A field as every cron reads it: numbers, lists, rising ranges, steps over them, single names. */
static bool is_plain_field(const char *p, size_t len)
{
	const char *end = p + len;

	if (len == 3 && is_letter(*p))
		return is_letter(p[1]) && is_letter(p[2]);
	while (p < end) {
		size_t digits = strspn(p, "0123456789");
		int from = number_of(p, digits), to = from;

		if (!digits && *p != '*')
			return false;
		p += digits ? digits : 1;
		if (digits && *p == '-') {
			size_t more = strspn(p + 1, "0123456789");

			to = number_of(p + 1, more);
			if (!more || to < from)
				return false;
			p += 1 + more;
			digits = 0;
		}
		if (p < end && *p == '/') {
			if (digits) /* from one value on: others do not know it */
				return false;
			p += 1 + strspn(p + 1, "0123456789");
		}
		if (p < end && *p++ != ',')
			return false;
	}
	return true;
}

/* Whether cron itself would run it at the same times. */
static bool is_plain_cron(const struct sh_scheduled *t)
{
	const char *p = t->schedule, *field[5];
	size_t len[5];
	bool starred, restricted = true;

	if (*p == '@')
		return true;
	for (int i = 0; i < 5; i++) {
		p += strspn(p, " \t");
		field[i] = p;
		len[i] = strcspn(p, " \t");
		p += len[i];
		if (!is_plain_field(field[i], len[i]))
			return false;
	}
	starred = *field[2] == '*' || *field[4] == '*';
	for (int i = 2; i < 5; i += 2)
		restricted = restricted && !(len[i] == 1 && *field[i] == '*');
	/* Of two restricted day fields it wants both where one begins with a star, and else one. */
	return !restricted || t->both_days == starred;
}

void sh_export_crontab(const struct sh_schedule *s, const char *program, struct sh_buf *out)
{
	for (size_t i = 0; i < s->n; i++) {
		const struct sh_scheduled *t = &s->task[i];
		const char *why = extra_of(t);

		if (!why && t->when.kind != SH_WHEN_CRON)
			why = "its time is not one of cron";
		if (!why && (!is_plain_cron(t) || t->seconds))
			why = "not every cron reads its time as it is meant";
		if (!why && t->timezone)
			why = "cron has no time zone of its own";
		if (why)
			sh_buf_addf(out, "# %s: %s\n", t->id, why);
		else
			sh_buf_addf(out, "%s %s run %s\n", t->schedule, program, t->id);
	}
}

static void add_seconds(struct sh_buf *out, const char *key, int64_t ns)
{
	if (ns > 0)
		sh_buf_addf(out, "%s=%" PRId64 "ms\n", key, ns / SH_MS);
}

static void add_timer(const struct sh_scheduled *t, const char *program, struct sh_buf *out)
{
	sh_buf_addf(out, "# sh-%s.service\n[Unit]\nDescription=%s\n[Service]\nType=oneshot\nExecStart=%s run %s\n\n",
		    t->id, t->title ? t->title : t->id, program, t->id);
	sh_buf_addf(out, "# sh-%s.timer\n[Unit]\nDescription=%s\n[Timer]\n", t->id, t->title ? t->title : t->id);
	if (t->when.kind == SH_WHEN_EVERY) {
		add_seconds(out, "OnUnitActiveSec", t->when.every);
		sh_buf_addstr(out, "OnBootSec=0\n");
	} else {
		sh_buf_addf(out, "OnCalendar=%s%s%s\n", t->schedule, t->timezone && !t->when.own_zone ? " " : "",
			    t->timezone && !t->when.own_zone ? t->timezone : "");
	}
	add_seconds(out, "RandomizedDelaySec", t->jitter);
	if (t->jitter)
		sh_buf_addstr(out, "FixedRandomDelay=true\n");
	sh_buf_addf(out, "AccuracySec=1s\nPersistent=%s\n[Install]\nWantedBy=timers.target\n\n",
		    t->missed == SH_MISSED_SKIP ? "false" : "true");
}

void sh_export_timers(const struct sh_schedule *s, const char *program, struct sh_buf *out)
{
	for (size_t i = 0; i < s->n; i++) {
		const struct sh_scheduled *t = &s->task[i];
		const char *why = extra_of(t);

		if (!why && t->when.kind != SH_WHEN_EVERY && t->when.kind != SH_WHEN_CALENDAR)
			why = "its time is not written as a calendar expression";
		if (why)
			sh_buf_addf(out, "# %s: %s\n\n", t->id, why);
		else
			add_timer(t, program, out);
	}
}

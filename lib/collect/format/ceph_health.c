/* SPDX-License-Identifier: MIT */
/* What the monitors complain about: a state, and checks with a sentence each. */
#include "config.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "collect/format/ceph.h"
#include "collect/text.h"

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* "15 pgs stuck degraded": the number right before PHRASE in TEXT. */
static double number_before(const char *text, const char *phrase)
{
	const char *to = text ? strstr(text, phrase) : NULL, *from;
	double v;

	for (from = to; from && from > text && is_digit(from[-1]);)
		from--;
	if (!to || !sh_text_double((struct sh_span){ from, (size_t)(to - from) }, &v))
		return NAN;
	return v;
}

static double number_after(const char *text, const char *phrase)
{
	const char *from = text ? strstr(text, phrase) : NULL;
	size_t len = 0;
	double v;

	if (!from)
		return NAN;
	from += strlen(phrase);
	while (is_digit(from[len]))
		len++;
	return sh_text_double((struct sh_span){ from, len }, &v) ? v : NAN;
}

/* "1/3 mons down, quorum a,b": 1. */
static double mons_down(const char *text)
{
	const char *to = text ? strstr(text, " mons down") : NULL, *slash = to;

	while (slash && slash > text && is_digit(slash[-1]))
		slash--;
	if (!to || slash == text || slash[-1] != '/')
		return number_before(text, " mons down");
	return number_before(text, slash - 1);
}

/* Flags of the OSD map that an operator sets and forgets; what another spelling there is. */
static const struct {
	const char *name, *also;
} flags[] = {
	{ "full", "full" },		{ "pause", "pause" },
	{ "pauserd", "pauserd" },	{ "pausewr", "pausewr" },
	{ "noup", "noup" },		{ "nodown", "nodown" },
	{ "noin", "noin" },		{ "noout", "noout" },
	{ "nobackfill", "nobackfill" }, { "norecover", "norecover" },
	{ "norebalance", "norebalance" }, { "noscrub", "noscrub" },
	{ "nodeep_scrub", "nodeep-scrub" }, { "notieragent", "notieragent" },
	{ "nosnaptrim", "nosnaptrim" },
};

/* Whether NAME is one of the names, separated by commas, before " flag(s) set". */
static bool has_flag(const char *text, const char *name)
{
	const char *end = text ? strstr(text, " flag(s) set") : NULL;
	size_t len = strlen(name);

	for (const char *at = text; end && at && at < end; at = strpbrk(at, " ,")) {
		at += *at == ' ' || *at == ',';
		if (!strncmp(at, name, len) && (at[len] == ',' || at + len == end))
			return true;
	}
	return false;
}

static const char *message(const json_t *checks, const char *check)
{
	return sh_document_text(json_object_get(checks, check), "summary.message");
}

static void put_flags(struct sh_sample_writer *s, const json_t *checks)
{
	const char *set = message(checks, "OSDMAP_FLAGS");

	if (!json_is_object(checks))
		return;
	for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++) {
		char name[32];

		snprintf(name, sizeof(name), "flag_%s", flags[i].name);
		sh_sample_number(s, name, has_flag(set, flags[i].name) || has_flag(set, flags[i].also));
	}
}

static double severity(const char *word)
{
	static const char *const words[] = { "HEALTH_OK", "HEALTH_WARN", "HEALTH_ERR" };

	for (int i = 0; word && i < 3; i++)
		if (!strcmp(word, words[i]))
			return i;
	return NAN;
}

/* The sum of what the sentences of old releases say before PHRASE; NaN where none does. */
static double in_summary(const json_t *summary, const char *phrase)
{
	double sum = NAN;
	size_t i;
	json_t *item;

	json_array_foreach(summary, i, item) {
		double n = number_before(sh_document_text(item, "summary"), phrase);

		if (!isnan(n))
			sum = isnan(sum) ? n : sum + n;
	}
	return sum;
}

static void put_stuck(struct sh_sample_writer *s, const json_t *summary)
{
	sh_sample_number(s, "pgs_stuck_degraded", in_summary(summary, " pgs stuck degraded"));
	sh_sample_number(s, "pgs_stuck_unclean", in_summary(summary, " pgs stuck unclean"));
	sh_sample_number(s, "pgs_stuck_undersized", in_summary(summary, " pgs stuck undersized"));
	sh_sample_number(s, "pgs_stuck_stale", in_summary(summary, " pgs stuck stale"));
	sh_sample_number(s, "pgs_stuck_inactive", in_summary(summary, " pgs stuck inactive"));
}

static double complaints(const json_t *checks, double level)
{
	double n = 0;

	if (!json_is_object(checks))
		return NAN;
	for (void *i = sh_members(checks); i; i = sh_members_next(checks, i))
		n += severity(sh_document_text(json_object_iter_value(i), "severity")) == level;
	return n;
}

void sh_ceph_put_health(struct sh_sample_writer *s, const json_t *health)
{
	const json_t *checks = sh_document_at(health, "checks");
	const json_t *summary = sh_document_at(health, "summary");
	const char *status = sh_document_text(health, "status");

	if (!status)
		status = sh_document_text(health, "overall_status");
	sh_sample_number(s, "health", severity(status));
	sh_sample_number(s, "checks_warning", complaints(checks, 1));
	sh_sample_number(s, "checks_error", complaints(checks, 2));
	put_stuck(s, summary);
	sh_sample_number(s, "mons_down", mons_down(message(checks, "MON_DOWN")));
	sh_sample_number(s, "slow_ops",
			sh_first_number(number_before(message(checks, "SLOW_OPS"), " slow ops"),
					in_summary(summary, " slow ops")));
	sh_sample_number(s, "crashes_recent",
			number_before(message(checks, "RECENT_CRASH"), " daemons have recently crashed"));
	sh_sample_number(s, "osds_too_many_repairs",
			number_after(message(checks, "OSD_TOO_MANY_REPAIRS"), "reads on "));
	put_flags(s, checks);
}

void sh_ceph_checks(struct sh_import *in, const json_t *health)
{
	const json_t *checks = sh_document_at(health, "checks");

	for (void *i = sh_members(checks); i; i = sh_members_next(checks, i)) {
		const json_t *check = json_object_iter_value(i);
		const char *dims[] = { "check", json_object_iter_key(i), NULL };
		struct sh_sample_writer s;

		sh_ceph_begin(&s, in, dims);
		sh_sample_group(&s, "ceph");
		sh_sample_number(&s, "check", severity(sh_document_text(check, "severity")));
		sh_sample_number(&s, "check_count", sh_document_number(check, "summary.count"));
		sh_sample_number(&s, "check_muted", sh_document_number(check, "muted"));
		sh_document_put_text(&s, "text", sh_document_text(check, "summary.message"));
		sh_sample_end(&s);
	}
}

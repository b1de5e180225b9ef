/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/nls.h"
#include "diagnose/explain.h"
#include "record/json.h"

/* What one sentence is made of. */
struct about {
	const struct sh_diagnosis *d; /* NULL: no rules */
	const json_t *entry; /* of the ranking, NULL none */
	const json_t *item;  /* of its evidence */
	const char *entity;
	int64_t onset;
	struct sh_buf *out;
};

static const struct sh_cause *result_of(const struct sh_diagnosis *d, const char *rule,
					const char *cause)
{
	for (size_t i = 0; d && i < d->results; i++)
		if (d->result[i].rule_id && !strcmp(d->result[i].rule_id, rule) &&
		    !strcmp(d->result[i].root_cause, cause))
			return &d->result[i];
	return NULL;
}

static bool say_rule(const struct about *a)
{
	const char *rule = sh_json_str(a->item, "rule_id", "?");
	const char *cause = sh_json_str(a->entry, "root_cause", "unknown");
	const struct sh_cause *c = result_of(a->d, rule, cause);
	bool chosen = c && c == sh_diagnosis_cause(a->d);
	SH_CLEANUP_BUF struct sh_buf cut = SH_BUF_INIT;
	char sure[SH_TELL_NUMBER];

	sh_tell_number(sure, sh_json_num(a->item, "confidence", 0));
	if (chosen)
		sh_buf_addf(a->out, sh_tr("rule '%1$s' says %2$s at %3$s (chosen)"), rule, cause, sure);
	else
		sh_buf_addf(a->out, sh_tr("rule '%1$s' says %2$s at %3$s"), rule, cause, sure);
	for (size_t i = 0; c && i < json_array_size(c->evidence); i++) {
		const char *text = json_string_value(json_array_get(c->evidence, i));

		if (text)
			sh_buf_addf(a->out, i ? "; %s" : sh_tr(": %s"), sh_tell_cut(&cut, text));
	}
	return true;
}

static bool say_metric(const struct about *a)
{
	double before = sh_json_num(a->item, "before", NAN), after = sh_json_num(a->item, "after", NAN);
	const char *metric = sh_json_str(a->item, "metric", "");
	char from[SH_TELL_NUMBER], to[SH_TELL_NUMBER];

	if (!*metric || isnan(before) || isnan(after))
		return false;
	sh_tell_number(from, before);
	sh_tell_number(to, after);
	if (after < before)
		sh_buf_addf(a->out, sh_tr("%1$s of %2$s fell from %3$s to %4$s"), metric, a->entity, from, to);
	else
		sh_buf_addf(a->out, sh_tr("%1$s of %2$s rose from %3$s to %4$s"), metric, a->entity, from, to);
	return true;
}

/* How many, as a number of things that has plural forms. */
static unsigned long count_of(double v)
{
	return v > 0 && v < 1e9 ? (unsigned long)(v + 0.5) : 0;
}

static bool say_log(const struct about *a)
{
	double before = sh_json_num(a->item, "before", NAN), after = sh_json_num(a->item, "after", NAN);
	double expected = sh_json_num(a->item, "expected", NAN);
	const char *template = sh_json_str(a->item, "template", "");
	SH_CLEANUP_BUF struct sh_buf cut = SH_BUF_INIT;

	if (!*template || isnan(before) || isnan(after))
		return false;
	sh_tell_cut(&cut, template);
	if (before < 1)
		sh_buf_addf(a->out,
			    sh_tr_n("new in the log of %1$s, %2$lu time: %3$s",
				    "new in the log of %1$s, %2$lu times: %3$s", count_of(after)),
			    a->entity, count_of(after), cut.data);
	else if (isnan(expected))
		return false;
	else if (after > expected)
		sh_buf_addf(a->out,
			    sh_tr_n("in the log of %1$s %2$lu time, where %3$.0f were expected: %4$s",
				    "in the log of %1$s %2$lu times, where %3$.0f were expected: %4$s",
				    count_of(after)),
			    a->entity, count_of(after), expected, cut.data);
	else
		sh_buf_addf(a->out,
			    sh_tr_n("gone from the log of %1$s, %2$lu time before, then %3$.0f: %4$s",
				    "gone from the log of %1$s, %2$lu times before, then %3$.0f: %4$s",
				    count_of(before)),
			    a->entity, count_of(before), after, cut.data);
	return true;
}

static bool say_event(const struct about *a)
{
	const char *type = sh_json_str(a->item, "type", ""), *time = sh_json_str(a->item, "time", "");
	const char *what = sh_json_str(a->item, "description", "");
	SH_CLEANUP_BUF struct sh_buf cut = SH_BUF_INIT, span = SH_BUF_INIT;
	int64_t t;

	if (!*type || sh_time_parse(time, strlen(time), &t) < 0)
		return false;
	sh_tell_span(&span, a->onset - t);
	sh_buf_addf(a->out, sh_tr("%1$s of %2$s %3$s before it began"), type, a->entity,
		    sh_buf_str(&span));
	if (*what)
		sh_buf_addf(a->out, sh_tr(": %s"), sh_tell_cut(&cut, what));
	return true;
}

static bool say_graph(const struct about *a)
{
	const json_t *affected = json_object_get(a->entry, "affected");
	const char *worse = sh_json_str(a->item, "explained_by", "");
	SH_CLEANUP_BUF struct sh_buf names = SH_BUF_INIT;

	if (json_array_size(affected))
		sh_buf_addf(a->out,
			    sh_tr_n("%s needs it and changed as well",
				    "%s need it and changed as well", json_array_size(affected)),
			    sh_tell_names(&names, affected));
	if (*worse) {
		sh_buf_addstr(a->out, a->out->len ? sh_tr("; ") : "");
		sh_buf_addf(a->out, sh_tr("part of it comes from %s"), worse);
	}
	if (!a->out->len)
		sh_buf_addstr(a->out, sh_tr("it is near, and nothing is known to have changed there"));
	return true;
}

static bool say_ledger(const struct about *a)
{
	const char *playbook = sh_json_str(a->item, "playbook", "");
	unsigned long fixed = count_of(sh_json_num(a->item, "fixed", NAN));
	unsigned long tried = count_of(sh_json_num(a->item, "tried", NAN));
	bool same = !strcmp(sh_json_str(a->item, "same", ""), "fault");
	SH_CLEANUP_BUF struct sh_buf cut = SH_BUF_INIT;

	if (!*playbook || !tried)
		return false;
	sh_tell_cut(&cut, playbook);
	if (same)
		sh_buf_addf(a->out,
			    sh_tr_n("%1$s fixed this fault %2$lu of %3$lu time",
				    "%1$s fixed this fault %2$lu of %3$lu times", tried),
			    cut.data, fixed, tried);
	else
		sh_buf_addf(a->out,
			    sh_tr_n("%1$s fixed such faults of others %2$lu of %3$lu time",
				    "%1$s fixed such faults of others %2$lu of %3$lu times", tried),
			    cut.data, fixed, tried);
	return true;
}

static bool say_fault(const struct about *a)
{
	const char *entity = sh_json_str(a->item, "entity", a->entity);
	const char *type = sh_json_str(a->item, "fault_type", "");
	const char *cause = sh_json_str(a->item, "cause", "");
	double sure = sh_json_num(a->item, "confidence", NAN);

	if (!*type || !*cause || isnan(sure))
		return false;
	sh_buf_addf(a->out, sh_tr("%1$s has a fault of its own, %2$s, of which the cause is %3$s, %4$.0f %%"),
		    entity, type, cause, sure * 100);
	return true;
}

/* What a number of the calls is, in words; NULL not known. */
static const char *call_words(const char *metric)
{
	static const struct {
		const char *metric, *words;
	} known[] = {
		{ "calls.own_latency_p50_ms", SH_TR_LATER("own time of half of the calls") },
		{ "calls.own_latency_p90_ms", SH_TR_LATER("own time of 90 % of the calls") },
		{ "calls.waited_latency_p50_ms", SH_TR_LATER("time that half of the calls waited for it") },
		{ "calls.waited_latency_p90_ms", SH_TR_LATER("time that 90 % of the calls waited for it") },
		{ "calls.errors", SH_TR_LATER("calls that failed here") },
		{ "calls.error_percent", SH_TR_LATER("part of the calls that failed here") },
		{ "calls.requests", SH_TR_LATER("calls") },
	};

	for (size_t i = 0; i < sizeof(known) / sizeof(*known); i++)
		if (!strcmp(known[i].metric, metric))
			return sh_tr(known[i].words);
	return NULL;
}

static bool say_trace(const struct about *a)
{
	double before = sh_json_num(a->item, "before", NAN), after = sh_json_num(a->item, "after", NAN);
	const char *metric = sh_json_str(a->item, "metric", ""), *words = call_words(metric);
	const char *caller = sh_json_str(a->item, "caller", ""), *ms = strstr(metric, "_ms") ? " ms" : "";
	char from[SH_TELL_NUMBER], to[SH_TELL_NUMBER];

	if (!words || isnan(before) || isnan(after))
		return false;
	sh_tell_number(from, before);
	sh_tell_number(to, after);
	if (*caller)
		sh_buf_addf(a->out, sh_tr("calls of %1$s by %2$s: "), a->entity, caller);
	else
		sh_buf_addf(a->out, sh_tr("calls of %1$s: "), a->entity);
	if (after < before)
		sh_buf_addf(a->out, sh_tr("%1$s fell from %2$s to %3$s%4$s"), words, from, to, ms);
	else
		sh_buf_addf(a->out, sh_tr("%1$s rose from %2$s to %3$s%4$s"), words, from, to, ms);
	return true;
}

/* "1.5 GiB" */
static const char *bytes_of(char out[SH_TELL_NUMBER], double v)
{
	static const char *const units[] = { "B", "KiB", "MiB", "GiB", "TiB" };
	size_t u = 0;

	for (; v >= 1024 && u < 4; u++)
		v /= 1024;
	snprintf(out, SH_TELL_NUMBER, u ? "%.1f %s" : "%.0f %s", v, units[u]);
	return out;
}

static bool say_seen(const struct about *a, const char *what, const char *entity)
{
	SH_CLEANUP_BUF struct sh_buf line = SH_BUF_INIT;
	char rate[SH_TELL_NUMBER];

	snprintf(rate, sizeof(rate), "%.3g", sh_json_num(a->item, "value", 0));
	if (!strcmp(what, "port_taken"))
		sh_buf_addf(a->out, sh_tr("%1$s listens on %2$s, the port of %3$s"), entity,
			    sh_json_str(a->item, "address", "?"), sh_json_str(a->item, "of", "?"));
	else if (!strcmp(what, "port"))
		sh_buf_addf(a->out, sh_tr("%1$s listens on %2$s, and %3$s connections wait there"), entity,
			    sh_json_str(a->item, "address", "?"), rate);
	else if (!strcmp(what, "connections_lost"))
		sh_buf_addf(a->out, sh_tr("%s connections a second are lost: they were not accepted in time"),
			    rate);
	else if (!strcmp(what, "datagrams_lost"))
		sh_buf_addf(a->out, sh_tr("%s datagrams a second are lost: they were not read in time"), rate);
	else if (!strcmp(what, "kernel_log"))
		sh_buf_addf(a->out, sh_tr("the kernel said \"%s\""),
			    sh_tell_cut(&line, sh_json_str(a->item, "line", "")));
	else
		return false;
	return true;
}

static void say_directory(const struct about *a, const char *entity, double share, const char *recent)
{
	const char *owner = sh_json_str(a->item, "service", sh_json_str(a->item, "writer", ""));
	SH_CLEANUP_BUF struct sh_buf path = SH_BUF_INIT;

	sh_buf_addf(a->out,
		    sh_tr("%1$s holds %2$.0f %% of the space that is used, %3$s of it written within the last hour"),
		    entity, share, recent);
	if (*owner)
		sh_buf_addf(a->out, sh_tr(", most of it in %1$s, which %2$s writes"),
			    sh_tell_cut(&path, sh_json_str(a->item, "path", "?")), owner);
}

static bool say_look(const struct about *a)
{
	const char *what = sh_json_str(a->item, "what", "");
	const char *entity = sh_json_str(a->item, "entity", a->entity);
	double share = sh_json_num(a->item, "share", 0);
	SH_CLEANUP_BUF struct sh_buf path = SH_BUF_INIT;
	char bytes[SH_TELL_NUMBER], recent[SH_TELL_NUMBER];

	bytes_of(bytes, sh_json_num(a->item, "value", 0));
	bytes_of(recent, sh_json_num(a->item, "recent", 0));
	if (!strcmp(what, "process_cpu"))
		sh_buf_addf(a->out, sh_tr("%1$s uses %2$.0f %% of the processor time that is used"), entity,
			    share);
	else if (!strcmp(what, "process_memory"))
		sh_buf_addf(a->out, sh_tr("%1$s holds %2$.0f %% of the memory, %3$s"), entity, share,
			    bytes);
	else if (!strcmp(what, "process_io"))
		sh_buf_addf(a->out, sh_tr("%1$s does %2$.0f %% of the block I/O"), entity, share);
	else if (!strcmp(what, "deleted_file"))
		sh_buf_addf(a->out,
			    sh_tr("%1$s has %2$s open, which was deleted: %3$s come back once it is closed"),
			    entity, sh_tell_cut(&path, sh_json_str(a->item, "path", "?")), bytes);
	else if (!strcmp(what, "directory_files"))
		sh_buf_addf(a->out, sh_tr("%1$s holds %2$.0f %% of the files"), entity, share);
	else if (!strcmp(what, "directory"))
		say_directory(a, entity, share, recent);
	else
		return say_seen(a, what, entity);
	return true;
}

static bool say(const struct about *a)
{
	static const struct {
		const char *source;
		bool (*say)(const struct about *a);
	} ways[] = {
		{ "rule", say_rule }, { "metric", say_metric }, { "log", say_log },
		{ "event", say_event }, { "graph", say_graph },
		{ "ledger", say_ledger }, { "fault", say_fault }, { "trace", say_trace },
		{ "look", say_look },
	};
	const char *source = sh_json_str(a->item, "source", "");
	const char *text = json_is_string(a->item) ? json_string_value(a->item)
						   : sh_json_str(a->item, "text", "");
	SH_CLEANUP_BUF struct sh_buf cut = SH_BUF_INIT;

	sh_buf_clear(a->out);
	for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++)
		if (!strcmp(source, ways[i].source) && ways[i].say(a))
			return true;
	sh_buf_addstr(a->out, sh_tell_cut(&cut, text));
	return a->out->len > 0;
}

bool sh_explain_evidence(const struct sh_diagnosis *d, const json_t *entry, const json_t *item,
			 struct sh_buf *out)
{
	struct about a = { d, entry, item, sh_json_str(entry, "entity", d->entity),
			   sh_explain_onset(d), out };

	return say(&a);
}

bool sh_explain_clue(const char *entity, int64_t onset, const json_t *item, struct sh_buf *out)
{
	struct about a = { NULL, NULL, item, entity, onset, out };

	return say(&a);
}

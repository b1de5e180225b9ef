/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "diagnose/say.h"

#include <math.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"

#define NAMED 3 /* of those that are affected */

/* Four digits are enough for people; the record has the rest. */
static void add_number(struct sh_buf *out, double v)
{
	sh_buf_addf(out, "%.4g", v);
}

static json_t *text_of(struct sh_buf *text)
{
	json_t *string = json_stringn(sh_buf_str(text), text->len);

	sh_buf_release(text);
	return string ? string : json_string("?"); /* a name that is no UTF-8 */
}

/* "calls.own_latency_p90_ms{"caller":"service:web"}": NULL when no trace told it. */
static const char *of_call(const char *name)
{
	static const struct {
		const char *metric, *words;
	} known[] = {
		{ "calls.own_latency_p50_ms", "own time of half of the calls" },
		{ "calls.own_latency_p90_ms", "own time of 90 % of the calls" },
		{ "calls.waited_latency_p50_ms", "time that half of the calls waited for it" },
		{ "calls.waited_latency_p90_ms", "time that 90 % of the calls waited for it" },
		{ "calls.errors", "calls that failed here" },
		{ "calls.error_percent", "part of the calls that failed here" },
		{ "calls.requests", "calls" },
	};
	size_t len = strcspn(name, "{");

	for (size_t i = 0; i < sizeof(known) / sizeof(*known); i++)
		if (strlen(known[i].metric) == len && !strncmp(name, known[i].metric, len))
			return known[i].words;
	return NULL;
}

static json_t *say_call(const struct sh_clue *c, const char *words)
{
	json_t *dims = json_loads(c->name + strcspn(c->name, "{"), 0, NULL), *out;
	const char *caller = json_string_value(json_object_get(dims, "caller"));
	SH_CLEANUP_FREE char *metric = sh_strndup(c->name, strcspn(c->name, "{"));
	struct sh_buf text = SH_BUF_INIT;

	sh_buf_addstr(&text, words);
	if (caller)
		sh_buf_addf(&text, " from %s", caller);
	sh_buf_addf(&text, " %s from ", c->after < c->before ? "fell" : "rose");
	add_number(&text, c->before);
	sh_buf_addstr(&text, " to ");
	add_number(&text, c->after);
	if (c->family == SH_FAMILY_LATENCY)
		sh_buf_addstr(&text, " ms");
	out = json_pack("{s:s,s:s,s:f,s:f,s:f,s:o}", "source", "trace", "metric", metric, "before",
			c->before, "after", c->after, "score", c->score, "text", text_of(&text));
	if (caller)
		json_object_set_new(out, "caller", json_string(caller));
	json_decref(dims);
	return out;
}

static json_t *say_metric(const struct sh_clue *c)
{
	struct sh_buf text = SH_BUF_INIT;

	sh_buf_addf(&text, "%s %s from ", c->name, c->after < c->before ? "fell" : "rose");
	add_number(&text, c->before);
	sh_buf_addstr(&text, " to ");
	add_number(&text, c->after);
	return json_pack("{s:s,s:s,s:f,s:f,s:f,s:o}", "source", "metric", "metric", c->name, "before",
			 c->before, "after", c->after, "score", c->score, "text", text_of(&text));
}

static json_t *say_log(const struct sh_clue *c)
{
	struct sh_buf text = SH_BUF_INIT;

	if (c->before < 1)
		sh_buf_addf(&text, "new in the log, %.0f times: %s", c->after, c->name);
	else if (c->after > c->expected)
		sh_buf_addf(&text, "in the log %.0f times, where %.0f were expected: %s", c->after,
			    c->expected, c->name);
	else
		sh_buf_addf(&text, "gone from the log, %.0f times before, then %.0f: %s", c->before,
			    c->after, c->name);
	return json_pack("{s:s,s:s,s:f,s:f,s:f,s:f,s:o}", "source", "log", "template", c->name,
			 "before", c->before, "after", c->after, "expected", c->expected, "score",
			 c->score, "text", text_of(&text));
}

static json_t *say_event(const struct sh_clue *c, int64_t onset)
{
	char time[SH_TIME_TEXT], age[SH_DURATION_TEXT];
	struct sh_buf text = SH_BUF_INIT;
	json_t *item;

	sh_time_format(time, c->time);
	sh_duration_format(age, (onset - c->time) / SH_SEC * SH_SEC);
	sh_buf_addf(&text, "%s %s before", c->name, age);
	if (*c->text)
		sh_buf_addf(&text, ": %s", c->text);
	item = json_pack("{s:s,s:s,s:s,s:f,s:o}", "source", "event", "type", c->name, "time", time,
			 "score", c->score, "text", text_of(&text));
	if (item && *c->text)
		json_object_set_new(item, "description", json_string(c->text));
	return item;
}

json_t *sh_say_clue(const struct sh_clue *c, int64_t onset)
{
	switch (c->kind) {
	case SH_CLUE_METRIC:
		return of_call(c->name) ? say_call(c, of_call(c->name)) : say_metric(c);
	case SH_CLUE_LOG:
		return say_log(c);
	case SH_CLUE_EVENT:
		return say_event(c, onset);
	}
	return NULL;
}

json_t *sh_say_fault(const struct sh_standing_fault *f)
{
	struct sh_buf text = SH_BUF_INIT;
	char since[SH_TIME_TEXT];

	sh_time_format(since, f->onset);
	sh_buf_addf(&text, "%s has a fault of its own, %s: %s, %.0f %%", f->entity, f->type, f->cause,
		    f->confidence * 100);
	return json_pack("{s:s,s:s,s:s,s:s,s:s,s:f,s:s,s:o}", "source", "fault", "fault", f->id,
			 "entity", f->entity, "fault_type", f->type, "cause", f->cause, "confidence",
			 f->confidence, "since", since, "text", text_of(&text));
}

static void add_affected(struct sh_buf *text, const struct sh_suspect *s, const struct sh_graph *g)
{
	for (size_t i = 0; i < s->n_affected && i < NAMED; i++)
		sh_buf_addf(text, "%s%s", i ? ", " : "", sh_graph_name(g, s->affected[i]));
	if (s->n_affected > NAMED)
		sh_buf_addf(text, " and %zu more", s->n_affected - NAMED);
	sh_buf_addf(text, " need%s it and changed as well", s->n_affected == 1 ? "s" : "");
}

json_t *sh_say_place(const struct sh_suspect *s, const struct sh_graph *g)
{
	struct sh_buf text = SH_BUF_INIT;
	json_t *item;

	if (s->n_affected)
		add_affected(&text, s, g);
	if (s->explained_by != SH_GRAPH_NONE) {
		sh_buf_addstr(&text, s->n_affected ? "; " : "");
		sh_buf_addf(&text, "part of it comes from %s", sh_graph_name(g, s->explained_by));
	}
	if (!text.len && !s->clues.n)
		sh_buf_addstr(&text, "it is near, and nothing is known to have changed there");
	if (!text.len)
		return NULL;
	item = json_pack("{s:s,s:f,s:o}", "source", "graph", "coverage", s->coverage, "text",
			 text_of(&text));
	if (item && s->explained_by != SH_GRAPH_NONE)
		json_object_set_new(item, "explained_by",
				    json_string(sh_graph_name(g, s->explained_by)));
	return item;
}

const char *sh_say_cause(const struct sh_suspect *s)
{
	static const char *const of_family[SH_FAMILIES] = {
		[SH_FAMILY_ERROR] = "abnormal_errors",
		[SH_FAMILY_LATENCY] = "abnormal_latency",
		[SH_FAMILY_TRAFFIC] = "abnormal_traffic",
		[SH_FAMILY_RESOURCE] = "abnormal_resources",
	};

	for (size_t i = 0; i < s->clues.n; i++) {
		const struct sh_clue *c = &s->clues.clue[i];

		/* More is asked of it: that is no cause. */
		if (c->kind == SH_CLUE_METRIC && c->family == SH_FAMILY_TRAFFIC)
			continue;
		if (c->kind == SH_CLUE_EVENT)
			return "recent_change";
		return c->kind == SH_CLUE_LOG ? "abnormal_log" : of_family[c->family];
	}
	return "unknown";
}

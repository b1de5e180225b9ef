/* SPDX-License-Identifier: MIT */
/*
 * worlds - random rules and a random stream of records that they may concern
 *
 * Every function over time that there is, with any arguments it takes; every key
 * of a rule; several hosts, entities, dims and collectors; late records, gaps of
 * a minute and of two weeks, ticks, bare objects, metrics that come and go; rules
 * on logs and their lines; repairs.
 */
#ifndef SH_TESTS_WORLDS_H
#define SH_TESTS_WORLDS_H

#include <inttypes.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "series/past.h"

struct world {
	uint64_t seed;      /* not 0 */
	int64_t time;       /* s, of the latest record */
	unsigned hosts, entities;
	unsigned step;      /* s between records, at most */
};

static inline unsigned below(struct world *w, unsigned n)
{
	w->seed ^= w->seed << 13;
	w->seed ^= w->seed >> 7;
	w->seed ^= w->seed << 17;
	return (unsigned)(w->seed >> 33) % n;
}

#define ONE_OF(w, list) (list)[below(w, sizeof(list) / sizeof((list)[0]))]

static const char *const world_metrics[] = { "a.x", "a.y", "b.x", "b.z" };
static const char *const world_spans[] = { "7s", "30s", "1m", "90s", "5m", "20m", "2h", "2d" };

/* Arguments that K takes, after the path; "" when none were found. */
static inline bool world_arguments(struct world *w, const struct sh_past_kind *k, struct sh_buf *out)
{
	for (int tries = 0; tries < 30; tries++) {
		unsigned more = (unsigned)(k->max_args - k->min_args);
		struct sh_past_terms t = { .kind = k, .n = (size_t)k->min_args + below(w, more + 1) };
		struct sh_error ignored = SH_ERROR_INIT;

		sh_buf_clear(out);
		for (size_t i = 0; i < t.n; i++) {
			static const char *const numbers[] = { "0.5", "0.9", "2", "24", "90" };
			bool is_span = below(w, 3) > 0;
			const char *text = is_span ? ONE_OF(w, world_spans) : ONE_OF(w, numbers);

			t.arg[i].type = is_span ? SH_PAST_DURATION : SH_PAST_NUMBER;
			if (is_span && sh_duration_parse(text, strlen(text), &t.arg[i].ns) < 0)
				abort();
			t.arg[i].number = is_span ? (double)t.arg[i].ns / 1e9 : atof(text);
			sh_buf_addf(out, ", %s", text);
		}
		if (!k->check || k->check(&t, &ignored) == 0)
			return true;
	}
	return false;
}

/* A comparison with a function over time. */
static inline void world_call(struct world *w, struct sh_buf *out)
{
	SH_CLEANUP_BUF struct sh_buf args = SH_BUF_INIT;
	const struct sh_past_kind *k;
	unsigned n = 0;

	while (sh_past_at(n))
		n++;
	do
		k = sh_past_at(below(w, n));
	while (!world_arguments(w, k, &args));
	sh_buf_addf(out, "%s(%s%s)", k->name, k->note_metric ? "" : ONE_OF(w, world_metrics), sh_buf_str(&args));
	if (k->is_duration)
		sh_buf_addf(out, " %c %s", below(w, 2) ? '>' : '<', ONE_OF(w, world_spans));
	else if (!k->is_truth)
		sh_buf_addf(out, " %c %u", below(w, 2) ? '>' : '<', below(w, 20));
}

static inline void world_atom(struct world *w, struct sh_buf *out)
{
	static const char *const groups[] = { "labels.rack", "hostname", "entity_type" };

	switch (below(w, 13)) {
	case 0:
		sh_buf_addf(out, "host.a.%c > %u", 'x' + (char)below(w, 2), below(w, 20));
		return;
	case 1:
		sh_buf_addf(out, "labels.rack == 'r%u'", below(w, 2));
		return;
	case 2:
		sh_buf_addf(out, "dims.d == '%u'", below(w, 2));
		return;
	case 3:
		sh_buf_addf(out, "100 / (%s - %u) > 20", ONE_OF(w, world_metrics), below(w, 20));
		return;
	case 4:
		sh_buf_addf(out, "%s > params.limit", ONE_OF(w, world_metrics));
		return;
	case 5:
		sh_buf_addf(out, "peers(%s).%s(p, p.a.x > %u) > 0.%u", ONE_OF(w, groups),
			    below(w, 2) ? "share" : "count", below(w, 20), below(w, 10));
		return;
	case 6:
	case 8:
	case 7:
		sh_buf_addf(out, "%s %c %u", ONE_OF(w, world_metrics), below(w, 2) ? '>' : '<', below(w, 20));
		return;
	default:
		world_call(w, out);
	}
}

static inline void world_expression(struct world *w, struct sh_buf *out)
{
	unsigned n = 1 + below(w, 3) / 2;

	for (unsigned i = 0; i < n; i++) {
		sh_buf_addstr(out, i ? below(w, 2) ? " && " : " || " : "");
		if (!below(w, 6))
			sh_buf_addstr(out, "!");
		sh_buf_addch(out, '(');
		world_atom(w, out);
		sh_buf_addch(out, ')');
	}
}

static inline void world_count(struct world *w, const char *row, const char *among, struct sh_buf *out)
{
	unsigned n = 1 + below(w, 3);

	if (below(w, 3))
		sh_buf_addf(out, "    %s: %u\n", row, n);
	else
		sh_buf_addf(out, "    %s: %u of %u\n", among, n, n + below(w, 4));
}

static inline void world_rule(struct world *w, unsigned number, struct sh_buf *out)
{
	static const char *const spans[] = { "for", "repeat", "clear_for", "keep_firing", "warmup" };
	static const char *const others[] = { "    flap: true\n", "    flap: {of: 5, high: 40 %, low: 20 %}\n",
					      "    eager: true\n", "    severity: high\n", "    on: [filesystem]\n",
					      "    stale_after: 0s\n", "    stale_after: 40s\n", "    stale_after: 2h\n", "    affected_metrics: [x]\n" };

	sh_buf_addf(out, "  r%u:\n    expr: \"", number);
	world_expression(w, out);
	sh_buf_addstr(out, "\"\n    params: {limit: 10}\n");
	if (below(w, 2))
		world_count(w, "count", "hits", out);
	if (below(w, 2))
		world_count(w, "clear_count", "clear_hits", out);
	if (!below(w, 3)) {
		sh_buf_addstr(out, "    clear: \"");
		world_expression(w, out);
		sh_buf_addstr(out, "\"\n");
	}
	if (!below(w, 3)) {
		sh_buf_addstr(out, "    description: \"{entity_name}: {");
		world_atom(w, out);
		sh_buf_addstr(out, "}\"\n");
	}
	if (!below(w, 2))
		sh_buf_addf(out, "    %s: %s\n", ONE_OF(w, spans), ONE_OF(w, world_spans));
	if (!below(w, 2))
		sh_buf_addstr(out, ONE_OF(w, others));
}

/* Some ask for what the miner finds, some do not. */
static inline void world_log_rule(struct world *w, struct sh_buf *out)
{
	static const char *const exprs[] = { "log.level == 'high'", "log.is_new", "log.count > 4", "log.rate > 3 * log.usual",
					     "log.text != 'x'", "log.fields['1'] > 50 || log.rare" };

	sh_buf_addf(out, "  l:\n    expr: \"%s\"\n", ONE_OF(w, exprs));
	if (below(w, 2))
		sh_buf_addstr(out, "    match: '(?i)refused|lost'\n");
	if (below(w, 2))
		world_count(w, "count", "hits", out);
	if (below(w, 2))
		sh_buf_addstr(out, "    description: '{log.template}: {log.text}'\n");
	if (!below(w, 2))
		sh_buf_addf(out, "    %s: %s\n", below(w, 2) ? "repeat" : "keep_firing", ONE_OF(w, world_spans));
}

/* A configuration of some rules and one word of the site. */
static inline void world_rules(struct world *w, struct sh_buf *out)
{
	unsigned n = 1 + below(w, 6);

	sh_buf_addstr(out, "rules:\n");
	for (unsigned i = 0; i < n; i++)
		world_rule(w, i, out);
	if (!below(w, 3))
		world_log_rule(w, out);
	if (!below(w, 4))
		sh_buf_addstr(out, "filesystems:\n  /e1: {params: {limit: 15}}\n");
}

static inline void world_pass(struct world *w)
{
	static const int gaps[] = { 150, 400, 1000, 8000, 100000, 700000, 1300000 };

	w->time += below(w, w->step + 1);
	if (!below(w, 25))
		w->time += ONE_OF(w, gaps);
}

static inline void world_metric(struct world *w, struct sh_buf *out, const char *name, bool first)
{
	static const char *const odd[] = { "null", "1e300", "-3.25", "0", "'up'", "'down'", "true", "12345678.9" };

	sh_buf_addf(out, "%s'%s':", first ? "" : ",", name);
	if (!below(w, 12))
		sh_buf_addstr(out, ONE_OF(w, odd));
	else
		sh_buf_addf(out, "%u.%u", below(w, 20), below(w, 4));
}

static inline void world_groups(struct world *w, struct sh_buf *out)
{
	bool a = below(w, 4) > 0, b = !a || !below(w, 2);

	if (a) {
		sh_buf_addstr(out, "'a':{");
		world_metric(w, out, "x", true);
		if (below(w, 2))
			world_metric(w, out, "y", false);
		sh_buf_addstr(out, b ? "}," : "}");
	}
	if (b) {
		sh_buf_addstr(out, "'b':{");
		world_metric(w, out, below(w, 2) ? "x" : "z", true);
		sh_buf_addstr(out, "}");
	}
}

static inline void world_log(struct world *w, int64_t time, struct sh_buf *out)
{
	sh_buf_addf(out, "{'kind':'log','time':%" PRId64 ",'host':'h%u'", time, below(w, w->hosts));
	if (below(w, 3))
		sh_buf_addf(out, ",'entity':'service:/e%u@h0'", below(w, w->entities));
	if (below(w, 3))
		sh_buf_addf(out, ",'severity':'%s'", below(w, 2) ? "high" : "low");
	if (below(w, 2))
		sh_buf_addf(out, ",'source':{'collector':'c%u'}", below(w, 2));
	sh_buf_addstr(out, ",'text':'");
	switch (below(w, 5)) {
	case 0:
		sh_buf_addf(out, "request took %u ms", below(w, 100));
		break;
	case 1:
		sh_buf_addf(out, "lost carrier on eth%u", below(w, 3));
		break;
	default:
		sh_buf_addf(out, "connection refused by 10.0.0.%u", below(w, 9));
	}
	sh_buf_addstr(out, "'}");
}

static inline void world_repair(struct world *w, int64_t time, struct sh_buf *out)
{
	static const char *const states[] = { "planned", "done", "failed", "skipped" };
	char text[SH_TIME_TEXT];

	sh_time_format(text, time * SH_SEC);
	sh_buf_addf(out, "{'kind':'repair','time':'%s','host':'h0','entity':'filesystem:/e%u@h0',", text,
		    below(w, w->entities));
	sh_buf_addf(out, "'id':'p','steps':[{'name':'s','action':'a','state':'%s'}]}", ONE_OF(w, states));
}

/* One line, without newline; ' stands for ". */
static inline void world_record(struct world *w, struct sh_buf *out)
{
	int64_t time;

	world_pass(w);
	time = w->time - (below(w, 15) ? 0 : below(w, 100));
	if (!below(w, 12)) {
		sh_buf_addf(out, "{'kind':'tick','time':%" PRId64 "}", w->time);
		return;
	}
	if (!below(w, 8)) {
		if (below(w, 4))
			world_log(w, time, out);
		else
			world_repair(w, time, out);
		return;
	}
	sh_buf_addf(out, "{'time':%" PRId64, time);
	if (below(w, 3))
		sh_buf_addf(out, ",'host':'h%u'", below(w, w->hosts));
	if (below(w, 4))
		sh_buf_addf(out, ",'entity':'%s:/e%u@h0'", below(w, 4) ? "filesystem" : "service",
			    below(w, w->entities));
	if (!below(w, 3))
		sh_buf_addf(out, ",'dims':{'d':'%u'}", below(w, 2));
	if (!below(w, 3))
		sh_buf_addf(out, ",'labels':{'rack':'r%u'}", below(w, 2));
	if (below(w, 2))
		sh_buf_addf(out, ",'source':{'collector':'c%u'}", below(w, 2));
	if (below(w, 2)) {
		sh_buf_addstr(out, ",'kind':'sample','metrics':{");
		world_groups(w, out);
		sh_buf_addstr(out, "}}");
		return;
	}
	sh_buf_addch(out, ',');
	world_groups(w, out);
	sh_buf_addch(out, '}');
}

static inline struct world world_make(uint64_t seed)
{
	static const unsigned steps[] = { 1, 10, 60, 300 };
	struct world w = { .seed = seed * UINT64_C(0x9e3779b97f4a7c15) + 1, .time = 1000000000 };

	below(&w, 2);
	w.hosts = 1 + below(&w, 2);
	w.entities = 1 + below(&w, 3);
	w.step = ONE_OF(&w, steps);
	return w;
}

#endif

/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "diagnose/incidents.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/mem.h"
#include "diagnose/incidents_parts.h"
#include "tap.h"

#define ENTITIES 10000
#define EDGES 100000
#define STORM 500
#define START (INT64_C(1795222800) * SH_SEC)

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

struct told {
	struct sh_buf line;
	size_t records, merged;
	int64_t open; /* by the last record */
};

static void keep(void *arg, const struct sh_incident *i)
{
	struct told *t = arg;

	sh_buf_clear(&t->line);
	sh_incident_write(i, &t->line);
	t->records++;
	t->merged += i->status == SH_INCIDENT_MERGED;
	t->open = i->open;
}

/* 10 edges each, to what is smaller: everything needs a few that are deep down. */
static struct sh_graph *layered(void)
{
	struct sh_graph *g = sh_graph_new();
	uint32_t random = 1;
	char name[40];

	for (uint32_t i = 0; i < ENTITIES; i++) {
		snprintf(name, sizeof(name), "service:s%u@h", i);
		sh_graph_node(g, sh_span_of(name));
	}
	for (uint32_t i = 1; i < ENTITIES; i++)
		for (uint32_t k = 0; k < EDGES / ENTITIES; k++) {
			random = random * 1664525 + 1013904223;
			sh_graph_link(g, i, random % i, SH_EDGE_DEPENDS_ON);
		}
	return g;
}

static const char *diagnosed(struct sh_incidents *s, uint32_t entity, uint32_t fault, int64_t time,
			     const char *cause, const char *cause_at)
{
	char name[40], id[40];
	struct sh_diagnosis d = { .time = time,
				  .host = (char[]){ "h" },
				  .fault = { .time = time,
					     .id = id,
					     .entity = name,
					     .host = (char[]){ "h" },
					     .severity = SH_SEVERITY_HIGH } };
	const char *incident;

	snprintf(name, sizeof(name), "service:s%u@h", entity);
	snprintf(id, sizeof(id), "f-%032u", fault);
	d.ranking = json_pack("[{s:s,s:f,s:s*}]", "root_cause", cause, "confidence", 0.8, "entity",
			      cause_at);
	sh_incidents_time(s, time, sh_span_of(d.host));
	incident = sh_incidents_diagnosed(s, &d);
	json_decref(d.ranking);
	return incident;
}

static size_t open_incidents(const struct sh_incidents *s)
{
	const struct sh_map_entry *entry;
	size_t i = 0, n = 0;

	while ((entry = sh_map_next(&s->groups, &i)))
		n += !((const struct sh_incident_group *)entry->value)->over;
	return n;
}

/* Each on an entity of its own, spread over all. */
static void test_storm(const struct sh_graph *g, const char *cause_at, const char *what)
{
	struct told told = { .line = SH_BUF_INIT };
	struct sh_incidents *s = sh_incidents_new(g, keep, &told);
	double start = now(), spent;

	for (uint32_t i = 0; i < STORM; i++)
		diagnosed(s, ENTITIES - 1 - i * (ENTITIES / STORM), i, START + i * SH_MS, "slow",
			  cause_at);
	spent = (now() - start) * 1000;
	diag("%s: %.1f ms, %zu records, %zu incidents", what, spent, told.records,
	     open_incidents(s));
	OK(spent < 500, "%s: 500 faults cost %.1f ms", what, spent);
	OK(!cause_at || (open_incidents(s) == 1 && told.open == STORM),
	   "%s: what one thing explains is one incident", what);
	sh_incidents_free(s);
	sh_buf_release(&told.line);
}

static void test_bound(void)
{
	struct told told = { .line = SH_BUF_INIT };
	struct sh_graph *g = sh_graph_new();
	struct sh_incidents *s = sh_incidents_new(g, keep, &told);
	uint32_t i;

	for (i = 0; i < SH_INCIDENT_FAULTS; i++)
		if (!diagnosed(s, i, i, START, "slow", NULL))
			break;
	OK(i == SH_INCIDENT_FAULTS && !diagnosed(s, i, i, START, "slow", NULL) &&
		   sh_incidents_refused(s) == 1,
	   "faults beyond the bound are in none, and counted");
	OK(diagnosed(s, 3, 3, START + SH_SEC, "slow", NULL) && told.records == 0,
	   "the others stay");
	OK(sh_incidents_time(s, START + 100 * SH_INCIDENT_SILENCE, sh_span_of("b")) ==
		   START + SH_SEC && open_incidents(s) > 0,
	   "one host of which the clock is wrong ends nothing");
	for (int64_t ahead = 1; ahead < 2 * SH_INCIDENT_SILENCE / SH_DAY + 3; ahead++)
		sh_incidents_time(s, START + ahead * SH_DAY, sh_span_of("h"));
	OK(open_incidents(s) == 0 &&
		   diagnosed(s, i, i, START + 9 * SH_INCIDENT_SILENCE, "slow", NULL),
	   "there is room again when they were silent");
	sh_incidents_free(s);
	sh_graph_free(g);
	sh_buf_release(&told.line);
}

/* A fault that its ranking blames now on one, now on the other, comes to rest. */
static void test_moves(void)
{
	struct told told = { .line = SH_BUF_INIT };
	struct sh_graph *g = sh_graph_new();
	struct sh_incidents *s = sh_incidents_new(g, keep, &told);
	char before[40] = "";
	int moves = 0;

	for (uint32_t i = 0; i < 3; i++) {
		diagnosed(s, 1, 10 + i, START, "slow", "service:x@h");
		diagnosed(s, 2, 20 + i, START + SH_SEC, "slow", "service:y@h");
	}
	for (int i = 0; i < 20; i++) {
		const char *in = diagnosed(s, 5, 5, START + i * SH_MIN, "slow",
					   i % 2 ? "service:x@h" : "service:y@h");

		moves += *before && strcmp(before, in) != 0;
		snprintf(before, sizeof(before), "%s", in);
	}
	OK(moves == SH_INCIDENT_MOVES, "it goes over %d times", moves);
	OK(told.merged == 0 && open_incidents(s) == 2, "and makes one of nothing");
	sh_incidents_free(s);
	sh_graph_free(g);
	sh_buf_release(&told.line);
}

int main(void)
{
	struct sh_graph *g = layered();

	test_storm(g, "service:s17@h", "one cause");
	test_storm(g, NULL, "causes of their own");
	sh_graph_free(g);
	test_bound();
	test_moves();
	return plan_done();
}

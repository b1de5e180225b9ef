/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "topology/graph.h"

#include <stdint.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include "base/mem.h"
#include "plain_reach.h"
#include "records.h"
#include "scratch.h"
#include "tap.h"
#include "topology/heard.h"
#include "topology/topology.h"

static uint32_t node(struct sh_graph *g, const char *name)
{
	return sh_graph_node(g, sh_span_of(name));
}

static void link_names(struct sh_graph *g, const char *from, const char *to, enum sh_edge_type type)
{
	uint32_t a = node(g, from), b = node(g, to);

	sh_graph_link(g, a, b, type);
}

/* What is reached, names without type, in order: "a b c". */
static const char *reach(struct sh_graph *g, const char *from, bool needs)
{
	static char text[400];
	size_t nodes = sh_graph_nodes(g), len = 0;
	unsigned char *mark = sh_calloc(nodes, 1);
	uint32_t *out = sh_calloc(nodes, sizeof(*out));
	size_t n = plain_reached(g, sh_graph_find(g, sh_span_of(from)), needs, mark, out);

	text[0] = '\0';
	for (size_t i = 0; i < n && len < sizeof(text); i++)
		len += (size_t)snprintf(text + len, sizeof(text) - len, "%s%s", i ? " " : "",
					strchr(sh_graph_name(g, out[i]), ':') + 1);
	free(mark);
	free(out);
	return text;
}

/* What is lost with LOST, names without type: "web! group?", ! down and ? weaker. */
static const char *loss(struct sh_graph *g, const char *lost)
{
	static char text[400];
	size_t nodes = sh_graph_nodes(g), len = 0;
	enum sh_graph_fate *fate = sh_calloc(nodes, sizeof(*fate));
	uint32_t *left = sh_calloc(nodes, sizeof(*left)), self = sh_graph_find(g, sh_span_of(lost));

	fate[self] = SH_FATE_DOWN;
	sh_graph_lose(g, fate, left);
	text[0] = '\0';
	for (uint32_t i = 0; i < nodes; i++)
		if (i != self && fate[i] != SH_FATE_FINE)
			len += (size_t)snprintf(text + len, sizeof(text) - len, "%s%s%c",
						len ? " " : "", strchr(sh_graph_name(g, i), ':') + 1,
						fate[i] == SH_FATE_DOWN ? '!' : '?');
	free(fate);
	free(left);
	return text;
}

static void test_edges(void)
{
	struct sh_graph *g = sh_graph_new();

	link_names(g, "s:web", "s:app", SH_EDGE_DEPENDS_ON);
	link_names(g, "s:app", "s:db", SH_EDGE_CONNECTS);
	link_names(g, "s:app", "s:cache", SH_EDGE_DEPENDS_ON);
	link_names(g, "s:app", "s:db", SH_EDGE_CONNECTS);
	link_names(g, "s:db", "s:db", SH_EDGE_DEPENDS_ON);
	OK(sh_graph_nodes(g) == 4 && plain_edges(g) == 3, "an edge counts once, none to itself");
	OK(!strcmp(reach(g, "s:web", true), "web app cache db"), "what it needs, nearest first, then by name: %s",
	   reach(g, "s:web", true));
	OK(!strcmp(reach(g, "s:db", false), "db app web"), "what needs it: %s",
	   reach(g, "s:db", false));
	link_names(g, "s:db", "s:web", SH_EDGE_DEPENDS_ON);
	OK(!strcmp(reach(g, "s:app", true), "app cache db web"), "a cycle ends: %s",
	   reach(g, "s:app", true));
	OK(!strcmp(loss(g, "s:cache"), "web! app! db!"), "and takes all of it down: %s",
	   loss(g, "s:cache"));
	OK(sh_graph_find(g, sh_span_of("s:none")) == SH_GRAPH_NONE, "what was not named is not there");
	sh_graph_free(g);
}

static void test_groups(void)
{
	struct sh_graph *g = sh_graph_new();

	for (int i = 0; i < 3; i++) {
		char name[] = "s:db0";

		name[4] = (char)('1' + i);
		link_names(g, name, "group:db", SH_EDGE_MEMBER_OF);
	}
	link_names(g, "s:web", "group:db", SH_EDGE_DEPENDS_ON);
	link_names(g, "s:db1", "host:a", SH_EDGE_RUNS_ON);
	link_names(g, "s:db2", "host:a", SH_EDGE_RUNS_ON);
	link_names(g, "s:db3", "host:b", SH_EDGE_RUNS_ON);
	OK(!strcmp(loss(g, "s:db1"), "db! web!"), "all members are needed unless it is said: %s",
	   loss(g, "s:db1"));
	sh_graph_need(g, node(g, "group:db"), 2, 0);
	OK(!strcmp(loss(g, "s:db1"), "db? web?"), "2 of 3 left is a warning: %s", loss(g, "s:db1"));
	OK(!strcmp(loss(g, "host:b"), "db? db3! web?"), "through a host: %s", loss(g, "host:b"));
	OK(!strcmp(loss(g, "host:a"), "db1! db! db2! web!"), "two at once are too many: %s",
	   loss(g, "host:a"));
	sh_graph_need(g, node(g, "group:db"), 0, 51);
	OK(sh_graph_group(g, node(g, "group:db")).needed == 2 &&
		   sh_graph_group(g, node(g, "group:db")).members == 3,
	   "a percentage is rounded up");
	OK(!strcmp(reach(g, "group:db", true), "db db1 db2 db3 a b"), "a group needs its members: %s",
	   reach(g, "group:db", true));
	link_names(g, "s:db4", "s:db3", SH_EDGE_REPLICATES);
	OK(!strcmp(loss(g, "s:db4"), "db? db3? web?"), "a replica is missed by its twin: %s",
	   loss(g, "s:db4"));
	sh_graph_free(g);
}

static void test_hosts(void)
{
	struct sh_graph *g = sh_graph_new();

	node(g, "service:web@a");
	link_names(g, "service:app@b", "service:web@a", SH_EDGE_DEPENDS_ON);
	OK(!strcmp(loss(g, "host:a"), "web@a! app@b!"), "a host takes down what is on it: %s",
	   loss(g, "host:a"));
	OK(!strcmp(reach(g, "service:app@b", true), "app@b web@a"), "but explains nothing: %s",
	   reach(g, "service:app@b", true));
	OK(plain_edges(g) == 1, "what is implied is not counted");
	sh_graph_free(g);
}

static void count_error(void *arg, const struct sh_error *err)
{
	diag("%s", err->text);
	++*(int *)arg;
}

static void test_topology(void)
{
	static const char yaml[] = "topology:\n"
				   "  service:web@h1: {depends_on: [group:db, service:c@h2], mounts: filesystem:/x@h1}\n"
				   "  group:db: {members: [service:d1@h1, service:d2@h2], need: 1}\n"
				   "  rack:r1: {contains: [host:h1, host:h2]}\n"
				   "  service:y@h3: {depends_on: [{any_of: [service:u, service:v]}, disk:a]}\n"
				   "  - x\n";
	char *dir = scratch_make(), bad[] = "{'kind':'edge','from':'a','to':'service:b','type':'mounts'}";
	char edge[] = "{'kind':'edge','from':'service:x','to':'service:c@h2','type':'depends_on'}";
	char *text = sh_strndup(yaml, (size_t)(strstr(yaml, "  - x") - yaml));
	struct sh_graph *g = sh_graph_new();
	struct sh_record r = SH_RECORD_INIT;
	struct sh_error err = SH_ERROR_INIT;
	struct sh_config c;
	int errors = 0;

	config_of(&c, dir, text);
	OK(sh_topology_load(g, &c, count_error, &errors) == 0 && !errors, "a section is read");
	OK(!strcmp(loss(g, "service:d1@h1"), "web@h1? db?"), "members and how many are needed: %s",
	   loss(g, "service:d1@h1"));
	OK(!strcmp(loss(g, "filesystem:/x@h1"), "web@h1!"), "what it mounts: %s",
	   loss(g, "filesystem:/x@h1"));
	OK(strstr(loss(g, "rack:r1"), "web@h1!") && strstr(loss(g, "rack:r1"), "db!"),
	   "a failure domain takes all in it: %s", loss(g, "rack:r1"));
	OK(!strcmp(loss(g, "service:u"), "y@h3? service:u|service:v?"), "one of any_of is enough: %s",
	   loss(g, "service:u"));
	OK(!strcmp(loss(g, "disk:a@h3"), "y@h3!"), "what has no host is the one on the same: %s",
	   loss(g, "disk:a@h3"));
	record_of(&r, edge);
	OK(sh_graph_hear(g, &r, &err) == 0 && !strcmp(reach(g, "service:x", true), "x c@h2"),
	   "an edge record: %s", err.text);
	record_of(&r, bad);
	OK(sh_graph_hear(g, &r, &err) < 0 && strstr(err.text, "'from' is no entity"),
	   "a bad edge: %s", err.text);
	sh_config_release(&c);
	config_of(&c, dir, "topology:\n  web: {}\n  s:a: {need: x}\n  s:b: {depend_on: s:c}\n"
			   "  s:d: {runs_on: c}\n  s:e: {need: 0}\n  s:f: {need: 101%}\n");
	OK(sh_topology_load(g, &c, count_error, &errors) == 6 && errors == 6,
	   "each broken entry is told");
	sh_config_release(&c);
	sh_record_release(&r);
	sh_graph_free(g);
	free(text);
	scratch_remove(dir);
}

/* Where another needs a service there may be one: until somebody speaks of it that is a guess. */
static void test_guessed(void)
{
	static const char yaml[] = "services:\n"
				   "  web: {unit: w, group: front}\n"
				   "  app: {unit: a, depends_on: service:web}\n"
				   "groups: {front: {max_unavailable: 1}}\n";
	char *dir = scratch_make();
	struct sh_graph *g = sh_graph_new();
	struct sh_error err = SH_ERROR_INIT;
	struct sh_config c;
	struct sh_site site;
	uint32_t front;

	config_of(&c, dir, yaml);
	sh_site_load(&site, &c, &err);
	sh_topology_site(g, &site);
	sh_graph_known(g, sh_span_of("service:web@h1"));
	node(g, "service:web@h2");
	sh_graph_known(g, sh_span_of("service:app@h3"));
	front = sh_graph_find(g, sh_span_of("group:front"));
	OK(sh_graph_find(g, sh_span_of("service:web@h3")) != SH_GRAPH_NONE && sh_graph_group(g, front).members == 2,
	   "one that is only guessed is no member of its group: %u", sh_graph_group(g, front).members);
	node(g, "service:web@h3");
	node(g, "service:web@h3");
	OK(sh_graph_group(g, front).members == 3 && !strcmp(loss(g, "service:web@h3"), "front? app@h3!"),
	   "it is when somebody speaks of it: %s", loss(g, "service:web@h3"));
	sh_site_release(&site);
	sh_config_release(&c);
	sh_graph_free(g);
	scratch_remove(dir);
}

/* What the site says of a name holds on every host on which there is one. */
static void test_site(void)
{
	static const char yaml[] = "services:\n"
				   "  web: {unit: w, group: front, depends_on: [filesystem:/var, service:db@d,"
				   " {any_of: [service:c, service:m@d]}]}\n"
				   "  c: {unit: c, depends_on: disk:x}\n"
				   "groups: {front: {max_unavailable: 1}, idle: {}}\n";
	char *dir = scratch_make();
	struct sh_graph *g = sh_graph_new();
	struct sh_error err = SH_ERROR_INIT;
	struct sh_config c;
	struct sh_site site;

	config_of(&c, dir, yaml);
	OK(sh_site_load(&site, &c, &err) == 0, "a site is read: %s", err.text);
	sh_topology_site(g, &site);
	OK(sh_graph_known(g, sh_span_of("service:other@h1")) == SH_GRAPH_NONE, "only of its names");
	sh_graph_known(g, sh_span_of("service:web@h1"));
	node(g, "service:web@h2");
	node(g, "service:web@h3");
	OK(!strcmp(loss(g, "filesystem:/var@h1"), "front? web@h1!"), "its file system: %s",
	   loss(g, "filesystem:/var@h1"));
	OK(!strcmp(loss(g, "service:db@d"), "front! web@h1! web@h2! web@h3!"), "what all need: %s",
	   loss(g, "service:db@d"));
	OK(strstr(loss(g, "disk:x@h2"), "web@h2?") && !strstr(loss(g, "disk:x@h2"), "web@h1"),
	   "one of two, by what that needs: %s", loss(g, "disk:x@h2"));
	OK(strstr(loss(g, "host:d"), "web@h1!"), "and two on one host: %s", loss(g, "host:d"));
	OK(sh_graph_is_shown(g, node(g, "service:web@h1")) &&
		   sh_graph_is_shown(g, sh_graph_find(g, sh_span_of("filesystem:/var@h1"))) &&
		   !sh_graph_is_shown(g, sh_graph_find(g, sh_span_of("filesystem:/var"))),
	   "of two that may be meant the one on the host is shown");
	node(g, "filesystem:/var");
	OK(sh_graph_is_shown(g, sh_graph_find(g, sh_span_of("filesystem:/var"))) &&
		   !sh_graph_is_shown(g, sh_graph_find(g, sh_span_of("filesystem:/var@h1"))),
	   "or the one that somebody spoke of");
	sh_graph_free(g);
	sh_site_release(&site);
	sh_config_release(&c);
	scratch_remove(dir);
}

static void hear(struct sh_graph *g, const char *from, const char *to, const char *type, int64_t at)
{
	SH_CLEANUP_FREE char *line = sh_asprintf(
		"{'kind':'edge','time':%lld,'from':'%s','to':'%s','type':'%s'}", (long long)at, from, to, type);
	struct sh_record r = SH_RECORD_INIT;
	struct sh_error err = SH_ERROR_INIT;

	record_of(&r, line);
	sh_graph_hear(g, &r, &err);
	sh_record_release(&r);
}

#define DAY 86400

static void test_heard(void)
{
	struct sh_graph *g = sh_graph_new();
	uint64_t version;

	link_names(g, "s:a", "s:b", SH_EDGE_MOUNTS);
	hear(g, "s:a", "s:b", "mounts", 10 * DAY);
	hear(g, "s:b", "s:c@h", "uses", 10 * DAY);
	hear(g, "s:c@h", "s:d", "connects", 12 * DAY);
	OK(!strcmp(loss(g, "s:d"), "a? b? c@h?"), "heard edges: %s", loss(g, "s:d"));
	OK(!strcmp(loss(g, "s:c@h"), "a! b!"), "an unknown type is a dependency: %s", loss(g, "s:c@h"));
	version = sh_graph_version(g);
	hear(g, "s:c@h", "s:d", "connects", 11 * DAY);
	sh_graph_advance(g, 17 * DAY * INT64_C(1000000000) - 1);
	OK(plain_edges(g) == 3 && sh_graph_version(g) == version, "all hold for a week");
	sh_graph_advance(g, 17 * DAY * INT64_C(1000000000));
	OK(plain_edges(g) == 2 && !strcmp(loss(g, "s:d"), "c@h?"), "then not, but what the site says: %s",
	   loss(g, "s:b"));
	sh_graph_advance(g, 16 * DAY * INT64_C(1000000000));
	hear(g, "s:b", "s:c@h", "uses", 10 * DAY);
	sh_graph_advance(g, 16 * DAY * INT64_C(1000000000));
	OK(plain_edges(g) == 2, "late news of what has ended is none");
	sh_graph_advance(g, 19 * DAY * INT64_C(1000000000));
	OK(sh_graph_find(g, sh_span_of("s:c@h")) == SH_GRAPH_NONE &&
		   sh_graph_find(g, sh_span_of("host:h")) == SH_GRAPH_NONE,
	   "and whom nobody speaks of is not there, nor its host");
	hear(g, "s:x@h", "s:b", "depends_on", 19 * DAY);
	OK(sh_graph_nodes(g) == 5 && !strcmp(loss(g, "s:b"), "a! x@h!"), "their numbers are used again: %s",
	   loss(g, "s:b"));
	sh_graph_free(g);
}

/* Another end than after a week. */
static void test_ends(void)
{
	struct sh_graph *g = sh_graph_new();
	char bad[] = "{'kind':'edge','from':'s:a','to':'s:b','type':'mounts','valid':'soon'}";
	struct sh_record r = SH_RECORD_INIT;
	struct sh_error err = SH_ERROR_INIT;

	hear(g, "s:a", "s:b", "mounts','valid':'10m','x':'", 10 * DAY);
	hear(g, "s:b", "s:c", "mounts", 10 * DAY);
	link_names(g, "s:b", "s:c", SH_EDGE_MOUNTS);
	sh_graph_advance(g, (10 * DAY + 599) * INT64_C(1000000000));
	OK(plain_edges(g) == 2, "valid for ten minutes");
	sh_graph_advance(g, (10 * DAY + 600) * INT64_C(1000000000));
	OK(plain_edges(g) == 1, "and no longer");
	hear(g, "s:a", "s:b", "mounts", 10 * DAY + 700);
	hear(g, "s:a", "s:b", "mounts','removed':true,'x':'", 10 * DAY + 650);
	OK(plain_edges(g) == 2, "that it had ended before is no news");
	hear(g, "s:a", "s:b", "connects','removed':true,'x':'", 10 * DAY + 800);
	hear(g, "s:z", "s:b", "mounts','removed':true,'x':'", 10 * DAY + 800);
	OK(plain_edges(g) == 2, "nor is the end of another");
	hear(g, "s:a", "s:b", "mounts','removed':true,'x':'", 10 * DAY + 800);
	hear(g, "s:b", "s:c", "mounts','removed':true,'x':'", 10 * DAY + 800);
	OK(plain_edges(g) == 1 && !strcmp(loss(g, "s:c"), "b!"), "removed, but what the site says: %s",
	   loss(g, "s:c"));
	record_of(&r, bad);
	OK(sh_graph_hear(g, &r, &err) < 0 && strstr(err.text, "'valid' is no duration"), "%s", err.text);
	sh_record_release(&r);
	sh_graph_free(g);
}

/* What a graph says of all it knows. */
static char *whole(struct sh_graph *g)
{
	struct sh_buf out = SH_BUF_INIT;

	for (uint32_t i = 0; i < sh_graph_nodes(g); i++) {
		uint32_t at = SH_GRAPH_NONE;
		struct sh_graph_step step;

		while (sh_graph_next(g, i, true, &at, &step))
			sh_buf_addf(&out, "%s %d %s\n", sh_graph_name(g, i), (int)step.type,
				    sh_graph_name(g, step.node));
	}
	return sh_buf_take(&out);
}

static void count_damage(void *arg, const char *entity)
{
	diag("%s", entity);
	++*(int *)arg;
}

static struct sh_graph *again(struct sh_graph *g, struct sh_state *state, int *damaged)
{
	struct sh_error err = SH_ERROR_INIT;

	if (g && sh_graph_save(g, state, &err) < 0)
		diag("%s", err.text);
	sh_graph_free(g);
	g = sh_graph_new();
	if (sh_graph_restore(g, state, count_damage, damaged, &err) < 0)
		diag("%s", err.text);
	return g;
}

static void test_state(void)
{
	char *dir = scratch_make();
	struct sh_graph *g = sh_graph_new();
	struct sh_error err = SH_ERROR_INIT;
	struct sh_state *state;
	SH_CLEANUP_FREE char *one = NULL, *two = NULL;
	int damaged = 0;

	OK(sh_state_open(&state, dir, "x", 0, &err) == 0, "a state: %s", err.text);
	hear(g, "s:a", "s:b", "depends_on", 10 * DAY);
	hear(g, "s:a", "s:c", "mounts", 12 * DAY);
	hear(g, "s:a", "g:g", "member_of','need':1,'x':'", 10 * DAY);
	hear(g, "s:y", "g:g", "member_of", 12 * DAY);
	hear(g, "s:b", "s:c", "stores_on", 10 * DAY);
	one = whole(g);
	g = again(g, state, &damaged);
	two = whole(g);
	OK(!strcmp(one, two) && !damaged, "read back as it was saved: %s", two);
	OK(!strcmp(loss(g, "s:y"), "g?"), "how many members are needed, too: %s", loss(g, "s:y"));
	sh_graph_advance(g, 17 * DAY * INT64_C(1000000000));
	OK(plain_edges(g) == 2, "ends stand in the state");
	g = again(g, state, &damaged);
	OK(plain_edges(g) == 2 && !strcmp(loss(g, "s:y"), "g!"), "then none says so");
	OK( !strcmp(loss(g, "s:c"), "a!"), "and what ended does not");
	hear(g, "s:b", "s:c", "stores_on", 10 * DAY);
	sh_graph_advance(g, 0);
	OK(plain_edges(g) == 2, "what had ended before a restart has ended");
	sh_graph_free(g);
	sh_state_put(state, "edge", "s:x", 3, "\0\0\0\0\0\0\0\1s:y", 12, &err);
	sh_state_put(state, "edge", "s:z", 3, "\1\2", 2, &err);
	g = again(NULL, state, &damaged);
	OK(damaged == 1 && strstr(loss(g, "s:y"), "x!"), "a row of before there were types, and a damaged one");
	g = again(g, state, &damaged);
	OK(damaged == 1 && strstr(loss(g, "s:y"), "x!"), "which the next save mends");
	sh_graph_free(g);
	sh_state_close(state);
	scratch_remove(dir);
}

/* 10,000 entities, 100,000 edges: under a second and 200 MB, asked from both ends. */
static void test_size(void)
{
	struct sh_graph *g = sh_graph_new();
	unsigned char *mark = sh_calloc(10000, 1);
	uint32_t *out = sh_calloc(10000, sizeof(*out)), x = 1;
	enum sh_graph_fate *fate = sh_calloc(10000, sizeof(*fate));
	clock_t start = clock();
	struct rusage use;
	double seconds;
	char name[40];

	for (int i = 0; i < 10000; i++) {
		snprintf(name, sizeof(name), "service:s%d", i);
		node(g, name);
	}
	while (sh_graph_links(g) < 100000) {
		uint32_t from = (x = x * 1664525 + 1013904223) >> 8;
		uint32_t to = (x = x * 1664525 + 1013904223) >> 8;

		sh_graph_link(g, from % 10000, to % 10000, (enum sh_edge_type)(to >> 16) % SH_EDGE_TYPES);
	}
	OK(plain_reached(g, 0, true, mark, out) > 9000, "all is connected");
	memset(mark, 0, 10000);
	plain_reached(g, 1, false, mark, out);
	fate[2] = SH_FATE_DOWN;
	sh_graph_lose(g, fate, out);
	seconds = (double)(clock() - start) / CLOCKS_PER_SEC;
	getrusage(RUSAGE_SELF, &use);
	OK(seconds < 1, "10000 entities and 100000 edges in %.3f s", seconds);
	OK(use.ru_maxrss < 200 * 1024, "and %ld kB", use.ru_maxrss);
	free(mark);
	free(out);
	free(fate);
	sh_graph_free(g);
}

int main(void)
{
	test_edges();
	test_groups();
	test_hosts();
	test_topology();
	test_site();
	test_guessed();
	test_heard();
	test_ends();
	test_state();
	test_size();
	return plan_done();
}

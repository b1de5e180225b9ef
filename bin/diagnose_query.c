/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "diagnose_query.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "cli/escape.h"
#include "record/leap.h"
#include "record/sample.h"
#include "topology/heard.h"
#include "topology/query.h"

struct answer {
	const struct sh_diagnose_query *q;
	enum sh_query_type type;
	int64_t time; /* of the latest record that is believed; 0: none was read */
	struct sh_leap leap;
	struct sh_buf text;
	size_t lost; /* of the entities that are lost, so many were told */
};

static int on_record(void *arg, struct sh_stream *s, const struct sh_record *r,
		     struct sh_error *err)
{
	struct answer *a = arg;

	(void)s;
	if (r->has_time)
		a->time = sh_leap_time(&a->leap, a->time, r->time, r->host);
	return r->kind == SH_KIND_EDGE ? sh_graph_hear(a->q->graph, r, err) : 0;
}

static void load_state(const struct sh_diagnose_query *q)
{
	struct sh_error err = SH_ERROR_INIT;
	struct sh_state *state;

	if (sh_state_open_readonly(&state, q->cli->opt.state, "diagnose", &err) < 0)
		sh_cli_die(q->cli, &err);
	if (sh_graph_restore(q->graph, state, NULL, NULL, &err) < 0)
		sh_cli_report(q->cli, &err);
	sh_state_close(state);
}

static void read_records(struct answer *a)
{
	struct sh_cli *cli = a->q->cli;
	struct sh_error err = SH_ERROR_INIT;
	struct sh_writer out;
	struct sh_stream s;

	sh_writer_init(&out, -1);
	sh_stream_init(&s, &out);
	sh_cli_stream(cli, &s, &out);
	s.ops.record = on_record;
	s.ops.arg = a;
	if (sh_stream_run(&s, &err) < 0)
		sh_cli_report(cli, &err);
	sh_writer_release(&out);
	if (a->time)
		sh_graph_advance(a->q->graph, a->time);
}

static void say_root(struct sh_buf *out, enum sh_query_type type, const char *name,
		     const struct sh_query_count *c)
{
	const char *s = c->entities == 1 ? "" : "s";

	if (!c->entities && type == SH_QUERY_LOSS)
		sh_buf_addf(out, "without %s nothing else goes that is known", name);
	else if (!c->entities)
		sh_buf_addf(out, type == SH_QUERY_NEEDS ? "%s needs nothing that is known" :
							  "nothing that is known needs %s", name);
	else if (type == SH_QUERY_NEEDS)
		sh_buf_addf(out, "%s needs %zu other%s", name, c->entities, s);
	else if (type == SH_QUERY_NEEDED_BY)
		sh_buf_addf(out, "%zu other%s need%s %s", c->entities, s, *s ? "" : "s", name);
	else
		sh_buf_addf(out, "without %s %zu go%s down and %zu get%s weaker", name, c->down,
			    c->down == 1 ? "es" : "", c->weaker, c->weaker == 1 ? "s" : "");
}

static void say_edge(struct sh_buf *out, const struct sh_graph *g, const struct sh_query_line *l)
{
	static const char *const words[] = {
		[SH_EDGE_RUNS_ON] = "runs on",	       [SH_EDGE_DEPENDS_ON] = "depends on",
		[SH_EDGE_STORES_ON] = "stores on",     [SH_EDGE_MOUNTS] = "mounts",
		[SH_EDGE_REPLICATES] = "replicates",   [SH_EDGE_CONNECTS] = "connects to",
		[SH_EDGE_MEMBER_OF] = "is a member of", [SH_EDGE_IMPLIED] = "is on",
	};
	bool back = l->type == SH_EDGE_MEMBER_OF;

	sh_buf_addf(out, "%s %s %s", sh_graph_name(g, back ? l->to : l->from), words[l->type],
		    sh_graph_name(g, back ? l->from : l->to));
}

static void say_group(struct sh_buf *out, enum sh_query_type type, const struct sh_graph_group *group)
{
	if (!group->members)
		return;
	if (type == SH_QUERY_LOSS)
		sh_buf_addf(out, "; %" PRIu32 " of %" PRIu32 " members left, it needs %" PRIu32,
			    group->left, group->members, group->needed);
	else
		sh_buf_addf(out, "; it needs %" PRIu32 " of %" PRIu32 " members", group->needed,
			    group->members);
}

static void say(struct sh_buf *out, const struct answer *a, const struct sh_query_line *l)
{
	const struct sh_graph *g = a->q->graph;

	if (!l->depth && a->lost > 1) {
		sh_buf_addf(out, "%s is lost as well", sh_graph_name(g, l->node));
		return;
	}
	if (!l->depth) {
		say_root(out, a->type, sh_graph_name(g, l->node), &l->count);
		return;
	}
	if (a->type == SH_QUERY_LOSS)
		sh_buf_addf(out, "%s %s: ", sh_graph_name(g, l->node),
			    l->fate == SH_FATE_DOWN ? "goes down" : "gets weaker");
	say_edge(out, g, l);
	say_group(out, a->type, &l->group);
	if (l->again)
		sh_buf_addstr(out, l->cycle ? " (a cycle)" : " (see there)");
}

static void add_group(json_t *extra, const struct answer *a, const struct sh_graph_group *group)
{
	if (!group->members)
		return;
	json_object_set_new(extra, "members", json_integer(group->members));
	json_object_set_new(extra, "needed", json_integer(group->needed));
	if (a->type == SH_QUERY_LOSS)
		json_object_set_new(extra, "left", json_integer(group->left));
}

static void add_edge(json_t *extra, const struct answer *a, const struct sh_query_line *l)
{
	const struct sh_graph *g = a->q->graph;
	bool back = l->type == SH_EDGE_MEMBER_OF;
	const char *from = sh_graph_name(g, back ? l->to : l->from);
	const char *to = sh_graph_name(g, back ? l->from : l->to);

	json_object_set_new(extra, "from", json_string(from));
	json_object_set_new(extra, "type", json_string(l->type == SH_EDGE_IMPLIED ?
							       "implied" : sh_edge_words[l->type]));
	json_object_set_new(extra, "to", json_string(to));
	if (a->type == SH_QUERY_LOSS)
		json_object_set_new(extra, "fate",
				    json_string(l->fate == SH_FATE_DOWN ? "down" : "weaker"));
	if (l->again)
		json_object_set_new(extra, "again", json_true());
	if (l->cycle)
		json_object_set_new(extra, "cycle", json_true());
}

static void add_count(json_t *extra, const struct answer *a, const struct sh_query_count *c)
{
	json_object_set_new(extra, "count", json_integer((json_int_t)c->entities));
	if (a->type != SH_QUERY_LOSS)
		return;
	json_object_set_new(extra, "down", json_integer((json_int_t)c->down));
	json_object_set_new(extra, "weaker", json_integer((json_int_t)c->weaker));
}

/* A notice with the facts beside the sentence. */
static void write_notice(const struct answer *a, const struct sh_query_line *l, const char *text)
{
	SH_CLEANUP_BUF struct sh_buf line = SH_BUF_INIT;
	json_t *extra = json_pack("{s:s,s:s,s:i}", "entity", sh_graph_name(a->q->graph, l->node),
				  "query", sh_query_words[a->type], "depth", (int)l->depth);

	if (!extra)
		sh_mem_exhausted();
	if (l->depth)
		add_edge(extra, a, l);
	else if (a->lost < 2)
		add_count(extra, a, &l->count);
	add_group(extra, a, &l->group);
	sh_notice_write_with(&line, sh_cli_host(), a->time, "info", text, NULL, extra);
	json_decref(extra);
	fwrite(line.data, 1, line.len, stdout);
}

static void hear(void *arg, const struct sh_query_line *l)
{
	struct answer *a = arg;
	SH_CLEANUP_BUF struct sh_buf line = SH_BUF_INIT;

	a->lost += a->type == SH_QUERY_LOSS && !l->depth;
	sh_buf_clear(&a->text);
	say(&a->text, a, l);
	if (!a->q->cli->opt.text) {
		write_notice(a, l, sh_buf_str(&a->text));
		return;
	}
	for (unsigned i = 0; i < l->depth; i++)
		sh_buf_addstr(&line, "  ");
	sh_escape_text(&line, a->text.data, a->text.len);
	sh_buf_addch(&line, '\n');
	fwrite(line.data, 1, line.len, stdout);
}

/* What is asked, apart from the entities; a usage error when it is nothing that can be asked. */
static const char *read_type(struct answer *a)
{
	const char *colon = strchr(a->q->question, ':');

	for (int i = 0; colon && colon[1 + strspn(colon + 1, " ")] && sh_query_words[i]; i++) {
		size_t len = strlen(sh_query_words[i]);

		if ((size_t)(colon - a->q->question) == len &&
		    !strncmp(a->q->question, sh_query_words[i], len)) {
			a->type = (enum sh_query_type)i;
			return colon + 1;
		}
	}
	sh_cli_usage_error(a->q->cli, "--query: '%s' is none of needs:ENTITY, needed-by:ENTITY, loss:ENTITY",
			   a->q->question);
}

/* The node of an entity; SH_GRAPH_NONE when it is not known, which is told. */
static uint32_t find(const struct answer *a, struct sh_span name)
{
	uint32_t node = sh_graph_known(a->q->graph, name);
	SH_CLEANUP_FREE char *text = sh_strndup(name.p, name.len);
	const char *near = NULL;

	if (node == SH_GRAPH_NONE && (near = sh_query_nearest(a->q->graph, text)))
		sh_cli_error(a->q->cli, "nothing is known of '%s', but of '%s'", text, near);
	else if (node == SH_GRAPH_NONE)
		sh_cli_error(a->q->cli, "nothing is known of '%s'", text);
	return node;
}

/* How many there are; 0 when there is none, or one is not known. */
static size_t find_all(const struct answer *a, const char *entities, uint32_t **node)
{
	size_t n = 0, cap = 0, len;

	for (const char *at = entities; *at; at += len) {
		at += strspn(at, " ");
		len = strcspn(at, " ");
		if (!len)
			break;
		sh_grow(*node, n, cap);
		(*node)[n] = find(a, (struct sh_span){ at, len });
		if ((*node)[n++] == SH_GRAPH_NONE)
			return 0;
	}
	return n;
}

int sh_diagnose_query(const struct sh_diagnose_query *q)
{
	struct answer a = { .q = q };
	const char *entities = read_type(&a);
	SH_CLEANUP_FREE uint32_t *node = NULL;
	size_t n, others;

	if (q->cli->opt.state)
		load_state(q);
	if (*q->cli->operand || (!q->cli->opt.state && !isatty(STDIN_FILENO)))
		read_records(&a);
	if (!a.time)
		a.time = q->cli->opt.now ? q->cli->opt.now : sh_clock_wall();
	n = find_all(&a, entities, &node);
	if (!n)
		return SH_EXIT_USAGE;
	others = sh_query(q->graph, a.type, node, n, hear, &a);
	sh_buf_release(&a.text);
	return q->cli->opt.exit_status && others ? SH_EXIT_FOUND : SH_EXIT_OK;
}

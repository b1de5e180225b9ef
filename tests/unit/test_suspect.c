/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "diagnose/suspect.h"

#include <math.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "diagnose/say.h"
#include "record/json.h"
#include "records.h"
#include "tap.h"

#define ONSET (RECORDS_NOW + 1000 * SH_SEC)

struct world {
	struct sh_history h;
	struct sh_graph *g;
	struct sh_record r;
};

static void set_up(struct world *w)
{
	memset(w, 0, sizeof(*w));
	sh_history_init(&w->h);
	w->g = sh_graph_new();
}

static void tear_down(struct world *w)
{
	sh_history_release(&w->h);
	sh_graph_free(w->g);
	sh_record_release(&w->r);
}

static void take(struct world *w, char *line)
{
	record_of(&w->r, line);
	sh_history_record(&w->h, &w->r);
	if (w->r.kind != SH_KIND_EVENT)
		sh_graph_node(w->g, w->r.entity);
	free(line);
}

/* A metric every 10 s, 100 points before the onset about BEFORE and 10 after at AFTER. */
static void metric(struct world *w, const char *entity, const char *group, const char *name,
		   double before, double after)
{
	for (int i = 0; i < 110; i++)
		take(w, sh_asprintf("{'kind':'sample','time':%lld,'host':'h','entity':'%s',"
				    "'metrics':{'%s':{'%s':%g}}}",
				    (long long)(ONSET / SH_SEC) - 1000 + 10 * i, entity, group, name,
				    i < 100 ? before + i % 3 : after));
}

static void log_lines(struct world *w, const char *entity, const char *text, int from, int to)
{
	for (int i = from; i < to; i++)
		take(w, sh_asprintf("{'kind':'log','time':%lld,'host':'h','entity':'%s','text':'%s %d'}",
				    (long long)(ONSET / SH_SEC) - 1000 + 10 * i, entity, text, i));
}

static void needs(struct world *w, const char *from, const char *to)
{
	sh_graph_link(w->g, sh_graph_node(w->g, sh_span_of(from)), sh_graph_node(w->g, sh_span_of(to)),
		      SH_EDGE_DEPENDS_ON);
}

static struct sh_suspects find(struct world *w, const char *entity, const char *symptom)
{
	const struct sh_symptom s = { sh_span_of(entity), sh_span_of("h"), symptom, ONSET };
	struct sh_inquiry *q = sh_inquiry_new(w->g, &w->h);
	struct sh_suspects out;

	sh_suspects_find(&out, q, &s, 10);
	sh_inquiry_free(q);
	return out;
}

/* "db app", best first, without type. */
static const char *names(const struct world *w, const struct sh_suspects *s)
{
	static char text[200];
	size_t len = 0;

	text[0] = '\0';
	for (size_t i = 0; i < s->n && len < sizeof(text); i++)
		len += (size_t)snprintf(text + len, sizeof(text) - len, "%s%s", i ? " " : "",
					strchr(sh_graph_name(w->g, s->suspect[i].node), ':') + 1);
	return text;
}

static void test_chain(void)
{
	struct sh_suspects s;
	struct world w;

	set_up(&w);
	needs(&w, "service:web", "service:app");
	needs(&w, "service:app", "service:db");
	needs(&w, "service:app", "service:cache");
	metric(&w, "service:web", "latency", "p90", 20, 400);
	metric(&w, "service:app", "latency", "p90", 20, 400);
	metric(&w, "service:db", "latency", "p90", 20, 400);
	metric(&w, "service:cache", "latency", "p90", 20, 20);
	metric(&w, "service:aside", "cpu", "usage", 20, 90);
	s = find(&w, "service:web", "latency.p90");
	OK(!strcmp(names(&w, &s), "db aside web app cache") && s.suspect[2].score < 0.06,
	   "the deepest is the cause, what it explains is near, no more: %s", names(&w, &s));
	OK(s.n && s.suspect[0].n_affected == 2 && fabs(s.suspect[0].coverage - 1) < 1e-6,
	   "and all that needs it is affected");
	OK(s.n && fabs(s.suspect[0].confidence - (1 - exp(-s.suspect[0].score / 0.75))) < 1e-12,
	   "confidence from score");
	sh_suspects_release(&s);
	s = find(&w, "service:cache", "latency.p90");
	OK(s.n == 2 && !strcmp(names(&w, &s), "db aside"),
	   "without anything it needs, all on the host: %s", names(&w, &s));
	sh_suspects_release(&s);
	tear_down(&w);
}

static void test_family(void)
{
	struct sh_suspects s;
	struct world w;

	set_up(&w);
	needs(&w, "service:web", "service:a");
	needs(&w, "service:web", "service:b");
	metric(&w, "service:a", "latency", "p90", 20, 400);
	metric(&w, "service:b", "http", "errors", 20, 400);
	s = find(&w, "service:web", "latency.p90");
	OK(!strcmp(names(&w, &s), "a b web"), "latency for latency: %s", names(&w, &s));
	sh_suspects_release(&s);
	s = find(&w, "service:web", "http.errors");
	OK(!strcmp(names(&w, &s), "b a web"), "errors for errors: %s", names(&w, &s));
	sh_suspects_release(&s);
	metric(&w, "service:c", "web", "requests", 20, 400);
	s = find(&w, "service:none", NULL);
	OK(s.n == 2, "traffic alone is no cause");
	sh_suspects_release(&s);
	tear_down(&w);
}

/* A processor that is used up explains latency; one that is only busier does not. */
static void test_exhausted(void)
{
	struct sh_suspects s;
	struct world w;

	set_up(&w);
	needs(&w, "service:web", "service:app");
	needs(&w, "service:app", "service:db");
	metric(&w, "service:app", "cpu", "usage", 20, 98);
	metric(&w, "service:app", "latency", "p90", 20, 400);
	metric(&w, "service:db", "latency", "p90", 20, 200);
	s = find(&w, "service:web", "latency.p90");
	OK(!strncmp(names(&w, &s), "app db", 6) && s.suspect[0].own > 1.5,
	   "what waits for a processor is slow by itself: %s", names(&w, &s));
	sh_suspects_release(&s);
	tear_down(&w);
	set_up(&w);
	needs(&w, "service:web", "service:app");
	needs(&w, "service:app", "service:db");
	metric(&w, "service:app", "cpu", "usage", 20, 60);
	metric(&w, "service:app", "latency", "p90", 20, 400);
	metric(&w, "service:db", "latency", "p90", 20, 200);
	s = find(&w, "service:web", "latency.p90");
	OK(!strncmp(names(&w, &s), "db app", 6), "a busy one waits for what it needs: %s",
	   names(&w, &s));
	sh_suspects_release(&s);
	tear_down(&w);
}

static bool said(const struct sh_suspect *s, const char *wanted)
{
	bool found = false;

	for (size_t i = 0; i < s->clues.n; i++) {
		json_t *clue = sh_say_clue(&s->clues.clue[i], ONSET);

		diag("%s", sh_json_str(clue, "text", ""));
		found |= strstr(sh_json_str(clue, "text", ""), wanted) != NULL;
		json_decref(clue);
	}
	return found;
}

/* Where nothing is measured the graph still says who is near. */
static void test_near(void)
{
	struct sh_suspects s;
	struct world w;

	set_up(&w);
	needs(&w, "service:web", "service:a");
	needs(&w, "service:a", "service:b");
	needs(&w, "service:b", "service:c");
	s = find(&w, "service:web", NULL);
	OK(!strcmp(names(&w, &s), "web a b"), "three that are near: %s", names(&w, &s));
	OK(s.n && s.suspect[0].confidence < 0.07 && !strcmp(sh_say_cause(&s.suspect[0]), "unknown"),
	   "unknown, and hardly sure");
	sh_suspects_release(&s);
	tear_down(&w);
}

static void test_logs(void)
{
	struct sh_suspects s;
	struct world w;

	set_up(&w);
	log_lines(&w, "service:a", "request served in", 0, 110);
	log_lines(&w, "service:a", "connection refused by peer", 101, 110);
	log_lines(&w, "service:b", "request served in", 0, 110);
	log_lines(&w, "service:c", "heartbeat", 0, 99);
	s = find(&w, "service:a", NULL);
	OK(s.n == 2 && !strcmp(names(&w, &s), "a c"), "what is new and what is gone: %s",
	   names(&w, &s));
	OK(s.n == 2 && said(&s.suspect[0], "new in the log, 9 times: connection refused by peer <*>"),
	   "a new line is told");
	OK(s.n == 2 && said(&s.suspect[1], "gone from the log, 99 times before, then 0: heartbeat <*>"),
	   "a line that is gone is told");
	sh_suspects_release(&s);
	tear_down(&w);
}

static void test_events(void)
{
	struct sh_suspects s;
	struct world w;

	set_up(&w);
	metric(&w, "service:a", "cpu", "usage", 20, 20);
	take(&w, sh_asprintf("{'kind':'event','time':%lld,'host':'h','entity':'service:a','type':'deploy',"
			     "'text':'a 1.2.3'}", (long long)(ONSET / SH_SEC) - 60));
	take(&w, sh_asprintf("{'kind':'event','time':%lld,'host':'h','entity':'service:a','type':'login'}",
			     (long long)(ONSET / SH_SEC) - 60));
	s = find(&w, "service:x", NULL);
	OK(s.n == 1 && s.suspect[0].clues.n == 1 && said(&s.suspect[0], "deploy 1m before: a 1.2.3"),
	   "a deploy shortly before is a clue, a login is none");
	OK(s.n == 1 && !strcmp(sh_say_cause(&s.suspect[0]), "recent_change"), "and the cause");
	sh_suspects_release(&s);
	tear_down(&w);
}

static void test_history(void)
{
	const struct sh_past_entity *e;
	const struct sh_track *t;
	struct world w;
	size_t i = 0;

	set_up(&w);
	for (int k = 0; k < 3 * SH_HISTORY_POINTS; k++)
		take(&w, sh_asprintf("{'time':%d,'host':'h','cpu':{'usage':%d}}", 1000 + 10 * k, k));
	take(&w, sh_strdup("{'time':123855,'host':'h','cpu':{'usage':7}}"));
	take(&w, sh_strdup("{'time':123855,'host':'h','cpu':{'usage':8}}"));
	take(&w, sh_strdup("{'time':1001,'host':'h','cpu':{'usage':9}}"));
	take(&w, sh_strdup("{'time':99,'host':'h','dims':{'cpu':'0','a':'b'},'cpu':{'usage':9}}"));
	e = sh_history_find(&w.h, sh_span_of("host:h"));
	t = sh_history_next(e, &i);
	OK(t && !strcmp(t->name, "cpu.usage") && t->n <= SH_HISTORY_POINTS &&
		   t->n > SH_HISTORY_POINTS * 3 / 4,
	   "the newest points are kept: %u", t->n);
	OK(t->point[t->n - 1].time == (1000 + 10 * (3 * SH_HISTORY_POINTS - 1)) * SH_SEC &&
		   t->point[t->n - 3].value == 7,
	   "a late one is put in its place");
	OK(w.h.late == 2, "a second of one time and one too late are counted");
	t = sh_history_next(e, &i);
	OK(t && !strcmp(t->name, "cpu.usage{\"a\":\"b\",\"cpu\":\"0\"}"), "dims are identity, sorted");
	OK(w.h.points == t->n + (sh_history_next(e, &(size_t){ 0 }))->n, "points are counted");
	tear_down(&w);
}

int main(void)
{
	test_chain();
	test_family();
	test_exhausted();
	test_near();
	test_logs();
	test_events();
	test_history();
	return plan_done();
}

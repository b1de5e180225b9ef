/* SPDX-License-Identifier: MIT */
/*
 * Random rules over random streams: cutting the run after any records, with the
 * state saved there and read back by a new detector, changes no byte of what is
 * written; nor does asking why, nor viewing lines by their shapes.
 */
#include "config.h"

#include "detect/detector.h"

#include <string.h>

#include "base/mem.h"
#include "detect/repaired.h"
#include "records.h"
#include "scratch.h"
#include "tap.h"
#include "worlds.h"

#define CASES	   300
#define SLOW_CASES 2000 /* with BATS_SLOW, as other slow tests */
#define RECORDS	   240

struct play {
	const struct sh_rules *rules;
	const struct sh_site *site;
	struct sh_buf line[RECORDS];
	unsigned n;
	struct sh_buf out;
	size_t most;
	struct sh_detector d;
	struct sh_shapes *shapes; /* NULL: each line is viewed as the first */
};

/* How a stream is run. */
struct manner {
	struct sh_state *state; /* NULL: in one piece */
	unsigned cuts;          /* of 64 records, about so many are followed by a cut */
	bool unsaved;           /* every save is lost and made again */
	bool explains;
	bool shaped;            /* lines are viewed by their shapes */
};

/* Room for so many series, in some cases too little. */
static const size_t room[] = { 0, 1, 2, 4, 9, 20 };

static void take_line(void *arg, const char *line, size_t len)
{
	struct play *p = arg;

	sh_buf_add(&p->out, line, len);
}

static void take_words(void *arg, const struct sh_rule *rule, const struct sh_record *r, const char *text)
{
	(void)arg, (void)rule, (void)r, (void)text;
}

static void start(struct play *p, bool explains)
{
	sh_detector_init(&p->d, p->rules, p->site, false, NULL, NULL);
	p->d.store.most = p->most;
	p->d.emit = take_line;
	p->d.explain = explains ? take_words : NULL;
	p->d.arg = p;
}

/* Behind it what shapes look at. */
static char *with_room(const struct sh_buf *line)
{
	char *own = sh_calloc(1, line->len + 2 + SH_SHAPE_ROOM);

	memcpy(own, line->data, line->len);
	own[line->len + 1] = '\n';
	return own;
}

static void feed(struct play *p, unsigned i)
{
	struct sh_record r = SH_RECORD_INIT;
	struct sh_error err = SH_ERROR_INIT;
	SH_CLEANUP_FREE char *line = with_room(&p->line[i]);
	int rc = 0;

	r.shapes = p->shapes;
	record_of(&r, line);
	if (r.kind == SH_KIND_TICK)
		sh_detector_tick(&p->d, &r);
	else if (r.kind == SH_KIND_REPAIR)
		sh_detector_repaired(&p->d, &r);
	else if (r.kind == SH_KIND_LOG)
		rc = sh_detector_log(&p->d, &r, NULL, &err);
	else
		rc = sh_detector_sample(&p->d, &r, &err);
	if (rc < 0)
		diag("record %u: %s", i, err.text);
	sh_record_release(&r);
}

static void cut(struct play *p, const struct manner *m)
{
	struct sh_error err = SH_ERROR_INIT;
	int rc = sh_detector_save(&p->d, m->state, &err);

	if (rc == 0 && m->unsaved) {
		sh_detector_unsaved(&p->d);
		rc = sh_detector_save(&p->d, m->state, &err);
	}
	sh_detector_release(&p->d);
	start(p, m->explains);
	if (rc < 0 || sh_detector_load(&p->d, m->state, &err) < 0)
		sh_buf_addf(&p->out, "state: %s\n", err.text);
}

/* What is written, with what is pending at the end; an owned text. */
static char *run(struct play *p, const struct manner *m)
{
	sh_buf_clear(&p->out);
	p->shapes = m->shaped ? sh_shapes_new() : NULL;
	start(p, m->explains);
	for (unsigned i = 0; i < p->n; i++) {
		feed(p, i);
		if (m->state && (i * UINT64_C(0x9e3779b97f4a7c15)) >> 58 < m->cuts)
			cut(p, m);
	}
	sh_detector_pending(&p->d);
	sh_detector_release(&p->d);
	sh_shapes_free(p->shapes);
	return sh_strdup(sh_buf_str(&p->out));
}

static bool is_same(struct play *p, const struct manner *m, const char *dir)
{
	const struct manner plain = { 0 };
	struct sh_error err = SH_ERROR_INIT;
	SH_CLEANUP_FREE char *whole = run(p, &plain), *other = NULL;
	struct manner own = *m;

	if (m->cuts && sh_state_open(&own.state, dir, "detect", 0, &err) < 0)
		diag("%s", err.text);
	other = run(p, &own);
	sh_state_close(own.state); /* nothing was committed: the next finds none */
	return !strcmp(whole, other);
}

/* Leave out what is not needed for the difference. */
static void shrink(struct play *p, const struct manner *m, const char *dir)
{
	for (unsigned piece = p->n / 2; piece; piece /= 2)
		for (unsigned i = 0; i + piece <= p->n;) {
			struct play less = *p;

			less.out = (struct sh_buf)SH_BUF_INIT;
			less.n -= piece;
			memmove(less.line + i, less.line + i + piece, (less.n - i) * sizeof(*less.line));
			if (is_same(&less, m, dir)) {
				i += piece;
			} else {
				memcpy(p->line + i, less.line + i, (less.n - i) * sizeof(*less.line));
				p->n = less.n;
			}
			sh_buf_release(&less.out);
		}
}

static void tell(struct play *p, const struct manner *m, const char *dir, const char *rules)
{
	const struct manner plain = { 0 };
	SH_CLEANUP_FREE char *whole = NULL;

	shrink(p, m, dir);
	whole = run(p, &plain);
	printf("%s", rules);
	for (unsigned i = 0; i < p->n; i++)
		printf("%s\n", sh_buf_str(&p->line[i]));
	printf("in one piece:\n%s", whole);
	is_same(p, m, dir);
	printf("otherwise:\n%s", sh_buf_str(&p->out));
}

static void fill(struct play *p, struct world *w)
{
	p->n = 40 + below(w, RECORDS - 39);
	for (unsigned i = 0; i < p->n; i++)
		world_record(w, &p->line[i]);
}

static bool differs(struct play *p, const char *dir, const char *rules, unsigned number)
{
	static const char *const names[] = { "cut", "with reasons", "by shapes" };
	const struct manner manners[] = { { .cuts = number % 4 ? 6 : 64,
					    .unsaved = number % 5 == 0,
					    .shaped = number % 3 == 0 },
					  { .explains = true },
					  { .shaped = true } };

	for (size_t i = 0; i < sizeof(manners) / sizeof(manners[0]); i++)
		if (!is_same(p, &manners[i], dir)) {
			diag("case %u, %s", number, names[i]);
			tell(p, &manners[i], dir, rules);
			return true;
		}
	return false;
}

/* Returns whether something went wrong; WRITTEN counts cases in which there was a fault. */
static bool try_one(const char *dir, unsigned number, unsigned *written)
{
	SH_CLEANUP_BUF struct sh_buf yaml = SH_BUF_INIT;
	struct sh_error err = SH_ERROR_INIT;
	struct world w = world_make(number);
	struct play p = { .most = number % 3 ? 0 : room[number / 3 % (sizeof(room) / sizeof(room[0]))] };
	struct sh_config config;
	struct sh_rules rules;
	struct sh_site site;
	struct sh_buf lines[RECORDS];
	bool bad;

	world_rules(&w, &yaml);
	config_of(&config, dir, sh_buf_str(&yaml));
	sh_rules_load(&rules, &config, 0, NULL, NULL);
	memset(&site, 0, sizeof(site));
	if (sh_site_load(&site, &config, &err) < 0)
		diag("%s", err.text);
	p.rules = &rules;
	p.site = &site;
	fill(&p, &w);
	memcpy(lines, p.line, sizeof(lines));
	bad = differs(&p, dir, sh_buf_str(&yaml), number);
	*written += p.out.len > 0;
	for (unsigned i = 0; i < RECORDS; i++)
		sh_buf_release(&lines[i]);
	sh_buf_release(&p.out);
	sh_site_release(&site);
	sh_rules_release(&rules);
	sh_config_release(&config);
	return bad;
}

int main(int argc, char **argv)
{
	unsigned cases = getenv("BATS_SLOW") ? SLOW_CASES : CASES;
	unsigned first = argc > 1 ? (unsigned)atoi(argv[1]) : 0;
	unsigned last = argc > 2 ? (unsigned)atoi(argv[2]) : argc > 1 ? first + 1 : cases;
	unsigned bad = 0, written = 0;
	char *dir = scratch_make();

	for (unsigned i = first; i < last && bad < 3; i++)
		bad += try_one(dir, i, &written);
	OK(!bad, "%u runs are the same in pieces, with reasons and by shapes", last - first);
	OK(argc > 1 || written > cases / 2, "%u of them with faults", written);
	scratch_remove(dir);
	return plan_done();
}

/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "detect/selftest.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "detect/detector.h"
#include "record/json.h"

#define START       (INT64_C(1795222800) * SH_SEC)
#define MAX_REPEAT  10000
#define HOST        "localhost"

static const char *const known[] = { "name",  "before", "before_repeat", "given",
				     "repeat", "every",  "expect",	  NULL };
/* By enum sh_fault_status, as pending is never written here. */
static const char *const expectations[] = { "none",	"open",	    "ongoing", "resolved",
					    "flapping", "stale",    NULL };

enum { NONE };

struct plan {
	const char *name;
	const struct sh_node *before, *given; /* BEFORE may be NULL */
	int64_t before_repeat, repeat, every;
	int expect;
};

struct play {
	int last;                /* the latest fault, by expectations */
	struct sh_error *broken; /* the first failure of the rule */
};

static int read_plan(struct plan *p, const struct sh_node *n, struct sh_error *err)
{
	*p = (struct plan){ .name = "", .before_repeat = 1, .repeat = 1, .every = 10 * SH_SEC, .expect = -1 };
	if (sh_node_check_keys(n, "test", known, err) < 0 ||
	    sh_node_string(n, "name", &p->name, err) < 0 ||
	    sh_node_int(n, "before_repeat", 1, MAX_REPEAT, &p->before_repeat, err) < 0 ||
	    sh_node_int(n, "repeat", 1, MAX_REPEAT, &p->repeat, err) < 0 ||
	    sh_node_duration(n, "every", &p->every, err) < 0 ||
	    sh_node_choice(n, "expect", expectations, &p->expect, err) < 0)
		return -1;
	p->given = sh_node_get(n, "given");
	if (!p->given || p->given->type != SH_NODE_LIST || p->given->n == 0)
		return sh_node_fail(n, err, "given is not a list of records");
	p->before = sh_node_get(n, "before");
	if (p->before && p->before->type != SH_NODE_LIST)
		return sh_node_fail(p->before, err, "before is not a list of records");
	if (p->expect < 0)
		return sh_node_fail(n, err, "no expect");
	return 0;
}

static void take_fault(void *arg, const char *line, size_t len)
{
	struct sh_error err = SH_ERROR_INIT;
	json_t *object = sh_json_parse(line, len, &err);
	struct play *play = arg;
	struct sh_fault f;

	if (sh_fault_from_json(&f, object, &err) == 0) {
		play->last = (int)f.status;
		sh_fault_release(&f);
	}
	json_decref(object);
}

static void take_broken(void *arg, const struct sh_rule *rule, const struct sh_record *r,
			const char *error)
{
	struct play *play = arg;

	(void)rule;
	(void)r;
	if (!sh_error_is_set(play->broken))
		(void)sh_error_set(play->broken, SH_ERRC_CONFIG, "%s", error);
}

static int give_one(struct sh_detector *d, const struct sh_node *record, int64_t now,
		    struct sh_error *err)
{
	SH_CLEANUP_BUF struct sh_buf line = SH_BUF_INIT;
	struct sh_record r = SH_RECORD_INIT;
	json_t *object = sh_node_json(record);
	int rc;

	sh_json_dump(&line, object);
	json_decref(object);
	rc = sh_record_view(&r, sh_buf_str(&line), line.len, HOST, now, err);
	if (rc == 0 && r.kind == SH_KIND_TICK)
		sh_detector_tick(d, &r);
	else if (rc == 0 && r.kind == SH_KIND_LOG)
		rc = sh_detector_log(d, &r, NULL, err);
	else if (rc == 0 && r.kind == SH_KIND_SAMPLE)
		rc = sh_detector_sample(d, &r, err);
	sh_record_release(&r);
	if (rc == 0 || sh_error_is_set(err))
		return rc;
	return sh_error_set(err, SH_ERRC_CONFIG, "a record that is none");
}

static int give_list(struct sh_detector *d, const struct sh_node *list, int64_t repeat,
		     int64_t every, int64_t *now, struct sh_error *err)
{
	for (int64_t round = 0; round < repeat; round++)
		for (size_t i = 0; i < list->n; i++, *now += every)
			if (give_one(d, list->item[i], *now, err) < 0)
				return -1;
	return 0;
}

static int give_all(struct sh_detector *d, const struct plan *p, struct sh_error *err)
{
	int64_t now = START;

	if (p->before && give_list(d, p->before, p->before_repeat, p->every, &now, err) < 0)
		return -1;
	return give_list(d, p->given, p->repeat, p->every, &now, err);
}

static int run(const struct sh_rule *rule, const struct plan *p, struct sh_error *err)
{
	struct sh_rule alone = *rule;
	const struct sh_rules rules = { .rule = &alone, .n = 1 };
	struct play play = { .last = NONE, .broken = err };
	struct sh_detector d;
	int rc;

	sh_detector_init(&d, &rules, NULL, false, NULL, NULL);
	d.emit = take_fault;
	d.broken = take_broken;
	d.arg = &play;
	rc = give_all(&d, p, err);
	sh_detector_release(&d);
	if (rc < 0 || sh_error_is_set(err))
		return -1;
	if (play.last == p->expect)
		return 0;
	return sh_error_set(err, SH_ERRC_CONFIG, "expected %s, got %s", expectations[p->expect],
			    expectations[play.last]);
}

static void run_test(struct sh_selftest *t, const struct sh_rule *rule, const struct sh_node *n)
{
	struct sh_error err = SH_ERROR_INIT;
	struct plan p;
	int rc = read_plan(&p, n, &err);

	if (rc == 0 && (rc = run(rule, &p, &err)) < 0) {
		err.code = SH_ERRC_CONFIG;
		sh_error_prefix(&err, "%s:%d:%d: rule '%s', test '%s'", n->file, n->line,
				n->column, rule->id, p.name);
	}
	if (rc == 0) {
		t->passed++;
		return;
	}
	t->failed++;
	if (t->report)
		t->report(t->arg, &err);
}

size_t sh_selftest_rule(struct sh_selftest *t, const struct sh_rule *rule)
{
	const struct sh_node *tests = sh_node_get(rule->node, "tests");
	struct sh_error err = SH_ERROR_INIT;

	if (!tests)
		return 0;
	if (tests->type != SH_NODE_LIST) {
		(void)sh_node_fail(tests, &err, "tests is not a list");
		t->failed++;
		if (t->report)
			t->report(t->arg, &err);
		return 1;
	}
	for (size_t i = 0; i < tests->n; i++)
		run_test(t, rule, tests->item[i]);
	return tests->n;
}

/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "detect/differ.h"

#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "record/json.h"
#include "tap.h"

/* A line of the fault of RULE on host:a, or with DIMS, at MINUTE past twelve. */
static void fault(struct sh_differ *d, enum sh_side side, const char *rule, const char *dims,
		  const char *status, int minute)
{
	SH_CLEANUP_FREE char *line = sh_asprintf(
		"{\"kind\":\"fault\",\"time\":\"2026-11-20T12:%02d:00.000000Z\",\"host\":\"a\",\"entity\":\"host:a\"%s%s,"
		"\"id\":\"f-1\",\"fingerprint\":\"f-1\",\"status\":\"%s\",\"fault_type\":\"t\",\"rule_id\":\"%s\","
		"\"severity\":\"low\",\"description\":\"d\",\"affected_metrics\":[],\"detection_count\":1,"
		"\"total_hits\":1,\"detected_at\":\"2026-11-20T12:%02d:00.000000Z\","
		"\"evidence\":{\"since\":\"2026-11-20T12:00:00.000000Z\",\"until\":\"2026-11-20T12:00:00.000000Z\",\"hits\":1},"
		"\"expr\":\"x\"}\n",
		minute, dims ? ",\"dims\":" : "", dims ? dims : "", status, rule, minute);

	sh_differ_fault(d, side, line, strlen(line));
}

static void spell(struct sh_differ *d, enum sh_side side, const char *rule, int from, int to)
{
	fault(d, side, rule, NULL, "open", from);
	fault(d, side, rule, NULL, "ongoing", from + 1);
	if (to)
		fault(d, side, rule, NULL, "resolved", to);
}

static void add_minutes(struct sh_buf *out, const char *name, const json_t *spell)
{
	if (!spell)
		return;
	sh_buf_addf(out, " %s %.2s", name, sh_json_str(spell, "opened", "") + 14);
	if (json_object_get(spell, "resolved"))
		sh_buf_addf(out, "-%.2s", sh_json_str(spell, "resolved", "") + 14);
}

/* "RULE here FROM-TO there FROM-TO;" of each notice */
static void shorten(void *arg, const char *line, size_t len)
{
	struct sh_error err = SH_ERROR_INIT;
	json_t *object = sh_json_parse(line, len, &err);
	struct sh_buf *out = arg;

	sh_buf_addstr(out, sh_json_str(object, "rule_id", "?"));
	if (json_object_get(object, "dims"))
		sh_json_dump(out, json_object_get(object, "dims"));
	add_minutes(out, "here", json_object_get(object, "here"));
	add_minutes(out, "there", json_object_get(object, "there"));
	sh_buf_addch(out, ';');
	json_decref(object);
}

static bool tells(struct sh_differ *d, const char *expected)
{
	SH_CLEANUP_BUF struct sh_buf out = SH_BUF_INIT;
	bool same;

	sh_differ_write(d, shorten, &out);
	same = !strcmp(sh_buf_str(&out), expected);
	if (!same)
		printf("# %s\n# not %s\n", sh_buf_str(&out), expected);
	sh_differ_release(d);
	sh_differ_init(d);
	return same;
}

static void test_pairs(struct sh_differ *d)
{
	spell(d, SH_SIDE_HERE, "r", 1, 5);
	spell(d, SH_SIDE_THERE, "r", 1, 5);
	OK(d->n == 0 && d->course.live == 0, "what both sides tell alike is forgotten");
	OK(tells(d, ""), "and is no difference");
	spell(d, SH_SIDE_HERE, "r", 1, 0);
	spell(d, SH_SIDE_THERE, "r", 1, 0);
	OK(tells(d, ""), "nor are faults that are open on both sides since the same time");
	spell(d, SH_SIDE_HERE, "r", 1, 5);
	spell(d, SH_SIDE_THERE, "r", 2, 6);
	OK(tells(d, "r here 01-05 there 02-06;"), "faults that overlap are one, at different times");
	spell(d, SH_SIDE_HERE, "r", 1, 3);
	spell(d, SH_SIDE_THERE, "r", 3, 6);
	OK(tells(d, "r here 01-03;r there 03-06;"), "faults that do not overlap are two");
	spell(d, SH_SIDE_HERE, "r", 1, 9);
	spell(d, SH_SIDE_THERE, "r", 1, 3);
	spell(d, SH_SIDE_THERE, "r", 5, 7);
	OK(tells(d, "r here 01-09 there 01-03;r there 05-07;"), "one that the other side tells in two");
	spell(d, SH_SIDE_HERE, "r", 1, 0);
	spell(d, SH_SIDE_THERE, "r", 1, 8);
	OK(tells(d, "r here 01 there 01-08;"), "one that ends on one side only");
	spell(d, SH_SIDE_HERE, "r", 1, 3);
	spell(d, SH_SIDE_HERE, "r", 10, 12);
	spell(d, SH_SIDE_THERE, "r", 10, 12);
	spell(d, SH_SIDE_THERE, "r", 20, 0);
	OK(tells(d, "r here 01-03;r there 20;"), "those between that agree are not told");
}

static void test_keys(struct sh_differ *d)
{
	spell(d, SH_SIDE_THERE, "b", 1, 2);
	spell(d, SH_SIDE_HERE, "c", 1, 2);
	spell(d, SH_SIDE_THERE, "a", 5, 6);
	spell(d, SH_SIDE_THERE, "a1", 3, 0);
	OK(tells(d, "a there 05-06;a1 there 03;b there 01-02;c here 01-02;"), "rules stand in order");
	fault(d, SH_SIDE_HERE, "r", "{\"x\":\"1\",\"y\":\"2\"}", "open", 1);
	fault(d, SH_SIDE_THERE, "r", "{\"y\":\"2\",\"x\":\"1\"}", "open", 1);
	fault(d, SH_SIDE_THERE, "r", "{\"x\":\"2\"}", "open", 1);
	OK(tells(d, "r{\"x\":\"2\"} there 01;"), "dims tell series apart, in any order of members");
}

static void test_passed_over(struct sh_differ *d)
{
	fault(d, SH_SIDE_HERE, "r", NULL, "pending", 1);
	fault(d, SH_SIDE_HERE, "r", NULL, "resolved", 2);
	sh_differ_fault(d, SH_SIDE_HERE, "{\"kind\":\"event\"}\n", 17);
	sh_differ_fault(d, SH_SIDE_HERE, "no\n", 3);
	OK(tells(d, ""), "pending faults, ends without a beginning and other lines are passed over");
}

static void test_limit(struct sh_differ *d)
{
	d->limit = 3;
	spell(d, SH_SIDE_HERE, "a", 1, 2);
	spell(d, SH_SIDE_HERE, "b", 3, 4);
	spell(d, SH_SIDE_HERE, "c", 5, 0);
	spell(d, SH_SIDE_THERE, "c", 7, 9);
	spell(d, SH_SIDE_HERE, "d", 8, 0);
	fault(d, SH_SIDE_HERE, "c", NULL, "resolved", 9);
	OK(d->n == 3 && d->full, "no more faults are kept than the limit says");
	OK(tells(d, "a here 01-02;b here 03-04;"), "and those that were not over then are not compared");
}

int main(void)
{
	struct sh_differ d;

	sh_differ_init(&d);
	test_pairs(&d);
	test_keys(&d);
	test_passed_over(&d);
	test_limit(&d);
	sh_differ_release(&d);
	return plan_done();
}

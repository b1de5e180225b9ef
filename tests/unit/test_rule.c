/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "detect/rule.h"

#include <string.h>

#include "base/clock.h"
#include "records.h"
#include "scratch.h"
#include "tap.h"

/* One rule, and what is wrong with it: the place in the file and a word; NULL nothing. */
static const struct {
	const char *yaml, *place, *word;
} cases[] = {
	{ "{expr: a.b > 1}", NULL, NULL },
	{ "{expr: \"true\"}", NULL, NULL },
	{ "{title: x}", "2:6", "no expr" },
	{ "{expr: a.b >}", "2:13", "expected" },
	{ "{expr: [1]}", "2:13", "expr" },
	{ "{expr: a.b > 1, clear: (}", "2:29", "clear" },
	{ "{expr: a.b > 1, verify: '1 +'}", "2:30", "verify" },
	{ "{expr: 'median_of(a.b, 5m) > 1'}", "2:13", "median_of" },
	{ "{expr: a.b > 1, description: \"{a\"}", "2:35", "description" },
	{ "{expr: a.b > 1, severity: hihg}", "2:32", "high" },
	{ "{expr: a.b > 1, severity: 'a.b > 5 ? \"critical\" : \"high\"'}", NULL, NULL },
	{ "{expr: a.b > 1, severity: labels.severity}", NULL, NULL },
	{ "{expr: a.b > 1, group_by: [host, labels.rack, fault_type]}", NULL, NULL },
	{ "{expr: a.b > 1, group_by: [rack]}", "2:32", "labels.NAME" },
	{ "{expr: a.b > 1, group_by: [labels.]}", "2:32", "labels.NAME" },
	{ "{expr: a.b > 1, severity: 'a.b > 5 ?'}", "2:32", "severity" },
	{ "{expr: a.b > 1, hits: 3 of 5, flap: true, keep_firing: 1m, stale_after: 5m}", NULL, NULL },
	{ "{expr: a.b > 1, clear_hits: 3 of 5, clear_for: 2m}", NULL, NULL },
	{ "{expr: a.b > 1, hits: 6 of 5}", "2:28", "3 of 5" },
	{ "{expr: a.b > 1, cuont: 1}", "2:22", "count" },
	{ "{expr: a.b > 1, count: 0}", "2:29", "count" },
	{ "{expr: a.b > 1, count: 1.5}", "2:29", "count" },
	{ "{expr: a.b > 1, count: 1000001}", "2:29", "count" },
	{ "{expr: a.b > 1, clear_count: -1}", "2:35", "clear_count" },
	{ "{expr: a.b > 1, for: 5}", "2:27", "for" },
	{ "{expr: a.b > 1, repeat: soon}", "2:30", "repeat" },
	{ "{expr: a.b > 1, params: [x]}", "2:30", "params" },
	{ "{expr: a.b > 1, on: {x: y}}", "2:26", "text" },
	{ "{expr: a.b > 1, mode: act}", NULL, NULL },
	{ "{expr: a.b > 1, mode: acts}", "2:28", "act" },
};

static void keep_text(void *arg, const struct sh_error *err)
{
	snprintf(arg, sizeof(err->text), "%s", err->text);
}

static void check_case(const char *dir, size_t i)
{
	SH_CLEANUP_FREE char *text = sh_asprintf("rules:\n  r: %s\n  other: {expr: a.b > 2}\n",
						 cases[i].yaml);
	SH_CLEANUP_FREE char *place = sh_asprintf("/test.yaml:%s: ", cases[i].place ? cases[i].place : "");
	char said[sizeof(((struct sh_error *)NULL)->text)] = "";
	struct sh_config c = { 0 };
	struct sh_rules rules;
	size_t broken;

	config_of(&c, dir, text);
	broken = sh_rules_load(&rules, &c, 0, keep_text, said);
	if (!cases[i].place)
		OK(broken == 0 && rules.n == 2 && !said[0], "good: %s %s", cases[i].yaml, said);
	else
		OK(broken == 1 && rules.n == 1 && !strcmp(rules.rule[0].id, "other") &&
			   strstr(said, place) && strstr(said, cases[i].word),
		   "%s %s: %s: %s", cases[i].place, cases[i].word, cases[i].yaml, said);
	sh_rules_release(&rules);
	sh_config_release(&c);
}

static void test_defaults(const char *dir)
{
	struct sh_config c = { 0 };
	struct sh_rules rules;
	const struct sh_rule *r;

	config_of(&c, dir,
		  "rules:\n  plain: {expr: a.b > 1}\n"
		  "  full: {expr: a.b > params.limit, fault_type: t, severity: critical, on: disk, count: 2,\n"
		  "    clear: a.b < 1, verify: a.b == 0, for: 1m, repeat: 1h, params: {limit: 5},\n"
		  "    affected_metrics: [x, y], description: 'is {a.b}'}\n"
		  "  gone: {expr: a.b > 1, enabled: false}\n");
	OK(sh_rules_load(&rules, &c, 0, NULL, NULL) == 0 && rules.n == 2,
	   "what is not enabled is not there");
	r = &rules.rule[0];
	OK(!strcmp(r->fault_type, "plain") && r->severity == SH_SEVERITY_MEDIUM && !r->on &&
		   r->count == 3 && r->clear_count == 3 && !r->for_time && !r->repeat && !r->clear &&
		   !r->verify && !r->params && !r->stock,
	   "what is not said has its default");
	r = &rules.rule[1];
	OK(!strcmp(r->fault_type, "t") && r->severity == SH_SEVERITY_CRITICAL &&
		   !strcmp(r->on[0], "disk") && !r->on[1] && r->count == 2 && r->clear_count == 2 &&
		   r->for_time == SH_MIN && r->repeat == 60 * SH_MIN,
	   "what is said is taken; clear_count follows count");
	OK(!strcmp(sh_expr_text(r->clear), "a.b < 1") && !strcmp(sh_expr_text(r->verify), "a.b == 0") &&
		   !strcmp(r->affected[1], "y") && json_object_size(r->params) == 1,
	   "texts, lists and params");
	sh_rules_release(&rules);
	sh_rules_load(&rules, &c, 7, NULL, NULL);
	OK(rules.rule[0].count == 7 && rules.rule[1].count == 7 && rules.rule[1].clear_count == 7,
	   "a count from the command line holds for every rule");
	sh_rules_release(&rules);
	sh_config_release(&c);
}

int main(void)
{
	char *dir = scratch_make();

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		check_case(dir, i);
	test_defaults(dir);
	scratch_remove(dir);
	return plan_done();
}

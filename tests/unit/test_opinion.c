/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "diagnose/opinion.h"

#include <string.h>

#include "records.h"
#include "scratch.h"
#include "tap.h"

/* One rule and what is wrong with it: the place and a word; NULL nothing. */
static const struct {
	const char *yaml, *place, *word;
} cases[] = {
	{ "{root_cause: x, confidence: 0.5}", NULL, NULL },
	{ "{root_cause: x, confidence: 1}", NULL, NULL },
	{ "{root_cause: x, confidence: 0}", "2:6", "confidence" },
	{ "{root_cause: x, confidence: 1.01}", "2:6", "confidence" },
	{ "{root_cause: x, confidence: sure}", "2:34", "number" },
	{ "{root_cause: x}", "2:6", "confidence" },
	{ "{confidence: 1}", "2:6", "no root_cause" },
	{ "{root_cause: x, confidence: 1, when: a.b >}", "2:43", "when" },
	{ "{root_cause: x, confidence: 1, because: '{a'}", "2:46", "because" },
	{ "{root_cause: x, confidence: 1, recommendation: '{a.}'}", "2:53", "recommendation" },
	{ "{root_cause: x, confidence: 1, affected_resources: ['{']}", "2:57", "affected_resources" },
	{ "{root_cause: x, confidence: 1, because_of: y}", "2:37", "because" },
	{ "{cases: [{root_cause: x, confidence: 1}]}", NULL, NULL },
	{ "{cases: []}", "2:14", "cases" },
	{ "{cases: [{root_cause: x, confidence: 1, faults: y}]}", "2:46", "faults" },
	{ "{cases: [{root_cause: x, confidence: 1}, {when: a.b == 1, confidence: 1}]}", "2:47", "no root_cause" },
	{ "{cases: [5]}", "2:15", "case" },
	{ "{faults: {x: y}, root_cause: x, confidence: 1}", "2:15", "text" },
};

static void keep_text(void *arg, const struct sh_error *err)
{
	snprintf(arg, sizeof(err->text), "%s", err->text);
}

static void check_case(const char *dir, size_t i)
{
	SH_CLEANUP_FREE char *text = sh_asprintf(
		"diagnoses:\n  r: %s\n  other: {root_cause: o, confidence: 1}\n", cases[i].yaml);
	SH_CLEANUP_FREE char *place = sh_asprintf("/test.yaml:%s: ", cases[i].place ? cases[i].place : "");
	char said[sizeof(((struct sh_error *)NULL)->text)] = "";
	struct sh_config c = { 0 };
	struct sh_opinions o;
	size_t broken;

	config_of(&c, dir, text);
	broken = sh_opinions_load(&o, &c, keep_text, said);
	if (!cases[i].place)
		OK(broken == 0 && o.n == 2 && !said[0], "good: %s %s", cases[i].yaml, said);
	else
		OK(broken == 1 && o.n == 1 && !strcmp(o.opinion[0].id, "other") &&
			   strstr(said, place) && strstr(said, cases[i].word),
		   "%s %s: %s: %s", cases[i].place, cases[i].word, cases[i].yaml, said);
	sh_opinions_release(&o);
	sh_config_release(&c);
}

int main(void)
{
	char *dir = scratch_make();

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		check_case(dir, i);
	scratch_remove(dir);
	return plan_done();
}

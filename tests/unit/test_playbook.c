/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "repair_area.h"

/* Playbooks that are refused, and what is said of them. */
static const struct {
	const char *what, *steps, *says;
} broken[] = {
	{ "no steps", "[]", "has no steps" },
	{ "a step without an action", "[{name: a}]", "no action" },
	{ "an action that does not exist", "[{action: none}]", "none" },
	{ "an action by a path", "[{action: ../do}]", "no name of an action" },
	{ "an unknown key", "[{action: do, shell: ls}]", "shell" },
	{ "a parameter the action has not", "[{action: do, with: {argv: [ls]}}]", "no parameter 'argv'" },
	{ "two steps of one name", "[{action: do}, {action: do}]", "two steps" },
	{ "with as a list", "[{action: do, with: [a]}]", "not a map" },
	{ "when that is no expression", "[{action: do, when: \"1 +\"}]", "when" },
	{ "too many retries", "[{action: do, retries: 101}]", "retries" },
	{ "a timeout that is no duration", "[{action: do, timeout: soon}]", "soon" },
	{ "a site value from the fault", "[{action: do, with: {start: \"{fault.x}\"}}]", "from the site" },
	{ "a site value from the diagnosis", "[{action: do, with: {start: \"{diagnosis.x}\"}}]", "from the site" },
	{ "a site value from parameters", "[{action: do, with: {start: \"{params.x}\"}}]", "from the site" },
	{ "a site value from an output", "[{action: do, with: {start: \"{output.x}\"}}]", "from the site" },
	{ "a site value from a step", "[{action: do, with: {start: \"{steps.a.output.x}\"}}]", "from the site" },
	{ "a site value by a computed name", "[{action: do, with: {start: \"{site[fault.x]}\"}}]", "from the site" },
	{ "a site value by a choice", "[{action: do, with: {start: \"{fault.x ? site.a : site.b}\"}}]", "from the site" },
	{ "a site value in a list", "[{action: do, with: {start: [\"{site.a}\", \"{fault.x}\"]}}]", "from the site" },
	{ "a site value in a map in a list", "[{action: do, with: {start: [{a: \"{fault.x}\"}]}}]", "from the site" },
	{ "an empty block", "[{parallel: []}]", "not a list of steps" },
	{ "a block with more", "[{parallel: [{action: do}], name: a}]", "name" },
	{ "a block in a block", "[{parallel: [{parallel: [{action: do}]}]}]", "parallel" },
	{ "a list within a block", "[{parallel: [{action: do, for_each: [1]}]}]", "for_each within parallel" },
	{ "two steps of one name in a block", "[{action: do}, {parallel: [{action: do}]}]", "two steps" },
	{ "a name with a bracket", "[{name: \"a[0]\", action: do}]", "'['" },
	{ "for_each that is a word", "[{action: do, for_each: word}]", "neither a list" },
	{ "a batch of nothing", "[{action: do, batch: 2}]", "goes with for_each" },
	{ "a gate of nothing", "[{action: do, gate: {expr: \"true\"}}]", "goes with for_each" },
	{ "a batch that is too large", "[{action: do, for_each: [1], batch: 17}]", "batch" },
	{ "a gate that says nothing", "[{action: do, for_each: [1], gate: {hold: 1s}}]", "no expr" },
	{ "a gate with a source that is no map", "[{action: do, for_each: [1], gate: {expr: \"true\", source: x}}]",
	  "not a map" },
	{ "a site value from an item of the fault", "[{action: do, for_each: \"{fault.x}\", with: {start: \"{item}\"}}]",
	  "from the site" },
	{ "a site value within a text", "[{action: do, with: {start: [\"/{site.a}\"]}}]", "one {expression}" },
};

static void test_broken(struct area *a)
{
	for (size_t i = 0; i < sizeof(broken) / sizeof(broken[0]); i++) {
		SH_CLEANUP_FREE char *text =
			sh_asprintf("playbooks:\n  mend: {steps: %s}\n", broken[i].steps);

		area_load(a, text);
		if (!OK(a->broken == 1 && strstr(a->said, broken[i].says), "%s is refused: %s",
			broken[i].what, broken[i].says))
			diag("said: %s", a->said);
	}
}

static void test_defaults(struct area *a)
{
	const struct sh_playbook *b;

	area_load(a, AREA_BOOK("", ""));
	b = sh_playbooks_find(&a->playbooks, "mend");
	OK(b && b->steps == 1, "a playbook is found by its id");
	if (!b)
		return;
	OK(b->cooldown == 30 * SH_SEC && b->cooldown_max == 30 * SH_MIN && b->attempts == 3,
	   "guards have the values that peers have");
	OK(b->healthy_for == 10 * SH_MIN && b->max_age == 5 * SH_MIN, "health and age, too");
	OK(b->hold == 500 * SH_MS && b->mode == SH_MODE_ACT && !b->next, "so has verification");
	OK(b->step[0].timeout == 7 * SH_SEC, "a step has the timeout of its action");
	OK(b->step[0].fail_on_error && !b->step[0].retries, "it must succeed, at once");
	OK(!sh_playbooks_find(&a->playbooks, "nobody") && !sh_playbooks_find(&a->playbooks, NULL),
	   "an unknown id is not found");
}

static void test_choice(struct area *a)
{
	static const struct {
		const char *cause, *fault, *type, *id;
		size_t n;
	} cases[] = {
		{ "gone", "down", "service", "mend", 2 },
		{ "gone", "down", "host", "any", 1 },
		{ "stopped", "down", "service", "fault", 1 },
		{ "stopped", "up", "service", NULL, 0 },
		{ NULL, "down", "service", "fault", 1 },
		{ NULL, NULL, "service", NULL, 0 },
	};

	area_load(a, "playbooks:\n"
		     "  fault: {for: {faults: [down]}, steps: [{action: do}]}\n"
		     "  mend: {for: {causes: [gone], targets: [service]}, steps: [{action: do}]}\n"
		     "  any: {for: {causes: [gone]}, steps: [{action: do}]}\n");
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct sh_playbook *book[4] = { NULL };
		const char *id;
		const struct sh_playbooks *p = &a->playbooks;
		size_t n = sh_playbooks_for_cause(p, cases[i].cause, cases[i].type, book, 4);

		n = n ? n : sh_playbooks_for_fault(p, cases[i].fault, cases[i].type, book, 4);
		id = book[0] ? book[0]->id : NULL;

		OK(n == cases[i].n, "%zu fit", n);
		OK((!id && !cases[i].id) || (id && cases[i].id && !strcmp(id, cases[i].id)),
		   "cause %s, fault %s, %s: %s", cases[i].cause ? cases[i].cause : "-",
		   cases[i].fault ? cases[i].fault : "-", cases[i].type,
		   cases[i].id ? cases[i].id : "none");
	}
}

static void test_block(struct area *a)
{
	const struct sh_playbook *b;

	area_load(a, "playbooks:\n  mend: {steps: [{name: a, action: do}, {parallel: [{name: b, action: do}, "
		     "{name: c, action: do}]}, {parallel: [{name: d, action: do}]}, {name: e, action: do}]}\n");
	b = sh_playbooks_find(&a->playbooks, "mend");
	OK(b && b->steps == 5, "steps in parallel are steps like others");
	for (size_t i = 0; b && i < 5; i++)
		OK(sh_steps_block(b->step, b->steps, i) == (i == 1 ? 2 : 1), "from step %zu on as many run at the same time",
		   i);
}

static void test_digest(struct area *a)
{
	char first[SH_HASH_TEXT];

	area_load(a, AREA_BOOK("attempts: 2", ""));
	memcpy(first, a->playbooks.playbook[0].digest, sizeof(first));
	area_load(a, AREA_BOOK("attempts: 2", ""));
	OK(!strcmp(first, a->playbooks.playbook[0].digest), "the same content has the same digest");
	area_load(a, AREA_BOOK("attempts: 3", ""));
	OK(strcmp(first, a->playbooks.playbook[0].digest) != 0, "other content has another");
}

int main(void)
{
	struct area a;

	area_init(&a);
	test_broken(&a);
	test_defaults(&a);
	test_choice(&a);
	test_block(&a);
	test_digest(&a);
	area_release(&a);
	return plan_done();
}

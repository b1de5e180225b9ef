/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "repair_area.h"

static char *plan_id(struct area *a, const struct sh_request *q)
{
	struct sh_error err = SH_ERROR_INIT;
	const struct sh_playbook *book;
	struct sh_plan p;
	char *id;

	if (sh_plan_make(&a->r, q, &p, &book, &err) < 0)
		return NULL;
	id = sh_strdup_or_null(p.id);
	sh_plan_release(&p);
	return id;
}

static bool same_id(struct area *a, const struct sh_request *q, const char *id)
{
	SH_CLEANUP_FREE char *now = plan_id(a, q);

	return now && id && !strcmp(now, id);
}

static const char base[] = AREA_RULE AREA_SITE AREA_BOOK("", "");

static void test_identity(struct area *a)
{
	struct sh_request q = area_request(a);
	SH_CLEANUP_FREE char *id = NULL;

	area_load(a, base);
	id = plan_id(a, &q);
	OK(id && !strncmp(id, "p-", 2), "a plan has an id");
	a->r.now += SH_HOUR;
	q.evidence.until += SH_HOUR;
	OK(same_id(a, &q, id), "it is the same at another time, with other evidence");
	a->r.now -= SH_HOUR;
	set_string(&q.fault_id, "f-2");
	OK(!same_id(a, &q, id), "another fault has another");
	set_string(&q.fault_id, "f-1");
	set_string(&q.target, "service:quiet@" HOST);
	OK(!same_id(a, &q, id), "so has another target");
	set_string(&q.target, "service:web@" HOST);
	area_load(a, AREA_RULE AREA_SITE AREA_BOOK("attempts: 7", ""));
	OK(!same_id(a, &q, id), "so has other content of the playbook");
	area_load(a, AREA_RULE "services:\n  web: {pidfile: /run/web.pid, start: [/bin/false], mode: act}\n"
		     AREA_BOOK("", ""));
	OK(!same_id(a, &q, id), "so has another entry of the site");
	area_load(a, base);
	OK(same_id(a, &q, id), "and the first comes back");
	sh_request_release(&q);
}

static void test_mode(struct area *a)
{
	static const struct {
		const char *rule, *book, *target, *rule_id;
		enum sh_mode most;
		const char *holds;
	} cases[] = {
		{ "act", "act", "service:web@" HOST, "down", SH_MODE_ACT, "act" },
		{ "ask", "act", "service:web@" HOST, "down", SH_MODE_ACT, "ask" },
		{ "act", "ask", "service:web@" HOST, "down", SH_MODE_ACT, "ask" },
		{ "act", "act", "service:quiet@" HOST, "down", SH_MODE_ACT, "ask" },
		{ "act", "act", "service:web@" HOST, "down", SH_MODE_ASK, "ask" },
		{ "observe", "ask", "service:web@" HOST, "down", SH_MODE_ASK, "observe" },
		{ "ask", "observe", "service:web@" HOST, "down", SH_MODE_ACT, "observe" },
		{ "act", "act", "service:nobody@" HOST, "down", SH_MODE_ACT, "observe" },
		{ "act", "act", "service:web@" HOST, "unheard_of", SH_MODE_ACT, "observe" },
		{ "act", "act", "service:web@" HOST, "down", SH_MODE_OBSERVE, "observe" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		SH_CLEANUP_FREE char *text = sh_asprintf(
			"rules:\n  down: {on: [service], expr: \"service.running == 0\", count: 1, mode: %s}\n"
			AREA_SITE AREA_BOOK("", "    mode: %s\n"), cases[i].rule, cases[i].book);
		struct sh_request q = area_request(a);
		struct sh_error err = SH_ERROR_INIT;
		const struct sh_playbook *book;
		struct sh_plan p;

		area_load(a, text);
		set_string(&q.target, cases[i].target);
		set_string(&q.rule_id, cases[i].rule_id);
		a->r.mode = cases[i].most;
		sh_plan_make(&a->r, &q, &p, &book, &err);
		OK(p.mode && !strcmp(p.mode, cases[i].holds),
		   "rule %s, playbook %s, %s, rule %s, --mode %s: %s", cases[i].rule, cases[i].book,
		   cases[i].target, cases[i].rule_id, sh_mode_words[cases[i].most], cases[i].holds);
		sh_plan_release(&p);
		sh_request_release(&q);
	}
	a->r.mode = SH_MODE_ACT;
}

static void test_verify(struct area *a)
{
	static const struct {
		const char *rule, *book, *text;
	} cases[] = {
		{ "", "", "!(service.running == 0)" },
		{ ", clear: \"a == 1\"", "", "a == 1" },
		{ ", clear: \"a == 1\", verify: \"b == 1\"", "", "b == 1" },
		{ ", verify: \"b == 1\"", "    verify: {expr: \"c == 1\"}\n", "c == 1" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		SH_CLEANUP_FREE char *text = sh_asprintf(
			"rules:\n  down: {on: [service], expr: \"service.running == 0\"%s}\n" AREA_SITE
			AREA_BOOK("", "%s"), cases[i].rule, cases[i].book);
		struct sh_request q = area_request(a);
		struct sh_error err = SH_ERROR_INIT;
		const struct sh_playbook *book;
		struct sh_plan p;

		area_load(a, text);
		sh_plan_make(&a->r, &q, &p, &book, &err);
		OK(p.verify && !strcmp(p.verify, cases[i].text), "proved by %s", cases[i].text);
		sh_plan_release(&p);
		sh_request_release(&q);
	}
}

/* Step parameters as planned, or why there is no plan. */
static void test_steps(struct area *a)
{
	static const struct {
		const char *what, *steps, *parameters, *says;
	} cases[] = {
		{ "from the site", "[{action: do, with: {start: \"{site.start}\"}}]",
		  "{\"n\":3,\"start\":[\"/bin/true\",\"-x\"]}", NULL },
		{ "from the fault, checked", "[{action: do, with: {word: \"{fault.description}\"}}]",
		  "{\"n\":3,\"word\":\"it is down\"}", NULL },
		{ "a fault's value that does not match", "[{action: do, with: {word: \"{fault.description};\"}}]",
		  NULL, "does not match" },
		{ "a value of another type", "[{action: do, with: {n: \"{fault.description}\"}}]", NULL,
		  "not of type integer" },
		{ "absent within a text", "[{action: do, with: {word: \"a {fault.nobody}\"}}]", NULL, "absent" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		SH_CLEANUP_FREE char *text = sh_asprintf(
			AREA_RULE AREA_SITE "playbooks:\n  mend: {for: {causes: [gone]}, steps: %s}\n",
			cases[i].steps);
		struct sh_request q = area_request(a);
		struct sh_error err = SH_ERROR_INIT;
		SH_CLEANUP_FREE char *got = NULL;
		const struct sh_playbook *book;
		struct sh_plan p;
		bool good;

		area_load(a, text);
		sh_plan_make(&a->r, &q, &p, &book, &err);
		got = book && p.steps ? json_dumps(p.step[0].parameters, JSON_COMPACT | JSON_SORT_KEYS) : NULL;
		good = cases[i].parameters ?
			       got && !strcmp(got, cases[i].parameters) :
			       !book && !strcmp(p.decision, "none") && strstr(p.reason, cases[i].says);
		if (!OK(good, "%s: %s", cases[i].what, cases[i].steps))
			diag("%s %s", got ? got : "-", p.reason ? p.reason : "-");
		sh_plan_release(&p);
		sh_request_release(&q);
	}
}

static void test_later_steps(struct area *a)
{
	struct sh_request q = area_request(a);
	struct sh_error err = SH_ERROR_INIT;
	const struct sh_playbook *book;
	struct sh_plan p;

	area_load(a, AREA_RULE AREA_SITE
		  "playbooks:\n  mend: {for: {causes: [gone]}, steps: [{name: a, action: do},"
		  " {name: b, action: do, with: {word: \"x {steps.a.output.y}\"}}]}\n");
	OK(sh_plan_make(&a->r, &q, &p, &book, &err) == 0 && book && p.steps == 2,
	   "a step may wait for what an earlier one will say");
	sh_plan_release(&p);
	set_string(&q.target, "service:stranger@" HOST);
	OK(sh_plan_make(&a->r, &q, &p, &book, &err) == 0 && book && !strcmp(p.mode, "observe"),
	   "what the site does not declare is planned, to be observed");
	sh_plan_release(&p);
	sh_request_release(&q);
}

int main(void)
{
	struct area a;

	area_init(&a);
	test_identity(&a);
	test_mode(&a);
	test_verify(&a);
	test_steps(&a);
	test_later_steps(&a);
	area_release(&a);
	return plan_done();
}

/* SPDX-License-Identifier: MIT */
/* Which of two playbooks a plan takes, by what came of them before. */
#include "config.h"

#include <math.h>

#include "record/json.h"
#include "repair/rank.h"
#include "repair_area.h"

#define BOOK(name, risk) \
	"  " name ":\n    for: {causes: [gone], targets: [service]}\n    risk: " risk "\n" \
	"    steps: [{name: a, action: do, with: {start: \"{site.start}\"}}]\n"
#define BOOKS(risk) AREA_RULE AREA_SITE "playbooks:\n" BOOK("first", "low") BOOK("second", risk)

static void ran(struct area *a, const char *book, const char *target, const char *cause, const char *outcome,
		int64_t ago, int64_t lasted, int times)
{
	struct sh_error err = SH_ERROR_INIT;
	json_t *record = json_pack("{s:s,s:s}", "fault_type", "down", "cause", cause);

	for (int i = 0; i < times; i++) {
		struct sh_repair_row r = { .plan_id = (char[]){ "p-x" }, .target = sh_strdup(target),
					   .playbook = sh_strdup(book), .started = a->r.now - ago - lasted,
					   .record = record };
		int64_t row = 0;

		if (sh_ledger_repair_begin(a->r.ledger, &r, &row, &err) < 0 ||
		    sh_ledger_repair_finish(a->r.ledger, row, a->r.now - ago, outcome, NULL, &err) < 0)
			diag("%s", err.text);
		free(r.target);
		free(r.playbook);
	}
	json_decref(record);
}

/* The plan's JSON. */
static json_t *plan(struct area *a, const char *named)
{
	struct sh_request q = area_request(a);
	struct sh_error err = SH_ERROR_INIT;
	const struct sh_playbook *book;
	struct sh_plan p;
	json_t *out = NULL;

	set_string(&q.playbook, named);
	if (sh_plan_make(&a->r, &q, &p, &book, &err) == 0)
		out = sh_plan_to_json(&p);
	else
		diag("%s", err.text);
	sh_plan_release(&p);
	sh_request_release(&q);
	return out;
}

static bool takes(struct area *a, const char *book)
{
	json_auto_t *p = plan(a, NULL);
	bool good = !strcmp(sh_json_str(p, "playbook", ""), book);

	if (!good)
		diag("%s", json_dumps(p, 0));
	return good;
}

static bool is(const json_t *o, const char *key, double value)
{
	return fabs(sh_json_num(o, key, -99) - value) < 1e-5;
}

static void test_arithmetic(struct area *a)
{
	json_auto_t *p = plan(a, NULL), *named = plan(a, "first");
	const json_t *list = json_object_get(p, "ranking"), *best = json_array_get(list, 0),
		     *other = json_array_get(list, 1);

	OK(json_array_size(list) == 2 && !strcmp(sh_json_str(best, "playbook", ""), "second") &&
		   sh_json_int(best, "fixed", 0) == 6 && sh_json_int(other, "not_fixed", 0) == 6,
	   "the plan says how both did");
	OK(is(best, "weight", 6) && is(best, "chance", 7.0 / 8) && is(best, "benefit", 0.75 * 7 / 8) &&
		   is(best, "risk", 0.1) && is(best, "cost", 0.05) && is(best, "score", 0.75 * 7 / 8 - 0.15),
	   "six of six, medium risk, five minutes each");
	OK(is(other, "chance", 1.0 / 8) && is(other, "score", 0.75 / 8), "none of six");
	OK(!strcmp(sh_json_str(named, "playbook", ""), "first") && !json_object_get(named, "ranking"),
	   "a playbook that is named is not weighed");
}

int main(void)
{
	struct area a;

	area_init(&a);
	a.r.now = sh_clock_wall() - SH_DAY;
	area_load(&a, BOOKS("medium"));
	OK(takes(&a, "first"), "without a ledger the written order holds");
	area_ledger(&a);
	OK(takes(&a, "first"), "without repairs too");
	ran(&a, "second", "service:web@" HOST, "gone", "fixed", 0, 5 * SH_MIN, 6);
	ran(&a, "first", "service:web@" HOST, "gone", "not_fixed", 0, 0, 3);
	OK(takes(&a, "first"), "three failures are too few");
	ran(&a, "first", "service:web@" HOST, "gone", "unknown", 0, 0, 5);
	OK(takes(&a, "first"), "what nobody knows does not add to them");
	ran(&a, "first", "disk:sda@" HOST, "gone", "not_fixed", 0, 0, 5);
	ran(&a, "first", "service:web@" HOST, "other", "not_fixed", 0, 0, 5);
	ran(&a, "first", "service:web@" HOST, "gone", "not_fixed", -SH_HOUR, 0, 5);
	OK(takes(&a, "first"), "nor do other targets, other causes, and what had not yet been");
	ran(&a, "first", "service:api@h2", "gone", "rolled_back", 0, 0, 3);
	OK(takes(&a, "second"), "six failures on that kind of target, and the second goes first");
	test_arithmetic(&a);
	area_load(&a, BOOKS("high"));
	OK(takes(&a, "second"), "a high risk is still worth 0.66 against 0.09");
	a.r.now += 40 * SH_DAY;
	OK(takes(&a, "first"), "after 40 days without more it is too few again");
	area_release(&a);
	return plan_done();
}

/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "repair/rank.h"

#include <math.h>
#include <string.h>

#include "record/entity.h"
#include "record/json.h"
#include "series/success.h"

#define COST_MOST 0.1
#define IMPACT_MOST 10.0
#define COST_TIME 600.0 /* s */

struct learning {
	const struct sh_request *q;
	struct sh_ranked *item;
	size_t n;
	int64_t now;
};

static bool same(const char *a, const char *b)
{
	return a && b && !strcmp(a, b);
}

static bool same_type(const char *a, const char *b)
{
	struct sh_entity x = { 0 }, y = { 0 };

	return a && sh_entity_split(sh_span_of(a), &x) && sh_entity_split(sh_span_of(b), &y) &&
	       x.type.len == y.type.len && !memcmp(x.type.p, y.type.p, x.type.len);
}

static void learn(void *arg, const struct sh_lesson *x)
{
	struct learning *l = arg;
	const char *outcome = x->outcome ? x->outcome : "";
	struct sh_ranked *to = NULL;
	double weight;

	for (size_t i = 0; i < l->n; i++)
		if (same(x->playbook, l->item[i].book->id))
			to = &l->item[i];
	if (!to || x->ended > l->now || !strcmp(outcome, "not_begun") || !same_type(x->target, l->q->target) ||
	    !(l->q->cause ? same(x->cause, l->q->cause) : same(x->fault_type, l->q->fault_type)))
		return;
	weight = sh_success_weight(l->now - x->ended);
	if (!strcmp(outcome, "fixed")) {
		to->fixed++;
		to->fixed_weight += weight;
	} else if (!strcmp(outcome, "not_fixed") || !strcmp(outcome, "rolled_back")) {
		to->not_fixed++;
		to->not_fixed_weight += weight;
	} else {
		to->unknown++;
		return;
	}
	to->seconds += weight * (double)(x->ended - x->started) / SH_SEC;
}

static double weight_of(const struct sh_ranked *x)
{
	return x->fixed_weight + x->not_fixed_weight;
}

/* Nothing is known of a bare fault. */
static double impact_of(const struct sh_request *q)
{
	const json_t *impact = json_object_get(q->diagnosis, "impact");

	return 1 + 0.1 * fmin(IMPACT_MOST, fmax(0, (double)sh_json_int(impact, "affected_count", 0)));
}

static void score(struct sh_ranked *x, const struct sh_request *q)
{
	static const double of_severity[] = { [SH_SEVERITY_INFO] = 0.1,	 [SH_SEVERITY_LOW] = 0.25,
					      [SH_SEVERITY_MEDIUM] = 0.5, [SH_SEVERITY_HIGH] = 0.75,
					      [SH_SEVERITY_CRITICAL] = 1 };
	static const double of_risk[] = { [SH_RISK_LOW] = 0, [SH_RISK_MEDIUM] = 0.1, [SH_RISK_HIGH] = 0.3 };
	double mean = weight_of(x) > 0 ? x->seconds / weight_of(x) : 0;

	x->chance = sh_success_mean(x->fixed_weight, x->not_fixed_weight);
	x->impact = impact_of(q);
	x->benefit = x->chance * x->impact * of_severity[q->severity];
	x->risk = of_risk[x->book->risk];
	x->cost = COST_MOST * fmax(0, fmin(1, mean / COST_TIME));
	x->score = x->benefit - x->risk - x->cost;
}

static bool goes_before(const struct sh_ranked *x, const struct sh_ranked *y)
{
	return weight_of(x) >= SH_RANK_ENOUGH && weight_of(y) >= SH_RANK_ENOUGH && x->score > y->score;
}

int sh_rank(const struct sh_repairer *r, const struct sh_request *q, struct sh_ranked *item, size_t n,
	    struct sh_error *err)
{
	struct learning l = { .q = q, .item = item, .n = n, .now = sh_repairer_now(r) };

	if (r->ledger && sh_ledger_lessons(r->ledger, SH_RANK_LESSONS, learn, &l, err) < 0)
		return -1;
	for (size_t i = 0; i < n; i++)
		score(&item[i], q);
	for (size_t i = 1; i < n; i++)
		for (size_t j = i; j > 0 && goes_before(&item[j], &item[j - 1]); j--) {
			struct sh_ranked swap = item[j];

			item[j] = item[j - 1];
			item[j - 1] = swap;
		}
	return 0;
}

static double rounded(double v)
{
	return round(v * 1e6) / 1e6;
}

json_t *sh_rank_to_json(const struct sh_ranked *item, size_t n)
{
	json_t *list = json_array();

	for (size_t i = 0; i < n; i++) {
		const struct sh_ranked *x = &item[i];

		json_array_append_new(
			list, json_pack("{s:s,s:I,s:I,s:I,s:f,s:f,s:f,s:f,s:f,s:f,s:f}", "playbook", x->book->id,
					"fixed", (json_int_t)x->fixed, "not_fixed", (json_int_t)x->not_fixed,
					"unknown", (json_int_t)x->unknown, "weight", rounded(weight_of(x)),
					"chance", rounded(x->chance), "impact", x->impact, "benefit", rounded(x->benefit), "risk",
					x->risk, "cost", rounded(x->cost), "score", rounded(x->score)));
	}
	return list;
}

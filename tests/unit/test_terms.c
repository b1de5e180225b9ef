/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "detect/terms.h"

#include <string.h>

#include "base/clock.h"
#include "tap.h"

/* A rule, and what it says; or the place and a word of what is wrong with it. */
static const struct {
	const char *yaml;
	struct sh_watch_terms t;
	struct sh_watch_damping d;
	const char *place, *word;
} cases[] = {
	{ "{}", { 3, 3, 0, 0 }, { 0 }, NULL, NULL },
	{ "{count: 2, for: 5m, repeat: 1h}", { 2, 2, 5 * SH_MIN, SH_HOUR }, { 0 }, NULL, NULL },
	{ "{count: 2, clear_count: 5, clear_for: 2m}", { 2, 5, 0, 0 }, { .clear_for = 2 * SH_MIN }, NULL,
	  NULL },
	{ "{hits: 4 of 10}", { 4, 4, 0, 0 }, { .hits_of = 10 }, NULL, NULL },
	{ "{hits: 1 of 64, clear_hits: 64 of 64}", { 1, 64, 0, 0 }, { .hits_of = 64, .clear_of = 64 },
	  NULL, NULL },
	{ "{count: 5, clear_hits: 3 of 5}", { 5, 3, 0, 0 }, { .clear_of = 5 }, NULL, NULL },
	{ "{hits: 3 of 5, clear_count: 1}", { 3, 1, 0, 0 }, { .hits_of = 5 }, NULL, NULL },
	{ "{keep_firing: 10m, warmup: 2m}", { 3, 3, 0, 0 },
	  { .keep_firing = 10 * SH_MIN, .warmup = 2 * SH_MIN }, NULL, NULL },
	{ "{stale_after: 90s}", { 3, 3, 0, 0 }, { .stale_after = 90 * SH_SEC }, NULL, NULL },
	{ "{stale_after: 0}", { 3, 3, 0, 0 }, { .stale_after = -1 }, NULL, NULL },
	{ "{flap: true}", { 3, 3, 0, 0 }, { .flap_of = 20, .flap_high = 30, .flap_low = 20 }, NULL, NULL },
	{ "{flap: {}}", { 3, 3, 0, 0 }, { .flap_of = 20, .flap_high = 30, .flap_low = 20 }, NULL, NULL },
	{ "{flap: {of: 10, high: 50 %, low: 12.5%}}", { 3, 3, 0, 0 },
	  { .flap_of = 10, .flap_high = 50, .flap_low = 12.5 }, NULL, NULL },
	{ "{flap: {high: 20, low: 20}}", { 3, 3, 0, 0 },
	  { .flap_of = 20, .flap_high = 20, .flap_low = 20 }, NULL, NULL },

	{ "{count: 0}", { 0 }, { 0 }, "1:9", "count" },
	{ "{hits: 3}", { 0 }, { 0 }, "1:8", "3 of 5" },
	{ "{hits: 6 of 5}", { 0 }, { 0 }, "1:8", "3 of 5" },
	{ "{hits: 0 of 5}", { 0 }, { 0 }, "1:8", "3 of 5" },
	{ "{hits: 3 of 65}", { 0 }, { 0 }, "1:8", "64 at most" },
	{ "{hits: 3 of 5x}", { 0 }, { 0 }, "1:8", "3 of 5" },
	{ "{hits: -3 of 5}", { 0 }, { 0 }, "1:8", "3 of 5" },
	{ "{hits: three of 5}", { 0 }, { 0 }, "1:8", "3 of 5" },
	{ "{hits: [3, 5]}", { 0 }, { 0 }, "1:8", "3 of 5" },
	{ "{hits: 3 of 5, count: 2}", { 0 }, { 0 }, "1:8", "exclude" },
	{ "{clear_hits: 3 of 5, clear_count: 2}", { 0 }, { 0 }, "1:14", "clear_count" },
	{ "{clear_for: 5}", { 0 }, { 0 }, "1:13", "clear_for" },
	{ "{keep_firing: long}", { 0 }, { 0 }, "1:15", "keep_firing" },
	{ "{warmup: -1m}", { 0 }, { 0 }, "1:10", "warmup" },
	{ "{stale_after: never}", { 0 }, { 0 }, "1:15", "stale_after" },
	{ "{flap: 20}", { 0 }, { 0 }, "1:8", "flap" },
	{ "{flap: {off: 1}}", { 0 }, { 0 }, "1:9", "of" },
	{ "{flap: {of: 1}}", { 0 }, { 0 }, "1:13", "of" },
	{ "{flap: {of: 65}}", { 0 }, { 0 }, "1:13", "of" },
	{ "{flap: {high: 101 %}}", { 0 }, { 0 }, "1:15", "percentage" },
	{ "{flap: {low: much}}", { 0 }, { 0 }, "1:14", "percentage" },
	{ "{flap: {low: 40 %}}", { 0 }, { 0 }, "1:8", "above high" },
	{ "{flap: {low: 0}}", { 0 }, { 0 }, "1:8", "above 0" },
	{ "{flap: {high: '%'}}", { 0 }, { 0 }, "1:15", "percentage" },
};

static bool same(const struct sh_watch_damping *a, const struct sh_watch_damping *b)
{
	return a->hits_of == b->hits_of && a->clear_of == b->clear_of && a->flap_of == b->flap_of &&
	       a->clear_for == b->clear_for && a->keep_firing == b->keep_firing &&
	       a->stale_after == b->stale_after && a->warmup == b->warmup &&
	       (!a->flap_of || (a->flap_high == b->flap_high && a->flap_low == b->flap_low));
}

static void check_case(size_t i)
{
	struct sh_error err = SH_ERROR_INIT;
	struct sh_node *n = sh_node_parse("f", cases[i].yaml, strlen(cases[i].yaml), &err);
	struct sh_watch_damping d;
	struct sh_watch_terms t;
	char place[16];
	int rc;

	if (!n) {
		OK(false, "%s: %s", cases[i].yaml, err.text);
		return;
	}
	rc = sh_terms_load(&t, &d, n, &err);
	snprintf(place, sizeof(place), "f:%s: ", cases[i].place ? cases[i].place : "");
	if (cases[i].place)
		OK(rc < 0 && !strncmp(err.text, place, strlen(place)) && strstr(err.text, cases[i].word),
		   "%s %s: %s: %s", cases[i].place, cases[i].word, cases[i].yaml, err.text);
	else
		OK(rc == 0 && !memcmp(&t, &cases[i].t, sizeof(t)) && same(&d, &cases[i].d), "%s %s",
		   cases[i].yaml, err.text);
	sh_node_free(n);
}

int main(void)
{
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		check_case(i);
	return plan_done();
}

/* SPDX-License-Identifier: MIT */
/* Checks of many targets: each once, and the time they take grows as they do. */
#include "config.h"

#include "collect/check/together.c"

#include "tap.h"

#define MANY 60000

static const struct sh_check checks[2] = { { .kind = SH_CHECK_TCP }, { .kind = SH_CHECK_TCP } };

static void add_all(struct sh_together *t, const struct sh_check *check)
{
	for (int i = 0; i < MANY; i++) {
		struct sh_job j = { .check = check, .type = "check", .name = "x",
				    .target = sh_asprintf("host-%d:80", i) };

		sh_together_add(t, &j);
	}
}

int main(void)
{
	const struct sh_job alone = { .check = &checks[0], .type = "check", .name = "x" };
	struct sh_together *t = sh_together_new();
	int64_t begun = sh_clock_mono();
	struct sh_collect c = { 0 };

	add_all(t, &checks[0]);
	OK(t->n == MANY, "each target once");
	add_all(t, &checks[0]);
	OK(t->n == MANY, "and not again while it is to be made");
	add_all(t, &checks[1]);
	OK(t->n == (size_t)2 * MANY, "another check of the same targets is another");
	sh_together_add(t, &alone);
	sh_together_add(t, &alone);
	OK(t->n == (size_t)2 * MANY + 1, "so is one without a target");
	OK(sh_clock_mono() - begun < 5 * SH_SEC, "%d targets took %d ms", 3 * MANY,
	   (int)((sh_clock_mono() - begun) / SH_MS));
	sh_together_free(&c, t);
	return plan_done();
}

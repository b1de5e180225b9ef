/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "collect/counters.h"

#include <string.h>

#include "base/clock.h"
#include "tap.h"

/* One reading of one key at a time in seconds; the delta, or -1 where there is none. */
static double read_at(struct sh_counters *c, int64_t at, uint64_t value, double *seconds)
{
	uint64_t delta;
	bool good;

	sh_counters_begin(c, at * SH_SEC);
	good = sh_counters_delta(c, "eth0", &value, 1, &delta, seconds);
	sh_counters_end(c);
	return good ? (double)delta : -1;
}

static void test_differences(void)
{
	struct sh_counters c;
	double s;

	sh_counters_init(&c);
	OK(read_at(&c, 10, 100, &s) < 0, "a first reading has no difference");
	OK(read_at(&c, 14, 180, &s) == 80 && s == 4, "the second has one, and its time");
	OK(read_at(&c, 15, 20, &s) < 0, "a counter that went backwards was reset: none");
	OK(read_at(&c, 17, 21, &s) == 1 && s == 2, "and goes on from there");
	OK(read_at(&c, 17, 22, &s) < 0, "no time passed: none");
	OK(read_at(&c, 18, 22, &s) == 0, "nothing happened: zero");
	sh_counters_release(&c);
}

static void test_forgetting(void)
{
	struct sh_counters c;
	uint64_t v = 1, delta;
	double s;

	sh_counters_init(&c);
	read_at(&c, 1, 5, &s);
	sh_counters_begin(&c, 2 * SH_SEC);
	sh_counters_delta(&c, "eth1", &v, 1, &delta, &s);
	sh_counters_end(&c);
	OK(c.map.live == 1, "what is not seen again is forgotten");
	OK(read_at(&c, 3, 9, &s) < 0, "and begins anew");
	sh_counters_release(&c);
}

static void test_text(void)
{
	struct sh_buf text = SH_BUF_INIT, again = SH_BUF_INIT;
	struct sh_counters a, b;
	uint64_t v[3] = { 1, UINT64_MAX, 0 }, delta[3];
	double s;

	sh_counters_init(&a);
	sh_counters_init(&b);
	sh_counters_begin(&a, 7 * SH_SEC);
	sh_counters_delta(&a, "a b:\\\t c", v, 3, delta, &s);
	sh_counters_delta(&a, "web 12:99", v, 1, delta, &s);
	sh_counters_dump(&a, &text);
	OK(sh_counters_load(&b, text.data, text.len), "text is read back");
	sh_counters_dump(&b, &again);
	OK(!strcmp(text.data, again.data), "and is the same when written again");
	sh_counters_begin(&b, 9 * SH_SEC);
	v[0] = 4;
	OK(sh_counters_delta(&b, "a b:\\\t c", v, 3, delta, &s) && delta[0] == 3 && s == 2,
	   "a rate reaches back to what was kept");
	sh_counters_release(&a);
	sh_counters_release(&b);
	sh_buf_release(&text);
	sh_buf_release(&again);
}

static void test_damage(void)
{
	static const char *const bad[] = {
		"", "x\n", "5\n7 1\n", "5\n7 x\tkey\n", "5\n\tkey\n", "5\n99999999999999999999 1\tkey\n",
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		struct sh_counters c;

		sh_counters_init(&c);
		OK(!sh_counters_load(&c, bad[i], strlen(bad[i])) && !c.map.live && !c.now,
		   "damaged text %zu is refused and leaves nothing", i);
		sh_counters_release(&c);
	}
}

int main(void)
{
	test_differences();
	test_forgetting();
	test_text();
	test_damage();
	return plan_done();
}

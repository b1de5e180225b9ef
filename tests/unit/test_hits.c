/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "series/hits.h"

#include <string.h>

#include "tap.h"

static const struct {
	const char *answers; /* 1 hit, 0 miss, - restart; at times 1, 2, 3, ... */
	unsigned row, misses;
	int64_t since;
	unsigned m, of;
} cases[] = {
	{ "", 0, 0, 0, 5, 0 },          { "1", 1, 0, 1, 5, 1 },
	{ "0", 0, 1, 0, 5, 0 },         { "111", 3, 0, 1, 5, 3 },
	{ "1101", 1, 0, 4, 5, 3 },      { "11011", 2, 0, 4, 3, 2 },
	{ "11000", 0, 3, 0, 5, 2 },     { "11000", 0, 3, 0, 2, 0 },
	{ "10101", 1, 0, 5, 5, 3 },     { "111-", 0, 0, 0, 3, 3 },
	{ "111-11", 2, 0, 4, 5, 5 },    { "0001", 1, 0, 4, 64, 1 },
	{ "111-0", 0, 1, 0, 4, 3 },
	{ "1111111111111111111111111111111111111111111111111111111111111111111111", 70, 0, 1, 64, 64 },
	{ "1111111111111111111111111111111111111111111111111111111111111111111111", 70, 0, 1, 99, 64 },
};

static void play(const char *answers, struct sh_hits *h)
{
	int64_t time = 0;

	for (; *answers; answers++) {
		if (*answers == '-')
			sh_hits_restart(h);
		else
			sh_hits_note(h, ++time, *answers == '1');
	}
}

static void test_counts(void)
{
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct sh_hits h = SH_HITS_INIT;

		play(cases[i].answers, &h);
		OK(h.row == cases[i].row && h.misses == cases[i].misses && h.since == cases[i].since,
		   "'%s': %u in a row since %d, %u missed", cases[i].answers, h.row, (int)h.since,
		   h.misses);
		OK(sh_hits_of(&h, cases[i].m) == cases[i].of, "'%s': %u of %u", cases[i].answers,
		   cases[i].of, cases[i].m);
	}
}

static void test_bytes(void)
{
	struct sh_hits h = SH_HITS_INIT, t = SH_HITS_INIT;
	struct sh_error err = SH_ERROR_INIT;
	struct sh_buf b = SH_BUF_INIT;

	play("0110111", &h);
	sh_hits_store(&h, &b);
	OK(sh_hits_load(&t, b.data, b.len, &err) == 0 && t.recent == h.recent && t.known == 7 &&
		   t.row == 3 && t.misses == 0 && t.since == 5,
	   "what was stored loads the same: %s", err.text);
	for (size_t len = 0; len < b.len; len++) {
		if (sh_hits_load(&t, b.data, len, &err) == 0)
			OK(false, "cut to %zu bytes it is refused", len);
		sh_error_clear(&err);
	}
	b.data[9] = 65;
	OK(sh_hits_load(&t, b.data, b.len, &err) < 0, "more answers than fit are refused: %s", err.text);
	sh_error_clear(&err);
	b.data[0] = 2;
	OK(sh_hits_load(&t, b.data, b.len, &err) < 0 && strstr(err.text, "version 2"),
	   "a newer version is refused: %s", err.text);
	OK(t.row == 3 && t.since == 5, "and the counts are as they were");
	sh_buf_release(&b);
}

int main(void)
{
	test_counts();
	test_bytes();
	return plan_done();
}

/* SPDX-License-Identifier: MIT */
/* A stream that has stopped is told once, and anew when it has come since. */
#include "config.h"

#include <string.h>

#include "base/clock.h"
#include "cli/unheard.h"
#include "tap.h"

#define WALL (1800000000 * SH_SEC)

static void hear(struct sh_unheard *u, const char *kind, const char *interval, int64_t time, int64_t mono)
{
	struct sh_record r = SH_RECORD_INIT;
	struct sh_error err = SH_ERROR_INIT;
	char line[200], when[64];

	sh_time_format(when, time);
	snprintf(line, sizeof(line), "{\"kind\":\"%s\",\"time\":\"%s\",\"host\":\"h\",\"entity\":\"host:h\",\"interval\":%s}", kind, when,
		 interval);
	OK(sh_record_view(&r, line, strlen(line), "h", WALL, &err) == 0, "it is a record");
	sh_unheard_hear(u, &r, WALL, mono);
	sh_record_release(&r);
}

static bool silent(struct sh_unheard *u, int64_t seconds)
{
	struct sh_buf text = SH_BUF_INIT;
	bool told = sh_unheard_since(u, seconds * SH_SEC, &text);

	OK(told == (text.len > 0), "a sentence goes with it");
	sh_buf_release(&text);
	return told;
}

int main(void)
{
	struct sh_unheard u = { 0 }, slow = { 0 };

	OK(!silent(&u, 100000), "before the first tick nothing is expected");
	hear(&u, "sample", "1", WALL, SH_SEC);
	hear(&u, "tick", "1", WALL - 3600 * SH_SEC, SH_SEC);
	OK(!silent(&u, 100000), "other records and old ticks are no live rounds");
	hear(&u, "tick", "1", WALL, 100 * SH_SEC);
	OK(!silent(&u, 109), "ten seconds are waited at least");
	OK(sh_unheard_wait(&u, 109 * SH_SEC) > 900 && sh_unheard_wait(&u, 109 * SH_SEC) <= 1001, "and no longer");
	OK(silent(&u, 110), "then it is told");
	OK(sh_unheard_wait(&u, 111 * SH_SEC) == -1, "and nothing more waited for");
	OK(!silent(&u, 111), "once");
	hear(&u, "tick", "1", WALL, 120 * SH_SEC);
	OK(!silent(&u, 129) && silent(&u, 131), "and again when it has come since");
	hear(&slow, "tick", "60", WALL, 0);
	OK(!silent(&slow, 299) && silent(&slow, 300), "of rounds that take longer five may fail to come");
	return plan_done();
}

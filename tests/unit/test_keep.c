/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "collect/keep.h"

#include <string.h>

#include "base/clock.h"
#include "scratch.h"
#include "tap.h"

static struct sh_counters *set_of(struct sh_collect *c, const char *name)
{
	return &c->set[sh_collector_find(name) - sh_collectors];
}

/* A fresh process that loads what is kept; the number of keys it has of the disk. */
static size_t loaded(const char *dir)
{
	struct sh_error err = SH_ERROR_INIT;
	struct sh_state *state = NULL;
	struct sh_collect c;
	size_t n;

	if (sh_collect_init(&c, NULL, "h", &err) < 0 ||
	    sh_state_open(&state, dir, "collect", 0, &err) < 0 || sh_keep_load(&c, state, &err) < 0)
		diag("%s", err.text);
	n = set_of(&c, "disk")->map.live;
	sh_state_close(state);
	sh_collect_release(&c);
	return n;
}

static void keep_one(const char *dir)
{
	struct sh_error err = SH_ERROR_INIT;
	struct sh_state *state = NULL;
	struct sh_collect c;
	uint64_t v = 1, delta;
	double s;

	OK(sh_collect_init(&c, NULL, "h", &err) == 0 &&
	   sh_state_open(&state, dir, "collect", 0, &err) == 0, "open");
	sh_counters_begin(set_of(&c, "disk"), sh_clock_mono());
	sh_counters_delta(set_of(&c, "disk"), "sda", &v, 1, &delta, &s);
	OK(sh_keep_save(&c, state, &err) == 0, "save");
	sh_state_close(state);
	sh_collect_release(&c);
}

static void put(const char *dir, const char *table, const char *key, const char *value)
{
	struct sh_error err = SH_ERROR_INIT;
	struct sh_state *state = NULL;

	OK(sh_state_open(&state, dir, "collect", 0, &err) == 0 &&
	   sh_state_put(state, table, key, strlen(key), value, strlen(value), &err) == 0 &&
	   sh_state_commit(state, &err) == 0, "write %s of %s", key, table);
	sh_state_close(state);
}

int main(void)
{
	char *dir = scratch_make();

	OK(loaded(dir) == 0, "nothing is kept at first");
	keep_one(dir);
	OK(loaded(dir) == 1, "what was kept is there in the next run");
	put(dir, "counters", "disk", "damaged");
	OK(loaded(dir) == 0, "what is damaged counts as none");
	keep_one(dir);
	put(dir, "meta", "boot_id", "11111111-2222-3333-4444-555555555555");
	OK(loaded(dir) == 0, "counters of another boot mean nothing");
	keep_one(dir);
	OK(loaded(dir) == 1, "and those of this boot replace them");
	scratch_remove(dir);
	return plan_done();
}

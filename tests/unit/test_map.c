/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "base/map.h"

#include <string.h>

#include "base/mem.h"
#include "tap.h"

static int freed;

static void count_free(void *value)
{
	freed++;
	free(value);
}

static void *number(int n)
{
	int *p = sh_malloc(sizeof(*p));

	*p = n;
	return p;
}

static void puts_and_gets(void)
{
	struct sh_map m;
	const char *key;

	sh_map_init(&m, count_free);
	freed = 0;
	OK(!sh_map_gets(&m, "a") && !sh_map_remove(&m, "a", 1), "an empty map has no key");
	key = sh_map_puts(&m, "a", number(1));
	OK(!strcmp(key, "a") && *(int *)sh_map_gets(&m, "a") == 1, "what was put is got");
	OK(sh_map_puts(&m, "a", number(2)) == key && freed == 1 && m.live == 1,
	   "a second value replaces and frees the first, under the same key");
	sh_map_puts(&m, "a", sh_map_gets(&m, "a"));
	OK(freed == 1 && *(int *)sh_map_gets(&m, "a") == 2, "putting the same value frees nothing");
	sh_map_put(&m, "a\0b", 3, number(3));
	OK(*(int *)sh_map_get(&m, "a\0b", 3) == 3 && *(int *)sh_map_gets(&m, "a") == 2,
	   "keys are bytes, not strings");
	sh_map_put(&m, "", 0, number(4));
	OK(*(int *)sh_map_gets(&m, "") == 4, "the empty key is a key");
	sh_map_release(&m);
	OK(freed == 4 && m.n == 0, "release frees every value once");
}

/* Deleted slots must neither end a probe too early nor fill the table up. */
static void churns(void)
{
	struct sh_map m = SH_MAP_INIT(NULL);
	bool present[64] = { false };
	unsigned seed = 1;
	int wrong = 0, expected = 0;
	char key[16];

	for (int round = 0; round < 100000; round++) {
		unsigned k = (seed = seed * 1103515245 + 12345) >> 16 & 63;
		bool was = present[k];

		snprintf(key, sizeof(key), "key-%u", k);
		if ((sh_map_gets(&m, key) != NULL) != was)
			wrong++;
		if (seed >> 30 & 1)
			sh_map_puts(&m, key, present);
		else if (sh_map_remove(&m, key, strlen(key)) != was)
			wrong++;
		present[k] = seed >> 30 & 1;
	}
	for (unsigned k = 0; k < 64; k++)
		expected += present[k];
	OK(wrong == 0, "100000 random puts and removes: %d surprises", wrong);
	OK(m.live == (size_t)expected, "live is %zu of %d", m.live, expected);
	OK(m.slots <= 512, "64 keys that come and go need no more than %zu slots", m.slots);
	sh_map_release(&m);
}

static void walks(void)
{
	struct sh_map m = SH_MAP_INIT(NULL);
	const struct sh_map_entry *e;
	char seen[128] = "", key[8];
	size_t i = 0;

	for (int n = 0; n < 10; n++) {
		snprintf(key, sizeof(key), "%d", n);
		sh_map_puts(&m, key, seen);
	}
	while ((e = sh_map_next(&m, &i)))
		if ((e->key[0] - '0') % 3 == 0)
			sh_map_remove(&m, e->key, e->len);
	sh_map_puts(&m, "3", seen);
	for (int n = 0; n < 40; n++) { /* through a rebuild */
		snprintf(key, sizeof(key), "t%d", n);
		sh_map_puts(&m, key, seen);
		sh_map_remove(&m, key, strlen(key));
	}
	i = 0;
	while ((e = sh_map_next(&m, &i)))
		strcat(seen, e->key);
	OK(!strcmp(seen, "1245783"), "order of insertion survives removal in a walk: %s", seen);
	sh_map_release(&m);
}

int main(void)
{
	puts_and_gets();
	churns();
	walks();
	return plan_done();
}

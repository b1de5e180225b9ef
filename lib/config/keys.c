/* SPDX-License-Identifier: MIT */
#include <config.h> /* not the one of this directory */

#include "config/keys.h"

#include <stdbool.h>
#include <string.h>

#include "config/node.h"

#define MAX_WORD 40

static unsigned smaller(unsigned a, unsigned b)
{
	return a < b ? a : b;
}

/* Optimal string alignment; words longer than MAX_WORD are never near. */
static unsigned distance(const char *a, const char *b)
{
	unsigned row[3][MAX_WORD + 1];
	size_t la = strlen(a), lb = strlen(b);

	if (la > MAX_WORD || lb > MAX_WORD)
		return MAX_WORD;
	for (size_t j = 0; j <= lb; j++)
		row[0][j] = (unsigned)j;
	for (size_t i = 1; i <= la; i++) {
		unsigned *now = row[i % 3], *before = row[(i + 2) % 3], *earlier = row[(i + 1) % 3];

		now[0] = (unsigned)i;
		for (size_t j = 1; j <= lb; j++) {
			now[j] = smaller(smaller(before[j], now[j - 1]) + 1,
					 before[j - 1] + (a[i - 1] != b[j - 1]));
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
				now[j] = smaller(now[j], earlier[j - 2] + 1);
		}
	}
	return row[la % 3][lb];
}

const char *sh_keys_nearest(const char *text, const char *const *known)
{
	unsigned best = (unsigned)(strlen(text) < 4 ? 2 : strlen(text) / 3 + 2);
	const char *nearest = NULL;

	for (; *known; known++) {
		unsigned d = distance(text, *known);

		if (d < best) {
			best = d;
			nearest = *known;
		}
	}
	return nearest;
}

static bool is_known(const char *key, const char *const *known)
{
	for (; *known; known++)
		if (strcmp(key, *known) == 0)
			return true;
	return false;
}

int sh_node_check_keys(const struct sh_node *map, const char *what, const char *const *known,
		       struct sh_error *err)
{
	if (map->type != SH_NODE_MAP)
		return sh_node_fail(map, err, "a %s must be a map", what);
	for (size_t i = 0; i < map->n; i++) {
		const char *nearest;

		if (is_known(map->key[i], known))
			continue;
		nearest = sh_keys_nearest(map->key[i], known);
		if (nearest)
			return sh_node_fail_key(map, i, err, "unknown key '%.60s' of a %s; did you mean '%s'?",
						map->key[i], what, nearest);
		return sh_node_fail_key(map, i, err, "unknown key '%.60s' of a %s", map->key[i], what);
	}
	return 0;
}

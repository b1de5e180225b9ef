/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "diagnose/rows.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

static void forget_all(struct sh_rows *r)
{
	while (r->gones)
		free(r->gone[--r->gones]);
}

void sh_rows_release(struct sh_rows *r)
{
	forget_all(r);
	free(r->gone);
	*r = (struct sh_rows){ NULL, 0, 0, false };
}

static void take_over(struct sh_rows *r, char *id)
{
	sh_grow(r->gone, r->gones, r->gone_cap);
	r->gone[r->gones++] = id;
}

void sh_rows_gone(struct sh_rows *r, const char *id)
{
	take_over(r, sh_strdup(id));
}

struct search {
	struct sh_rows *rows;
	const struct sh_map *map;
};

static int judge(void *arg, const void *key, size_t key_len, const void *value, size_t len)
{
	struct search *s = arg;

	(void)value;
	(void)len;
	if (!sh_map_get(s->map, key, key_len))
		take_over(s->rows, sh_strndup(key, key_len));
	return 0;
}

int sh_rows_remove(struct sh_rows *r, struct sh_state *state, const char *table, const struct sh_map *map,
		   struct sh_error *err)
{
	struct search s = { r, map };

	if (r->anew && sh_state_each(state, table, judge, &s, err) < 0)
		return -1;
	for (size_t i = 0; i < r->gones; i++)
		if (sh_state_delete(state, table, r->gone[i], strlen(r->gone[i]), err) < 0)
			return -1;
	return 0;
}

void sh_rows_settle(struct sh_rows *r, bool anew)
{
	if (!anew)
		forget_all(r);
	r->anew = anew;
}

bool sh_rows_take_text(struct sh_bytes *in, char **out)
{
	struct sh_span text;

	if (!sh_bytes_take_span(in, &text) || memchr(text.p, 0, text.len))
		return false;
	free(*out);
	*out = sh_strndup(text.p, text.len);
	return true;
}

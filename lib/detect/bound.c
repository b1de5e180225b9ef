/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "detect/bound.h"

#include <stdlib.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/num.h"

/* So much goes at once that looking for the oldest is worth it. */
#define PART 8

static int by_age(const void *x, const void *y)
{
	const struct sh_subject *a = *(struct sh_subject *const *)x, *b = *(struct sh_subject *const *)y;

	if (a->last != b->last)
		return a->last < b->last ? -1 : 1;
	return sh_subject_order(a, b);
}

/* Those that may go, the oldest first. Owned array. */
static struct sh_subject **find_oldest(struct sh_store *st, size_t *n)
{
	struct sh_subject **list = sh_reallocn(NULL, st->n + 1, sizeof(*list));

	*n = 0;
	for (size_t i = 0; i < st->n; i++) {
		struct sh_subject *s = st->subject[i];

		s->wanted = true;
		if (!sh_subject_has_open(s))
			list[(*n)++] = s;
	}
	qsort(list, *n, sizeof(*list), by_age);
	return list;
}

/* A part keeps its whole. Returns how many are wanted. */
static size_t count_wanted(struct sh_store *st)
{
	size_t n = 0;

	for (size_t i = 0; i < st->n; i++)
		if (st->subject[i]->wanted)
			st->subject[i]->whole->wanted = true;
	for (size_t i = 0; i < st->n; i++)
		n += st->subject[i]->wanted;
	return n;
}

static void forget_oldest(struct sh_store *st)
{
	size_t most = st->most - st->most / PART, n, at = 0, left = st->n;
	struct sh_subject **oldest = find_oldest(st, &n);

	while (left > most && at < n) {
		for (size_t more = left - most; more && at < n; more--)
			oldest[at++]->wanted = false;
		left = count_wanted(st);
	}
	free(oldest);
	st->outdone += st->n - left;
	sh_store_drop_unwanted(st);
}

void sh_bound_keep(struct sh_store *st)
{
	if (!st->most)
		return;
	if (st->rest)
		st->rest--;
	if (st->n >= st->most && !st->rest) {
		forget_oldest(st);
		/* Hardly any could go: it is not tried again for each record. */
		if (st->n > st->most - st->most / PART / 2)
			st->rest = st->most / PART;
	}
	st->is_full = st->n >= st->most;
}

int sh_bound_save(const struct sh_store *st, struct sh_state *state, struct sh_error *err)
{
	SH_CLEANUP_BUF struct sh_buf text = SH_BUF_INIT;

	if (!st->most)
		return 0;
	sh_buf_addf(&text, "%zu", st->rest);
	return sh_state_put(state, "meta", "bound", 5, text.data, text.len, err);
}

int sh_bound_load(struct sh_store *st, struct sh_state *state, struct sh_error *err)
{
	SH_CLEANUP_FREE void *row = NULL;
	SH_CLEANUP_FREE char *text = NULL;
	size_t len = 0;
	int found = sh_state_get(state, "meta", "bound", 5, &row, &len, err);
	int64_t rest;

	if (found <= 0)
		return found;
	text = row ? sh_strndup(row, len) : sh_strdup("");
	if (sh_parse_i64(text, &rest) == 0 && rest >= 0 && (uint64_t)rest <= st->most)
		st->rest = (size_t)rest;
	return 0;
}

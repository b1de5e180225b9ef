/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "detect/ahead.h"

#define LINE 64	  /* bytes that are fetched together */
#define MOST 1024 /* bytes of one piece that are */

static inline void fetch(const void *p, size_t len)
{
	const char *at = p;

	for (size_t i = 0; i < len && i < MOST; i += LINE)
		__builtin_prefetch(at + i);
}

/* Each step needs what the step before has fetched: they are a record apart. */
void sh_ahead_fetch(struct sh_store *st, struct sh_subject *s)
{
	const struct sh_subject *next;

	if (st->recent == s)
		return;
	if (st->recent)
		st->recent->follower = s;
	st->recent = s;
	next = s->follower;
	if (!next)
		return;
	for (uint32_t i = 0; i < next->pasts; i++)
		__builtin_prefetch(next->past[i].state);
	next = next->follower;
	if (!next)
		return;
	fetch(next->past, next->pasts * sizeof(*next->past));
	fetch(next->latest.data, next->latest.len);
	if (next->follower)
		fetch(next->follower, sizeof(*next));
}

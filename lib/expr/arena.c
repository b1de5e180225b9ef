/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "expr/value.h"

#include <stddef.h>

#include "base/mem.h"

struct sh_arena_block {
	struct sh_arena_block *next; /* older and smaller */
	size_t used, size;
	max_align_t data[];
};

#define FIRST_BLOCK 4032

static struct sh_arena_block *grow(struct sh_arena *a, size_t need)
{
	size_t size = a->block ? a->block->size * 2 : a->first ? a->first : FIRST_BLOCK;
	struct sh_arena_block *b;

	if (size < need)
		size = need;
	b = sh_malloc(sizeof(*b) + size);
	b->next = a->block;
	b->used = 0;
	b->size = size;
	a->block = b;
	return b;
}

void *sh_arena_alloc(struct sh_arena *a, size_t size)
{
	const size_t align = sizeof(max_align_t);
	struct sh_arena_block *b = a->block;
	void *p;

	if (size > SIZE_MAX / 4)
		size = SIZE_MAX / 4; /* sh_malloc refuses it */
	size = (size + align - 1) / align * align;
	if (!b || b->size - b->used < size)
		b = grow(a, size);
	p = (char *)b->data + b->used;
	b->used += size;
	a->used += size;
	return p;
}

void sh_arena_reset(struct sh_arena *a)
{
	struct sh_arena_block *keep = a->block;

	a->used = 0;
	if (!keep)
		return;
	a->block = keep->next;
	sh_arena_release(a);
	keep->next = NULL;
	keep->used = 0;
	a->block = keep;
}

void sh_arena_release(struct sh_arena *a)
{
	while (a->block) {
		struct sh_arena_block *b = a->block;

		a->block = b->next;
		free(b);
	}
	a->used = 0;
}

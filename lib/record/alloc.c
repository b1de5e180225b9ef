/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "record/alloc.h"

#include <jansson.h>
#include <stdint.h>
#include <stdlib.h>

#include "base/mem.h"

#if defined(__SANITIZE_ADDRESS__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(memory_sanitizer)
#define SANITIZED 1
#endif
#endif

#define STEP ((size_t)16)
#define CLASSES 17             /* up to 256 bytes, the header included; 0 is malloc's */
#define LARGEST ((CLASSES - 1) * STEP - sizeof(struct header))
#define SLAB ((size_t)64 << 10)

/* What stands before each allocation; free() is told no size. */
struct header {
	uint64_t class;
};

struct cell {
	struct header header;
	struct cell *next; /* while free */
};

/* Its cells follow the header, aligned as they are. */
struct slab {
	struct slab *older; /* so that who looks for leaks finds all of them */
	uint64_t unused;
};

static struct cell *free_cells[CLASSES];
static struct slab *newest;
static char *next_cell, *slab_end;

static void add_slab(void)
{
	struct slab *slab = sh_malloc(SLAB);

	slab->older = newest;
	newest = slab;
	next_cell = (char *)(slab + 1);
	slab_end = (char *)slab + SLAB;
}

static struct cell *new_cell(size_t class)
{
	size_t size = class * STEP;
	struct cell *cell;

	/* What is left of the old slab is given up: less than one cell. */
	if ((size_t)(slab_end - next_cell) < size)
		add_slab();
	cell = (struct cell *)(void *)next_cell;
	next_cell += size;
	cell->header.class = class;
	return cell;
}

static void *list_malloc(size_t size)
{
	size_t class = (size + sizeof(struct header) + STEP - 1) / STEP;
	struct cell *cell;

	if (size > LARGEST) {
		if (size > SIZE_MAX / 2)
			sh_mem_exhausted();
		cell = sh_malloc(size + sizeof(struct header));
		cell->header.class = 0;
		return &cell->next;
	}
	cell = free_cells[class];
	if (cell)
		free_cells[class] = cell->next;
	else
		cell = new_cell(class);
	return &cell->next;
}

static void list_free(void *p)
{
	struct cell *cell;
	size_t class;

	if (!p)
		return;
	cell = (struct cell *)(void *)((char *)p - sizeof(struct header));
	class = cell->header.class;
	if (!class) {
		free(cell);
		return;
	}
	cell->next = free_cells[class];
	free_cells[class] = cell;
}

void sh_json_use_lists(void)
{
#ifdef SANITIZED
	json_set_alloc_funcs(sh_malloc, free);
	(void)list_malloc;
	(void)list_free;
#else
	json_set_alloc_funcs(list_malloc, list_free);
#endif
}

/* SPDX-License-Identifier: MIT */
/*
 * heap - what comes first, among many
 *
 * A binary heap of nodes that live in their owners; equal keys in the order of
 * RANK, so that the order never depends on the past.
 */
#ifndef SH_SCHEDULE_HEAP_H
#define SH_SCHEDULE_HEAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sh_heap_node {
	int64_t key;
	uint32_t rank;
	uint32_t place; /* 1 + index in the heap, 0: not in it */
};

struct sh_heap {
	struct sh_heap_node **node; /* owned array of borrowed nodes */
	size_t n, cap;
};

void sh_heap_release(struct sh_heap *h);
/* Put in, or move to KEY. */
void sh_heap_put(struct sh_heap *h, struct sh_heap_node *n, int64_t key);
void sh_heap_remove(struct sh_heap *h, struct sh_heap_node *n);
/* The first, or NULL. */
struct sh_heap_node *sh_heap_first(const struct sh_heap *h);

#endif

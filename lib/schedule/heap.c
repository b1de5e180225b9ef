/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "schedule/heap.h"

#include "base/mem.h"

static bool is_before(const struct sh_heap_node *a, const struct sh_heap_node *b)
{
	return a->key != b->key ? a->key < b->key : a->rank < b->rank;
}

static void set(struct sh_heap *h, size_t i, struct sh_heap_node *n)
{
	h->node[i] = n;
	n->place = (uint32_t)i + 1;
}

static void rise(struct sh_heap *h, size_t i, struct sh_heap_node *n)
{
	for (; i > 0 && is_before(n, h->node[(i - 1) / 2]); i = (i - 1) / 2)
		set(h, i, h->node[(i - 1) / 2]);
	set(h, i, n);
}

static void sink(struct sh_heap *h, size_t i, struct sh_heap_node *n)
{
	for (size_t child; (child = 2 * i + 1) < h->n; i = child) {
		if (child + 1 < h->n && is_before(h->node[child + 1], h->node[child]))
			child++;
		if (!is_before(h->node[child], n))
			break;
		set(h, i, h->node[child]);
	}
	set(h, i, n);
}

void sh_heap_release(struct sh_heap *h)
{
	free(h->node);
	*h = (struct sh_heap){ 0 };
}

void sh_heap_put(struct sh_heap *h, struct sh_heap_node *n, int64_t key)
{
	sh_heap_remove(h, n);
	n->key = key;
	sh_grow(h->node, h->n, h->cap);
	rise(h, h->n++, n);
}

void sh_heap_remove(struct sh_heap *h, struct sh_heap_node *n)
{
	struct sh_heap_node *last;
	size_t i = n->place;

	if (!i)
		return;
	n->place = 0;
	last = h->node[--h->n];
	if (last == n)
		return;
	if (i > 1 && is_before(last, h->node[(i - 2) / 2]))
		rise(h, i - 1, last);
	else
		sink(h, i - 1, last);
}

struct sh_heap_node *sh_heap_first(const struct sh_heap *h)
{
	return h->n ? h->node[0] : NULL;
}

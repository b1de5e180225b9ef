/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "detect/needs.h"

#include <stdlib.h>

#include "base/mem.h"

void sh_needs_init(struct sh_needs *n, size_t slots, size_t words)
{
	n->size = SH_NEEDS * words;
	n->row = sh_calloc((slots + 1) * n->size + 1, sizeof(*n->row));
	n->all = n->row + slots * n->size;
}

void sh_needs_release(struct sh_needs *n)
{
	free(n->row);
}

void sh_needs_add(struct sh_needs *n, size_t rule, size_t which, size_t slot)
{
	size_t word = which * (n->size / SH_NEEDS) + rule / 64;

	n->row[slot * n->size + word] |= UINT64_C(1) << (rule % 64);
	n->all[word] |= UINT64_C(1) << (rule % 64);
}

/* SPDX-License-Identifier: MIT */
/*
 * listing - names with a value each, to be compared with what they were
 *
 *	sh_listing_add(&now, "/var", "ext4 /dev/sda1 rw");
 *	sh_listing_sort(&now);
 *	sh_listing_compare(&before, &now, each, arg);
 *
 * As text: a line "NAME<TAB>VALUE" each, in order; tabs, newlines and backslashes
 * as octal escapes.
 */
#ifndef SH_COLLECT_LISTING_H
#define SH_COLLECT_LISTING_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/span.h"

struct sh_listing_item {
	char *name, *value; /* owned */
};

struct sh_listing {
	struct sh_listing_item *item; /* owned */
	size_t n, cap;
};

void sh_listing_release(struct sh_listing *l);
void sh_listing_add(struct sh_listing *l, const char *name, const char *value);
void sh_listing_add_spans(struct sh_listing *l, struct sh_span name, struct sh_span value);
/* By name; of those that come twice the last added stays. */
void sh_listing_sort(struct sh_listing *l);
/* The value in a sorted listing, NULL when the name is not there. */
const char *sh_listing_get(const struct sh_listing *l, const char *name);

/* Each difference of two sorted listings, by name: WAS NULL it came, IS NULL it went. Returns how many. */
size_t sh_listing_compare(const struct sh_listing *before, const struct sh_listing *now,
			  void (*each)(void *arg, const char *name, const char *was, const char *is),
			  void *arg);

void sh_listing_dump(const struct sh_listing *l, struct sh_buf *out);
/* Adds what the text holds, and sorts; false when a line is none. */
bool sh_listing_load(struct sh_listing *l, struct sh_span text);

#endif

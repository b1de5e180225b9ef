/* SPDX-License-Identifier: MIT */
/* labels - the labels of a series or a result: sorted by name, none of them empty, never changed */
#ifndef SH_DETECT_PROM_LABELS_H
#define SH_DETECT_PROM_LABELS_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "detect/prom/ast.h"
#include "expr/value.h"

#define SH_PROM_NAME "__name__"

struct sh_prom_label {
	const char *name, *value;
};

struct sh_prom_labels {
	size_t n;
	struct sh_prom_label label[];
};

extern const struct sh_prom_labels sh_prom_no_labels;

/* Room for N labels in the arena, n being 0. */
struct sh_prom_labels *sh_prom_labels_new(struct sh_arena *arena, size_t n);
/* Sort after filling in, and drop what is empty. */
void sh_prom_labels_sort(struct sh_prom_labels *l);
/* "" where there is none of this name, as PromQL has it. */
const char *sh_prom_labels_get(const struct sh_prom_labels *l, const char *name);
/* The same with one label set, or taken away by an empty VALUE (NAME and VALUE are borrowed). */
const struct sh_prom_labels *sh_prom_labels_with(struct sh_arena *arena,
						 const struct sh_prom_labels *l, const char *name,
						 const char *value);
/* Only those in NAMES, or (KEEP false) all but those and the metric's name. */
const struct sh_prom_labels *sh_prom_labels_only(struct sh_arena *arena,
						 const struct sh_prom_labels *l,
						 const struct sh_prom_names *names, bool keep);
/* Append bytes that are the same for the same labels and for no others. */
void sh_prom_labels_key(const struct sh_prom_labels *l, struct sh_buf *out);
/* The key of what sh_prom_labels_only would give, without building it. */
void sh_prom_labels_key_only(const struct sh_prom_labels *l, const struct sh_prom_names *names,
			     bool keep, struct sh_buf *out);
/* From such bytes, in the arena; NULL when they are no key. */
const struct sh_prom_labels *sh_prom_labels_from_key(struct sh_arena *arena, const char *key,
						     size_t len);
/* A copy that owns all it holds, in one piece of memory: free it. */
struct sh_prom_labels *sh_prom_labels_copy(const struct sh_prom_labels *l);
/* A new reference. */
json_t *sh_prom_labels_json(const struct sh_prom_labels *l);
/* Whether the labels are what all matchers want. */
bool sh_prom_labels_match(const struct sh_prom_labels *l, const struct sh_prom_matcher *m, size_t n);
bool sh_prom_value_matches(const struct sh_prom_matcher *m, const char *value);

#endif

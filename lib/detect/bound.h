/* SPDX-License-Identifier: MIT */
/*
 * bound - never more series than there is room for
 *
 * Where there are as many as are allowed, an eighth of them is forgotten: those not
 * heard of the longest, of the same age the first by name. What has an open fault
 * stays, and its entity. Where hardly any can go, new ones are refused until some
 * can. When that happens depends on the records alone.
 */
#ifndef SH_DETECT_BOUND_H
#define SH_DETECT_BOUND_H

#include "base/error.h"
#include "detect/store.h"
#include "state/state.h"

/* Before a record: make room for what it may bring. */
void sh_bound_keep(struct sh_store *st);

/* When it is tried again belongs to the state. What is no such number counts as none. */
int sh_bound_save(const struct sh_store *st, struct sh_state *state, struct sh_error *err);
int sh_bound_load(struct sh_store *st, struct sh_state *state, struct sh_error *err);

#endif

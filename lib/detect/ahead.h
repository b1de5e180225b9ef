/* SPDX-License-Identifier: MIT */
/*
 * ahead - what the next records will need, fetched while this one is judged
 *
 * A host's records come in the same order round after round, and what is kept of all
 * series does not fit the caches: each record would wait for memory a dozen times.
 * This is a hint to the processor, and changes no answer.
 */
#ifndef SH_DETECT_AHEAD_H
#define SH_DETECT_AHEAD_H

#include "detect/store.h"

/* A record of S has come: fetch what is kept of those that came behind it the last time. */
void sh_ahead_fetch(struct sh_store *st, struct sh_subject *s);

#endif

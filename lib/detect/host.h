/* SPDX-License-Identifier: MIT */
/*
 * host - what a host's own records say, known to everything on that host
 *
 * The values that programs read as host.GROUP.NAME; they are what sh_latest keeps
 * of the host, made ready as numbers: a group counts as a whole, with its time.
 */
#ifndef SH_DETECT_HOST_H
#define SH_DETECT_HOST_H

#include "detect/rulebook.h"
#include "detect/store.h"

/* The host of which the records of S speak, NULL when it is no host or a part of one. */
struct sh_host *sh_host_of(struct sh_store *st, const struct sh_subject *s);
/* What was picked from a record of ORIGIN at TIME is the latest of S, which has no dims. */
void sh_host_note(const struct sh_rulebook *p, struct sh_subject *s, size_t origin, int64_t time);
/* The values that are fresh enough at NOW; NaN the others. VALUE is what rules read. */
void sh_host_read(const struct sh_rulebook *p, const struct sh_host *h, int64_t now, double *value);
/* From what S has as its latest. */
void sh_host_restore(const struct sh_rulebook *p, struct sh_subject *s);
/* Nothing is known any more of the host of which S spoke. */
void sh_host_forget(const struct sh_rulebook *p, struct sh_subject *s);

#endif

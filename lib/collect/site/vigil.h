/* SPDX-License-Identifier: MIT */
/*
 * vigil - who of the declared services ended between two rounds
 *
 * The kernel tells at once when a main process has ended that was seen in a round
 * (pidfd_open(2)). What it means is measured a while later, and only when no round
 * came first: whoever restarts a service by hand is given that while. As many are
 * watched as a part of the descriptors that we may have; of the others the next
 * round tells, as it does of all that is not a death.
 */
#ifndef SH_COLLECT_SITE_VIGIL_H
#define SH_COLLECT_SITE_VIGIL_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct sh_vigil;

/* For services 0 to N - 1; a death is due after GRACE. NULL: not to be had here. */
struct sh_vigil *sh_vigil_new(size_t n, int64_t grace);
/* V may be NULL. */
void sh_vigil_free(struct sh_vigil *v);
/* The service was just measured, and this is its main process (0: none), begun at START. */
void sh_vigil_see(struct sh_vigil *v, size_t service, pid_t pid, uint64_t start);
/* poll(2) says POLLIN of it when one ended; -1 where V is NULL. */
int sh_vigil_fd(const struct sh_vigil *v);
/* Take note of those that ended, at NOW. */
void sh_vigil_hear(struct sh_vigil *v, int64_t now);
/* When the first that ended is to be measured (sh_clock_mono); INT64_MAX none. V may be NULL. */
int64_t sh_vigil_due(const struct sh_vigil *v);
/* One of those that are due by NOW, each once: its number, or -1. */
ssize_t sh_vigil_take(struct sh_vigil *v, int64_t now);

#endif

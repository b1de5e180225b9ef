/* SPDX-License-Identifier: MIT */
/*
 * look - what an operator would look at by hand, at the moment of a fault
 *
 * For a fault of this host that is no older than SH_LOOK_AGE, sh-collect is run with
 * arguments that are fixed for the kind of fault: who uses processors, memory and
 * block I/O, where the space of a file system is, which deleted files are open,
 * whether connections or datagrams are lost, what the kernel said, who has the ports
 * that the checks of a service ask and what waits there, and what the logs of a
 * service said last. Nothing else is ever run, by no shell, each in a process group of its own that is killed when
 * its time is over, its output bounded; and what one look showed holds for a minute,
 * so that a storm looks no oftener.
 *
 * What was found is the member look: {"found":[{"what","value","share",…}]}. What
 * holds a large share of what is short becomes a cause of the ranking besides, as sure
 * as that share, 0.9 at most, with evidence of the source "look"; what was written long
 * ago half as much. Of a file system that is full it stands before the cause of the
 * rules, which it tells exactly: both speak for it. The same goes for a service that
 * is down while another has its port. What is lost in queues, and what the kernel said,
 * speaks for those causes of the rules that it proves (noisy-or).
 */
#ifndef SH_DIAGNOSE_LOOK_H
#define SH_DIAGNOSE_LOOK_H

#include "base/clock.h"
#include "config/site.h"
#include "record/diagnosis.h"

#define SH_LOOK_AGE (10 * SH_MIN)
#define SH_LOOK_TIME (4 * SH_SEC) /* for each child */
#define SH_LOOK_TOTAL (10 * SH_SEC) /* for all of one fault */
#define SH_LOOK_KEPT (60 * SH_SEC)
#define SH_LOOK_MOST 20 /* children in that time */

struct sh_look;

/* PROGRAM is the path of sh-collect, HOST this one; both are copied. SITE is borrowed, NULL none. */
struct sh_look *sh_look_new(const char *program, const char *host, const struct sh_site *site);
void sh_look_free(struct sh_look *l); /* NULL is fine */
/* NOW is the wall clock. A diagnosis of another host, an older one, or of a fault that none of it is for is left alone. */
void sh_look_at(struct sh_look *l, struct sh_diagnosis *d, int64_t now);

#endif

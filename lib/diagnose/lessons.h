/* SPDX-License-Identifier: MIT */
/*
 * lessons - what was the cause the last time, and what mended it, by the ledger
 *
 * Of the newest SH_LESSONS repairs that ended, those count that ended before the fault's
 * record: so a replay sees what the run saw. One of the same fingerprint counts 1, one
 * of the same type of fault on the same type of entity SH_LESSON_KIND; both half as much
 * for each SH_SUCCESS_HALF_LIFE (series/success.h) that has passed. For each cause and playbook
 *
 *	confidence = SH_LESSON_MOST max(0, 2p - 1),  p = (1 + fixed) / (2 + fixed + not fixed)
 *
 * where p is the mean of the Beta posterior on a uniform prior: with no evidence 0,
 * 0.08 after one success, never above SH_LESSON_MOST, however often: what is seen now is not
 * outvoted by what was. A repair of which nobody knows whether it helped is told and
 * counts for nothing. Of each cause the best playbook speaks.
 *
 * The ledger is opened, read and closed again when a fault comes, its record's time
 * has moved by SH_LESSON_PAUSE, and its files are not those of the last reading; no
 * connection stays open, so none crosses a fork.
 */
#ifndef SH_DIAGNOSE_LESSONS_H
#define SH_DIAGNOSE_LESSONS_H

#include <jansson.h>
#include <stdint.h>

#include "base/clock.h"
#include "base/error.h"
#include "record/fault.h"

#define SH_LESSONS 2000
#define SH_LESSON_KIND 0.5
#define SH_LESSON_MOST 0.25
#define SH_LESSON_PAUSE SH_SEC

struct sh_lessons;

/* DIR: the state directory, copied; NULL: there is nothing to learn from. */
struct sh_lessons *sh_lessons_new(const char *dir);
void sh_lessons_free(struct sh_lessons *l); /* NULL is fine */

/*
 * Look whether the ledger has changed by TIME, of a record. -1 when it cannot be
 * read: what was read before stays, and it is tried again when it changes. That there
 * is none is no error.
 */
int sh_lessons_follow(struct sh_lessons *l, int64_t time, struct sh_error *err);

/*
 * Let them speak in RANKING, which is changed; causes that nothing else speaks for are added,
 * and the order is left to the caller. Evidence: {"source":"ledger","cause","playbook",
 * "fixed","not_fixed","unknown","tried" all of these,"last" time,"same":"fault"|"kind",
 * "confidence","text"}.
 */
void sh_lessons_speak(const struct sh_lessons *l, const struct sh_fault *f, json_t *ranking);

#endif

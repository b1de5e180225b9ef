/* SPDX-License-Identifier: MIT */
/*
 * fetch - one HTTP request through the helper sh-fetch
 *
 * The helper links libcurl, which costs more than all the rest of sh-collect, so
 * it is a program of its own, started only where such a check is configured.
 */
#ifndef SH_COLLECT_FETCH_H
#define SH_COLLECT_FETCH_H

#include <jansson.h>

#include "base/error.h"
#include "base/span.h"
#include "collect/check/job.h"

/*
 * What the keys of the check say about any request: method, headers (those of
 * files are read now), ca. A new reference; NULL with *err.
 */
json_t *sh_fetch_options(const struct sh_check *k, struct sh_error *err);
/*
 * Begin the helper as run->child, with run->own, for the URL. OPTIONS (see
 * bin/sh-fetch.c; taken over) need not hold the time limit. BODY: how many bytes
 * of the body are wanted; an answer that has more fails.
 */
int sh_fetch_start(struct sh_collect *c, struct sh_job_run *run, const char *url, json_t *options,
		   size_t body, struct sh_error *err);
/*
 * After its end: what it said, a new reference, and the body (NULL when none was
 * wanted; lives as long as the run; absent when the request failed, which the
 * answer's "error" says); run->own is freed. NULL with run->outcome failed when it
 * did not end in time, or with *err when the helper could not do its work.
 */
json_t *sh_fetch_answer(struct sh_job_run *run, struct sh_span *body, struct sh_error *err);
/* Status and times of the answer, all and by phase. */
void sh_fetch_times(const json_t *answer, struct sh_outcome *out);

#endif

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
#include "collect/check/job.h"

/*
 * Begin the helper as run->child, with run->own, for the URL. OPTIONS (see
 * bin/sh-fetch.c; taken over) need not hold the time limit.
 */
int sh_fetch_start(struct sh_collect *c, struct sh_job_run *run, const char *url, json_t *options,
		   struct sh_error *err);
/*
 * After its end: what it said, a new reference; run->own is freed. NULL with
 * run->outcome failed when it did not end in time, or with *err when the helper
 * could not do its work.
 */
json_t *sh_fetch_answer(struct sh_job_run *run, struct sh_error *err);

#endif

/* SPDX-License-Identifier: MIT */
/*
 * fetch - one HTTP request through the helper sh-fetch
 *
 * The helper links libcurl, which costs more than all the rest of sh-collect, so
 * it is a program of its own, started only where such a check is configured.
 */
#ifndef SH_COLLECT_FETCH_H
#define SH_COLLECT_FETCH_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/process.h"

struct sh_fetch {
	struct sh_child child;
	char *program, *url, *options; /* owned */
	const char *argv[3];
};

struct sh_fetch_result {
	int64_t status; /* 0: no answer */
	double time_ms; /* of the whole exchange; NaN without an answer */
	bool matched;   /* the body holds the text that was asked for */
	char error[160];
};

/* LIBEXEC is the helper's directory. MATCH may be NULL. */
int sh_fetch_start(struct sh_fetch *f, const char *libexec, const char *url, const char *match,
		   int64_t timeout, struct sh_error *err);
/* Wait for its end. -1: the helper itself could not do its work. */
int sh_fetch_finish(struct sh_fetch *f, struct sh_fetch_result *out, struct sh_error *err);

#endif

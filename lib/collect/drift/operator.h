/* SPDX-License-Identifier: MIT */
/*
 * operator - baselines taken, shown as a diff, and accepted again
 *
 * What is shown is for the person at the terminal. Values whose name sounds like
 * a secret are not shown, nor is the content of files that not everybody may read.
 */
#ifndef SH_COLLECT_OPERATOR_H
#define SH_COLLECT_OPERATOR_H

#include "collect/drift/drift.h"

struct sh_drift_approval {
	const char *by, *reason; /* borrowed; reason may be NULL */
	int64_t now;
};

/*
 * Append the differences of the area to OUT. 1 there are some, 0 none, -1;
 * SH_ERRC_UNAVAILABLE without a baseline.
 */
int sh_drift_diff(struct sh_collect *c, const struct sh_drift_area *a, struct sh_buf *out,
		  struct sh_error *err);
/*
 * Make what is there now the baseline; SUMMARY gets "412 packages" or "2 added, 1
 * changed". FIRST: there must be none yet, otherwise one. Not for files. 1 stored,
 * 0 it was as it is, -1.
 */
int sh_drift_store(struct sh_collect *c, const struct sh_drift_area *a, bool first,
		   const struct sh_drift_approval *by, struct sh_buf *summary, struct sh_error *err);
/* Paths of approved files that are not as approved, missing ones left out. */
int sh_drift_changed_files(struct sh_collect *c, struct sh_listing *out, struct sh_error *err);

/* Append the lines by which B differs from A as "-" and "+" lines; secrets in them are not shown. */
void sh_drift_text_diff(struct sh_span a, struct sh_span b, struct sh_buf *out);

#endif

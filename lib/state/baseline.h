/* SPDX-License-Identifier: MIT */
/*
 * baseline - file contents that a person approved, to compare with and restore
 *
 * Kept in STATE/baselines: DIGEST.json (path, sha256, mode, owner, who, when) and
 * DIGEST-SHA256.data beside it, where DIGEST is XXH3-128 of the path. A file's
 * data is named by its content, so the rename of the JSON alone decides which
 * content is approved, and a kill in between leaves the older baseline whole.
 * Nobody else reads or writes that directory.
 */
#ifndef SH_STATE_BASELINE_H
#define SH_STATE_BASELINE_H

#include <stdint.h>

#include "base/buf.h"
#include "base/error.h"

#define SH_BASELINE_MAX_BYTES ((size_t)16 << 20)

struct sh_baseline {
	char *path;      /* absolute; owned, as all strings here */
	char *sha256;    /* 64 hex digits */
	int64_t size;
	unsigned mode;   /* permission bits */
	unsigned uid, gid;
	char *by;
	int64_t time;    /* ns, of the approval */
};

void sh_baseline_release(struct sh_baseline *b);

/*
 * Approve what PATH holds now. It must be absolute, a regular file (no link) and
 * at most SH_BASELINE_MAX_BYTES: SH_ERRC_USAGE otherwise. OUT may be NULL.
 */
int sh_baseline_approve(const char *state_dir, const char *path, const char *by, int64_t now,
			struct sh_baseline *out, struct sh_error *err);
/* 1 found (release it), 0 there is none, -1. */
int sh_baseline_get(const char *state_dir, const char *path, struct sh_baseline *out,
		    struct sh_error *err);
/* Its content, checked against the digest. Replaces the contents of OUT. SH_ERRC_STATE when damaged. */
int sh_baseline_content(const char *state_dir, const struct sh_baseline *b, struct sh_buf *out,
			struct sh_error *err);
/* All, sorted by path; each() returns non-zero to stop. */
int sh_baseline_each(const char *state_dir, int (*each)(void *arg, const struct sh_baseline *b),
		     void *arg, struct sh_error *err);

#endif

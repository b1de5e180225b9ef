/* SPDX-License-Identifier: MIT */
/*
 * manifest - files against the SHA-256 sums that were noted of them
 *
 * The format of sha256sum(1): digest, two blanks (or blank and *), a path
 * relative to the directory; a leading backslash means that the path is escaped.
 */
#ifndef SH_ACTION_MANIFEST_H
#define SH_ACTION_MANIFEST_H

#include <jansson.h>
#include <stddef.h>

#include "base/error.h"

struct sh_manifest_entry {
	char digest[65];
	char *path; /* owned; relative, without . and .. components */
};

struct sh_manifest {
	struct sh_manifest_entry *entry;
	size_t n, cap;
};

/* A manifest that lists nothing is refused: it would find everything in order. */
int sh_manifest_read(struct sh_manifest *m, const char *path, struct sh_error *err);
void sh_manifest_release(struct sh_manifest *m);

/*
 * Compare with what is beneath the directory, never through a symbolic link or
 * out of it. OUT gets checked, missing, changed and the first few names of each.
 * -1 when anything is missing or changed, or cannot be read.
 */
int sh_manifest_verify(const struct sh_manifest *m, int dirfd, json_t *out, struct sh_error *err);

#endif

/* SPDX-License-Identifier: MIT */
/*
 * replace - put other content in the place of a file, all or nothing
 *
 * The directory is opened once without following any link and everything is
 * done relative to it. The new content is complete, owned and on disk beside
 * the file before a rename makes it the file.
 */
#ifndef SH_ACTION_REPLACE_H
#define SH_ACTION_REPLACE_H

#include <stdbool.h>
#include <sys/stat.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/sha256.h"

#define SH_REPLACE_MAX_BYTES ((size_t)64 << 20)

/* SHA-256 of a content, as hex. */
void sh_content_digest(const struct sh_buf *content, char out[SH_SHA256_TEXT]);

struct sh_replace {
	const char *path;      /* absolute; borrowed */
	const char *name;      /* its last component */
	int dir;               /* of its directory */
	bool existed;
	struct stat before;    /* valid if existed */
	char sha256[SH_SHA256_TEXT];/* of what it holds, "" when it did not exist */
	char *candidate;       /* name of the file beside it, NULL none; owned */
};

/* Look at the file: its content goes to CONTENT. Refuses links and what is no regular file. */
int sh_replace_open(struct sh_replace *r, const char *path, struct sh_buf *content,
		    struct sh_error *err);
/* Also removes a candidate that was not installed. */
void sh_replace_release(struct sh_replace *r);

/* Write the new content beside the file. */
int sh_replace_prepare(struct sh_replace *r, const struct sh_buf *content, unsigned mode, uid_t uid,
		       gid_t gid, struct sh_error *err);
/* Absolute path of the candidate, the caller's. */
char *sh_replace_candidate(const struct sh_replace *r);
/* Make the candidate the file; refuses when the file changed since it was opened. */
int sh_replace_install(struct sh_replace *r, struct sh_error *err);
/* Remove the file itself. */
int sh_replace_remove(struct sh_replace *r, struct sh_error *err);

#endif

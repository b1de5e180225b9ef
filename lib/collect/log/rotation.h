/* SPDX-License-Identifier: MIT */
/*
 * rotation - which file is which after names went from one to another
 *
 * A round of follow.h looks at the names, then settles what is under none of them: a
 * segment that was renamed, copied and emptied, deleted, or whose inode another file
 * has now.
 */
#ifndef SH_COLLECT_LOG_ROTATION_H
#define SH_COLLECT_LOG_ROTATION_H

#include "base/error.h"
#include "collect/log/follow.h"

struct sh_follow_round {
	struct sh_follow *f;
	const struct sh_follow_ops *ops;
	const char *path; /* of the file at hand */
	uint64_t budget;  /* bytes that may still be read */
};

/* Files under the names that are followed: known ones are seen, new ones are added. */
void sh_rotation_find(struct sh_follow_round *r);
/* Segments whose file is under no such name, and those whose content is not what it was. */
void sh_rotation_settle(struct sh_follow_round *r);

/* Of follow.c, for both. */
void sh_follow_tell(const struct sh_follow_round *r, const char *fmt, ...) SH_PRINTF(2, 3);
void sh_follow_say(const struct sh_follow_round *r, struct sh_error *err); /* clears *err */
void sh_follow_insert(struct sh_follow *f, size_t at, struct sh_segment *s);
void sh_follow_drop(struct sh_follow *f, size_t at);
bool sh_follow_open(struct sh_segment *s, struct sh_cursor_file *file, struct sh_error *err);

#endif

/* SPDX-License-Identifier: MIT */
/*
 * follow - read what is appended to a log, once, wherever rotation puts it
 *
 * A path, or a pattern of such. On the first look files are begun at their end
 * (or start); those that appear later at their start. A file that was renamed is
 * read on to its end under its new name, also a while after a new one took its
 * place, for its writer may still have it open; one that was copied and truncated
 * is read on in its copy. What cannot be found again is told as lost. Nothing is
 * read twice or left out as long as the state is stored after each round.
 */
#ifndef SH_COLLECT_LOG_FOLLOW_H
#define SH_COLLECT_LOG_FOLLOW_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "collect/log/segment.h"

#define SH_FOLLOW_FILES  1000               /* of one pattern */
#define SH_FOLLOW_BUDGET ((uint64_t)8 << 20) /* bytes of one round */

struct sh_follow {
	char *pattern;    /* owned */
	bool from_start;
	uint64_t max_behind; /* bytes of one file; older ones are left out; 0: however far */
	bool begun;
	int64_t looked;      /* wall clock of the last round: what was born since is new */
	struct sh_segment **segment; /* owned, in the order in which they are read */
	size_t n, cap;
	uint64_t lines, bytes; /* read since it was begun: for rates */
	uint64_t skipped;      /* left out by max_behind, likewise */
	/* Of the last round. */
	size_t files;          /* there, under names that are followed */
	uint64_t behind;       /* bytes not read yet */
	bool crowded, told;    /* a directory has more files than are looked at; ever told */
	bool moved;            /* there is something to be stored */
	struct sh_buf chunk;
};

struct sh_follow_ops {
	/* A line of the file PATH. */
	void (*line)(void *arg, const char *path, struct sh_span line, bool cut);
	/* The lines of one file are over for now. */
	void (*pause)(void *arg);
	/* Something a person should know. */
	void (*tell)(void *arg, const char *text);
	/* A file cannot be read; clears *err. */
	void (*fail)(void *arg, struct sh_error *err);
	void *arg;
};

struct sh_follow *sh_follow_new(const char *pattern);
void sh_follow_free(void *follow);

/* One round: what fails for one file is told, and the others go on. */
void sh_follow_round(struct sh_follow *f, const struct sh_follow_ops *ops);

/* A new reference, and back into a new one; -1 with SH_ERRC_STATE and F as new. */
json_t *sh_follow_store(const struct sh_follow *f);
int sh_follow_load(struct sh_follow *f, const json_t *from, struct sh_error *err);

#endif

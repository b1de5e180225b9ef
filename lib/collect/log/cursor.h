/* SPDX-License-Identifier: MIT */
/*
 * cursor - how far a file was read, and how to know that it is still that file
 *
 * Names move when logs are rotated, and inode numbers come back. So a cursor has
 * the inode, the time of its birth where the file system tells, and digests of
 * the first bytes and of those before the offset: a file is known again by its
 * inode and content, and a copy of it by its content.
 */
#ifndef SH_COLLECT_LOG_CURSOR_H
#define SH_COLLECT_LOG_CURSOR_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"

#define SH_CURSOR_DIGEST 256 /* bytes digested at either end */

struct sh_cursor {
	uint64_t inode;
	int64_t born;    /* ns; 0: not known */
	uint64_t offset; /* the next byte to be read; behind a newline, but within a long line */
	uint64_t head, tail; /* digests of up to SH_CURSOR_DIGEST bytes: the first, and those before offset */
	bool in_long;    /* the rest of the line at offset is to be left out */
};

/* What the file system says of an open file. */
struct sh_cursor_file {
	uint64_t device, inode, size, links;
	int64_t born, changed;
	bool regular;
};

int sh_cursor_stat(int fd, struct sh_cursor_file *out, struct sh_error *err);
/* The same of a path, through links; SH_ERRC_UNAVAILABLE when there is none. */
int sh_cursor_stat_path(const char *path, struct sh_cursor_file *out, struct sh_error *err);

/* Move to OFFSET of the file, and digest anew. */
int sh_cursor_set(struct sh_cursor *c, int fd, uint64_t offset, struct sh_error *err);
/* Whether the inode is the same, as far as that is known. */
bool sh_cursor_same_inode(const struct sh_cursor *c, const struct sh_cursor_file *file);
/* Whether the file holds what was read, and perhaps more. */
bool sh_cursor_matches(const struct sh_cursor *c, int fd, const struct sh_cursor_file *file);

/* Whether one of two files is the other as far as it goes: by its first bytes and its last. */
bool sh_cursor_same_content(int a, uint64_t size_a, int b, uint64_t size_b);

/* A new reference, and back; -1 with SH_ERRC_STATE. */
json_t *sh_cursor_store(const struct sh_cursor *c);
int sh_cursor_load(struct sh_cursor *c, const json_t *from, struct sh_error *err);

#endif

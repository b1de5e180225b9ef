/* SPDX-License-Identifier: MIT */
/*
 * kv - the few shapes in which the kernel writes numbers
 *
 * Lines of a key and its values, pairs of lines with names above numbers, files
 * of one value, and directories of those. Spans point into the text given;
 * nothing is allocated but the names of a directory. What is not there, cannot
 * be read or is not what was asked for answers false: it was not measured.
 */
#ifndef SH_COLLECT_KV_H
#define SH_COLLECT_KV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/span.h"

/* Without blanks around it. */
struct sh_span sh_kv_trim(struct sh_span s);
/* -12, 12, 0.5, and 0x1f; whole, and within 64 bits (before the point). */
bool sh_kv_double(struct sh_span s, double *out);
/* Hexadecimal digits without 0x, as in softnet_stat. */
bool sh_kv_hex(struct sh_span s, uint64_t *out);
/* As a C string; false where it does not fit. */
bool sh_kv_copy(struct sh_span s, char *out, size_t size);

/*
 * The next line "KEY VALUE", "KEY: VALUE" or "KEY = VALUE": the key is the first
 * word without its colon, the value all the rest, trimmed. Lines without a value
 * have an empty one; blank lines are passed over.
 */
bool sh_kv_line(struct sh_span *rest, struct sh_span *key, struct sh_span *value);
/* The same with keys that may hold blanks: they end at the first SEP; lines without it are passed over. */
bool sh_kv_split(struct sh_span *rest, char sep, struct sh_span *key, struct sh_span *value);

/*
 * Pairs of lines, names above numbers, both begun by the same word:
 *	TcpExt: SyncookiesSent SyncookiesRecv
 *	TcpExt: 0 12
 * Walk: struct sh_kv_pairs p = { text }; while (sh_kv_pair(&p, &name, &value)).
 * p.head is the word ("TcpExt"). A pair whose words differ, or the names
 * without a number, are passed over.
 */
struct sh_kv_pairs {
	struct sh_span rest;
	struct sh_span head, names, values; /* of the pair at work */
};
bool sh_kv_pair(struct sh_kv_pairs *p, struct sh_span *name, struct sh_span *value);

/* A file of one number below DIR; the path is made as by printf. */
bool sh_kv_number(int dir, double *out, const char *path, ...)
	__attribute__((format(printf, 3, 4)));
/* The first line of a small file, trimmed; cut where it does not fit. */
bool sh_kv_text(int dir, char *out, size_t size, const char *path, ...)
	__attribute__((format(printf, 4, 5)));

/* Names in a directory, digits in them by their value: cpu2 before cpu10. */
struct sh_kv_names {
	char **name; /* owned */
	size_t n, cap;
	bool cut; /* there are more than SH_KV_NAMES */
};
#define SH_KV_NAMES 65536

/* Read the names that begin with PREFIX (NULL: all); "." and ".." are none. False: no such directory. */
bool sh_kv_names_read(struct sh_kv_names *names, int dir, const char *path, const char *prefix);
void sh_kv_names_release(struct sh_kv_names *names);
#define SH_CLEANUP_NAMES __attribute__((cleanup(sh_kv_names_release)))

/* Whether a metric can be called so: letters, digits and "_", not too many. */
bool sh_kv_is_name(const char *text);
/* Whether a state is such a word as the kernel writes: letters, and "-()" or blanks between. */
bool sh_kv_is_word(const char *text);

#endif

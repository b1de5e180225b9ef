/* SPDX-License-Identifier: MIT */
/*
 * restore - a backup put into a place of its own, and removed again
 *
 * Owners of the backup are not taken over, and what it unpacks to is asked before: an
 * archive may be small and its contents not.
 */
#ifndef SH_ACTION_RESTORE_H
#define SH_ACTION_RESTORE_H

#include <jansson.h>

#include "base/error.h"

/* Unpack ARCHIVE, of any form that tar knows, into DIR. OUT gets unpacked_bytes. */
int sh_restore_archive(const char *archive, const char *dir, json_t *out, struct sh_error *err);
/* Copy what is in DIRECTORY into DIR. OUT gets unpacked_bytes. */
int sh_restore_directory(const char *directory, const char *dir, json_t *out, struct sh_error *err);
/* Remove a tree, also where its directories cannot be written to by their owner. */
int sh_restore_remove(const char *path, struct sh_error *err);

#endif

/* SPDX-License-Identifier: MIT */
/*
 * dir - the state directory, and locks in it
 *
 * Made 0700. One that other users may write, or that belongs to somebody who is
 * neither root nor the effective user, is refused, and so is one with such a
 * directory above it (base/file.h): what lies in it decides what will be done to
 * this machine.
 */
#ifndef SH_STATE_DIR_H
#define SH_STATE_DIR_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"

/*
 * Check DIR and return its absolute path without links, a new string. With
 * CREATE it and its parents are made; without, SH_ERRC_UNAVAILABLE when there is
 * none. NULL on failure.
 */
char *sh_state_dir(const char *dir, bool create, struct sh_error *err);

/*
 * Take an exclusive flock on PATH, made 0600, waiting up to WAIT ns. Returns a
 * close-on-exec descriptor that holds it until closed, or -1: SH_ERRC_LOCKED
 * with "WHAT is in use by process N" when another has it.
 */
int sh_state_lock(const char *path, int64_t wait, const char *what, struct sh_error *err);

#endif

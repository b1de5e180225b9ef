/* SPDX-License-Identifier: MIT */
/* secret - a password or token that stands alone in a file */
#ifndef SH_COLLECT_CHECK_SECRET_H
#define SH_COLLECT_CHECK_SECRET_H

#include "base/buf.h"
#include "base/error.h"

/*
 * The file must be trusted (base/file.h) and hold one line, whose end is cut. No
 * message ever holds any of it.
 */
int sh_secret_read(const char *path, struct sh_buf *out, struct sh_error *err);

#endif

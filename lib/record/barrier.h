/* SPDX-License-Identifier: MIT */
/* barrier - the records by which feeders and programs agree what is finished (DESIGN 3) */
#ifndef SH_RECORD_BARRIER_H
#define SH_RECORD_BARRIER_H

#include <stdint.h>

#include "base/buf.h"
#include "base/error.h"
#include "record/record.h"

void sh_barrier_write(struct sh_buf *out, uint64_t seq, uint64_t acked, int64_t time);
void sh_resume_write(struct sh_buf *out, const char *program, uint64_t seq, uint64_t acked);
/* SH_ERRC_INPUT when seq or acked is missing or no whole number. */
int sh_barrier_read(const struct sh_record *r, uint64_t *seq, uint64_t *acked, struct sh_error *err);

#endif

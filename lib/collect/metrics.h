/* SPDX-License-Identifier: MIT */
/* metrics - share/metrics.yaml as text for people: sh-collect --list */
#ifndef SH_COLLECT_METRICS_H
#define SH_COLLECT_METRICS_H

#include "base/buf.h"
#include "base/error.h"

/* Append the list made from the file PATH: the summary of each collector and format, then its metrics with units. */
int sh_metrics_list(const char *path, struct sh_buf *out, struct sh_error *err);

#endif

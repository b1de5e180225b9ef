/* SPDX-License-Identifier: MIT */
/* otlp - what the messages of OpenTelemetry's protocol have in common, as JSON */
#ifndef SH_COLLECT_FORMAT_OTLP_H
#define SH_COLLECT_FORMAT_OTLP_H

#include <jansson.h>
#include <stdint.h>

#include "base/buf.h"
#include "collect/format/format.h"

/* An AnyValue as plain JSON; a new reference, never NULL. */
json_t *sh_otlp_value(const json_t *any);
/* A list of KeyValue as an object; a new reference, never NULL. */
json_t *sh_otlp_attributes(const json_t *list);
/* Nanoseconds since the epoch, as a text of digits or a number; 0 when there is none. */
int64_t sh_otlp_time(const json_t *object, const char *key);
/* A 64-bit integer or a double, as a number or as text; NaN when there is none. */
double sh_otlp_number(const json_t *value);

/* One ResourceMetrics, one ResourceLogs. */
void sh_otlp_metrics(struct sh_import *in, const json_t *resource);
void sh_otlp_logs(struct sh_import *in, const json_t *resource);

#endif

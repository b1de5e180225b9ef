/* SPDX-License-Identifier: MIT */
/* text_parts - what the views of the single kinds share; for lib/cli only */
#ifndef SH_CLI_TEXT_PARTS_H
#define SH_CLI_TEXT_PARTS_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "record/fault.h"
#include "record/record.h"

enum sh_text_color { SH_TEXT_PLAIN, SH_TEXT_DIM, SH_TEXT_GOOD, SH_TEXT_LOW, SH_TEXT_MEDIUM,
		     SH_TEXT_BAD, SH_TEXT_WORST };

struct sh_text {
	struct sh_buf *out; /* borrowed */
	bool color;
};

/* Around what is plain inside. */
#define SH_TEXT_BEGIN_DIM "\033[2m"
#define SH_TEXT_END	   "\033[0m"

/* Lines that continue a record start below its first word after the time. */
#define SH_TEXT_INDENT "         "

/* Data, escaped; NULL adds nothing. */
void sh_text_add(struct sh_text *t, const char *data);
void sh_text_span(struct sh_text *t, struct sh_span data);
/* A text of ours or from data in a colour. */
void sh_text_colored(struct sh_text *t, enum sh_text_color color, const char *text);
enum sh_text_color sh_text_severity_color(enum sh_severity severity);
/* "HIGH" in its colour */
void sh_text_severity(struct sh_text *t, enum sh_severity severity);
/* "12:00:03 " */
void sh_text_time(struct sh_text *t, int64_t time);
/* Seconds and such: "0.8 s", "3m20s"; bytes: "45.3 MiB". */
void sh_text_duration(struct sh_text *t, int64_t d);
void sh_text_bytes(struct sh_text *t, double bytes);
/* A JSON value as plain as it gets: strings without quotes, the rest as JSON. */
void sh_text_value(struct sh_text *t, const json_t *value);
/* The strings of an array between commas, or one string. */
void sh_text_list(struct sh_text *t, const json_t *array);
/* " {check=http, cpu=0}"; nothing for NULL or empty. */
void sh_text_dims(struct sh_text *t, const json_t *dims);
/* " name=value" for each member that is not in SKIP (NULL-terminated). */
void sh_text_members(struct sh_text *t, const json_t *object, const char *const *skip);

/* The views; OBJECT is the whole record. */
void sh_text_sample(struct sh_text *t, const struct sh_record *r, const json_t *object);
void sh_text_fault(struct sh_text *t, const struct sh_record *r, const json_t *object);
void sh_text_diagnosis(struct sh_text *t, const struct sh_record *r, const json_t *object);
void sh_text_incident(struct sh_text *t, const struct sh_record *r, const json_t *object);
void sh_text_plan(struct sh_text *t, const struct sh_record *r, const json_t *object);
void sh_text_task(struct sh_text *t, const struct sh_record *r, const json_t *object);
void sh_text_notice(struct sh_text *t, const struct sh_record *r, const json_t *object);
void sh_text_edge(struct sh_text *t, const struct sh_record *r, const json_t *object);
void sh_text_log(struct sh_text *t, const struct sh_record *r, const json_t *object);
void sh_text_other(struct sh_text *t, const struct sh_record *r, const json_t *object);

#endif

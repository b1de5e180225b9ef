/* SPDX-License-Identifier: MIT */
/*
 * sample - write one sample, member by member, straight into a buffer
 *
 *	sh_sample_begin(&w, &out, host, entity, time);
 *	sh_sample_source(&w, "filesystem", "/var");
 *	sh_sample_group(&w, "storage");
 *	sh_sample_number(&w, "utilization", 95.2);
 *	sh_sample_end(&w);              appends "}\n"
 *
 * What was not measured is not written: NaN and infinities are left out, and so
 * are groups without members, and samples with neither groups nor texts. A group that comes twice must be avoided.
 */
#ifndef SH_RECORD_SAMPLE_H
#define SH_RECORD_SAMPLE_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/span.h"

struct sh_sample_writer {
	struct sh_buf *out; /* borrowed */
	const char *group;  /* borrowed until the next group; NULL outside */
	bool group_open, metrics_open;
	bool member; /* the object at hand has one */
	size_t start; /* of this sample in out */
	bool said;    /* something was written that is worth a record */
};

void sh_sample_begin(struct sh_sample_writer *w, struct sh_buf *out, const char *host,
		     const char *entity, int64_t time);
/* Before the first group, in this order where both are used; NULL-terminated name, value pairs. */
void sh_sample_dims(struct sh_sample_writer *w, const char *const *pairs);
void sh_sample_labels(struct sh_sample_writer *w, const char *const *pairs);
void sh_sample_source(struct sh_sample_writer *w, const char *collector, const char *target);
void sh_sample_group(struct sh_sample_writer *w, const char *name);
void sh_sample_number(struct sh_sample_writer *w, const char *name, double v);
/* After the last group: a text member of the record itself (error, state words, a digest). */
void sh_sample_text(struct sh_sample_writer *w, const char *name, const char *value);
/*
 * An object of texts: begin, its members, end. Dimensions that are no C strings
 * are written so, before the first group; other objects come after the last.
 */
void sh_sample_object(struct sh_sample_writer *w, const char *name);
void sh_sample_object_text(struct sh_sample_writer *w, const char *name, const char *value);
void sh_sample_object_dim(struct sh_sample_writer *w, struct sh_span name, struct sh_span value);
void sh_sample_object_end(struct sh_sample_writer *w);
void sh_sample_end(struct sh_sample_writer *w);

/* The other records that sources write, whole lines with newline. */
void sh_tick_write(struct sh_buf *out, const char *host, int64_t time, int64_t interval);
/* A collector that failed: collector:NAME@HOST, collect.ok 0, error. */
void sh_collect_failure_write(struct sh_buf *out, const char *host, const char *collector,
			      const char *target, int64_t time, const char *error);
/* TIME is when it happened; COLLECTOR who saw it. */
void sh_event_write(struct sh_buf *out, const char *host, const char *entity, int64_t time,
		    const char *collector, const char *type, const char *text);
struct sh_edge_terms {
	unsigned need;     /* of a member: how many of them the group cannot do without; 0 not known */
	const char *valid; /* how long it is believed, as a duration; NULL: as long as others */
};
/*
 * FROM needs TO, or is one of its members: TYPE says how. COLLECTOR saw it, TARGET is
 * what --source takes (NULL none).
 */
void sh_edge_write(struct sh_buf *out, const char *host, int64_t time, const char *from,
		   const char *type, const char *to, const struct sh_edge_terms *terms,
		   const char *collector, const char *target);
void sh_notice_write(struct sh_buf *out, const char *host, int64_t time, const char *severity,
		     const char *text, const char *about);
/* The same with more members after them; EXTRA may be NULL. */
void sh_notice_write_with(struct sh_buf *out, const char *host, int64_t time, const char *severity,
			  const char *text, const char *about, const json_t *extra);

#endif

/* SPDX-License-Identifier: MIT */
/*
 * record - one line seen as a record, without taking it apart
 *
 * A view: spans point into the line. What every program needs to route a record
 * (kind, time, host, entity) is decoded; everything else stays text until asked
 * for. A bare object without kind is a sample of the local host: each member
 * that is an object of numbers is a metric group.
 */
#ifndef SH_RECORD_RECORD_H
#define SH_RECORD_RECORD_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/near.h"
#include "base/span.h"
#include "record/scan.h"
#include "record/shape.h"

enum sh_kind {
	SH_KIND_SAMPLE,
	SH_KIND_LOG,
	SH_KIND_EVENT,
	SH_KIND_EDGE,
	SH_KIND_TICK,
	SH_KIND_FAULT,
	SH_KIND_INCIDENT,
	SH_KIND_DIAGNOSIS,
	SH_KIND_PLAN,
	SH_KIND_REPAIR,
	SH_KIND_TASK,
	SH_KIND_NOTICE,
	SH_KIND_BARRIER,
	SH_KIND_RESUME,
	SH_KIND_OTHER, /* a kind this version does not know: forwarded */
};

#define SH_KIND_BIT(k) (1u << (k))

const char *sh_kind_name(enum sh_kind kind);
enum sh_kind sh_kind_from(struct sh_span name);

struct sh_record {
	struct sh_span line;   /* the raw bytes, no newline */
	uint64_t number;       /* of the line in its file, from 1; 0 when made here */
	enum sh_kind kind;
	bool is_ours;          /* a glance at the line has found that its host is of our part: see part.h */
	bool bare;             /* had no kind: groups stand at the top level */
	bool has_time;         /* false: time is the arrival time */
	int64_t time;          /* ns */
	struct sh_span host;   /* the local host's name where the record had none */
	struct sh_span entity; /* host:HOST where the record had none */
	/* Members as they stand in the line; type SH_JSON_NONE where absent. */
	struct sh_slice metrics, dims, labels, source;
	struct sh_index index; /* all members; reused; see sh_record_index() */
	bool is_indexed;       /* it is of this line */
	struct sh_buf text;    /* owned: where decoded names live */
	/*
	 * Borrowed, set by who has many lines to view; may be NULL. Behind each of them there must
	 * be what sh_shapes_match() asks for.
	 */
	struct sh_shapes *shapes;
	const struct sh_shape *shape; /* of the line, by those; NULL not known */
	const struct sh_leaf *leaf;   /* where it is known: of the line */
	const struct sh_shape_head *head; /* and its head, which says of what entity, dims and source it is; NULL not known */
	struct sh_time_near near;     /* the last time */
};

#define SH_RECORD_INIT { .index = SH_INDEX_INIT, .text = SH_BUF_INIT }

void sh_record_release(struct sh_record *r);

/*
 * Look at one line. LOCAL_HOST and NOW fill in what is absent. Returns 0, or -1
 * (SH_ERRC_INPUT, with the byte offset) when it is not a JSON object, or when
 * kind, time, host or entity have a wrong type or form. R may be reused.
 */
int sh_record_view(struct sh_record *r, const char *line, size_t len, const char *local_host,
		   int64_t now, struct sh_error *err);

/* All members, found out when somebody asks for them; until the next view. */
const struct sh_index *sh_record_index(const struct sh_record *r);
/* The last member of a name as a slice; type SH_JSON_NONE when absent. */
struct sh_slice sh_record_member(const struct sh_record *r, const char *name);

/* New references, never NULL, or NULL where the member is absent. */
json_t *sh_record_json(const struct sh_record *r);   /* the whole record */
/*
 * The metric groups of a sample: {"storage":{"utilization":95.2},…}. Members of
 * a group that are no numbers are left out; never NULL for a sample.
 */
json_t *sh_record_metrics(const struct sh_record *r);
/* Whether a member of that name (time, host, entity, dims, labels, source) is no group of a bare record. */
bool sh_record_is_reserved(struct sh_span name);
/* dims and labels as objects of strings; numbers and booleans become their text. NULL when absent. */
json_t *sh_record_dims(const struct sh_record *r);
json_t *sh_record_labels(const struct sh_record *r);
/* {"collector":…,"target":…}, NULL when absent. */
json_t *sh_record_source(const struct sh_record *r);

/*
 * The text from the entity, which begins it, to the end of dims and source, where
 * these follow it and nothing else stands between: the same text is then the same
 * entity, dims and source. Returns false where they stand otherwise, or it is not
 * known.
 */
bool sh_record_identity(const struct sh_record *r, struct sh_span *text);

/*
 * The identity of the series as bytes for a table key: entity, sorted dims.
 * Replaces the contents of OUT.
 */
void sh_record_series_key(const struct sh_record *r, struct sh_buf *out);

#endif

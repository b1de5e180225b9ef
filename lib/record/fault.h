/* SPDX-License-Identifier: MIT */
/*
 * fault - what sh-detect found, as a struct
 *
 * Strings and json_t are owned. From JSON and back is lossless for the members
 * listed; members of later versions are kept in extra.
 */
#ifndef SH_RECORD_FAULT_H
#define SH_RECORD_FAULT_H

#include <jansson.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/error.h"

enum sh_severity { SH_SEVERITY_INFO, SH_SEVERITY_LOW, SH_SEVERITY_MEDIUM, SH_SEVERITY_HIGH, SH_SEVERITY_CRITICAL };
extern const char *const sh_severity_words[]; /* NULL-terminated, by enum */

/* Of these only open and ongoing ask for something to be done. */
enum sh_fault_status {
	SH_FAULT_PENDING,
	SH_FAULT_OPEN,
	SH_FAULT_ONGOING,
	SH_FAULT_RESOLVED,
	SH_FAULT_FLAPPING, /* open, and changes too often to say more */
	SH_FAULT_STALE,    /* open when it was last heard of */
};
extern const char *const sh_fault_status_words[];

struct sh_evidence {
	int64_t since, until; /* time of the first and of the latest hit */
	int64_t hits;
	json_t *values;       /* {"storage.utilization": 95.2}, NULL none */
	int64_t score;          /* of a flapping fault: weighted changes of state, percent; 0 none */
	int64_t flapping_since; /* and since when; 0 none */
	int64_t silent_since;   /* of a stale fault: when it was last heard of; 0 none */
};

struct sh_fault {
	int64_t time; /* of the deciding sample */
	char *host, *entity;
	json_t *dims, *labels; /* NULL none */
	char *id, *fingerprint;
	enum sh_fault_status status;
	char *fault_type, *rule_id;
	enum sh_severity severity;
	json_t *group;               /* {"id", "key": {name: text}}: faults told of together; NULL none */
	json_t *suppressed;          /* why nobody is to act on it, see sh_fault_suppression; NULL: not */
	char *description;
	json_t *affected_metrics; /* array of strings */
	int64_t count; /* of a pending fault: the hits its rule wants; 0 elsewhere */
	int64_t for_seconds; /* of a pending fault: how long they must have lasted, 0 no matter how long */
	int64_t detection_count, total_hits;
	int64_t detected_at; /* ns */
	struct sh_evidence evidence;
	json_t *source;              /* {"collector","target"} of the deciding sample, NULL none */
	char *expr, *clear, *verify; /* texts of the rule; clear and verify may be NULL */
	json_t *params;              /* rule parameters in effect, NULL none */
	json_t *context;             /* {"metrics": of the entity, "host": of its host} */
	json_t *extra;               /* unknown members, NULL none */
};

int sh_evidence_from_json(struct sh_evidence *e, const json_t *object, struct sh_error *err);
json_t *sh_evidence_to_json(const struct sh_evidence *e);
void sh_evidence_release(struct sh_evidence *e);

/*
 * Why a fault, as JSON, is written but not to be acted on or shouted about: {"by":
 * "silence" | "maintenance" | "inhibition" | "dependency", "id" of the silence or
 * "of" the other fault, "entity" and "fault_type" of that, "owner", "until",
 * "reason"}. Borrowed; NULL: it is not suppressed.
 */
const json_t *sh_fault_suppression(const json_t *fault);
/* The same in words: "silenced by ann until 2026-01-31T12:00:00Z: new disk". */
void sh_suppression_add_text(struct sh_buf *out, const json_t *suppressed);

/* When it began: its first hit, as far as the fault says. */
int64_t sh_fault_onset(const struct sh_fault *f);

void sh_fault_release(struct sh_fault *f);
/* SH_ERRC_INPUT names the member that is missing or wrong. F is released on failure. */
int sh_fault_from_json(struct sh_fault *f, const json_t *object, struct sh_error *err);
/* A new reference. */
json_t *sh_fault_to_json(const struct sh_fault *f);
/* Append the line with its newline. */
void sh_fault_write(const struct sh_fault *f, struct sh_buf *out);

/* "f-…" and the fingerprint from what identifies a fault; dims may be NULL (members are sorted). */
#define SH_FAULT_ID_TEXT 40
void sh_fault_id(char out[SH_FAULT_ID_TEXT], const char *rule_id, const char *entity,
		 const json_t *dims, int64_t first_hit);
void sh_fault_fingerprint(char out[SH_FAULT_ID_TEXT], const char *rule_id, const char *entity,
			  const json_t *dims);

#endif

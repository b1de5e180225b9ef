/* SPDX-License-Identifier: MIT */
/* incident - faults of one cause, as a struct; strings and json_t are owned */
#ifndef SH_RECORD_INCIDENT_H
#define SH_RECORD_INCIDENT_H

#include <jansson.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/error.h"
#include "record/fault.h"

enum sh_incident_status {
	SH_INCIDENT_OPEN, /* it began, or was over and is there again */
	SH_INCIDENT_ONGOING,
	SH_INCIDENT_RESOLVED,
	SH_INCIDENT_STALE,  /* what is left of it was not heard of any more */
	SH_INCIDENT_MERGED, /* another one goes on for it */
};
extern const char *const sh_incident_status_words[]; /* NULL-terminated, by enum */

struct sh_incident {
	int64_t time;
	char *host;   /* of the fault that began it */
	char *entity; /* where the cause is */
	char *id;     /* "i-" */
	enum sh_incident_status status;
	enum sh_severity
		severity; /* the worst of its faults; of one that is over the last that was */
	char *root_cause; /* identifier; "unknown" */
	double confidence;
	int64_t since;	   /* onset of its first fault */
	int64_t open;	   /* how many of its faults are there */
	int64_t total;	   /* and how many there ever were */
	json_t *faults;	   /* ids of those that are there, oldest first; NULL none */
	json_t *entities;  /* what these are about, as often as not fewer; NULL none */
	json_t *changes;   /* [{"type",…}] what happened since it was last told, NULL none */
	int64_t reopened;  /* how often it was over and came back */
	char *merged_into; /* id, NULL not merged */
	char *description; /* a sentence */
	json_t *extra;
};

void sh_incident_release(struct sh_incident *i);
/* SH_ERRC_INPUT names the member that is missing or wrong. I is released on failure. */
int sh_incident_from_json(struct sh_incident *i, const json_t *object, struct sh_error *err);
/* Append the line with its newline. */
void sh_incident_write(const struct sh_incident *i, struct sh_buf *out);

/* "i-…" of what began it: the fault, and the time of the record that told of it. */
#define SH_INCIDENT_ID_TEXT 40
void sh_incident_id(char out[SH_INCIDENT_ID_TEXT], const char *fault_id, int64_t time);

#endif

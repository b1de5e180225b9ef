/* SPDX-License-Identifier: MIT */
/*
 * silence - faults that are known or planned for a time, with an owner and an end
 *
 * From the section "silences", or made by an operator and kept in the ledger. What
 * it is about is a match: {"entity": ["filesystem:/data@*"], "labels": {"rack":
 * ["r1"]}}; every member must fit, each by one of its shell patterns. An empty
 * match is refused.
 */
#ifndef SH_CONFIG_SILENCE_H
#define SH_CONFIG_SILENCE_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/error.h"
#include "config/config.h"
#include "config/window.h"

struct sh_silence {
	char *id, *owner, *reason; /* owned, as all here */
	bool maintenance;          /* planned work; otherwise a fault that is known */
	json_t *match;
	int64_t start, end;        /* ns; INT64_MIN and INT64_MAX where not given */
	struct sh_window *every;   /* NULL: all the time between them */
};

struct sh_silences {
	struct sh_silence *item;
	size_t n, cap;
};

/*
 * Add those of a configuration. A broken one is reported and left out. Returns the
 * number of broken ones.
 */
size_t sh_silences_load(struct sh_silences *s, const struct sh_config *c,
			sh_config_report_fn *report, void *arg);
/* Takes over ITEM's members. */
void sh_silences_add(struct sh_silences *s, struct sh_silence item);
void sh_silences_clear(struct sh_silences *s);
void sh_silences_release(struct sh_silences *s);

/*
 * A match from words such as "type=filesystem" and "labels.rack=r1"; several of one
 * name are alternatives. A new reference, or NULL with SH_ERRC_USAGE.
 */
json_t *sh_match_from_words(const char *const *words, struct sh_error *err);
/* A match as read from elsewhere: 0 or -1 with SH_ERRC_CONFIG. */
int sh_match_check(const json_t *match, struct sh_error *err);
/* The words again: "type=filesystem labels.rack=r1". */
void sh_match_add_text(struct sh_buf *out, const json_t *match);

/* Whether it is about FAULT, a fault as JSON. */
bool sh_silence_matches(const struct sh_silence *s, const json_t *fault);
/* Whether it is in force at T; *UNTIL becomes when that ends. */
bool sh_silence_holds(const struct sh_silence *s, int64_t t, int64_t *until);

#endif

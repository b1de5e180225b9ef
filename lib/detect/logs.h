/* SPDX-License-Identifier: MIT */
/*
 * logs - log records under rules: mined for templates, filtered by patterns
 *
 * A line that matches says something, one that does not says nothing: hits of a
 * rule on logs count while no longer than its patience lies between them, and its
 * fault is over when none came for so long.
 */
#ifndef SH_DETECT_LOGS_H
#define SH_DETECT_LOGS_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/error.h"
#include "detect/damage.h"
#include "detect/log/filter.h"
#include "detect/rule.h"
#include "logs/miner.h"
#include "record/record.h"
#include "state/state.h"

/* How long a rule on logs waits for the next hit where keep_firing does not say. */
#define SH_LOGS_PATIENCE (10 * SH_MIN)

struct sh_logs {
	struct sh_log_miner *miner; /* owned; NULL: no rule asks for what it finds */
	const struct sh_rules *rules; /* borrowed */
	struct sh_filter *filter;   /* owned; NULL: no rule has a pattern, or no log record came yet */
	int *pattern;               /* of each rule, -1 none; owned; NULL: no log record came yet */
	struct sh_filter_set set;   /* of the line at hand */
	bool dirty;
};

/* A line at hand: texts are borrowed from what made it. */
struct sh_log_line {
	struct sh_buf text; /* owned */
	int severity;       /* enum sh_severity, -1 none */
	struct sh_log_answer answer;
	bool is_mined;
};

void sh_logs_init(struct sh_logs *l, const struct sh_rules *rules, bool mine);
void sh_logs_release(struct sh_logs *l);
/* SH_ERRC_INPUT when the record has no text. STREAM names its log; LINE is released by the caller. */
int sh_logs_look(struct sh_logs *l, const struct sh_record *r, struct sh_span stream,
		 struct sh_log_line *line, struct sh_error *err);
void sh_log_line_release(struct sh_log_line *line);
/* Whether RULE may have something to say about the line looked at last. */
bool sh_logs_may_match(const struct sh_logs *l, size_t rule);
/* What rules see as "log". A new reference. */
json_t *sh_log_line_scope(const struct sh_log_line *line, const struct sh_record *r);
/* Append the record with template and template_text, and a newline. */
void sh_logs_annotate(const struct sh_log_line *line, const struct sh_record *r, struct sh_buf *out);

int sh_logs_save(struct sh_logs *l, struct sh_state *s, struct sh_error *err);
void sh_logs_unsaved(struct sh_logs *l);
/* Templates whose row is damaged or of a newer form begin anew. */
int sh_logs_load(struct sh_logs *l, struct sh_state *s, const struct sh_damage *damage, struct sh_error *err);

#endif

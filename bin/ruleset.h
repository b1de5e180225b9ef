/* SPDX-License-Identifier: MIT */
/* ruleset - the rules of one configuration at work: sh-detect runs one, or two on the same stream */
#ifndef SH_BIN_RULESET_H
#define SH_BIN_RULESET_H

#include "cli/cli.h"
#include "detect/detector.h"
#include "detect/rule.h"
#include "detect/vectors.h"
#include "setup.h"

struct sh_ruleset_options {
	const char *const *paths; /* as -c takes them, NULL-terminated; NULL: the system's and the user's */
	const char *name;         /* stands before its messages, borrowed; NULL: nothing does */
	int64_t count;            /* of hits, for every rule; 0: as each says */
	const char *score;        /* this expression instead of the rules; NULL none */
	size_t most;              /* series at most; 0: no bound */
	bool templates;           /* find those of logs even where no rule asks */
	/* Each line of a fault. */
	void (*emit)(void *arg, const char *line, size_t len);
	void *arg;
};

struct sh_ruleset {
	struct sh_cli *cli;                /* borrowed */
	const char *name;
	struct sh_setup setup;
	struct sh_rules rules;
	struct sh_vectors *vectors;        /* NULL: no rules in PromQL */
	bool crowded;                      /* that series were forgotten for others was told */
	struct sh_detector detector;       /* its callbacks are set, their arg is the rule set */
	void (*emit)(void *arg, const char *line, size_t len);
	void *arg;
};

/* Every error is reported; returns how many there were. S must stay where it is, and is released all the same. */
size_t sh_ruleset_load(struct sh_ruleset *s, struct sh_cli *cli, const struct sh_ruleset_options *o);
void sh_ruleset_release(struct sh_ruleset *s);
/* Nothing before SINCE is judged. */
void sh_ruleset_since(struct sh_ruleset *s, int64_t since);
/* A record of any kind. ANNOTATED as in sh_detector_log. */
int sh_ruleset_record(struct sh_ruleset *s, const struct sh_record *r, struct sh_buf *annotated,
		      struct sh_error *err);
/* At the end: rules that never could decide (BLIND), and what limits cost. */
void sh_ruleset_report(struct sh_ruleset *s, bool blind);
bool sh_ruleset_has_found(const struct sh_ruleset *s);

#endif

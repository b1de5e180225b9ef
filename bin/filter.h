/* SPDX-License-Identifier: MIT */
/*
 * filter - a program that turns records into records with state that a journal
 * keeps: everything between the options and the exit code that such programs
 * share
 */
#ifndef SH_BIN_FILTER_H
#define SH_BIN_FILTER_H

#include "cli/cli.h"
#include "cli/unheard.h"
#include "record/stream.h"
#include "state/journal.h"

struct sh_filter {
	struct sh_cli *cli;      /* borrowed */
	const char *state;       /* name of the private database */
	/* Read the state back; NULL: there is nothing to read. */
	int (*load)(void *arg, struct sh_state *state, struct sh_error *err);
	int (*save)(void *arg, struct sh_state *state, struct sh_error *err);
	/*
	 * Save from time to time in a child: what SAVE does is done in its memory, and
	 * GIVEN does here what it means for the next save. NULL: save here.
	 */
	void (*given)(void *arg);
	/* A save failed and the program goes on in memory; may be NULL. */
	void (*unsaved)(void *arg);
	bool executes; /* other programs: it keeps what they need */
	/* A record that is ours to look at: 0, or -1 (SH_ERRC_INPUT: a bad record). */
	int (*record)(void *arg, const struct sh_record *r, struct sh_error *err);
	/*
	 * Of hosts that are not of PART: what another part's record means here, as
	 * sh_stream_ops.foreign where only its beginning was looked at, and whole. Both or
	 * neither; ticks are every part's.
	 */
	bool (*glanced)(void *arg, enum sh_kind kind, int64_t time);
	void (*foreign)(void *arg, const struct sh_record *r);
	struct sh_part part;
	int64_t until; /* records after it, but those of the journal, are as if there were none; 0: all count */
	/* Whether a record ends here; what does not is forwarded as it came. */
	bool (*eats)(const struct sh_record *r);
	/* After the last record, before the state is saved; may be NULL. */
	void (*end)(void *arg);
	void *arg;
	/* internal */
	struct sh_journal journal;
	struct sh_unheard unheard;
};

/* Give up what reading records does not need, unless --no-sandbox; what is not given up is said with -v. */
void sh_filter_confine(const struct sh_cli *cli, bool executes);
/* Read all input to its end, confined. Errors are reported and noted. */
void sh_filter_run(struct sh_filter *f);
/* Every line the program writes, with its newline. */
void sh_filter_emit(struct sh_filter *f, const char *line, size_t len);

#endif

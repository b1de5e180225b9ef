/* SPDX-License-Identifier: MIT */
/*
 * note - what a run is about to change, on disk before it changes it
 *
 * In the state directory of the request, under a name made of plan and
 * parameters: check and undo of the same call find what a run that was killed
 * had begun. Without a state directory nothing is kept, and check can say less.
 */
#ifndef SH_ACTION_NOTE_H
#define SH_ACTION_NOTE_H

#include <jansson.h>

#include "action/action.h"
#include "base/error.h"

#define SH_NOTE_ID 17 /* with the NUL */

struct sh_note {
	char id[SH_NOTE_ID]; /* of plan and parameters, hexadecimal */
	char *path;          /* owned; NULL without a state directory */
};

/* KIND is the directory below STATE. */
void sh_note_init(struct sh_note *n, const char *kind, const struct sh_action_call *call);
void sh_note_release(struct sh_note *n);

/* Durable when it returns 0; nothing is written without a state directory. */
int sh_note_write(const struct sh_note *n, const json_t *what, struct sh_error *err);
/* A new reference, NULL when there is none. */
json_t *sh_note_read(const struct sh_note *n);
void sh_note_forget(const struct sh_note *n);

/*
 * An undo as a whole: find what is KNOWN, the output of the run where it has the member KEY,
 * else what it noted; have FN take it back, and forget the note. KIND is that of the run.
 */
typedef int sh_note_undo_fn(const struct sh_action_call *call, const json_t *known, struct sh_error *err);
int sh_note_undo(const char *kind, const char *key, sh_note_undo_fn *fn, const struct sh_action_call *call,
		 json_t *output, struct sh_error *err);

#endif

/* SPDX-License-Identifier: MIT */
/*
 * marks - what people and deploy tools say they did, as files in STATE/marks
 *
 * A mark is a file: its first line is the text, its time of modification when it
 * was done. Lines "entity: TYPE:NAME" and "type: WORD" may follow. Files whose
 * name begins with "." are left alone, so one can be written under such a name
 * and renamed.
 */
#ifndef SH_COLLECT_MARKS_H
#define SH_COLLECT_MARKS_H

#include <stdint.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/span.h"

struct sh_mark {
	struct sh_span text;
	struct sh_span entity; /* TYPE:NAME; p NULL: the host */
	struct sh_span type;   /* "deploy" when the file says nothing */
};

/* False when there is no text. Spans are of TEXT. */
bool sh_mark_parse(struct sh_span text, struct sh_mark *out);
/* Leave a mark, and forget those of more than a week ago. ENTITY may be NULL. */
int sh_mark_leave(const char *state_dir, const char *text, const char *entity, struct sh_error *err);

#endif

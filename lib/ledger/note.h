/* SPDX-License-Identifier: MIT */
/* note - a line of the history about what an operator decided */
#ifndef SH_LEDGER_NOTE_H
#define SH_LEDGER_NOTE_H

#include "ledger/control.h"

/* Who and why go with it; TARGET and ABOUT may be NULL. */
int sh_control_note(const struct sh_control *c, struct sh_ledger *l, const char *kind,
		    const char *target, const char *text, const char *about, struct sh_error *err);
/* The same with the members of MORE. */
int sh_control_note_with(const struct sh_control *c, struct sh_ledger *l, const char *kind, const char *target,
			 const char *text, const char *about, const json_t *more, struct sh_error *err);

#endif

/* SPDX-License-Identifier: MIT */
/*
 * causes - which playbooks are for what a diagnosis says
 *
 * The causes of its ranking are taken from the likeliest to the least, those below
 * 0.5 left out; without a ranking there is the one of merged_result. The first with a
 * playbook is the one that is repaired, but not by a playbook that is `not_for` a cause
 * before it: what is likelier would undo its work or make it harmful. Nor by one that does
 * not fit while another, of this cause or of a later one, does. A cause at another
 * entity ends the search, unless a playbook that is made for it repairs this target and
 * not entities of that other type: who is ill because of another is left alone.
 */
#ifndef SH_REPAIR_CAUSES_H
#define SH_REPAIR_CAUSES_H

#include "repair/playbook.h"
#include "repair/request.h"

struct sh_choice {
	const struct sh_playbook **book; /* of the caller, room for MOST */
	size_t n, most;
	/* Whether the site has what the playbook needs; NULL: all fit. */
	bool (*fits)(void *arg, const struct sh_playbook *book);
	void *arg;
	const char *cause;               /* borrowed of the request; NULL: by the type of the fault */
	double confidence;               /* of the cause */
	char *why_none;                  /* owned; NULL when there are some */
};

/* The playbooks for the request's target, as they are written; one that does not fit only where none does. */
void sh_choose_playbooks(const struct sh_playbooks *p, const struct sh_request *q, struct sh_choice *out);

#endif

/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "repair/guards.h"

#include "base/clock.h"
#include "base/mem.h"
#include "repair/members.h"

/* A task has no fault, and of the fault of a plan only a part is known. */
static json_t *subject_of(const struct sh_ask *a, const json_t *groups)
{
	json_t *fault = a->q->fault ? json_copy(a->q->fault) : json_object();
	json_t *known = json_pack("{s:s, s:s, s:s*, s:s*}", "entity", a->q->target, "host", a->q->host,
				  "rule_id", a->q->rule_id, "fault_type", a->q->fault_type);

	json_object_update_missing(fault, known);
	json_object_set(fault, "group", (json_t *)(uintptr_t)groups);
	json_decref(known);
	return fault;
}

static char *text_of(const struct sh_silence *s, int64_t until)
{
	char end[SH_TIME_TEXT];

	sh_time_format(end, until);
	return sh_asprintf("%s of %s until %.19sZ: %s", s->maintenance ? "maintenance" : "silence", s->owner,
			   end, s->reason);
}

struct search {
	const struct sh_ask *a;
	json_t *fault;
	char *found;
};

static int on_silence(void *arg, const struct sh_ledger_silence *s)
{
	struct search *w = arg;
	SH_CLEANUP_FREE char *by = sh_strdup(s->by), *reason = sh_strdup(s->reason);
	struct sh_silence one = { .owner = by, .reason = reason, .match = s->match,
				  .start = s->since, .end = s->until };

	if (w->a->now >= s->since && w->a->now < s->until && sh_silence_matches(&one, w->fault))
		w->found = text_of(&one, s->until);
	return w->found != NULL;
}

static void look_in_config(struct search *w)
{
	const struct sh_silences *all = w->a->r->silences;

	for (size_t i = 0; all && !w->found && i < all->n; i++) {
		int64_t until;

		if (sh_silence_holds(&all->item[i], w->a->now, &until) &&
		    sh_silence_matches(&all->item[i], w->fault))
			w->found = text_of(&all->item[i], until);
	}
}

int sh_ask_maintenance(struct sh_ask *a, enum sh_decision *d, struct sh_error *err)
{
	json_auto_t *groups = json_array();
	struct search w = { .a = a };
	int rc = sh_members_groups(a->r, a->q->target, a->now, groups, err);

	if (rc < 0)
		return -1;
	w.fault = subject_of(a, groups);
	look_in_config(&w);
	if (!w.found && a->r->ledger)
		rc = sh_ledger_silences(a->r->ledger, a->now, on_silence, &w, err);
	json_decref(w.fault);
	if (w.found)
		return sh_guard_answer(a, d, SH_DECIDE_REFUSE, w.found);
	return rc;
}

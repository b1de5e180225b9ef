/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "repair/override.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/mem.h"
#include "record/json.h"

char *sh_guards_stop(const struct sh_repairer *r)
{
	SH_CLEANUP_FREE char *own = r->state_dir ? sh_asprintf("%s/stop", r->state_dir) : NULL;
	const char *const files[] = { SH_SYSCONFDIR "/stop", own };

	for (size_t i = 0; i < 2; i++) {
		struct stat st;

		/* A link to nowhere stops too; so does what we are not able to see. */
		if (!files[i] || (lstat(files[i], &st) < 0 && (errno == ENOENT || errno == ENOTDIR)))
			continue;
		return sh_asprintf("'%s' exists: every repair is stopped", files[i]);
	}
	return NULL;
}

int sh_ask_kill_switch(struct sh_ask *a, enum sh_decision *d, struct sh_error *err)
{
	char *reason = sh_guards_stop(a->r);

	(void)err;
	return reason ? sh_guard_answer(a, d, SH_DECIDE_REFUSE, reason) : 0;
}

/* What is to be added where a promotion is none any more; a new string. */
static char *and_lapsed(const struct sh_ask *a, char *reason)
{
	const char *lapsed = sh_json_str(a->plan->extra, "lapsed", NULL);
	char *both = lapsed ? sh_asprintf("%s; %s", reason, lapsed) : NULL;

	if (!both)
		return reason;
	free(reason);
	return both;
}

int sh_ask_mode(struct sh_ask *a, enum sh_decision *d, struct sh_error *err)
{
	(void)err;
	if (strcmp(a->plan->mode, sh_mode_words[SH_MODE_OBSERVE]) != 0)
		return 0;
	if (!sh_site_lookup(a->r->site, a->q->target).declared)
		return sh_guard_answer(a, d, SH_DECIDE_OBSERVE,
			      sh_asprintf("the site does not declare '%s'", a->q->target));
	return sh_guard_answer(a, d, SH_DECIDE_OBSERVE, and_lapsed(a, sh_strdup("the mode that holds is observe")));
}

struct pause_search {
	const struct sh_ask *a;
	char *found;
};

static int on_pause(void *arg, const struct sh_pause *p)
{
	struct pause_search *s = arg;

	if (!sh_scope_covers(s->a, p->scope))
		return 0;
	s->found = sh_asprintf("%s '%s' by %s: %s", p->kind, p->scope, p->by ? p->by : "?",
			       p->reason ? p->reason : "no reason given");
	return 1;
}

int sh_ask_pause(struct sh_ask *a, enum sh_decision *d, struct sh_error *err)
{
	struct pause_search s = { .a = a };

	if (!a->r->ledger)
		return 0;
	if (sh_ledger_pauses(a->r->ledger, a->now, on_pause, &s, err) < 0)
		return -1;
	return s.found ? sh_guard_answer(a, d, SH_DECIDE_REFUSE, s.found) : 0;
}

/* The answer to the plan: 1 approved, and still so, -1 rejected, 0 none. */
static int answer_to(struct sh_ask *a, int *answer, struct sh_error *err)
{
	struct sh_approval given = { 0 };
	int found = a->r->ledger ? sh_ledger_approval_get(a->r->ledger, a->plan->id, &given, err) : 0;

	*answer = 0;
	if (found < 0)
		return -1;
	if (found && !strcmp(given.answer, "rejected"))
		*answer = -1;
	else if (found && !strcmp(given.answer, "approved") && (!given.until || given.until > a->now))
		*answer = 1;
	sh_approval_release(&given);
	return 0;
}

int sh_approval_stands(struct sh_ask *a, bool *approved, struct sh_error *err)
{
	int answer;

	if (answer_to(a, &answer, err) < 0)
		return -1;
	*approved = answer > 0;
	return 0;
}

int sh_ask_approval(struct sh_ask *a, enum sh_decision *d, struct sh_error *err)
{
	bool by_risk = a->book->risk >= a->r->limits.ask_from;
	int answer;

	if (strcmp(a->plan->mode, sh_mode_words[SH_MODE_ASK]) != 0 && !by_risk)
		return 0;
	if (answer_to(a, &answer, err) < 0)
		return -1;
	if (answer < 0)
		return sh_guard_answer(a, d, SH_DECIDE_REFUSE, sh_strdup("the plan was rejected"));
	return answer ? 0 : sh_guard_answer(a, d, SH_DECIDE_ASK,
					    and_lapsed(a, sh_asprintf("approval is needed%s: sh-ledger approve %s",
								      by_risk ? ", for its risk" : "", a->plan->id)));
}

/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "repair/override.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"

bool sh_scope_covers(const struct sh_ask *a, const char *scope)
{
	if (!strcmp(scope, "all") || !strcmp(scope, a->q->target))
		return true;
	if (!strncmp(scope, "rule:", 5))
		return a->q->rule_id && !strcmp(scope + 5, a->q->rule_id);
	if (!strncmp(scope, "playbook:", 9))
		return !strcmp(scope + 9, a->book->id) || (a->plan->ladder && !strcmp(scope + 9, a->plan->ladder));
	return false;
}

struct search {
	const struct sh_ask *a;
	const char *guard;
	char *found; /* owned */
};

static int on_override(void *arg, const struct sh_override *o)
{
	struct search *s = arg;
	char end[SH_TIME_TEXT];

	if (strcmp(o->guard, s->guard) != 0 || !sh_scope_covers(s->a, o->scope))
		return 0;
	sh_time_format(end, o->until);
	s->found = sh_asprintf("overridden for '%s' by %s until %.19sZ, %s", o->scope, o->by ? o->by : "?", end,
			       o->reason ? o->reason : "no reason given");
	return 1;
}

int sh_override_apply(struct sh_ask *a, const char *guard, enum sh_decision *d, struct sh_error *err)
{
	struct search s = { .a = a, .guard = guard };
	char *both;

	if (!a->r->ledger)
		return 0;
	if (sh_ledger_overrides(a->r->ledger, a->now, on_override, &s, err) < 0) {
		free(s.found);
		return -1;
	}
	if (!s.found)
		return 0;
	both = sh_asprintf("%s; without that: %s", s.found, a->reason ? a->reason : "no");
	free(s.found);
	free(a->reason);
	a->reason = both;
	*d = SH_DECIDE_ACT;
	return 0;
}

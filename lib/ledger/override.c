/* SPDX-License-Identifier: MIT */
/* override - let one guard not hold for a time, and take that back */
#include "config.h"

#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "config/guards.h"
#include "ledger/control.h"
#include "ledger/note.h"

static int check_guard(const char *guard, struct sh_error *err)
{
	const struct sh_guard_rules *known = sh_guard_rules_find(guard);

	if (!known)
		return sh_error_set(err, SH_ERRC_USAGE, "there is no guard '%s': sh-repair(1) lists them", guard);
	if (!known->can_be_overridden)
		return sh_error_set(err, SH_ERRC_USAGE, "guard '%s' cannot be overridden", guard);
	return 0;
}

int sh_control_override(const struct sh_control *c, const char *guard, const char *scope, int64_t until,
			struct sh_error *err)
{
	SH_CLEANUP_FREE char *key = sh_asprintf("override:%s %s", guard, scope);
	SH_CLEANUP_FREE char *text = NULL;
	json_auto_t *more = NULL;
	char end[SH_TIME_TEXT];

	if (check_guard(guard, err) < 0)
		return -1;
	if (until - c->now > SH_OVERRIDE_LONGEST)
		return sh_error_set(err, SH_ERRC_USAGE, "an override lasts at most %d days",
				    (int)(SH_OVERRIDE_LONGEST / SH_DAY));
	sh_time_format(end, until);
	text = sh_asprintf("guard %s overridden for %s until %.19sZ by %s: %s", guard, scope, end, c->by, c->reason);
	more = json_pack("{s:s, s:s, s:I}", "guard", guard, "scope", scope, "end", (json_int_t)until);
	if (!more)
		return sh_error_set(err, SH_ERRC_USAGE, "the scope is not UTF-8");
	return sh_control_note_with(c, c->ledger, "override", key, text, key, more, err);
}

struct search {
	const char *guard, *scope;
	bool found;
};

static int on_override(void *arg, const struct sh_override *o)
{
	struct search *s = arg;

	s->found = !strcmp(o->guard, s->guard) && !strcmp(o->scope, s->scope);
	return s->found;
}

int sh_control_override_end(const struct sh_control *c, const char *guard, const char *scope, struct sh_error *err)
{
	SH_CLEANUP_FREE char *key = sh_asprintf("override:%s %s", guard, scope);
	SH_CLEANUP_FREE char *text = sh_asprintf("guard %s holds again for %s, by %s", guard, scope, c->by);
	struct search s = { .guard = guard, .scope = scope };

	if (check_guard(guard, err) < 0 || sh_ledger_overrides(c->ledger, c->now, on_override, &s, err) < 0)
		return -1;
	if (!s.found)
		return sh_error_set(err, SH_ERRC_USAGE, "guard '%s' is not overridden for '%s': 'sh-ledger pauses' "
				    "lists what is", guard, scope);
	return sh_control_note(c, c->ledger, "override_ended", key, text, key, err);
}

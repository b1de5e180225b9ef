/* SPDX-License-Identifier: MIT */
/* reset - let go of the storm brake, and say what becomes of what waited for it */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "ledger/control.h"
#include "ledger/note.h"

struct reset {
	const struct sh_control *c;
	const char *scope, *backlog;
	int64_t from; /* the brake holds until then at least */
};

static int on_note(void *arg, int64_t time, const char *kind, const char *target, const json_t *record)
{
	struct reset *r = arg;

	(void)time;
	(void)target;
	if (strcmp(kind, "braked") != 0)
		return 0;
	r->from = json_integer_value(json_object_get(record, "reset_from"));
	return 1;
}

static int let_go(struct sh_ledger *l, void *arg, struct sh_error *err)
{
	const struct reset *r = arg;
	json_auto_t *record = NULL;
	SH_CLEANUP_FREE char *text = NULL;
	int64_t ended;

	if (sh_ledger_pause_end(l, r->scope, r->c->now, &ended, err) < 0)
		return -1;
	if (!ended)
		return sh_error_set(err, SH_ERRC_USAGE, "the brake '%s' is not on: 'sh-ledger pauses' lists those "
				    "that are", r->scope);
	text = sh_asprintf("%s reset by %s, backlog %s: %s", r->scope, r->c->by, r->backlog, r->c->reason);
	record = json_pack("{s:s, s:s, s:s, s:s, s:s}", "text", text, "about", r->scope, "by", r->c->by,
			   "reason", r->c->reason, "backlog", r->backlog);
	if (!record)
		return sh_error_set(err, SH_ERRC_USAGE, "reason or name is not UTF-8");
	return sh_ledger_note(l, r->c->now, "reset", r->scope, record, err);
}

int sh_control_reset(const struct sh_control *c, const char *scope, const char *backlog,
		     struct sh_error *err)
{
	SH_CLEANUP_FREE char *brake = sh_asprintf("storm:%s", scope);
	struct reset r = { .c = c, .scope = brake, .backlog = backlog };
	char from[SH_TIME_TEXT];

	if (sh_ledger_notes(c->ledger, 0, brake, 0, on_note, &r, err) < 0)
		return -1;
	sh_time_format(from, r.from);
	if (c->now < r.from)
		return sh_error_set(err, SH_ERRC_USAGE, "the brake '%s' cools down: it can be reset from %.19sZ",
				    brake, from);
	return sh_ledger_together(c->ledger, let_go, &r, err);
}

static int forget_inventory(struct sh_ledger *l, void *arg, struct sh_error *err)
{
	const struct sh_control *c = arg;
	SH_CLEANUP_FREE char *text = sh_asprintf("inventory reset by %s: %s", c->by, c->reason);
	int64_t dropped;

	if (sh_ledger_marks_drop(l, "inventory", &dropped, err) < 0)
		return -1;
	if (!dropped)
		return sh_error_set(err, SH_ERRC_USAGE, "no inventory is known here");
	return sh_control_note(c, l, "reset", "inventory", text, "inventory", err);
}

int sh_control_reset_inventory(const struct sh_control *c, struct sh_error *err)
{
	struct sh_control copy = *c;

	return sh_ledger_together(c->ledger, forget_inventory, &copy, err);
}

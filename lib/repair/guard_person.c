/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "repair/guards.h"

#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "record/json.h"
#include "repair/person.h"
#include "repair/planner.h"

#define MARK "login"

int sh_person_hear(const struct sh_repairer *r, const struct sh_record *event, struct sh_error *err)
{
	json_auto_t *record = sh_record_json(event);
	const char *text = sh_json_str(record, "text", "");
	SH_CLEANUP_FREE char *who = sh_strdup(sh_json_str(record, "entity", "")), *why = sh_strdup(text);
	/* One that claims to be yet to come is not believed that: it would hide all others until then. */
	int64_t now = sh_repairer_now(r), time = event->time < now ? event->time : now;
	struct sh_mark m = { .value = who, .time = time, .changed = time, .why = why }, old;
	bool newer;

	if (strcmp(sh_json_str(record, "type", ""), "login") != 0 ||
	    strcmp(sh_json_str(record, "host", ""), r->host) != 0)
		return 0;
	if (sh_ledger_mark(r->ledger, MARK, &old, err) < 0)
		return -1;
	newer = time > old.changed || old.changed > now;
	sh_mark_release(&old);
	return newer ? sh_ledger_mark_put(r->ledger, MARK, &m, err) : 0;
}

int sh_ask_person(struct sh_ask *a, enum sh_decision *d, struct sh_error *err)
{
	struct sh_mark m;
	bool approved;

	if (!a->r->ledger || !a->q->fault_id || !a->book->reverts)
		return 0;
	if (sh_ledger_mark(a->r->ledger, MARK, &m, err) < 0)
		return -1;
	if (m.changed && a->now - m.changed < a->r->limits.person_for && m.changed <= a->now) {
		if (sh_approval_stands(a, &approved, err) < 0) {
			sh_mark_release(&m);
			return -1;
		}
		if (!approved)
			sh_guard_answer(a, d, SH_DECIDE_ASK,
					sh_asprintf("%s: what was changed may be meant, approval is needed: sh-ledger approve %s",
						    m.why, a->plan->id));
	}
	sh_mark_release(&m);
	return 0;
}

/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "repair/guards.h"

#include <string.h>

#include "base/mem.h"
#include "record/json.h"
#include "repair/capacity.h"
#include "repair/members.h"

/* The members that are unavailable, whoever made them so. */
struct count {
	const struct sh_ask *a;
	struct sh_members members;
	bool is_down; /* the target, by a fault that means so */
};

static struct sh_group_member *mark_down(struct count *c, const char *entity)
{
	struct sh_group_member *m = sh_members_get(&c->members, entity);

	if (m && !m->down)
		m->down = sh_strdup(entity);
	return m;
}

/* Whether a fault of the rule means that there is nothing left to take away. */
static bool means_down(const struct sh_ask *a, const char *rule)
{
	const struct sh_config_entry *e = rule ? sh_config_find(a->r->config, SH_SECTION_RULES, rule) : NULL;
	struct sh_error ignored = SH_ERROR_INIT;
	bool down = false;

	return e && sh_node_bool(e->node, "means_down", &down, &ignored) > 0 && down;
}

static int on_fault(void *arg, const char *fingerprint, const char *status, int64_t time,
		    const json_t *fault)
{
	struct count *c = arg;
	const char *entity = sh_json_str(fault, "entity", "");

	(void)fingerprint;
	(void)status;
	(void)time;
	mark_down(c, entity);
	c->is_down |= !strcmp(entity, c->a->q->target) && means_down(c->a, sh_json_str(fault, "rule_id", NULL));
	return 0;
}

static int on_repair(void *arg, const struct sh_repair_row *row)
{
	struct sh_group_member *m = mark_down(arg, row->target);

	if (m)
		m->busy = true;
	return 0;
}

static int on_pause(void *arg, const struct sh_pause *p)
{
	mark_down(arg, p->scope);
	return 0;
}

static int count_down(struct count *c, struct sh_error *err)
{
	const struct sh_repair_query under_way = { .open_only = true };
	struct sh_ledger *l = c->a->r->ledger;

	mark_down(c, c->a->q->target);
	c->is_down = means_down(c->a, c->a->q->rule_id);
	if (!l)
		return 0;
	if (sh_ledger_faults(l, true, on_fault, c, err) < 0 ||
	    sh_ledger_repairs(l, &under_way, on_repair, c, err) < 0)
		return -1;
	return sh_ledger_pauses(l, c->a->now, on_pause, c, err);
}

/* What is down is repaired without taking more away, but one at a time. */
static void answer(struct sh_ask *a, const struct count *c, enum sh_decision *d)
{
	const struct sh_members *m = &c->members;
	const struct sh_group_member *own = sh_members_get(m, a->q->target);
	int64_t most = sh_capacity(m->group, (int64_t)m->n), down = 0;
	SH_CLEANUP_BUF struct sh_buf names = SH_BUF_INIT;
	bool others_busy = false, free_of_charge;

	for (size_t i = 0; i < m->n; i++) {
		down += m->item[i].down != NULL;
		if (!m->item[i].down || &m->item[i] == own)
			continue;
		others_busy |= m->item[i].busy;
		sh_buf_addf(&names, "%s%s", names.len ? ", " : "", m->item[i].down);
	}
	free_of_charge = down > most && c->is_down && !others_busy;
	a->reason = sh_asprintf("group '%s': with this repair %lld of %lld would be unavailable, %lld may be%s%s%s",
			    m->group->id, (long long)down, (long long)m->n, (long long)most,
			    names.len ? "; now also " : "", sh_buf_str(&names),
			    free_of_charge ? "; but it is down, and none of them is under repair" : "");
	if (down > most && !free_of_charge)
		*d = SH_DECIDE_REFUSE;
}

int sh_ask_capacity(struct sh_ask *a, enum sh_decision *d, struct sh_error *err)
{
	struct count c = { .a = a };
	int rc = sh_members_find(&c.members, a->r, a->q->target, a->now, err);

	if (rc == 0 && c.members.group) {
		rc = count_down(&c, err);
		if (rc == 0)
			answer(a, &c, d);
	}
	sh_members_release(&c.members);
	return rc;
}

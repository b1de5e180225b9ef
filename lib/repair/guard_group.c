/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "repair/guards.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "record/entity.h"
#include "repair/capacity.h"

/* The members of the target's group that are unavailable, whoever made them so, each once. */
struct count {
	const struct sh_ask *a;
	const char *group;
	const struct sh_node **down;
	size_t n, cap;
	struct sh_buf names; /* without the target's */
};

/* Of two machines that share a site file each has members of its own. */
static bool is_here(const struct count *c, const char *entity)
{
	struct sh_entity parts;

	return sh_entity_split(sh_span_of(entity), &parts) &&
	       (!parts.host.p || sh_span_equal(parts.host, sh_span_of(c->a->r->host)));
}

static void add(struct count *c, const char *entity)
{
	struct sh_site_word word = sh_site_lookup(c->a->r->site, entity);

	if (!word.group || strcmp(word.group, c->group) != 0 || !is_here(c, entity))
		return;
	for (size_t i = 0; i < c->n; i++)
		if (c->down[i] == word.entry)
			return;
	sh_grow(c->down, c->n, c->cap);
	c->down[c->n++] = word.entry;
	if (c->n > 1)
		sh_buf_addf(&c->names, "%s%s", c->names.len ? ", " : "", entity);
}

static int on_fault(void *arg, const char *fingerprint, const char *status, int64_t time,
		    const json_t *fault)
{
	const char *entity = json_string_value(json_object_get(fault, "entity"));

	(void)fingerprint;
	(void)status;
	(void)time;
	if (entity)
		add(arg, entity);
	return 0;
}

static int on_repair(void *arg, const struct sh_repair_row *row)
{
	add(arg, row->target);
	return 0;
}

static int on_pause(void *arg, const struct sh_pause *p)
{
	add(arg, p->scope);
	return 0;
}

static int count_down(struct count *c, struct sh_error *err)
{
	const struct sh_repair_query under_way = { .open_only = true };
	struct sh_ledger *l = c->a->r->ledger;

	add(c, c->a->q->target);
	if (!l)
		return 0;
	if (sh_ledger_faults(l, true, on_fault, c, err) < 0 ||
	    sh_ledger_repairs(l, &under_way, on_repair, c, err) < 0)
		return -1;
	return sh_ledger_pauses(l, c->a->now, on_pause, c, err);
}

static bool is_in(const char *group, const char *id)
{
	return group && !strcmp(group, id);
}

static int64_t members_of(const struct sh_site *site, const char *id)
{
	int64_t n = 0;

	for (size_t i = 0; i < site->services; i++)
		n += is_in(site->service[i].group, id);
	for (size_t i = 0; i < site->filesystems; i++)
		n += is_in(site->filesystem[i].group, id);
	for (size_t i = 0; i < site->checks; i++)
		n += is_in(site->check[i].group, id);
	return n;
}

int sh_ask_capacity(struct sh_ask *a, enum sh_decision *d, struct sh_error *err)
{
	struct count c = { .a = a, .group = sh_site_lookup(a->r->site, a->q->target).group,
			   .names = SH_BUF_INIT };
	const struct sh_group *group = c.group ? sh_site_group(a->r->site, c.group) : NULL;
	int64_t members, most;
	int rc;

	if (!group)
		return 0;
	rc = count_down(&c, err);
	members = members_of(a->r->site, group->id);
	most = sh_capacity(group, members);
	if (rc == 0) {
		a->reason = sh_asprintf("group '%s': with this repair %zu of %lld would be unavailable, "
					"%lld may be%s%s", group->id, c.n, (long long)members,
					(long long)most, c.names.len ? "; now also " : "",
					sh_buf_str(&c.names));
		*d = (int64_t)c.n > most ? SH_DECIDE_REFUSE : *d;
	}
	free(c.down);
	sh_buf_release(&c.names);
	return rc;
}

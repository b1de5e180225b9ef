/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "repair/members.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "record/entity.h"
#include "record/json.h"
#include "topology/heard.h"

#define GROUP "group:"

/* Of two machines that share a site file each has members of its own. */
static bool is_here(const struct sh_repairer *r, const char *entity)
{
	struct sh_entity parts;

	return sh_entity_split(sh_span_of(entity), &parts) &&
	       (!parts.host.p || sh_span_equal(parts.host, sh_span_of(r->host)));
}

static const struct sh_node *entry_of(const struct sh_members *m, const char *entity)
{
	struct sh_site_word word = sh_site_lookup(m->r->site, entity);

	return word.group && !strcmp(word.group, m->group->id) && is_here(m->r, entity) ? word.entry : NULL;
}

struct sh_group_member *sh_members_get(const struct sh_members *m, const char *entity)
{
	const struct sh_node *entry = entry_of(m, entity);

	for (size_t i = 0; i < m->n; i++)
		if (entry ? m->item[i].entry == entry : !m->item[i].entry && !strcmp(m->item[i].entity, entity))
			return &m->item[i];
	return NULL;
}

static void add(struct sh_members *m, const struct sh_node *entry, const char *entity)
{
	if (!entry && sh_members_get(m, entity))
		return;
	sh_grow(m->item, m->n, m->cap);
	m->item[m->n++] = (struct sh_group_member){ .entry = entry, .entity = sh_strdup(entity) };
}

static void add_declared(struct sh_members *m, const char *group, const struct sh_node *entry,
			 const char *type, const char *id)
{
	SH_CLEANUP_FREE char *entity = sh_asprintf("%s:%s@%s", type, id, m->r->host);

	if (group && !strcmp(group, m->group->id))
		add(m, entry, entity);
}

static void add_site(struct sh_members *m)
{
	const struct sh_site *s = m->r->site;

	for (size_t i = 0; i < s->services; i++)
		add_declared(m, s->service[i].group, s->service[i].node, "service",
			     s->service[i].id);
	for (size_t i = 0; i < s->filesystems; i++)
		add_declared(m, s->filesystem[i].group, s->filesystem[i].node, "filesystem",
			     s->filesystem[i].id);
	for (size_t i = 0; i < s->checks; i++)
		add_declared(m, s->check[i].group, s->check[i].node, "check",
			     s->check[i].id);
}

/* Each relation to a group, until one returns non-zero. */
typedef int relation_fn(void *arg, const char *group, const char *member);

static int each_of(const struct sh_config_entry *e, const char *key, bool back, relation_fn *fn, void *arg)
{
	SH_CLEANUP_FREE const char **list = NULL;
	struct sh_error ignored = SH_ERROR_INIT;
	int got = sh_node_strings(e->node, key, &list, &ignored);

	for (size_t i = 0; got > 0 && list[i]; i++)
		if (fn(arg, back ? e->id : list[i], back ? list[i] : e->id))
			return 1;
	return 0;
}

static int each_relation(const struct sh_repairer *r, int64_t now, relation_fn *fn, void *arg, struct sh_error *err)
{
	const struct sh_config_entry *e;

	for (size_t i = 0; (e = sh_config_next(r->config, SH_SECTION_TOPOLOGY, &i));)
		if (each_of(e, "members", true, fn, arg) || each_of(e, "member_of", false, fn, arg))
			return 0;
	return r->ledger ? sh_ledger_members(r->ledger, now, fn, arg, err) : 0;
}

static const struct sh_group *group_named(const struct sh_repairer *r, const char *entity)
{
	return strncmp(entity, GROUP, strlen(GROUP)) ? NULL : sh_site_group(r->site, entity + strlen(GROUP));
}

struct search {
	struct sh_members *m;
	const char *target;
};

static int find_group(void *arg, const char *group, const char *member)
{
	const struct search *s = arg;

	if (strcmp(member, s->target) != 0)
		return 0;
	s->m->group = group_named(s->m->r, group);
	return s->m->group != NULL;
}

static int add_relation(void *arg, const char *group, const char *member)
{
	struct sh_members *m = arg;

	/* What the site declares here is among them already. */
	if (group_named(m->r, group) == m->group && !entry_of(m, member))
		add(m, NULL, member);
	return 0;
}

int sh_members_find(struct sh_members *m, const struct sh_repairer *r, const char *target, int64_t now,
		    struct sh_error *err)
{
	struct search s = { .m = m, .target = target };
	const char *declared = sh_site_lookup(r->site, target).group;

	*m = (struct sh_members){ .r = r };
	if (declared && is_here(r, target))
		m->group = sh_site_group(r->site, declared);
	else if (each_relation(r, now, find_group, &s, err) < 0)
		return -1;
	if (!m->group)
		return 0;
	add_site(m);
	return each_relation(r, now, add_relation, m, err);
}

struct names {
	const char *target;
	json_t *list;
};

static int add_name(void *arg, const char *group, const char *member)
{
	const struct names *n = arg;

	if (!strcmp(member, n->target) && !strncmp(group, GROUP, strlen(GROUP)))
		json_array_append_new(n->list, json_string(group + strlen(GROUP)));
	return 0;
}

int sh_members_groups(const struct sh_repairer *r, const char *target, int64_t now, json_t *out,
		      struct sh_error *err)
{
	struct names n = { .target = target, .list = out };
	const char *declared = sh_site_lookup(r->site, target).group;

	if (declared && is_here(r, target))
		json_array_append_new(out, json_string(declared));
	return each_relation(r, now, add_name, &n, err);
}

void sh_members_release(struct sh_members *m)
{
	for (size_t i = 0; i < m->n; i++) {
		free(m->item[i].entity);
		free(m->item[i].down);
	}
	free(m->item);
	m->item = NULL;
	m->n = m->cap = 0;
}

/* Until when an edge is believed, by its own time. 0: it has ended. */
static int64_t believed_until(const json_t *edge, int64_t time)
{
	const char *valid = sh_json_str(edge, "valid", NULL);
	int64_t lasts = SH_HEARD_VALID, until;

	if (json_is_true(json_object_get(edge, "removed")))
		return 0;
	if (valid && sh_duration_parse(valid, strlen(valid), &lasts) < 0)
		lasts = SH_HEARD_VALID;
	return __builtin_add_overflow(time, lasts, &until) ? INT64_MAX : until;
}

int sh_members_hear(const struct sh_repairer *r, const struct sh_record *edge, struct sh_error *err)
{
	json_auto_t *record = sh_record_json(edge);
	const char *from = sh_json_str(record, "from", NULL), *to = sh_json_str(record, "to", NULL);
	struct sh_entity parts;

	/* Of a group without limits nothing is asked. */
	if (!from || !to || strcmp(sh_json_str(record, "type", ""), "member_of") != 0 || !group_named(r, to) ||
	    !sh_entity_split(sh_span_of(from), &parts))
		return 0;
	return sh_ledger_member_put(r->ledger, to, from, believed_until(record, edge->time), err);
}

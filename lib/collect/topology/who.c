/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "collect/topology/who.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"
#include "collect/site/members.h"
#include "collect/text.h"
#include "collect/topology/place.h"
#include "record/entity.h"

#define MAX_TEXT 65536
#define SHORT_ID 12 /* as docker ps shows it */

static const char *keep(struct sh_who *w, const char *name)
{
	char *known = sh_map_gets(&w->names, name);

	if (!known) {
		known = sh_strdup(name);
		sh_map_puts(&w->names, name, known);
	}
	return known;
}

static const char *keep_entity(struct sh_survey *s, const char *type, const char *name, bool here)
{
	SH_CLEANUP_BUF struct sh_buf text = SH_BUF_INIT;

	sh_entity_add(&text, type, name, here ? s->c->host : NULL);
	return keep(s->who, sh_buf_str(&text));
}

/* A pid file says something about this machine, not about a tree. */
static void note_service(struct sh_survey *s, const struct sh_service *service)
{
	struct sh_who *w = s->who;
	struct sh_error none = SH_ERROR_INIT;
	struct sh_members m;
	const char *name;

	if ((service->pidfile && !s->c->machine) ||
	    sh_members_find(s->c, service, w->table, &m, &none) < 0)
		return;
	name = keep_entity(s, "service", service->id, true);
	for (size_t i = 0; i < m.n; i++) {
		struct sh_who_one *one = &w->one[m.item[i] - w->table->item];

		if (!one->service)
			one->service = name;
	}
	sh_members_release(&m);
}

struct sh_who *sh_survey_who(struct sh_survey *s)
{
	struct sh_error none = SH_ERROR_INIT;
	const struct sh_pstat_table *t;

	if (s->who)
		return s->who;
	t = sh_collect_procs(s->c, &none);
	if (!t)
		return NULL;
	s->who = sh_calloc(1, sizeof(*s->who));
	s->who->table = t;
	s->who->one = sh_calloc(t->n + 1, sizeof(*s->who->one));
	sh_map_init(&s->who->names, free);
	sh_map_init(&s->who->containers, NULL);
	for (size_t i = 0; s->c->site && i < s->c->site->services; i++)
		note_service(s, &s->c->site->service[i]);
	return s->who;
}

void sh_who_free(struct sh_who *w)
{
	if (!w)
		return;
	free(w->one);
	sh_map_release(&w->containers);
	sh_map_release(&w->names);
	free(w);
}

/* Pods are of the fleet; a container whose name cannot be read has its short id. */
static const char *container_of(struct sh_survey *s, const char *uid, const char *id)
{
	const char *key = *uid ? uid : id, *entity = sh_map_gets(&s->who->containers, key);
	SH_CLEANUP_FREE char *name = NULL;
	char brief[SHORT_ID + 1];

	if (entity)
		return entity;
	name = *uid ? sh_pod_name(s->c, uid) : sh_container_name(s->c, id);
	if (!name && !*id)
		return NULL;
	snprintf(brief, sizeof(brief), "%.*s", SHORT_ID, id);
	entity = *uid && name ? keep_entity(s, "pod", name, false)
			      : keep_entity(s, "container", name ? name : brief, true);
	sh_map_puts(&s->who->containers, key, (void *)(uintptr_t)entity);
	return entity;
}

static const char *machine_of(struct sh_survey *s, const struct sh_pstat *p)
{
	SH_CLEANUP_BUF struct sh_buf argv = SH_BUF_INIT;
	SH_CLEANUP_FREE char *name = NULL;
	struct sh_error none = SH_ERROR_INIT;
	char path[64];

	if (strncmp(p->name, "qemu-", 5) != 0 && strcmp(p->name, "kvm") != 0)
		return NULL;
	snprintf(path, sizeof(path), "proc/%d/cmdline", (int)p->pid);
	if (sh_file_read(s->c->root, path, MAX_TEXT, &argv, &none) < 0)
		return NULL;
	name = sh_qemu_name(sh_text_of(&argv));
	return name ? keep_entity(s, "vm", name, false) : NULL;
}

static void look(struct sh_survey *s, const struct sh_pstat *p, struct sh_who_one *one)
{
	SH_CLEANUP_BUF struct sh_buf text = SH_BUF_INIT;
	struct sh_error none = SH_ERROR_INIT;
	struct sh_place place;
	char path[64];

	one->looked_at = true;
	snprintf(path, sizeof(path), "proc/%d/cgroup", (int)p->pid);
	if (p->kernel || sh_file_read(s->c->root, path, MAX_TEXT, &text, &none) < 0)
		return;
	sh_place_parse(&place, sh_text_of(&text));
	one->session = place.session;
	if (*place.vm)
		one->inside = keep_entity(s, "vm", place.vm, false);
	else if (*place.pod || *place.container)
		one->inside = container_of(s, place.pod, place.container);
	else if (*place.machine)
		one->inside = keep_entity(s, "container", place.machine, true);
	else
		one->inside = machine_of(s, p);
	if (*place.unit)
		one->unit = keep_entity(s, "service", place.unit, true);
}

const struct sh_who_one *sh_who_look(struct sh_survey *s, size_t i)
{
	struct sh_who_one *one = &s->who->one[i];

	if (!one->looked_at)
		look(s, &s->who->table->item[i], one);
	return one;
}

const char *sh_who_lasts(struct sh_survey *s, size_t i)
{
	const struct sh_who_one *one = sh_who_look(s, i);

	if (one->service)
		return one->service;
	return one->inside ? one->inside : one->unit;
}

const char *sh_who_is(struct sh_survey *s, size_t i, bool listens)
{
	const struct sh_pstat *p = &s->who->table->item[i];
	const char *name = sh_who_lasts(s, i);

	if (name)
		return name;
	if (p->kernel || p->pid == 1 || p->pid == getpid() || (s->who->one[i].session && !listens))
		return NULL;
	return keep_entity(s, "process", p->name, true);
}

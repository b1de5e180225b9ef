/* SPDX-License-Identifier: MIT */
#include <config.h> /* not the one of this directory */

#include "config/site.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "config/check.h"
#include "config/fields.h"
#include "config/filesystem.h"
#include "config/group.h"
#include "config/keys.h"
#include "config/means.h"
#include "config/service.h"
#include "record/entity.h"

/* One loading: where errors go, and whether there was any. */
struct loading {
	struct sh_site *site;
	const struct sh_config *config;
	sh_config_report_fn *report;
	void *arg;
	struct sh_error *first;
};

static void note(struct loading *l, struct sh_error *err)
{
	if (!sh_error_is_set(err))
		return;
	if (!sh_error_is_set(l->first))
		*l->first = *err;
	else if (l->report)
		l->report(l->arg, err);
	sh_error_clear(err);
}

/* Only mode and parameters are looked at here: the rest of a task is lib/schedule's. */
static int load_task(struct sh_site_task *task, const struct sh_config_entry *from, struct sh_error *err)
{
	*task = (struct sh_site_task){ .id = from->id, .mode = SH_MODE_ASK, .node = from->node };
	if (sh_field_mode(from->node, &task->mode, err) < 0)
		return -1;
	return sh_field_params(from->node, &task->params, err);
}

static int load_thing(struct sh_site_thing *thing, const struct sh_config_entry *from,
		      const char *what, enum sh_means kind, struct sh_error *err)
{
	static const char *const known[] = { "group", "mode", "params", NULL };

	*thing = (struct sh_site_thing){ .id = from->id, .mode = SH_MODE_ASK, .node = from->node };
	if (sh_means_check(from->node, what, known, kind, err) < 0 ||
	    sh_field_text(from->node, "group", &thing->group, err) < 0 ||
	    sh_field_mode(from->node, &thing->mode, err) < 0)
		return -1;
	return sh_field_params(from->node, &thing->params, err);
}

static int load_host(struct sh_site_thing *host, const struct sh_config_entry *from, struct sh_error *err)
{
	return load_thing(host, from, "host", SH_MEANS_HOST, err);
}

static int load_interface(struct sh_site_thing *net, const struct sh_config_entry *from,
			  struct sh_error *err)
{
	return load_thing(net, from, "interface", SH_MEANS_INTERFACE, err);
}

#define LOAD_SECTION(l, section_id, list, count, load)                                           \
	do {                                                                                     \
		const struct sh_config_entry *e_;                                                \
		struct sh_error err_ = SH_ERROR_INIT;                                            \
		size_t at_ = 0;                                                                  \
                                                                                                 \
		(l)->site->list = sh_calloc((l)->config->section[section_id].live + 1,           \
					    sizeof(*(l)->site->list));                           \
		while ((e_ = sh_config_next((l)->config, (section_id), &at_))) {                 \
			load(&(l)->site->list[(l)->site->count++], e_, &err_);                   \
			note((l), &err_);                                                        \
		}                                                                                \
	} while (0)

static void check_group(struct loading *l, const char *group, const struct sh_node *node)
{
	struct sh_error err = SH_ERROR_INIT;
	const char **known, *nearest;

	if (!group || sh_site_group(l->site, group))
		return;
	known = sh_calloc(l->site->groups + 1, sizeof(*known));
	for (size_t i = 0; i < l->site->groups; i++)
		known[i] = l->site->group[i].id;
	nearest = sh_keys_nearest(group, known);
	sh_node_fail(sh_node_get(node, "group"), &err, "unknown group '%.60s'%s%.60s%s", group,
		     nearest ? "; did you mean '" : "", nearest ? nearest : "", nearest ? "'?" : "");
	free(known);
	note(l, &err);
}

static void check_groups(struct loading *l)
{
	const struct sh_site *s = l->site;

	for (size_t i = 0; i < s->services; i++)
		check_group(l, s->service[i].group, s->service[i].node);
	for (size_t i = 0; i < s->filesystems; i++)
		check_group(l, s->filesystem[i].group, s->filesystem[i].node);
	for (size_t i = 0; i < s->checks; i++)
		check_group(l, s->check[i].group, s->check[i].node);
	for (size_t i = 0; i < s->hosts; i++)
		check_group(l, s->host[i].group, s->host[i].node);
	for (size_t i = 0; i < s->interfaces; i++)
		check_group(l, s->interface[i].group, s->interface[i].node);
}

int sh_site_load_all(struct sh_site *site, const struct sh_config *c, sh_config_report_fn *report,
		     void *arg, struct sh_error *err)
{
	struct loading l = { site, c, report, arg, err };

	*site = (struct sh_site){ 0 };
	LOAD_SECTION(&l, SH_SECTION_SERVICES, service, services, sh_service_load);
	LOAD_SECTION(&l, SH_SECTION_FILESYSTEMS, filesystem, filesystems, sh_filesystem_load);
	LOAD_SECTION(&l, SH_SECTION_CHECKS, check, checks, sh_check_entry_load);
	LOAD_SECTION(&l, SH_SECTION_GROUPS, group, groups, sh_group_load);
	LOAD_SECTION(&l, SH_SECTION_TASKS, task, tasks, load_task);
	LOAD_SECTION(&l, SH_SECTION_HOSTS, host, hosts, load_host);
	LOAD_SECTION(&l, SH_SECTION_INTERFACES, interface, interfaces, load_interface);
	check_groups(&l);
	return sh_error_is_set(err) ? -1 : 0;
}

int sh_site_load(struct sh_site *site, const struct sh_config *c, struct sh_error *err)
{
	return sh_site_load_all(site, c, NULL, NULL, err);
}

void sh_site_release(struct sh_site *site)
{
	for (size_t i = 0; i < site->services; i++)
		sh_service_release(&site->service[i]);
	for (size_t i = 0; i < site->filesystems; i++)
		sh_filesystem_release(&site->filesystem[i]);
	for (size_t i = 0; i < site->checks; i++)
		sh_check_entry_release(&site->check[i]);
	for (size_t i = 0; i < site->tasks; i++)
		json_decref(site->task[i].params);
	for (size_t i = 0; i < site->hosts; i++)
		json_decref(site->host[i].params);
	for (size_t i = 0; i < site->interfaces; i++)
		json_decref(site->interface[i].params);
	free(site->host);
	free(site->interface);
	free(site->service);
	free(site->filesystem);
	free(site->check);
	free(site->group);
	free(site->task);
	*site = (struct sh_site){ 0 };
}

#define FIND_BY_ID(list, count, wanted)                                 \
	do {                                                            \
		for (size_t i_ = 0; i_ < (count); i_++)                 \
			if (strcmp((list)[i_].id, (wanted)) == 0)       \
				return &(list)[i_];                     \
		return NULL;                                            \
	} while (0)

const struct sh_service *sh_site_service(const struct sh_site *site, const char *id)
{
	FIND_BY_ID(site->service, site->services, id);
}

const struct sh_filesystem *sh_site_filesystem(const struct sh_site *site, const char *mount)
{
	FIND_BY_ID(site->filesystem, site->filesystems, mount);
}

const struct sh_check_entry *sh_site_check(const struct sh_site *site, const char *id)
{
	FIND_BY_ID(site->check, site->checks, id);
}

const struct sh_group *sh_site_group(const struct sh_site *site, const char *id)
{
	FIND_BY_ID(site->group, site->groups, id);
}

static const struct sh_site_task *find_task(const struct sh_site *site, const char *id)
{
	FIND_BY_ID(site->task, site->tasks, id);
}

/* A declared file of any service. */
static const struct sh_site_file *find_file(const struct sh_site *site, const char *path,
					    const struct sh_service **service)
{
	for (size_t i = 0; i < site->services; i++) {
		const struct sh_service *s = &site->service[i];

		for (size_t j = 0; j < s->files; j++) {
			if (!s->file[j].path || strcmp(s->file[j].path, path) != 0)
				continue;
			*service = s;
			return &s->file[j];
		}
	}
	return NULL;
}

/* Its own entry, else that for all. */
static const struct sh_site_thing *find_thing(const struct sh_site_thing *thing, size_t n, const char *id)
{
	const struct sh_site_thing *all = NULL;

	for (size_t i = 0; i < n; i++) {
		if (strcmp(thing[i].id, id) == 0)
			return &thing[i];
		if (strcmp(thing[i].id, "*") == 0)
			all = &thing[i];
	}
	return all;
}

/* What an entity stands for; all but one member NULL, or all. */
struct found {
	const struct sh_service *service;
	const struct sh_filesystem *filesystem;
	const struct sh_check_entry *check;
	const struct sh_site_task *task;
	const struct sh_site_thing *thing;
	const struct sh_site_file *file; /* with service: whose it is */
};

static struct found find(const struct sh_site *site, const char *entity)
{
	SH_CLEANUP_BUF struct sh_buf name = SH_BUF_INIT;
	struct found f = { 0 };
	struct sh_entity parts;

	if (!sh_entity_split(sh_span_of(entity), &parts))
		return f;
	sh_entity_decode(parts.name, &name);
	if (sh_span_is(parts.type, "service"))
		f.service = sh_site_service(site, sh_buf_str(&name));
	else if (sh_span_is(parts.type, "filesystem"))
		f.filesystem = sh_site_filesystem(site, sh_buf_str(&name));
	else if (sh_span_is(parts.type, "check"))
		f.check = sh_site_check(site, sh_buf_str(&name));
	else if (sh_span_is(parts.type, "task"))
		f.task = find_task(site, sh_buf_str(&name));
	else if (sh_span_is(parts.type, "host"))
		f.thing = find_thing(site->host, site->hosts, sh_buf_str(&name));
	else if (sh_span_is(parts.type, "net"))
		f.thing = find_thing(site->interface, site->interfaces, sh_buf_str(&name));
	else if (sh_span_is(parts.type, "file"))
		f.file = find_file(site, sh_buf_str(&name), &f.service);
	return f;
}

struct sh_site_word sh_site_lookup(const struct sh_site *site, const char *entity)
{
	struct found f = find(site, entity);

	if (f.service)
		return (struct sh_site_word){ true, f.service->mode, f.service->params, f.service->group,
					      f.service->node };
	if (f.filesystem)
		return (struct sh_site_word){ true, f.filesystem->mode, f.filesystem->params,
					      f.filesystem->group, f.filesystem->node };
	if (f.check)
		return (struct sh_site_word){ true, f.check->mode, f.check->params, f.check->group,
					      f.check->node };
	if (f.task)
		return (struct sh_site_word){ true, f.task->mode, f.task->params, NULL, f.task->node };
	if (f.thing)
		return (struct sh_site_word){ true, f.thing->mode, f.thing->params, f.thing->group,
					      f.thing->node };
	return (struct sh_site_word){ false, SH_MODE_OBSERVE, NULL, NULL, NULL };
}

static json_t *entry_json(const struct sh_node *node, const char *id)
{
	json_t *json = sh_node_json(node);

	json_object_set_new(json, "id", json_string(id));
	return json;
}

static json_t *strings_json(const char *const *list)
{
	json_t *json = json_array();

	for (; list && *list; list++)
		json_array_append_new(json, json_string(*list));
	return json;
}

static json_t *file_json(const struct sh_site_file *file, const struct sh_service *service)
{
	json_t *json = json_object();

	json_object_set_new(json, "path", json_string(file->path));
	if (file->validate)
		json_object_set_new(json, "validate",
				    strings_json((const char *const *)file->validate));
	if (file->mode_bits >= 0) {
		SH_CLEANUP_FREE char *octal = sh_asprintf("%04o", (unsigned)file->mode_bits);

		json_object_set_new(json, "mode", json_string(octal));
	}
	if (file->owner)
		json_object_set_new(json, "owner", json_string(file->owner));
	json_object_set_new(json, "service", entry_json(service->node, service->id));
	return json;
}

/* Sizes as numbers: an action is not to know how people write them. */
static json_t *filesystem_json(const struct sh_filesystem *fs)
{
	json_t *json = entry_json(fs->node, fs->id), *clean = json_object_get(json, "clean");

	for (size_t i = 0; i < fs->cleans; i++)
		if (fs->clean[i].max_bytes)
			json_object_set_new(json_array_get(clean, i), "max_bytes",
					    json_integer((json_int_t)fs->clean[i].max_bytes));
	return json;
}

json_t *sh_site_entry_json(const struct sh_site *site, const char *entity)
{
	struct found f = find(site, entity);

	if (f.file)
		return file_json(f.file, f.service);
	if (f.service)
		return entry_json(f.service->node, f.service->id);
	if (f.filesystem)
		return filesystem_json(f.filesystem);
	if (f.check)
		return entry_json(f.check->node, f.check->id);
	if (f.thing)
		return entry_json(f.thing->node, f.thing->id);
	return f.task ? entry_json(f.task->node, f.task->id) : NULL;
}

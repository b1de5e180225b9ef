/* SPDX-License-Identifier: MIT */
#include <config.h> /* not the one of this directory */

#include "config/service.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "config/check.h"
#include "config/fields.h"
#include "config/means.h"
#include "record/entity.h"

static int load_match(struct sh_service *s, const struct sh_node *node, struct sh_error *err)
{
	static const char *const known[] = { "exe", "cmdline", NULL };
	const struct sh_node *match = sh_node_get(node, "match");

	if (!match)
		return 0;
	if (sh_node_check_keys(match, "match", known, err) < 0 ||
	    sh_field_path(match, "exe", &s->exe, err) < 0 ||
	    sh_field_text(match, "cmdline", &s->cmdline, err) < 0)
		return -1;
	if (!s->exe && !s->cmdline)
		return sh_node_fail(match, err, "'match' needs 'exe' or 'cmdline'");
	return 0;
}

/* How its processes are found. */
static int load_identity(struct sh_service *s, const struct sh_node *node, struct sh_error *err)
{
	int ways = !!sh_node_get(node, "pidfile") + !!sh_node_get(node, "match") +
		   !!sh_node_get(node, "unit");

	if (ways != 1)
		return sh_node_fail(node, err, "service '%.60s' needs exactly one of 'pidfile', 'match' and 'unit'",
				    s->id);
	if (sh_field_path(node, "pidfile", &s->pidfile, err) < 0 || load_match(s, node, err) < 0)
		return -1;
	return sh_field_text(node, "unit", &s->unit, err);
}

static int load_env(struct sh_service *s, const struct sh_node *node, struct sh_error *err)
{
	const struct sh_node *env = sh_node_get(node, "env");

	if (!env)
		return 0;
	if (env->type != SH_NODE_MAP)
		return sh_node_fail(env, err, "'env' must be a map from names to text");
	s->env = json_object();
	for (size_t i = 0; i < env->n; i++) {
		const char *text;

		if (!*env->key[i] || strchr(env->key[i], '='))
			return sh_node_fail_key(env, i, err, "not a name of an environment variable");
		if (sh_node_text(env->item[i], &text, err) < 0)
			return -1;
		json_object_set_new(s->env, env->key[i], json_string(text));
	}
	return 0;
}

static int load_commands(struct sh_service *s, const struct sh_node *node, struct sh_error *err)
{
	if (sh_field_argv(node, "start", &s->start, err) < 0 ||
	    sh_field_argv(node, "stop", &s->stop, err) < 0 ||
	    sh_field_text(node, "user", &s->user, err) < 0 ||
	    sh_field_path(node, "directory", &s->directory, err) < 0 || load_env(s, node, err) < 0)
		return -1;
	s->start_timeout = 30 * SH_SEC;
	if (sh_node_duration(node, "start_timeout", &s->start_timeout, err) < 0)
		return -1;
	if (s->start_timeout < SH_MS || s->start_timeout > SH_DAY)
		return sh_node_fail(sh_node_get(node, "start_timeout"), err,
				    "'start_timeout' must be from 1ms to 1d");
	return 0;
}

static int load_checks(struct sh_service *s, const struct sh_node *node, struct sh_error *err)
{
	const struct sh_node *list = sh_node_get(node, "checks");

	if (!list)
		return 0;
	if (list->type != SH_NODE_LIST)
		return sh_node_fail(list, err, "'checks' must be a list");
	s->check = sh_calloc(list->n + 1, sizeof(*s->check));
	while (s->checks < list->n) {
		struct sh_check *check = &s->check[s->checks++]; /* counted first: release frees it */

		if (sh_check_load(check, list->item[s->checks - 1], err) < 0)
			return -1;
	}
	return 0;
}

/* Octal digits as chmod takes them; YAML itself would read 0644 as decimal. */
static int load_permissions(struct sh_site_file *f, const struct sh_node *node, struct sh_error *err)
{
	const char *text = NULL;
	char *end;
	int rc = sh_field_text(node, "mode", &text, err);

	f->mode_bits = -1;
	if (rc <= 0)
		return rc;
	if (strncmp(text, "0o", 2) == 0)
		text += 2;
	f->mode_bits = strtol(text, &end, 8);
	if (*end || strlen(text) > 5 || text[0] < '0' || text[0] > '7' || f->mode_bits > 07777)
		return sh_node_fail(sh_node_get(node, "mode"), err,
				    "'mode' must be permissions such as 0644");
	return 1;
}

static int load_file(struct sh_site_file *f, const struct sh_node *node, struct sh_error *err)
{
	static const char *const known[] = { "path", "baseline", "validate", "mode", "owner", NULL };

	if (sh_node_check_keys(node, "file", known, err) < 0)
		return -1;
	if (!sh_node_get(node, "path"))
		return sh_node_fail(node, err, "a file needs a 'path'");
	if (sh_field_path(node, "path", &f->path, err) < 0 ||
	    sh_node_bool(node, "baseline", &f->baseline, err) < 0 ||
	    sh_field_argv(node, "validate", &f->validate, err) < 0 ||
	    load_permissions(f, node, err) < 0 || sh_field_text(node, "owner", &f->owner, err) < 0)
		return -1;
	return 0;
}

static int load_files(struct sh_service *s, const struct sh_node *node, struct sh_error *err)
{
	const struct sh_node *list = sh_node_get(node, "files");

	if (!list)
		return 0;
	if (list->type != SH_NODE_LIST)
		return sh_node_fail(list, err, "'files' must be a list");
	s->file = sh_calloc(list->n + 1, sizeof(*s->file));
	while (s->files < list->n) {
		struct sh_site_file *f = &s->file[s->files++]; /* counted first: release frees it */

		if (load_file(f, list->item[s->files - 1], err) < 0)
			return -1;
	}
	return 0;
}

/* The limits that actions set are what it may use: rules know them as parameters. */
static int load_allowed(struct sh_service *s, const struct sh_node *node, struct sh_error *err)
{
	const struct sh_node *limits = sh_node_get(node, "limits");
	uint64_t memory;
	double cpu;
	int has_memory, has_cpu;

	if (!limits)
		return 0;
	has_memory = sh_node_size(limits, "memory", &memory, err);
	has_cpu = has_memory < 0 ? -1 : sh_node_number(limits, "cpu", &cpu, err);
	if (has_cpu < 0)
		return -1;
	if ((has_memory || has_cpu) && !s->params)
		s->params = json_object();
	if (has_memory && !json_object_get(s->params, "memory_allowed"))
		json_object_set_new(s->params, "memory_allowed", json_real((double)memory));
	if (has_cpu && !json_object_get(s->params, "cpu_allowed"))
		json_object_set_new(s->params, "cpu_allowed", json_real(cpu));
	return 0;
}

int sh_service_load(struct sh_service *s, const struct sh_config_entry *from, struct sh_error *err)
{
	static const char *const known[] = {
		"pidfile", "match", "unit", "start", "stop", "user", "directory", "env",
		"start_timeout", "checks", "files", "depends_on", "group", "mode", "params", NULL
	};
	const struct sh_node *node = from->node;

	*s = (struct sh_service){ .id = from->id, .mode = SH_MODE_ASK, .node = node };
	if (!*from->id)
		return sh_node_fail(node, err, "a service needs a name");
	if (sh_means_check(node, "service", known, SH_MEANS_SERVICE, err) < 0 || load_identity(s, node, err) < 0 ||
	    load_commands(s, node, err) < 0 || load_checks(s, node, err) < 0 ||
	    load_files(s, node, err) < 0 || sh_dependencies_load(&s->depends_on, node, err) < 0 ||
	    sh_field_text(node, "group", &s->group, err) < 0 ||
	    sh_field_mode(node, &s->mode, err) < 0 || sh_field_params(node, &s->params, err) < 0 ||
	    load_allowed(s, node, err) < 0)
		return -1;
	return 0;
}

void sh_service_release(struct sh_service *s)
{
	for (size_t i = 0; i < s->files; i++)
		free(s->file[i].validate);
	for (size_t i = 0; i < s->checks; i++)
		sh_check_release(&s->check[i]);
	free(s->start);
	free(s->stop);
	free(s->check);
	free(s->file);
	sh_dependencies_release(&s->depends_on);
	json_decref(s->env);
	json_decref(s->params);
}

/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "repair/descriptor.h"

#include <ctype.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/mem.h"

#define MAX_DESCRIPTOR 65536
#define DEFAULT_TIMEOUT (30 * SH_SEC)

const char *const sh_risk_words[] = { "low", "medium", "high", NULL };

static const char *const keys[] = { "title",   "program",    "risk",	 "undo",
				    "timeout", "parameters", "sandbox", "container",
				    NULL };
static const char *const parameter_keys[] = { "type",    "required", "default",
					      "pattern", "from",     NULL };

static char *directory(const char *variable, const char *fallback)
{
	const char *value = getenv(variable);

	return sh_strdup(value && *value ? value : fallback);
}

static void free_descriptor(void *p)
{
	struct sh_descriptor *d = p;

	free(d->name);
	free(d->path);
	sh_sandbox_release(&d->sandbox);
	sh_container_release(&d->container);
	sh_node_free(d->node);
	free(d);
}

void sh_actions_init(struct sh_actions *a)
{
	SH_CLEANUP_FREE char *stock = directory("SH_STOCK", SH_DATADIR);
	SH_CLEANUP_FREE char *libexec = directory("SH_LIBEXEC", SH_LIBEXECDIR);

	a->directory = sh_asprintf("%s/actions", stock);
	a->libexec = sh_asprintf("%s/actions", libexec);
	sh_map_init(&a->known, free_descriptor);
}

void sh_actions_release(struct sh_actions *a)
{
	free(a->directory);
	free(a->libexec);
	sh_map_release(&a->known);
}

char *sh_repair_bindir(void)
{
	return directory("SH_BINDIR", SH_BINDIR);
}

/* A name comes from a playbook; it must not climb out of the directory. */
static bool is_plain(const char *name)
{
	if (!*name || *name == '.')
		return false;
	for (; *name; name++)
		if (!isalnum((unsigned char)*name) && !strchr("-_.", *name))
			return false;
	return true;
}

static int check_parameters(const struct sh_node *parameters, struct sh_error *err)
{
	for (size_t i = 0; parameters && i < parameters->n; i++)
		if (sh_node_check_keys(parameters->item[i], "parameter", parameter_keys, err) < 0)
			return -1;
	return 0;
}

static int fill(struct sh_actions *a, struct sh_descriptor *d, struct sh_error *err)
{
	const char *program = d->name;
	SH_CLEANUP_FD int fd = -1;

	d->timeout = DEFAULT_TIMEOUT;
	d->risk = SH_RISK_MEDIUM;
	if (sh_node_check_keys(d->node, "action", keys, err) < 0 ||
	    sh_node_string(d->node, "title", &d->title, err) < 0 ||
	    sh_node_string(d->node, "program", &program, err) < 0 ||
	    sh_node_choice(d->node, "risk", sh_risk_words, &d->risk, err) < 0 ||
	    sh_node_bool(d->node, "undo", &d->undo, err) < 0 ||
	    sh_node_duration(d->node, "timeout", &d->timeout, err) < 0 ||
	    sh_sandbox_read(&d->sandbox, sh_node_get(d->node, "sandbox"), err) < 0 ||
	    sh_container_read(&d->container, sh_node_get(d->node, "container"), err) < 0)
		return -1;
	d->parameters = sh_node_get(d->node, "parameters");
	if (check_parameters(d->parameters, err) < 0)
		return -1;
	if (!is_plain(program))
		return sh_error_set(err, SH_ERRC_CONFIG, "action '%s': program '%s' is no plain name",
				    d->name, program);
	d->path = d->container.image ? sh_strdup(d->container.engine) :
				       sh_asprintf("%s/%s", a->libexec, program);
	fd = sh_file_open_trusted(d->path, err);
	if (fd < 0)
		return -1;
	if (access(d->path, X_OK) < 0)
		return sh_error_sys(err, "cannot execute '%s'", d->path);
	return 0;
}

static int load(struct sh_actions *a, struct sh_descriptor *d, struct sh_error *err)
{
	SH_CLEANUP_FREE char *file = sh_asprintf("%s/%s.yaml", a->directory, d->name);
	SH_CLEANUP_BUF struct sh_buf text = SH_BUF_INIT;
	SH_CLEANUP_FD int fd = sh_file_open_trusted(file, err);
	char path[64];

	if (fd < 0)
		return -1;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (sh_file_read(AT_FDCWD, path, MAX_DESCRIPTOR, &text, err) < 0)
		return -1;
	d->node = sh_node_parse(file, sh_buf_str(&text), text.len, err);
	return d->node ? fill(a, d, err) : -1;
}

const struct sh_descriptor *sh_actions_find(struct sh_actions *a, const char *name,
					    struct sh_error *err)
{
	struct sh_descriptor *d = sh_map_gets(&a->known, name);

	if (d)
		return d;
	if (!is_plain(name)) {
		sh_error_set_(err, SH_ERRC_CONFIG, 0, "'%s' is no name of an action", name);
		return NULL;
	}
	d = sh_calloc(1, sizeof(*d));
	d->name = sh_strdup(name);
	if (load(a, d, err) < 0) {
		sh_error_prefix(err, "action '%s'", name);
		err->code = SH_ERRC_CONFIG;
		free_descriptor(d);
		return NULL;
	}
	sh_map_puts(&a->known, name, d);
	return d;
}

bool sh_descriptor_is_from_site(const struct sh_descriptor *d, const char *parameter)
{
	const struct sh_node *from = sh_node_get(sh_node_get(d->parameters, parameter), "from");

	return from && from->text && !strcmp(from->text, "site");
}

static int check_one(const struct sh_descriptor *d, const char *name, json_t *parameters,
		     struct sh_error *err)
{
	const struct sh_node *spec = sh_node_get(d->parameters, name);
	const struct sh_node *fallback = sh_node_get(spec, "default");
	const json_t *value = json_object_get(parameters, name);
	bool required = false;

	if (sh_node_bool(spec, "required", &required, err) < 0)
		return -1;
	if (!value && fallback) {
		json_object_set_new(parameters, name, sh_node_json(fallback));
		value = json_object_get(parameters, name);
	}
	if (!value && required)
		return sh_error_set(err, SH_ERRC_CONFIG, "parameter '%s' is missing%s", name,
				    sh_node_get(spec, "from") ? ": the site file does not give it" : "");
	return value ? sh_parameter_check(spec, name, value, err) : 0;
}

int sh_descriptor_check(const struct sh_descriptor *d, json_t *parameters, struct sh_error *err)
{
	const char *name;
	json_t *value;

	json_object_foreach(parameters, name, value)
		if (!sh_node_get(d->parameters, name))
			return sh_error_set(err, SH_ERRC_CONFIG,
					    "action '%s' has no parameter '%s'", d->name, name);
	for (size_t i = 0; d->parameters && i < d->parameters->n; i++)
		if (check_one(d, d->parameters->key[i], parameters, err) < 0) {
			sh_error_prefix(err, "action '%s'", d->name);
			return -1;
		}
	return 0;
}

/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "repair/container.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/confine.h"
#include "base/mem.h"
#include "base/process.h"

#define ENGINE "/usr/bin/podman"
/* For a word of the engine about its images, and for the end of a container. */
#define ENGINE_TIME (20 * SH_SEC)
#define MOST_ARGUMENTS 192

static const char *const keys[] = { "image", "program", "engine", "versions", "read", NULL };

int sh_container_read(struct sh_container *c, const struct sh_node *node, struct sh_error *err)
{
	*c = (struct sh_container){ .engine = ENGINE };
	if (!node)
		return 0;
	if (sh_node_check_keys(node, "container", keys, err) < 0 ||
	    sh_node_string(node, "image", &c->image, err) < 0 ||
	    sh_node_string(node, "program", &c->program, err) < 0 ||
	    sh_node_string(node, "engine", &c->engine, err) < 0 ||
	    sh_node_strings(node, "versions", &c->versions, err) < 0 ||
	    sh_node_strings(node, "read", &c->read, err) < 0)
		return -1;
	if (!c->image || !*c->image || *c->image == '-')
		return sh_node_fail(node, err, "a container needs an 'image'");
	if (!c->program || *c->program != '/' || *c->engine != '/')
		return sh_node_fail(node, err, "'program' and 'engine' are absolute paths");
	if (!c->versions || !c->versions[0])
		return sh_node_fail(node, err, "a container needs 'versions'");
	return 0;
}

void sh_container_release(struct sh_container *c)
{
	free(c->versions);
	free(c->read);
	*c = (struct sh_container){ .image = NULL };
}

/* In the letters that names may have, and no two texts become one. */
static void add_name(struct sh_buf *out, const char *text)
{
	for (const char *p = text; *p; p++)
		if (isalnum((unsigned char)*p) || strchr(".-", *p))
			sh_buf_addch(out, *p);
		else if (*p == '_')
			sh_buf_addstr(out, "__");
		else
			sh_buf_addf(out, "_%02x", (unsigned char)*p);
}

/* The same for the same step of the same plan. */
static char *name_of(const struct sh_container_call *call, const char *verb)
{
	struct sh_buf name = SH_BUF_INIT;

	sh_buf_addstr(&name, "selfheal-");
	add_name(&name, call->plan);
	sh_buf_addch(&name, '-');
	add_name(&name, call->step ? call->step : "check");
	sh_buf_addf(&name, "-%s", verb);
	return sh_buf_take(&name);
}

/* Run the engine; 0 where it succeeded, with its standard output in OUT unless that is NULL. */
static int ask_engine(const char *const *argv, struct sh_buf *out, struct sh_error *err)
{
	const struct sh_child_options opt = { .argv = argv, .timeout = ENGINE_TIME, .alone = true };
	struct sh_child child = { 0 };
	int rc = sh_child_start(&child, &opt, err);

	if (rc == 0)
		rc = sh_child_wait(&child, err);
	if (rc == 0 && sh_child_exit_code(&child) != 0) {
		const char *said = sh_buf_str(&child.stderr_data);

		rc = sh_error_set(err, SH_ERRC_UNAVAILABLE, "'%s %s' ended with %d: %.*s", argv[0],
				  argv[1], sh_child_exit_code(&child), (int)strcspn(said, "\n"), said);
	}
	if (rc == 0 && out)
		sh_buf_add(out, sh_buf_str(&child.stdout_data), child.stdout_data.len);
	sh_child_release(&child);
	return rc;
}

/* "ID DIGEST" of the image, as the engine has it now. */
static int find_image(struct sh_container_use *u, const char *digest, struct sh_error *err)
{
	const struct sh_container *c = u->container;
	SH_CLEANUP_FREE char *image = sh_asprintf("%s:%s", c->image, u->version);
	const char *const argv[] = { c->engine, "image", "inspect", "--format", "{{.Id}} {{.Digest}}",
				     image, NULL };
	SH_CLEANUP_BUF struct sh_buf said = SH_BUF_INIT;
	const char *text;
	size_t len;

	if (ask_engine(argv, &said, err) < 0) {
		sh_error_prefix(err, "image '%s'", image);
		return -1;
	}
	text = sh_buf_str(&said);
	len = strcspn(text, " \n");
	u->id = sh_strndup(text, len);
	text += len + strspn(text + len, " ");
	if (!len || (digest && (strncmp(text, digest, strlen(digest)) || !strchr(" \n", text[strlen(digest)]))))
		return sh_error_set(err, SH_ERRC_CONFIG, "image '%s' is not %s but %.*s", image,
				    digest ? digest : "known", (int)strcspn(text, "\n"), text);
	return 0;
}

unsigned sh_container_parts(const struct sh_sandbox *s)
{
	return SH_SANDBOX_PRIVILEGES | SH_SANDBOX_CAPABILITIES | SH_SANDBOX_WRITE | SH_SANDBOX_TMP |
	       (s->network ? 0 : SH_SANDBOX_NETWORK) | (s->parts & SH_SANDBOX_USER) |
	       (s->memory ? 0 : s->parts & SH_SANDBOX_LIMITS);
}

/* What would end a path, or begin another option, where the engine reads it. */
static int check_paths(char *const *path, struct sh_error *err)
{
	for (; *path; path++)
		if (strpbrk(*path, ",\":\n"))
			return sh_error_set(err, SH_ERRC_CONFIG, "'%.200s' cannot be given to a container",
					    *path);
	return 0;
}

int sh_container_prepare(struct sh_container_use *u, const struct sh_container *c,
			 const struct sh_sandbox *s, size_t i, const struct sh_container_call *call,
			 struct sh_error *err)
{
	const char *at = strchr(c->versions[i], '@');

	*u = (struct sh_container_use){ .container = c, .sandbox = s };
	u->name = name_of(call, call->verb);
	u->version = sh_strndup(c->versions[i], at ? (size_t)(at - c->versions[i]) : strlen(c->versions[i]));
	u->enforced = sh_container_parts(s);
	/* The engine has a filter of its own, of which we know nothing. */
	u->missing = (s->parts | s->require) & ~u->enforced;
	u->write = sh_sandbox_paths((const char *const *)s->write, call->parameters, call->state, err);
	u->read = sh_sandbox_paths((const char *const *)c->read, call->parameters, call->state, err);
	if (!u->write || !u->read || check_paths(u->write, err) < 0 || check_paths(u->read, err) < 0)
		return -1;
	return find_image(u, at ? at + 1 : NULL, err);
}

struct words {
	char *word[MOST_ARGUMENTS + 1];
	size_t n;
};

static void add(struct words *w, char *word)
{
	if (w->n < MOST_ARGUMENTS)
		w->word[w->n++] = word;
	else
		free(word);
}

static void add_mounts(struct words *w, char *const *path, const char *how)
{
	for (; *path; path++)
		add(w, sh_asprintf("--mount=type=bind,source=%s,target=%s%s", *path, *path, how));
}

static void add_limit(struct words *w, const char *name, uint64_t most)
{
	if (most)
		add(w, sh_asprintf("--ulimit=%s=%" PRIu64 ":%" PRIu64, name, most, most));
}

static void add_sandbox(struct words *w, const struct sh_sandbox *s)
{
	add(w, sh_strdup(s->network ? "--network=host" : "--network=none"));
	for (int cap = 0; cap < 64; cap++)
		if (s->capabilities >> cap & 1)
			add(w, sh_asprintf("--cap-add=%s", sh_capability_name(cap)));
	if (s->user)
		add(w, sh_asprintf("--user=%s", s->user));
	add_limit(w, "fsize", s->file_size);
	add_limit(w, "nproc", (uint64_t)s->processes);
	add_limit(w, "nofile", (uint64_t)s->open_files);
	add_limit(w, "cpu", (uint64_t)((s->cpu + SH_SEC - 1) / SH_SEC));
}

char **sh_container_argv(const struct sh_container_use *u, const struct sh_container_call *call)
{
	static const char *const always[] = { "run",	      "--rm",	       "--interactive",
					      "--replace",    "--pull=never",  "--read-only",
					      "--cap-drop=all", "--security-opt=no-new-privileges" };
	struct words w = { .n = 0 };
	char **argv;

	add(&w, sh_strdup(u->container->engine));
	for (size_t i = 0; i < sizeof(always) / sizeof(always[0]); i++)
		add(&w, sh_strdup(always[i]));
	add(&w, sh_asprintf("--name=%s", u->name));
	/* It ends by itself, should nobody be left to end it. */
	add(&w, sh_asprintf("--timeout=%" PRId64, call->timeout / SH_SEC + 5));
	add_sandbox(&w, u->sandbox);
	add_mounts(&w, u->write, "");
	add_mounts(&w, u->read, ",ro=true");
	add(&w, sh_strdup(u->id));
	add(&w, sh_strdup(u->container->program));
	add(&w, sh_strdup(call->verb));
	argv = sh_calloc(w.n + 1, sizeof(*argv));
	memcpy(argv, w.word, w.n * sizeof(*argv));
	return argv;
}

void sh_container_argv_free(char **argv)
{
	for (size_t i = 0; argv && argv[i]; i++)
		free(argv[i]);
	free(argv);
}

void sh_container_end(const struct sh_container *c, const struct sh_container_call *call)
{
	static const char *const verbs[] = { "run", "undo" };
	struct sh_error ignored = SH_ERROR_INIT;

	for (size_t i = 0; i < 2; i++) {
		SH_CLEANUP_FREE char *name = name_of(call, verbs[i]);
		const char *const argv[] = { c->engine, "rm", "--force", "--time=0", "--ignore", name, NULL };

		ask_engine(argv, NULL, &ignored);
		sh_error_clear(&ignored);
	}
}

json_t *sh_container_record(const struct sh_container_use *u)
{
	json_t *record = sh_sandbox_words_record(u->enforced, u->missing);

	json_object_set_new(record, "image", json_string(u->container->image));
	json_object_set_new(record, "version", json_string(u->version));
	if (u->id)
		json_object_set_new(record, "id", json_string(u->id));
	return record;
}

void sh_container_use_release(struct sh_container_use *u)
{
	free(u->name);
	free(u->version);
	free(u->id);
	sh_sandbox_paths_free(u->read);
	sh_sandbox_paths_free(u->write);
	*u = (struct sh_container_use){ .container = NULL };
}

/* SPDX-License-Identifier: MIT */
/* disk-clean - remove old files below declared roots of a full file system */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "action/action.h"
#include "action/beneath.h"
#include "action/clean.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/mem.h"

#define MAX_ROOTS 64
#define DEFAULT_MAX_FILES 100000

static const struct sh_param params[] = {
	{ "mount", SH_PARAM_PATH, true },
	{ "roots", SH_PARAM_LIST, true },
	{ "want_free_percent", SH_PARAM_NUMBER, false },
	{ NULL, SH_PARAM_STRING, false },
};

static const struct sh_param root_params[] = {
	{ "root", SH_PARAM_STRING, true },
	{ "match", SH_PARAM_STRING, false },
	{ "older", SH_PARAM_DURATION, false },
	{ "method", SH_PARAM_STRING, false },
	{ "quarantine", SH_PARAM_BOOLEAN, false },
	{ "max_bytes", SH_PARAM_INTEGER, false },
	{ "max_files", SH_PARAM_INTEGER, false },
	{ NULL, SH_PARAM_STRING, false },
};

struct cleaning {
	int mount; /* descriptor */
	dev_t dev;
	double want_free;  /* percent, negative: none */
	struct sh_openfiles open;
	struct sh_clean *root; /* owned, n of them */
	size_t n;
};

static bool name_is_plain(const char *s)
{
	return *s && *s != '.' && !strchr(s, '/') && strlen(s) < 200;
}

static int read_root(struct sh_clean *c, const json_t *p, const struct sh_action_call *call,
		     struct sh_error *err)
{
	const char *method;

	if (sh_params_check(p, root_params, "roots", err) < 0)
		return -1;
	method = sh_param_str(p, "method");
	if (method && strcmp(method, "unlink") && strcmp(method, "quarantine"))
		return sh_error_set(err, SH_ERRC_INPUT, "'method' must be unlink or quarantine");
	c->root = sh_param_str(p, "root");
	c->match = sh_param_str(p, "match");
	if (!c->match)
		c->match = "*";
	c->older = sh_param_duration(p, "older", 0);
	c->now = sh_clock_wall();
	c->quarantine = sh_param_bool(p, "quarantine") || (method && !strcmp(method, "quarantine"));
	c->plan = call->plan && name_is_plain(call->plan) ? call->plan : NULL;
	if (sh_param_int(p, "max_bytes", 0) < 0 || sh_param_int(p, "max_files", 1) < 1)
		return sh_error_set(err, SH_ERRC_INPUT, "a cap must be positive");
	c->max_bytes = (uint64_t)sh_param_int(p, "max_bytes", 0);
	c->max_files = sh_param_int(p, "max_files", DEFAULT_MAX_FILES);
	return 0;
}

/* All roots are checked before the first file goes. */
static int open_roots(struct cleaning *cl, const struct sh_action_call *call, struct sh_error *err)
{
	const json_t *list = sh_param_json(call->parameters, "roots");
	size_t n = json_array_size(list);

	if (n == 0 || n > MAX_ROOTS)
		return sh_error_set(err, SH_ERRC_INPUT, "'roots' must name 1 to %d roots", MAX_ROOTS);
	cl->root = sh_calloc(n, sizeof(*cl->root));
	for (cl->n = 0; cl->n < n; ) {
		struct sh_clean *c = &cl->root[cl->n++];

		c->fd = -1;
		if (read_root(c, json_array_get(list, cl->n - 1), call, err) < 0 ||
		    sh_clean_open(c, err) < 0)
			return -1;
		if (c->dev != cl->dev)
			return sh_error_set(err, SH_ERRC_CONFIG, "root '%s' is not on '%s'", c->root,
					    sh_param_str(call->parameters, "mount"));
	}
	return 0;
}

static int open_mount(struct cleaning *cl, const char *mount, struct sh_error *err)
{
	struct stat st;

	cl->mount = open(mount, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (cl->mount < 0 || fstat(cl->mount, &st) < 0)
		return sh_error_sys(err, "cannot open '%s'", mount);
	cl->dev = st.st_dev;
	return 0;
}

static void cleaning_release(struct cleaning *cl)
{
	for (size_t i = 0; i < cl->n; i++)
		sh_clean_release(&cl->root[i]);
	free(cl->root);
	sh_openfiles_release(&cl->open);
	if (cl->mount >= 0)
		close(cl->mount);
}

static int cleaning_scan(struct cleaning *cl, const struct sh_action_call *call, struct sh_error *err)
{
	*cl = (struct cleaning){ .mount = -1, .open = SH_OPENFILES_INIT };
	cl->want_free = sh_param_number(call->parameters, "want_free_percent", -1);
	if (open_mount(cl, sh_param_str(call->parameters, "mount"), err) < 0 ||
	    open_roots(cl, call, err) < 0 || sh_openfiles_read(&cl->open, err) < 0)
		return -1;
	for (size_t i = 0; i < cl->n; i++)
		if (sh_clean_scan(&cl->root[i], &cl->open, err) < 0)
			return -1;
	return 0;
}

/* Bytes free, and the free part in percent as df counts it. */
static int64_t free_bytes(int fd, double *percent)
{
	struct statvfs v;
	double used;

	if (fstatvfs(fd, &v) < 0)
		return -1;
	used = (double)(v.f_blocks - v.f_bfree);
	*percent = used + (double)v.f_bavail > 0 ? 100.0 * (double)v.f_bavail / (used + (double)v.f_bavail) : 0;
	return (int64_t)(v.f_bfree * v.f_frsize);
}

static bool is_enough(const struct cleaning *cl)
{
	double percent;

	return cl->want_free >= 0 && free_bytes(cl->mount, &percent) >= 0 && percent >= cl->want_free;
}

/* Oldest first. Returns true when there is room enough. */
static bool clean_root(struct cleaning *cl, struct sh_clean *c)
{
	uint64_t bytes = 0;

	for (size_t i = 0; i < c->n; i++) {
		uint64_t before = c->removed;

		if (is_enough(cl))
			return true;
		if (c->removed >= (uint64_t)c->max_files ||
		    (c->max_bytes && bytes + c->file[i].bytes > c->max_bytes)) {
			c->capped = true;
			break;
		}
		sh_clean_remove(c, i);
		if (c->removed > before)
			bytes += c->file[i].bytes;
	}
	return false;
}

static void add_count(json_t *object, const char *name, uint64_t n)
{
	json_t *old = json_object_get(object, name);

	json_object_set_new(object, name, json_integer((json_int_t)n + json_integer_value(old)));
}

static void add_skipped(json_t *skipped, const struct sh_clean_counts *s)
{
	add_count(skipped, "open", s->open);
	add_count(skipped, "linked", s->linked);
	add_count(skipped, "young", s->young);
	add_count(skipped, "changed", s->changed);
	add_count(skipped, "special", s->special);
	add_count(skipped, "deep", s->deep);
	add_count(skipped, "other_mount", s->elsewhere);
	add_count(skipped, "failed", s->failed);
}

static void report(const struct cleaning *cl, json_t *output)
{
	json_t *skipped = json_object(), *errors = json_array();
	bool capped = false;

	add_count(output, "removed", 0);
	for (size_t i = 0; i < cl->n; i++) {
		const struct sh_clean *c = &cl->root[i];

		add_count(output, "removed", c->removed);
		add_count(output, "quarantined", c->quarantined);
		add_count(output, "unlinked_bytes", c->unlinked_bytes);
		add_skipped(skipped, &c->skipped);
		json_array_extend(errors, c->errors);
		capped |= c->capped;
	}
	json_object_set_new(output, "skipped", skipped);
	json_object_set_new(output, "errors", errors);
	json_object_set_new(output, "capped", json_boolean(capped));
	add_count(output, "unseen_processes", cl->open.unseen);
}

static int run(const struct sh_action_call *call, json_t *output, struct sh_error *err)
{
	struct cleaning cl;
	int rc = cleaning_scan(&cl, call, err);
	double percent_before = 0, percent = 0;
	int64_t before, after;

	if (rc == 0) {
		before = free_bytes(cl.mount, &percent_before);
		for (size_t i = 0; i < cl.n; i++)
			if (clean_root(&cl, &cl.root[i]))
				break;
		syncfs(cl.mount); /* some file systems give blocks back only with their next commit */
		after = free_bytes(cl.mount, &percent);
		if (before >= 0 && after >= 0) {
			json_object_set_new(output, "freed_space_bytes", json_integer(after - before));
			json_object_set_new(output, "free_percent_before", json_real(percent_before));
			json_object_set_new(output, "free_percent", json_real(percent));
		}
		report(&cl, output);
	}
	cleaning_release(&cl);
	return rc;
}

static int check(const struct sh_action_call *call, json_t *output, struct sh_error *err)
{
	struct cleaning cl;
	int rc = cleaning_scan(&cl, call, err);
	size_t left = 0;

	for (size_t i = 0; rc == 0 && i < cl.n; i++)
		left += cl.root[i].n;
	if (rc == 0) {
		json_object_set_new(output, "left", json_integer((json_int_t)left));
		sh_action_state(output, left == 0 || is_enough(&cl) ? "done" : "not_done");
	}
	cleaning_release(&cl);
	return rc;
}

int main(int argc, char **argv)
{
	static const struct sh_action action = { "disk-clean", params, run, check, NULL };

	return sh_action_main(&action, argc, argv);
}

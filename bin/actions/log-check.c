/* SPDX-License-Identifier: MIT */
/*
 * log-check - logs that grow and are never rotated, and whether logrotate still runs
 *
 * It only reads. A log is rotated when a file of its name with a number or a date behind
 * it lies beside it; what journald keeps is its own affair.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <fts.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "action/action.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/mem.h"

#define MAX_BYTES  ((int64_t)1 << 30)
#define MAX_AGE	   (3 * SH_DAY)
#define GROWING	   SH_DAY /* written so lately */
#define MAX_LISTED 50
#define MAX_SEEN   100000 /* entries below all directories */
#define LOGROTATE  "/usr/sbin/logrotate"

static const struct sh_param params[] = {
	{ "logs", SH_PARAM_STRINGS, true },
	{ "max_bytes", SH_PARAM_INTEGER, false },
	{ "max_age", SH_PARAM_DURATION, false },
	{ "status", SH_PARAM_PATH, false },
	{ NULL, SH_PARAM_STRING, false },
};

struct found {
	int64_t now, max_bytes;
	json_int_t files, rotated, plain, plain_bytes;
	json_t *unrotated, *broken; /* borrowed */
	size_t seen;
	bool cut;
	const char *directory; /* at hand; borrowed */
};

static const struct suffix {
	const char *text, *magic;
	size_t len;
} compressed[] = {
	{ ".gz", "\x1f\x8b", 2 },	{ ".xz", "\xfd" "7zXZ", 5 }, { ".zst", "\x28\xb5\x2f\xfd", 4 },
	{ ".bz2", "BZh", 3 },		{ NULL, NULL, 0 },
};

static const struct suffix *suffix_of(const char *name)
{
	size_t len = strlen(name);

	for (const struct suffix *s = compressed; s->text; s++) {
		size_t n = strlen(s->text);

		if (len > n && !strcmp(name + len - n, s->text))
			return s;
	}
	return NULL;
}

/* "x.log.1", "x.log-20261101", "x.log.2.gz", "x.log.old": not what is written to now. */
static bool is_rotated(const char *name)
{
	static const char *const patterns[] = { "*.[0-9]", "*.[0-9][0-9]", "*.[0-9][0-9][0-9]",
						"*[-.][0-9][0-9][0-9][0-9][0-9][0-9][0-9][0-9]*", "*.old",
						NULL };

	for (const char *const *p = patterns; *p; p++)
		if (fnmatch(*p, name, 0) == 0)
			return true;
	return suffix_of(name) != NULL;
}

/* Whether a rotated one of the log lies beside it. */
static bool has_rotated(const FTSENT *log, const FTSENT *beside)
{
	for (; beside; beside = beside->fts_link) {
		const char *rest = beside->fts_name + log->fts_namelen;

		if (beside->fts_namelen > log->fts_namelen &&
		    !strncmp(beside->fts_name, log->fts_name, log->fts_namelen) &&
		    (*rest == '.' || *rest == '-') && is_rotated(beside->fts_name))
			return true;
	}
	return false;
}

/* Of what is in a directory fts(3) knows the name alone before it is entered. */
static char *path_of(const struct found *f, const FTSENT *e)
{
	return sh_asprintf("%s/%s", f->directory, e->fts_name);
}

static void list(const struct found *f, json_t *into, const FTSENT *e)
{
	SH_CLEANUP_FREE char *path = path_of(f, e);

	if (json_array_size(into) < MAX_LISTED)
		json_array_append_new(into, json_pack("{s:o, s:I}", "file", sh_action_text(path), "bytes",
						      (json_int_t)e->fts_statp->st_blocks * 512));
}

/* Compression that a full disk cut off leaves a name that promises what is not there. */
static bool is_broken(const struct found *f, const FTSENT *e, const struct suffix *s)
{
	SH_CLEANUP_FREE char *path = path_of(f, e);
	SH_CLEANUP_FD int fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
	char magic[8];

	return fd >= 0 && (read(fd, magic, s->len) != (ssize_t)s->len || memcmp(magic, s->magic, s->len) != 0);
}

static void judge_rotated(struct found *f, const FTSENT *e)
{
	const struct suffix *s = suffix_of(e->fts_name);

	f->rotated++;
	if (s && is_broken(f, e, s))
		list(f, f->broken, e);
	/* The newest one is left as it is by "delaycompress". */
	if (!s && fnmatch("*.1", e->fts_name, 0) != 0 && fnmatch("*.old", e->fts_name, 0) != 0) {
		f->plain++;
		f->plain_bytes += (json_int_t)e->fts_statp->st_blocks * 512;
	}
}

static void judge(struct found *f, const FTSENT *e, const FTSENT *beside)
{
	const struct stat *st = e->fts_statp;

	f->files++;
	if (is_rotated(e->fts_name))
		judge_rotated(f, e);
	else if ((int64_t)st->st_blocks * 512 > f->max_bytes &&
		 f->now - (int64_t)st->st_mtim.tv_sec * SH_SEC < GROWING && !has_rotated(e, beside))
		list(f, f->unrotated, e);
}

/* All of a directory at once, so that a log and its rotated ones are seen together. */
static void judge_all(struct found *f, FTS *tree, const FTSENT *of)
{
	SH_CLEANUP_FREE char *directory = sh_strndup(of->fts_path, of->fts_pathlen);
	FTSENT *all = fts_children(tree, 0);

	f->directory = directory;
	for (FTSENT *e = all; e && !f->cut; e = e->fts_link) {
		f->cut = ++f->seen > MAX_SEEN;
		if (e->fts_info == FTS_F && !f->cut)
			judge(f, e, all);
	}
	f->directory = NULL;
}

static int by_name(const FTSENT **a, const FTSENT **b)
{
	return strcmp((*a)->fts_name, (*b)->fts_name);
}

static int look_below(struct found *f, const char *path, struct sh_error *err)
{
	SH_CLEANUP_FREE char *root = sh_strdup(path);
	char *const paths[] = { root, NULL };
	FTS *tree = fts_open(paths, FTS_PHYSICAL | FTS_NOCHDIR | FTS_XDEV, by_name);

	if (!tree)
		return sh_error_sys(err, "cannot read '%s'", path);
	for (FTSENT *e = fts_read(tree); e && !f->cut; e = fts_read(tree)) {
		if (e->fts_level == 0 && e->fts_info != FTS_D && e->fts_info != FTS_DP) {
			errno = e->fts_errno ? e->fts_errno : ENOTDIR;
			sh_error_set_(err, SH_ERRC_SYSTEM, errno, "cannot read '%s'", path);
			break;
		}
		if (e->fts_info == FTS_D && e->fts_level > 0 && !strcmp(e->fts_name, "journal"))
			fts_set(tree, e, FTS_SKIP);
		else if (e->fts_info == FTS_D)
			judge_all(f, tree, e);
	}
	fts_close(tree);
	return sh_error_is_set(err) ? -1 : 0;
}

/* It writes its status anew each time it runs; a machine that was off has no yesterday. */
static int look_at_logrotate(const struct sh_action_call *call, int64_t now, json_t *output, struct sh_error *err)
{
	const char *given = sh_param_str(call->parameters, "status");
	const char *const usual[] = { "/var/lib/logrotate/status", "/var/lib/logrotate.status",
				      "/var/lib/logrotate/logrotate.status", NULL };
	const char *const one[] = { given, NULL };
	int64_t age = INT64_MAX, max = sh_param_duration(call->parameters, "max_age", MAX_AGE);
	struct stat st;

	for (const char *const *p = given ? one : usual; *p; p++)
		if (stat(*p, &st) == 0 && now - (int64_t)st.st_mtim.tv_sec * SH_SEC < age)
			age = now - (int64_t)st.st_mtim.tv_sec * SH_SEC;
	if (age == INT64_MAX)
		return given ? sh_error_set(err, SH_ERRC_SYSTEM, "there is no '%s'", given) : 0;
	json_object_set_new(output, "logrotate_hours_ago", json_real((double)age / (double)SH_HOUR));
	if (age <= max || (!given && (access(LOGROTATE, X_OK) < 0 || sh_clock_mono() < SH_DAY)))
		return 0;
	return sh_error_set(err, SH_ERRC_SYSTEM, "logrotate ran last %.0f hours ago",
			    (double)age / (double)SH_HOUR);
}

static void tell(const struct found *f, json_t *output, struct sh_error *err)
{
	const json_t *first = json_array_get(f->unrotated, 0);

	json_object_set_new(output, "files", json_integer(f->files));
	json_object_set_new(output, "rotated", json_integer(f->rotated));
	json_object_set_new(output, "uncompressed", json_integer(f->plain));
	json_object_set_new(output, "uncompressed_bytes", json_integer(f->plain_bytes));
	if (f->cut)
		json_object_set_new(output, "cut", json_true());
	if (first && !sh_error_is_set(err))
		sh_error_set_(err, SH_ERRC_SYSTEM, 0, "%zu logs grow and are not rotated, '%s' with %lld bytes",
			      json_array_size(f->unrotated), json_string_value(json_object_get(first, "file")),
			      (long long)json_integer_value(json_object_get(first, "bytes")));
}

static int run(const struct sh_action_call *call, json_t *output, struct sh_error *err)
{
	const json_t *logs = sh_param_json(call->parameters, "logs");
	struct found f = {
		.now = sh_clock_wall(),
		.max_bytes = sh_param_int(call->parameters, "max_bytes", MAX_BYTES),
		.unrotated = json_array(),
		.broken = json_array(),
	};
	json_t *path;
	size_t i;

	json_object_set_new(output, "unrotated", f.unrotated);
	json_object_set_new(output, "broken", f.broken);
	json_array_foreach(logs, i, path) {
		struct sh_error one = SH_ERROR_INIT;

		if (!sh_path_is_plain(json_string_value(path)))
			return sh_error_set(err, SH_ERRC_INPUT, "'logs': '%s' is no plain absolute path",
					    json_string_value(path));
		if (look_below(&f, json_string_value(path), &one) < 0 && !sh_error_is_set(err))
			*err = one;
	}
	tell(&f, output, err);
	if (!sh_error_is_set(err))
		look_at_logrotate(call, f.now, output, err);
	return sh_error_is_set(err) ? -1 : 0;
}

int main(int argc, char **argv)
{
	static const struct sh_action action = { "log-check", params, run, sh_action_check_again, NULL };

	return sh_action_main(&action, argc, argv);
}

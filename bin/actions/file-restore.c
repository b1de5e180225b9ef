/* SPDX-License-Identifier: MIT */
/* file-restore - put the approved content of a file back in its place */
#include "config.h"

#include <fcntl.h>
#include <string.h>

#include "action/action.h"
#include "action/replace.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/hash.h"
#include "base/mem.h"
#include "base/process.h"
#include "state/baseline.h"

#define VALIDATE_TIMEOUT (20 * SH_SEC)

static const struct sh_param params[] = {
	{ "path", SH_PARAM_PATH, true },
	{ "validate", SH_PARAM_ARGV, false },
	{ "validate_timeout", SH_PARAM_DURATION, false },
	{ NULL, SH_PARAM_STRING, false },
};

struct restore {
	const struct sh_action_call *call;
	const char *path;
	struct sh_baseline base;
	struct sh_buf approved, replaced;
	struct sh_replace file;
	char *kept; /* name below STATE/replaced, NULL none */
};

static int restore_open(struct restore *r, const struct sh_action_call *call, struct sh_error *err)
{
	int rc;

	*r = (struct restore){ .call = call, .path = sh_param_str(call->parameters, "path"),
			       .file.dir = -1 };
	if (!call->state)
		return sh_error_set(err, SH_ERRC_INPUT, "request: 'state' is required");
	rc = sh_baseline_get(call->state, r->path, &r->base, err);
	if (rc == 0)
		return sh_error_set(err, SH_ERRC_UNAVAILABLE, "nobody approved a content of '%s'", r->path);
	if (rc < 0 || sh_baseline_content(call->state, &r->base, &r->approved, err) < 0)
		return -1;
	return sh_replace_open(&r->file, r->path, &r->replaced, err);
}

static void restore_release(struct restore *r)
{
	sh_replace_release(&r->file);
	sh_baseline_release(&r->base);
	sh_buf_release(&r->approved);
	sh_buf_release(&r->replaced);
	free(r->kept);
}

static bool is_restored(const struct restore *r)
{
	const struct stat *st = &r->file.before;

	return r->file.existed && !strcmp(r->file.sha256, r->base.sha256) &&
	       (st->st_mode & 07777) == r->base.mode && st->st_uid == r->base.uid &&
	       st->st_gid == r->base.gid;
}

static char *kept_path(const struct sh_action_call *call, const char *name)
{
	return sh_asprintf("%s/replaced%s%s", call->state, name ? "/" : "", name ? name : "");
}

/* What is about to be lost is on disk before it is replaced. */
static int keep_replaced(struct restore *r, struct sh_error *err)
{
	SH_CLEANUP_FREE char *dir = kept_path(r->call, NULL), *path = NULL;
	char digest[SH_HASH_TEXT];
	struct sh_hash h;

	if (!r->file.existed)
		return 0;
	sh_hash_init(&h);
	sh_hash_str(&h, r->path);
	sh_hash_finish(&h, digest);
	r->kept = sh_asprintf("%s-%s.data", digest, r->file.sha256);
	path = kept_path(r->call, r->kept);
	if (sh_mkdir_parents(dir, 0700, err) < 0)
		return -1;
	return sh_file_write_atomic(path, sh_buf_str(&r->replaced), r->replaced.len, 0600, err);
}

/* A copy of ARG with {path} replaced. */
static char *fill_path(const char *arg, const char *path, bool *used)
{
	static const char place[] = "{path}";
	struct sh_buf b = SH_BUF_INIT;
	const char *at;

	while ((at = strstr(arg, place))) {
		sh_buf_add(&b, arg, (size_t)(at - arg));
		sh_buf_addstr(&b, path);
		arg = at + strlen(place);
		*used = true;
	}
	sh_buf_addstr(&b, arg);
	return sh_buf_take(&b);
}

static int validation_failed(const struct sh_child *c, const char *program, struct sh_error *err)
{
	const char *said = sh_buf_str(c->stderr_data.len ? &c->stderr_data : &c->stdout_data);

	if (c->timed_out)
		return sh_error_set(err, SH_ERRC_SYSTEM, "'%s' did not finish validating", program);
	return sh_error_set(err, SH_ERRC_SYSTEM, "'%s' refused the content with %d: %.*s", program,
			    sh_child_exit_code(c), (int)strcspn(said, "\n"), said);
}

static int run_validate(const struct restore *r, const char *const *argv, struct sh_error *err)
{
	const struct sh_child_options opt = {
		.argv = argv,
		.timeout = sh_param_duration(r->call->parameters, "validate_timeout", VALIDATE_TIMEOUT),
	};
	struct sh_child c;
	int rc;

	if (sh_child_start(&c, &opt, err) < 0)
		return -1;
	rc = sh_child_wait(&c, err);
	if (rc == 0 && (c.timed_out || sh_child_exit_code(&c) != 0))
		rc = validation_failed(&c, argv[0], err);
	sh_child_release(&c);
	return rc;
}

/* With PATH in the place of {path}. *USED tells whether there was such a place; run only if it equals WHEN. */
static int validate(const struct restore *r, const char *path, bool when, struct sh_error *err)
{
	const char **argv = sh_param_argv(r->call->parameters, "validate");
	bool used = false;
	char **filled;
	size_t n = 0;
	int rc = 0;

	if (!argv)
		return 0;
	while (argv[n])
		n++;
	filled = sh_calloc(n + 1, sizeof(*filled));
	for (size_t i = 0; i < n; i++)
		filled[i] = fill_path(argv[i], path, &used);
	if (used == when)
		rc = run_validate(r, (const char *const *)filled, err);
	for (size_t i = 0; i < n; i++)
		free(filled[i]);
	free(filled);
	free(argv);
	return rc;
}

/* After a validation that could only look at the file in its place. */
static void put_back(struct restore *r, bool existed, const struct stat *before)
{
	struct sh_error ignored = SH_ERROR_INIT;

	if (!existed) {
		sh_replace_remove(&r->file, &ignored);
		return;
	}
	if (sh_replace_prepare(&r->file, &r->replaced, before->st_mode, before->st_uid,
			       before->st_gid, &ignored) == 0)
		sh_replace_install(&r->file, &ignored);
}

static int install(struct restore *r, struct sh_error *err)
{
	SH_CLEANUP_FREE char *candidate = NULL;
	struct stat before = r->file.before;
	bool existed = r->file.existed;

	if (sh_replace_prepare(&r->file, &r->approved, r->base.mode, r->base.uid, r->base.gid, err) < 0)
		return -1;
	candidate = sh_replace_candidate(&r->file);
	if (validate(r, candidate, true, err) < 0 || sh_replace_install(&r->file, err) < 0)
		return -1;
	if (validate(r, r->path, false, err) == 0)
		return 0;
	put_back(r, existed, &before);
	return -1;
}

static json_t *describe_before(const struct restore *r)
{
	const struct stat *st = &r->file.before;

	if (!r->file.existed)
		return json_null();
	return json_pack("{s:i, s:i, s:i}", "mode", (int)(st->st_mode & 07777), "uid", (int)st->st_uid,
			 "gid", (int)st->st_gid);
}

static int restore(struct restore *r, json_t *output, struct sh_error *err)
{
	json_object_set_new(output, "changed", json_boolean(!is_restored(r)));
	json_object_set_new(output, "sha256_before",
			    r->file.existed ? json_string(r->file.sha256) : json_null());
	json_object_set_new(output, "sha256_after", json_string(r->base.sha256));
	json_object_set_new(output, "before", describe_before(r));
	if (is_restored(r))
		return 0;
	if (keep_replaced(r, err) < 0)
		return -1;
	json_object_set_new(output, "kept", r->kept ? json_string(r->kept) : json_null());
	return install(r, err);
}

static int run(const struct sh_action_call *call, json_t *output, struct sh_error *err)
{
	struct restore r;
	int rc = restore_open(&r, call, err);

	if (rc == 0)
		rc = restore(&r, output, err);
	restore_release(&r);
	return rc;
}

static int check(const struct sh_action_call *call, json_t *output, struct sh_error *err)
{
	struct restore r;
	int rc = restore_open(&r, call, err);

	if (rc == 0)
		sh_action_state(output, is_restored(&r) ? "done" : "not_done");
	restore_release(&r);
	return rc;
}

/* The kept content, if it still is what was kept. */
static int read_kept(const struct sh_action_call *call, struct sh_buf *out, struct sh_error *err)
{
	const char *name = sh_param_str(call->output, "kept");
	const char *wanted = sh_param_str(call->output, "sha256_before");
	SH_CLEANUP_FREE char *path = NULL;
	char digest[SH_SHA256_TEXT];

	if (!name || !wanted || strchr(name, '/') || name[0] == '.')
		return sh_error_set(err, SH_ERRC_INPUT, "the output of the run names nothing kept");
	path = kept_path(call, name);
	if (sh_file_read(AT_FDCWD, path, SH_REPLACE_MAX_BYTES, out, err) < 0)
		return -1;
	sh_content_digest(out, digest);
	if (strcmp(digest, wanted) != 0)
		return sh_error_set(err, SH_ERRC_STATE, "what was kept of '%s' is damaged",
				    sh_param_str(call->parameters, "path"));
	return 0;
}

static int put_kept_back(const struct sh_action_call *call, struct sh_replace *file,
			 const struct sh_buf *kept, struct sh_error *err)
{
	const json_t *before = sh_param_json(call->output, "before");

	if (!before)
		return sh_replace_remove(file, err);
	if (sh_replace_prepare(file, kept, (unsigned)sh_param_int(before, "mode", 0600),
			       (uid_t)sh_param_int(before, "uid", 0),
			       (gid_t)sh_param_int(before, "gid", 0), err) < 0)
		return -1;
	return sh_replace_install(file, err);
}

static int undo_with(const struct sh_action_call *call, struct sh_buf *kept, struct sh_buf *now,
		     struct sh_replace *file, struct sh_error *err)
{
	const char *after = sh_param_str(call->output, "sha256_after");

	if (!call->state || !after)
		return sh_error_set(err, SH_ERRC_INPUT, "request: 'state' and 'output' are required");
	if (sh_param_json(call->output, "before") && read_kept(call, kept, err) < 0)
		return -1;
	if (sh_replace_open(file, sh_param_str(call->parameters, "path"), now, err) < 0)
		return -1;
	if (strcmp(file->sha256, after) != 0)
		return sh_error_set(err, SH_ERRC_CONFIG, "'%s' was changed since it was restored",
				    file->path);
	return put_kept_back(call, file, kept, err);
}

static int undo(const struct sh_action_call *call, json_t *output, struct sh_error *err)
{
	SH_CLEANUP_BUF struct sh_buf kept = SH_BUF_INIT, now = SH_BUF_INIT;
	struct sh_replace file = { .dir = -1 };
	int rc = 0;

	if (json_is_false(sh_param_json(call->output, "changed")))
		json_object_set_new(output, "undone", json_false());
	else
		rc = undo_with(call, &kept, &now, &file, err);
	sh_replace_release(&file);
	return rc;
}

int main(int argc, char **argv)
{
	static const struct sh_action action = { "file-restore", params, run, check, undo };

	return sh_action_main(&action, argc, argv);
}

/* SPDX-License-Identifier: MIT */
/*
 * log-rotate - begin declared logs anew, and drop the oldest of what was rotated away
 *
 * By logrotate(8) and a declared configuration of it, or by renaming: log to
 * log.1, log.1 to log.2 and so on; a new log of the same owner and permissions;
 * the writer is told by a signal. A run that was killed is known by the inode
 * that the log had.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "action/action.h"
#include "action/beneath.h"
#include "action/command.h"
#include "action/note.h"
#include "action/service.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/num.h"

#define KEEP 3
#define MOST_KEPT 1000
#define LOGROTATE_TIMEOUT (5 * SH_MIN)

static const struct sh_param params[] = {
	{ "rotate", SH_PARAM_LIST, true },
	{ NULL, SH_PARAM_STRING, false },
};

static const struct sh_param entry_params[] = {
	{ "path", SH_PARAM_PATH, false },
	{ "keep", SH_PARAM_INTEGER, false },
	{ "min_bytes", SH_PARAM_STRING, false },
	{ "pidfile", SH_PARAM_PATH, false },
	{ "signal", SH_PARAM_STRING, false },
	{ "logrotate", SH_PARAM_PATH, false },
	{ NULL, SH_PARAM_STRING, false },
};

struct entry {
	const char *path, *name; /* name: within the directory */
	int64_t keep;
	uint64_t min_bytes;
	struct sh_selector writer; /* pidfile NULL: nobody is told */
	int sig;
	const char *logrotate;   /* configuration; NULL: rotated by renaming */
	int dir;
};

static void release(struct entry *e)
{
	if (e->dir >= 0)
		close(e->dir);
}

static int read_writer(struct entry *e, const json_t *p, struct sh_error *err)
{
	const char *sig = sh_param_str(p, "signal");

	e->writer.pidfile = sh_param_str(p, "pidfile");
	if (!sig != !e->writer.pidfile)
		return sh_error_set(err, SH_ERRC_INPUT, "'pidfile' and 'signal' go together");
	e->sig = sig ? sh_signal_from_name(sig) : 0;
	if (sig && !e->sig)
		return sh_error_set(err, SH_ERRC_INPUT, "no such signal '%s'", sig);
	return 0;
}

static int read_entry(struct entry *e, const json_t *p, struct sh_error *err)
{
	const char *min, *slash;
	SH_CLEANUP_FREE char *dir = NULL;

	*e = (struct entry){ .dir = -1 };
	if (sh_params_check(p, entry_params, "rotate", err) < 0)
		return -1;
	e->path = sh_param_str(p, "path");
	e->logrotate = sh_param_str(p, "logrotate");
	e->keep = sh_param_int(p, "keep", KEEP);
	min = sh_param_str(p, "min_bytes");
	if (!e->path == !e->logrotate)
		return sh_error_set(err, SH_ERRC_INPUT, "rotate: give either 'path' or 'logrotate'");
	if (e->keep < 0 || e->keep > MOST_KEPT || (min && sh_parse_size(min, &e->min_bytes) < 0))
		return sh_error_set(err, SH_ERRC_INPUT, "rotate: 'keep' or 'min_bytes' is out of range");
	if (e->logrotate)
		return 0;
	slash = strrchr(e->path, '/');
	e->name = slash + 1;
	dir = slash == e->path ? sh_strdup("/") : sh_strndup(e->path, (size_t)(slash - e->path));
	e->dir = *e->name ? sh_open_nolink(dir, O_RDONLY | O_DIRECTORY) : -1;
	if (e->dir < 0)
		return sh_error_sys(err, "cannot open '%s'", dir);
	return read_writer(e, p, err);
}

/* The log itself; 1 there, 0 missing. */
static int look(const struct entry *e, struct stat *st, struct sh_error *err)
{
	if (fstatat(e->dir, e->name, st, AT_SYMLINK_NOFOLLOW) < 0)
		return errno == ENOENT ? 0 : sh_error_sys(err, "cannot look at '%s'", e->path);
	if (!S_ISREG(st->st_mode))
		return sh_error_set(err, SH_ERRC_CONFIG, "'%s' is no regular file", e->path);
	return 1;
}

static char *numbered(const struct entry *e, int64_t n)
{
	return n ? sh_asprintf("%s.%lld", e->name, (long long)n) : sh_strdup(e->name);
}

/* From the oldest on, so that a rename never hits another's. Compressed ones go the same way. */
static int shift(const struct entry *e, struct sh_error *err)
{
	static const char *const ending[] = { "", ".gz", ".xz", ".zst" };

	for (int64_t n = e->keep; n > 0; n--)
		for (size_t i = 0; i < 4; i++) {
			SH_CLEANUP_FREE char *from = numbered(e, n - 1), *to = numbered(e, n);
			SH_CLEANUP_FREE char *from2 = sh_asprintf("%s%s", from, ending[i]);
			SH_CLEANUP_FREE char *to2 = sh_asprintf("%s%s", to, ending[i]);

			if ((n == e->keep && unlinkat(e->dir, to2, 0) < 0 && errno != ENOENT) ||
			    ((n > 1 || i == 0) && renameat(e->dir, from2, e->dir, to2) < 0 && errno != ENOENT))
				return sh_error_sys(err, "cannot rotate '%s'", e->path);
		}
	return 0;
}

static int create(const struct entry *e, const struct stat *old, struct sh_error *err)
{
	SH_CLEANUP_FD int fd =
		openat(e->dir, e->name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);

	if (fd < 0 && errno == EEXIST)
		return 0; /* the writer was faster */
	if (fd < 0 || fchown(fd, old->st_uid, old->st_gid) < 0 || fchmod(fd, old->st_mode & 07777) < 0)
		return sh_error_sys(err, "cannot begin '%s' anew", e->path);
	return 0;
}

/* Nothing is kept: the log is emptied in its place, and its writer goes on. */
static int empty(const struct entry *e, const struct stat *old, struct sh_error *err)
{
	SH_CLEANUP_FD int fd = sh_open_beneath(e->dir, e->name, O_WRONLY | O_NONBLOCK | O_NOCTTY, 0);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return sh_error_sys(err, "cannot open '%s'", e->path);
	if (st.st_ino != old->st_ino)
		return sh_error_set(err, SH_ERRC_CONFIG, "'%s' was changed meanwhile", e->path);
	return ftruncate(fd, 0) < 0 ? sh_error_sys(err, "cannot empty '%s'", e->path) : 0;
}

static int tell(const struct entry *e, struct sh_error *err)
{
	struct sh_procs found = SH_PROCS_INIT;
	int rc = e->writer.pidfile ? sh_service_find(&e->writer, &found, err) : 0;

	if (rc == 0)
		rc = sh_procs_signal(&found, e->sig, err);
	sh_procs_release(&found);
	return rc;
}

/* A run that was killed had renamed the log, and nobody began it anew. */
static bool was_left(const struct entry *e, struct stat *st)
{
	SH_CLEANUP_FREE char *first = numbered(e, 1);

	return e->keep && fstatat(e->dir, first, st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(st->st_mode);
}

static int rotate(const struct entry *e, json_t *done, struct sh_error *err)
{
	struct stat st;
	int rc = look(e, &st, err);

	if (rc == 0 && was_left(e, &st)) {
		json_object_set_new(done, "resumed", json_true());
		return create(e, &st, err) < 0 ? -1 : tell(e, err);
	}
	if (rc <= 0 || (uint64_t)st.st_size < e->min_bytes) {
		json_object_set_new(done, "skipped", json_string(rc ? "it is small" : "it is not there"));
		return rc < 0 ? -1 : 0;
	}
	json_object_set_new(done, "bytes", json_integer((json_int_t)st.st_size));
	if (e->keep == 0)
		return empty(e, &st, err);
	return shift(e, err) < 0 || create(e, &st, err) < 0 ? -1 : tell(e, err);
}

static int run_logrotate(const struct sh_action_call *call, const struct entry *e, struct sh_error *err)
{
	SH_CLEANUP_FREE char *state = sh_asprintf("%s/logrotate.status", call->state ? call->state : "");
	char tool[SH_TOOL_PATH];
	const char *const argv[] = { tool, "-f", "-s", state, e->logrotate, NULL };

	if (!call->state)
		return sh_error_set(err, SH_ERRC_INPUT, "request: 'state' is required");
	return sh_command_tool("logrotate", tool, err) < 0 ?
		       -1 : sh_command_run(argv, NULL, LOGROTATE_TIMEOUT, NULL, NULL, err);
}

/* Of each log its inode, or its size where it is only emptied. */
static int remember(const struct entry *e, json_t *list, struct sh_error *err)
{
	struct stat st;
	int rc = e->logrotate ? 0 : look(e, &st, err);

	json_array_append_new(list, rc == 1 ? json_pack("{s:I, s:I}", "inode", (json_int_t)st.st_ino, "size",
							(json_int_t)st.st_size) : json_null());
	return rc < 0 ? -1 : 0;
}

static int note_all(const struct sh_action_call *call, const json_t *list, struct sh_error *err)
{
	json_auto_t *known = json_array();
	struct sh_note note;
	json_t *p;
	size_t i;
	int rc = 0;

	json_array_foreach((json_t *)(uintptr_t)list, i, p) {
		struct entry e;

		rc = read_entry(&e, p, err);
		if (rc == 0)
			rc = remember(&e, known, err);
		release(&e);
		if (rc < 0)
			return -1;
	}
	sh_note_init(&note, "rotated", call);
	rc = sh_note_write(&note, known, err);
	sh_note_release(&note);
	return rc;
}

static int run(const struct sh_action_call *call, json_t *output, struct sh_error *err)
{
	const json_t *list = sh_param_json(call->parameters, "rotate");
	json_t *all = json_array(), *p;
	size_t i;
	int rc = 0;

	json_object_set_new(output, "logs", all);
	if (json_array_size(list) == 0)
		return sh_error_set(err, SH_ERRC_INPUT, "'rotate' names no log");
	if (note_all(call, list, err) < 0)
		return -1;
	json_array_foreach((json_t *)(uintptr_t)list, i, p) {
		json_t *done = json_object();
		struct entry e;

		json_array_append_new(all, done);
		rc = read_entry(&e, p, err);
		if (rc == 0) {
			json_object_set_new(done, "path", sh_action_text(e.path ? e.path : e.logrotate));
			rc = e.logrotate ? run_logrotate(call, &e, err) : rotate(&e, done, err);
		}
		release(&e);
		if (rc < 0)
			return -1;
	}
	return 0;
}

static const char *state_of(const struct entry *e, const json_t *was)
{
	struct sh_error ignored = SH_ERROR_INIT;
	struct stat st;
	int rc = e->logrotate ? -1 : look(e, &st, &ignored);

	if (rc < 0)
		return "unknown";
	if (json_is_null(was) || (rc == 1 && (uint64_t)sh_param_int(was, "size", 0) < e->min_bytes))
		return "done"; /* there was nothing to do */
	if (rc == 0)
		return "not_done"; /* killed between renaming and beginning anew */
	if (e->keep == 0)
		return st.st_size < sh_param_int(was, "size", 0) ? "done" : "not_done";
	return (json_int_t)st.st_ino != sh_param_int(was, "inode", 0) ? "done" : "not_done";
}

static int check(const struct sh_action_call *call, json_t *output, struct sh_error *err)
{
	const json_t *list = sh_param_json(call->parameters, "rotate");
	json_auto_t *known = NULL;
	const char *state = "done";
	struct sh_note note;
	json_t *p;
	size_t i;

	sh_note_init(&note, "rotated", call);
	known = sh_note_read(&note);
	if (!known)
		state = note.path ? "not_done" : "unknown";
	sh_note_release(&note);
	json_array_foreach((json_t *)(uintptr_t)list, i, p) {
		struct entry e;
		int rc = read_entry(&e, p, err);

		if (rc == 0 && known && !strcmp(state, "done"))
			state = state_of(&e, json_array_get(known, i));
		release(&e);
		if (rc < 0)
			return -1;
	}
	sh_action_state(output, state);
	return 0;
}

int main(int argc, char **argv)
{
	static const struct sh_action action = { "log-rotate", params, run, check, NULL };

	return sh_action_main(&action, argc, argv);
}

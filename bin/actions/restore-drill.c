/* SPDX-License-Identifier: MIT */
/*
 * restore-drill - whether a service would come back from its backup
 *
 * The backup is restored to a place of its own, the service started there on a port of
 * its own and asked, then ended and everything removed: also when this is killed
 * (action/keeper.h). What runs beside it is not touched; in its sandbox, which the
 * service inherits, all but the scratch directory is read-only.
 */
#include "config.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <fts.h>
#include <netinet/in.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "action/action.h"
#include "action/command.h"
#include "action/each.h"
#include "action/keeper.h"
#include "action/manifest.h"
#include "action/restore.h"
#include "action/spawn.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/mem.h"

#define WAIT	      SH_MIN
#define CHECK_TIMEOUT (10 * SH_SEC)
#define STOP_TIMEOUT  (20 * SH_SEC)
#define PAUSE	      (200 * SH_MS)
#define MAX_LOG	      ((size_t)1 << 20)
#define MAX_SAID      160

static const struct sh_param params[] = {
	{ "drills", SH_PARAM_LIST, true },
	{ "scratch", SH_PARAM_PATH, false },
	{ NULL, SH_PARAM_STRING, false },
};

static const struct sh_param drill_params[] = {
	{ "archive", SH_PARAM_PATH, false },
	{ "directory", SH_PARAM_PATH, false },
	{ "manifest", SH_PARAM_PATH, false },
	{ "start", SH_PARAM_ARGV, true },
	{ "check", SH_PARAM_ARGV, true },
	{ "user", SH_PARAM_STRING, false },
	{ "env", SH_PARAM_OBJECT, false },
	{ "port", SH_PARAM_INTEGER, false },
	{ "wait", SH_PARAM_DURATION, false },
	{ NULL, SH_PARAM_STRING, false },
};

struct drill {
	const json_t *spec; /* borrowed */
	json_t *out;        /* borrowed */
	char *place;        /* owned: made for this, removed by the keeper */
	char *data, *log;   /* owned: the restored files, what the service says */
	struct sh_keeper keeper;
	char port[8];
	pid_t pid;          /* of the service */
};

/* A port of loopback that nobody has: the one that is given, or any. */
static int find_port(struct drill *d, struct sh_error *err)
{
	int64_t given = sh_param_int(d->spec, "port", 0);
	struct sockaddr_in at = { .sin_family = AF_INET, .sin_port = htons((uint16_t)given),
				  .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	SH_CLEANUP_FD int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	socklen_t len = sizeof(at);
	int one = 1;

	if (given < 0 || given > 65535)
		return sh_error_set(err, SH_ERRC_INPUT, "'port' is none");
	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)) < 0 ||
	    bind(fd, (struct sockaddr *)&at, sizeof(at)) < 0 || getsockname(fd, (struct sockaddr *)&at, &len) < 0)
		return sh_error_sys(err, "port %d cannot be had", (int)given);
	snprintf(d->port, sizeof(d->port), "%u", ntohs(at.sin_port));
	json_object_set_new(d->out, "port", json_integer(ntohs(at.sin_port)));
	return 0;
}

/* {directory} and {port} are filled in. A new string. */
static char *fill(const struct drill *d, const char *text)
{
	struct sh_buf out = SH_BUF_INIT;

	while (*text) {
		size_t plain = strcspn(text, "{");

		sh_buf_add(&out, text, plain);
		text += plain;
		if (!strncmp(text, "{directory}", 11)) {
			sh_buf_addstr(&out, d->data);
			text += 11;
		} else if (!strncmp(text, "{port}", 6)) {
			sh_buf_addstr(&out, d->port);
			text += 6;
		} else if (*text) {
			sh_buf_addch(&out, *text++);
		}
	}
	return sh_buf_take(&out);
}

static char **fill_argv(const struct drill *d, const char *name)
{
	const json_t *list = sh_param_json(d->spec, name), *one;
	char **argv = sh_calloc(json_array_size(list) + 1, sizeof(*argv));
	size_t i;

	json_array_foreach(list, i, one)
		argv[i] = fill(d, json_string_value(one));
	return argv;
}

static void free_argv(char **argv)
{
	for (char **p = argv; *p; p++)
		free(*p);
	free(argv);
}

static json_t *fill_env(const struct drill *d)
{
	json_t *env = json_object(), *value;
	const char *name;

	json_object_foreach((json_t *)(uintptr_t)sh_param_json(d->spec, "env"), name, value) {
		SH_CLEANUP_FREE char *text = json_is_string(value) ? fill(d, json_string_value(value)) : NULL;

		json_object_set_new(env, name, text ? json_string(text) : json_incref(value));
	}
	return env;
}

/* The service's user has what was restored, and nobody else does. */
static int give_away(const struct drill *d, struct sh_error *err)
{
	const char *user = sh_param_str(d->spec, "user");
	const struct passwd *pw = user ? getpwnam(user) : NULL;
	char *const paths[] = { d->data, d->log, NULL };
	FTS *tree;

	if (!user)
		return 0;
	if (!pw)
		return sh_error_set(err, SH_ERRC_CONFIG, "no such user '%s'", user);
	if (chmod(d->place, 0711) < 0 || !(tree = fts_open(paths, FTS_PHYSICAL | FTS_NOCHDIR | FTS_XDEV, NULL)))
		return sh_error_sys(err, "cannot open '%s'", d->place);
	for (FTSENT *e = fts_read(tree); e && !sh_error_is_set(err); e = fts_read(tree))
		if (e->fts_info != FTS_D && lchown(e->fts_accpath, pw->pw_uid, pw->pw_gid) < 0)
			sh_error_set_(err, SH_ERRC_SYSTEM, errno, "cannot give '%s' to '%s'", e->fts_path, user);
	fts_close(tree);
	return sh_error_is_set(err) ? -1 : 0;
}

static int restore(struct drill *d, struct sh_error *err)
{
	const char *archive = sh_param_str(d->spec, "archive"), *manifest = sh_param_str(d->spec, "manifest");
	int64_t began = sh_clock_mono();
	struct sh_manifest m = { 0 };
	SH_CLEANUP_FD int fd = -1, log = -1;
	int rc;

	if (mkdir(d->data, 0700) < 0 ||
	    (log = open(d->log, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600)) < 0)
		return sh_error_sys(err, "cannot make '%s'", d->data);
	rc = archive ? sh_restore_archive(archive, d->data, d->out, err) :
		       sh_restore_directory(sh_param_str(d->spec, "directory"), d->data, d->out, err);
	if (rc == 0 && manifest) {
		fd = open(d->data, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		rc = sh_manifest_read(&m, manifest, err) == 0 ? sh_manifest_verify(&m, fd, d->out, err) : -1;
		sh_manifest_release(&m);
	}
	if (rc == 0 && chmod(d->data, 0700) < 0) /* the backup had its own idea of it */
		rc = sh_error_sys(err, "cannot close '%s'", d->data);
	if (rc == 0)
		json_object_set_new(d->out, "restored_s",
				    json_real((double)(sh_clock_mono() - began) / (double)SH_SEC));
	return rc;
}

static int start(struct drill *d, struct sh_error *err)
{
	char **argv = fill_argv(d, "start");
	json_auto_t *env = fill_env(d);
	const struct sh_spawn s = { .argv = (const char *const *)argv, .user = sh_param_str(d->spec, "user"),
				    .directory = d->data, .env = env, .log = d->log };
	int rc = sh_spawn(&s, &d->pid, err);

	free_argv(argv);
	return rc < 0 ? -1 : sh_keeper_take(&d->keeper, d->pid, err);
}

/* Why it ended stands in the last line of what it said. */
static int ended(const struct drill *d, int status, struct sh_error *err)
{
	SH_CLEANUP_BUF struct sh_buf log = SH_BUF_INIT;
	struct sh_error ignored = SH_ERROR_INIT;
	const char *said = "", *end;
	size_t len;

	if (sh_file_read(AT_FDCWD, d->log, MAX_LOG, &log, &ignored) == 0) {
		for (len = log.len; len && strchr("\n ", log.data[len - 1]); len--)
			;
		end = sh_buf_str(&log) + len;
		for (said = end; said > sh_buf_str(&log) && said[-1] != '\n' && end - said < MAX_SAID; said--)
			;
		len = (size_t)(end - said);
		return sh_error_set(err, SH_ERRC_SYSTEM, "the restored service ended with %d: %.*s",
				    WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status), (int)len, said);
	}
	return sh_error_set(err, SH_ERRC_SYSTEM, "the restored service ended before it answered");
}

/* Ask until it answers, has ended, or the wait is over. */
static int ask(struct drill *d, struct sh_error *err)
{
	int64_t began = sh_clock_mono(), until = began + sh_param_duration(d->spec, "wait", WAIT);
	char **argv = fill_argv(d, "check");
	int status, rc;

	for (;;) {
		struct sh_error e = SH_ERROR_INIT;

		if (waitpid(d->pid, &status, WNOHANG) == d->pid) {
			d->pid = 0;
			rc = ended(d, status, err);
			break;
		}
		rc = sh_command_run((const char *const *)argv, NULL, CHECK_TIMEOUT, NULL, NULL, &e);
		if (rc == 0 || sh_clock_mono() >= until) {
			*err = e;
			break;
		}
		sh_clock_sleep(PAUSE);
	}
	free_argv(argv);
	if (rc == 0)
		json_object_set_new(d->out, "answered_s",
				    json_real((double)(sh_clock_mono() - began) / (double)SH_SEC));
	return rc;
}

/* It is asked to end first; what does not is the keeper's. */
static void stop(const struct drill *d)
{
	struct sh_procs set = SH_PROCS_INIT;
	struct sh_error ignored = SH_ERROR_INIT;
	struct sh_proc p;

	if (d->pid <= 0 || sh_proc_read(d->pid, &p) < 0)
		return;
	sh_procs_add(&set, &p);
	if (sh_procs_signal(&set, SIGTERM, &ignored) == 0)
		json_object_set_new(d->out, "stopped", json_boolean(sh_procs_await_end(&set, STOP_TIMEOUT)));
	sh_procs_release(&set);
}

/* In its place; what is left of it is removed whatever came of it. */
static int run_in(struct drill *d, struct sh_error *err)
{
	struct sh_error clearing = SH_ERROR_INIT;
	int rc;

	if (sh_keeper_start(&d->keeper, d->place, err) < 0)
		return -1;
	rc = restore(d, err);
	if (rc == 0 && (give_away(d, err) < 0 || find_port(d, err) < 0 || start(d, err) < 0 || ask(d, err) < 0))
		rc = -1;
	stop(d);
	if (sh_keeper_finish(&d->keeper, &clearing) < 0 && rc == 0) {
		*err = clearing;
		rc = -1;
	}
	return rc;
}

static int drill(void *arg, const json_t *spec, json_t *out, struct sh_error *err)
{
	const char *scratch = arg;
	SH_CLEANUP_FREE char *place = sh_asprintf("%s/selfheal-drill.XXXXXX", scratch), *data = NULL, *log = NULL;
	struct drill d = { .spec = spec, .out = out, .place = place };
	const char *archive, *directory;

	if (sh_params_check(spec, drill_params, "drills", err) < 0)
		return -1;
	archive = sh_param_str(spec, "archive");
	directory = sh_param_str(spec, "directory");
	if (!directory == !archive)
		return sh_error_set(err, SH_ERRC_INPUT, "a drill has either 'directory' or 'archive'");
	json_object_set_new(out, directory ? "directory" : "archive",
			    sh_action_text(directory ? directory : archive));
	if (!mkdtemp(place))
		return sh_error_sys(err, "cannot make '%s'", place);
	d.data = data = sh_asprintf("%s/data", place);
	d.log = log = sh_asprintf("%s/log", place);
	return run_in(&d, err);
}

/* Every drill has its turn, whatever became of the others. */
static int run(const struct sh_action_call *call, json_t *output, struct sh_error *err)
{
	const char *scratch = sh_param_str(call->parameters, "scratch");

	return sh_each(sh_param_json(call->parameters, "drills"), output, "drills", false, drill,
		       (char *)(uintptr_t)(scratch ? scratch : "/var/tmp"), err);
}

int main(int argc, char **argv)
{
	static const struct sh_action action = { "restore-drill", params, run, sh_action_check_again, NULL };

	return sh_action_main(&action, argc, argv);
}

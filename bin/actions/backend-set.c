/* SPDX-License-Identifier: MIT */
/*
 * backend-set - drain a server of HAProxy, take it out, or let it serve again
 *
 * By the runtime socket. The last server of a backend that serves is never
 * taken: then there would be none. Undo sets the state that it had.
 */
#include "config.h"

#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "action/action.h"
#include "action/note.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/num.h"

#define ANSWER_SECONDS 5 /* for each piece */
#define ANSWER_WITHIN (15 * SH_SEC)
#define MAX_ANSWER ((size_t)16 << 20)
#define DRAIN_WITHIN (30 * SH_SEC)
#define POLL (200 * SH_MS)

static const struct sh_param params[] = {
	{ "backend", SH_PARAM_OBJECT, true },
	{ "state", SH_PARAM_STRING, true },
	{ NULL, SH_PARAM_STRING, false },
};

static const struct sh_param backend_params[] = {
	{ "socket", SH_PARAM_PATH, true },
	{ "server", SH_PARAM_STRING, true }, /* BACKEND/SERVER */
	{ "drain_timeout", SH_PARAM_DURATION, false },
	{ NULL, SH_PARAM_STRING, false },
};

struct server {
	const char *socket;
	char backend[128], name[128];
	bool found, draining, maintenance;
	int64_t sessions;
	size_t others; /* of the backend that serve */
};

static bool is_name(const char *s)
{
	return *s && strspn(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.:") == strlen(s);
}

static int read_params(struct server *v, const struct sh_action_call *call, struct sh_error *err)
{
	const json_t *p = sh_param_json(call->parameters, "backend");
	const char *server, *state = sh_param_str(call->parameters, "state"), *slash;

	*v = (struct server){ .found = false };
	if (sh_params_check(p, backend_params, "backend", err) < 0)
		return -1;
	if (strcmp(state, "drain") && strcmp(state, "ready") && strcmp(state, "maint"))
		return sh_error_set(err, SH_ERRC_INPUT, "'state' must be drain, maint or ready");
	v->socket = sh_param_str(p, "socket");
	server = sh_param_str(p, "server");
	slash = strchr(server, '/');
	if (!slash || (size_t)(slash - server) >= sizeof(v->backend) || strlen(slash + 1) >= sizeof(v->name))
		return sh_error_set(err, SH_ERRC_INPUT, "'server' must be BACKEND/SERVER");
	snprintf(v->backend, sizeof(v->backend), "%.*s", (int)(slash - server), server);
	snprintf(v->name, sizeof(v->name), "%s", slash + 1);
	return is_name(v->backend) && is_name(v->name) ?
		       0 : sh_error_set(err, SH_ERRC_INPUT, "'%s' is no name of a server", server);
}

static int dial(const char *path, struct sh_error *err)
{
	const struct timeval wait = { .tv_sec = ANSWER_SECONDS };
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (strlen(path) < sizeof(a.sun_path))
		memcpy(a.sun_path, path, strlen(path) + 1);
	if (fd < 0 || !a.sun_path[0] ||
	    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof(wait)) < 0 ||
	    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &wait, sizeof(wait)) < 0 || /* of connect too */
	    connect(fd, (const struct sockaddr *)&a, sizeof(a)) < 0) {
		sh_error_sys(err, "cannot connect to '%s'", path);
		if (fd >= 0)
			close(fd);
		return -1;
	}
	return fd;
}

/* One command; OUT gets the answer. */
static int tell(const char *socket, const char *command, struct sh_buf *out, struct sh_error *err)
{
	SH_CLEANUP_FD int fd = dial(socket, err);
	SH_CLEANUP_FREE char *line = sh_asprintf("%s\n", command);
	int64_t until = sh_clock_mono() + ANSWER_WITHIN;
	char piece[4096];
	ssize_t n;

	if (fd < 0)
		return -1;
	if (sh_write_all(fd, line, strlen(line)) < 0)
		return sh_error_sys(err, "cannot write to '%s'", socket);
	while ((n = read(fd, piece, sizeof(piece))) > 0 && out->len < MAX_ANSWER && sh_clock_mono() < until)
		sh_buf_add(out, piece, (size_t)n);
	if (n > 0)
		return sh_error_set(err, SH_ERRC_SYSTEM, "the answer of '%s' does not end", socket);
	return n < 0 ? sh_error_sys(err, "cannot read from '%s'", socket) : 0;
}

/* The N-th field of a line of CSV without quotes; false when there are fewer. */
static bool field(const char *line, int n, char *out, size_t size)
{
	size_t len;

	while (n-- > 0) {
		line += strcspn(line, ",\n");
		if (*line != ',')
			return false;
		line++;
	}
	len = strcspn(line, ",\n");
	snprintf(out, size, "%.*s", (int)len, line);
	return len < size;
}

/* "# pxname,svname,qcur,qmax,scur,…,status (18th)": HAProxy's management guide, 9.1. */
static void take_line(struct server *v, const char *line)
{
	char backend[128], name[128], sessions[32], status[64];
	bool serves;

	if (!field(line, 0, backend, sizeof(backend)) || strcmp(backend, v->backend) ||
	    !field(line, 1, name, sizeof(name)) || !strcmp(name, "FRONTEND") || !strcmp(name, "BACKEND") ||
	    !field(line, 4, sessions, sizeof(sessions)) || !field(line, 17, status, sizeof(status)))
		return;
	serves = !strncmp(status, "UP", 2) || !strcmp(status, "no check");
	if (strcmp(name, v->name)) {
		v->others += serves;
		return;
	}
	v->found = true;
	v->draining = !strncmp(status, "DRAIN", 5);
	v->maintenance = !strncmp(status, "MAINT", 5);
	if (sh_parse_i64(sessions, &v->sessions) < 0)
		v->sessions = 0;
}

static int look(struct server *v, struct sh_error *err)
{
	SH_CLEANUP_BUF struct sh_buf text = SH_BUF_INIT;

	if (tell(v->socket, "show stat", &text, err) < 0)
		return -1;
	v->found = false;
	v->others = 0;
	for (const char *line = sh_buf_str(&text); line && *line;
	     line = strchr(line, '\n') ? strchr(line, '\n') + 1 : NULL)
		take_line(v, line);
	return v->found ? 0 :
			  sh_error_set(err, SH_ERRC_UNAVAILABLE, "HAProxy knows no server '%s/%s'", v->backend,
				       v->name);
}

static const char *state_of(const struct server *v)
{
	return v->maintenance ? "maint" : v->draining ? "drain" : "ready";
}

static int set_state(const struct server *v, const char *state, struct sh_error *err)
{
	SH_CLEANUP_FREE char *command =
		sh_asprintf("set server %s/%s state %s", v->backend, v->name, state);
	SH_CLEANUP_BUF struct sh_buf said = SH_BUF_INIT;
	const char *text;

	if (tell(v->socket, command, &said, err) < 0)
		return -1;
	text = sh_buf_str(&said);
	text += strspn(text, "\n ");
	return *text ? sh_error_set(err, SH_ERRC_SYSTEM, "HAProxy: %.*s", (int)strcspn(text, "\n"), text) : 0;
}

/* A drain is over when its sessions are. What is left after the time is told, not cut off. */
static int await_sessions(struct server *v, int64_t timeout, json_t *output, struct sh_error *err)
{
	int64_t until = sh_clock_mono() + timeout;

	while (look(v, err) == 0 && v->sessions && sh_clock_mono() < until)
		sh_clock_sleep(POLL);
	json_object_set_new(output, "sessions_left", json_integer(v->sessions));
	return sh_error_is_set(err) ? -1 : 0;
}

static int change(const struct sh_action_call *call, struct server *v, json_t *output, struct sh_error *err)
{
	const char *state = sh_param_str(call->parameters, "state");
	const json_t *p = sh_param_json(call->parameters, "backend");
	struct sh_note note;
	int rc;

	if (strcmp(state, "ready") && !v->others)
		return sh_error_set(err, SH_ERRC_CONFIG, "no other server of '%s' serves: '%s' stays", v->backend,
				    v->name);
	json_object_set_new(output, "before", json_string(state_of(v)));
	sh_note_init(&note, "backends", call);
	rc = sh_note_write(&note, output, err);
	sh_note_release(&note);
	if (rc < 0 || set_state(v, state, err) < 0)
		return -1;
	return strcmp(state, "drain") ? 0 :
		       await_sessions(v, sh_param_duration(p, "drain_timeout", DRAIN_WITHIN), output, err);
}

static int run(const struct sh_action_call *call, json_t *output, struct sh_error *err)
{
	struct server v;

	if (read_params(&v, call, err) < 0 || look(&v, err) < 0)
		return -1;
	return change(call, &v, output, err);
}

static int check(const struct sh_action_call *call, json_t *output, struct sh_error *err)
{
	struct server v;

	if (read_params(&v, call, err) < 0 || look(&v, err) < 0)
		return -1;
	sh_action_state(output, !strcmp(state_of(&v), sh_param_str(call->parameters, "state")) ? "done"
											     : "not_done");
	return 0;
}

static int set_back(const struct sh_action_call *call, const json_t *known, struct sh_error *err)
{
	const char *before = sh_param_str(known, "before");
	struct server v;

	if (read_params(&v, call, err) < 0)
		return -1;
	return before && (!strcmp(before, "ready") || !strcmp(before, "drain") || !strcmp(before, "maint")) ?
		       set_state(&v, before, err) :
		       sh_error_set(err, SH_ERRC_INPUT, "what is to be undone names no state");
}

static int undo(const struct sh_action_call *call, json_t *output, struct sh_error *err)
{
	return sh_note_undo("backends", "before", set_back, call, output, err);
}

int main(int argc, char **argv)
{
	static const struct sh_action action = { "backend-set", params, run, check, undo };

	return sh_action_main(&action, argc, argv);
}

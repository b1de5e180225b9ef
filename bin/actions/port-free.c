/* SPDX-License-Identifier: MIT */
/*
 * port-free - end the stranger that has the port of a service, if the site allows it
 *
 * Whoever else has the port is named and let be: that needs a person.
 */
#include "config.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "action/action.h"
#include "action/proc.h"
#include "action/service.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/mem.h"

#define GRACE (5 * SH_SEC)
#define AFTER_KILL (3 * SH_SEC)
#define LISTENS 0x0A /* TCP_LISTEN of /proc/net/tcp */

static const struct sh_param params[] = {
	{ "ports", SH_PARAM_LIST, true },
	{ "takeover", SH_PARAM_STRINGS, true },
	{ "pidfile", SH_PARAM_PATH, false },
	{ "exe", SH_PARAM_PATH, false },
	{ "cmdline", SH_PARAM_STRING, false },
	{ "start", SH_PARAM_ARGV, false },
	{ NULL, SH_PARAM_STRING, false },
};

struct sockets {
	unsigned long *inode; /* owned */
	size_t n, cap;
};

static bool is_ours(const json_t *ports, unsigned port)
{
	json_t *p;
	size_t i;

	json_array_foreach((json_t *)(uintptr_t)ports, i, p)
		if (json_integer_value(p) == (json_int_t)port)
			return true;
	return false;
}

/* "  0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000  0  0 12345 …" */
static int read_table(const char *path, const json_t *ports, struct sockets *s, struct sh_error *err)
{
	SH_CLEANUP_BUF struct sh_buf text = SH_BUF_INIT;
	unsigned port, state;
	unsigned long inode;

	if (access(path, F_OK) < 0)
		return 0; /* a kernel without that version of the protocol */
	if (sh_file_read(AT_FDCWD, path, (size_t)64 << 20, &text, err) < 0)
		return -1;
	for (const char *line = strchr(sh_buf_str(&text), '\n'); line; line = strchr(line + 1, '\n')) {
		if (sscanf(line + 1, " %*u: %*[0-9A-Fa-f]:%x %*[0-9A-Fa-f]:%*x %x %*s %*s %*s %*u %*u %lu", &port,
			   &state, &inode) != 3 ||
		    state != LISTENS || !is_ours(ports, port))
			continue;
		sh_grow(s->inode, s->n, s->cap);
		s->inode[s->n++] = inode;
	}
	return 0;
}

static bool has_one(pid_t pid, const struct sockets *s)
{
	char path[64], link[64];
	struct dirent *e;
	bool has = false;
	DIR *dir;

	snprintf(path, sizeof(path), "/proc/%d/fd", (int)pid);
	dir = opendir(path);
	while (dir && !has && (e = readdir(dir))) {
		ssize_t n = readlinkat(dirfd(dir), e->d_name, link, sizeof(link) - 1);
		unsigned long inode;

		link[n > 0 ? n : 0] = '\0';
		if (sscanf(link, "socket:[%lu]", &inode) == 1)
			for (size_t i = 0; i < s->n; i++)
				has |= s->inode[i] == inode;
	}
	if (dir)
		closedir(dir);
	return has;
}

/* Who listens there and is not of the service. *SOCKETS: how many listen at all. */
static int find(const json_t *p, struct sh_procs *strangers, size_t *sockets, struct sh_error *err)
{
	struct sh_procs all = SH_PROCS_INIT, own = SH_PROCS_INIT;
	struct sockets s = { .inode = NULL };
	struct sh_selector who;
	int rc = sh_selector_read(&who, p, true, err);

	if (rc == 0 && (read_table("/proc/net/tcp", sh_param_json(p, "ports"), &s, err) < 0 ||
			read_table("/proc/net/tcp6", sh_param_json(p, "ports"), &s, err) < 0))
		rc = -1;
	*sockets = s.n;
	if (rc == 0 && (who.pidfile || who.exe || who.cmdline))
		rc = sh_service_find_tree(&who, &own, err);
	if (rc == 0)
		rc = sh_procs_read(&all, err);
	for (size_t i = 0; rc == 0 && s.n && i < all.n; i++)
		if (!sh_procs_find(&own, all.item[i].pid) && has_one(all.item[i].pid, &s))
			sh_procs_add(strangers, &all.item[i]);
	sh_procs_release(&all);
	sh_procs_release(&own);
	free(s.inode);
	return rc;
}

static int may_end(const json_t *p, const struct sh_procs *set, struct sh_error *err)
{
	for (size_t i = 0; i < set->n; i++)
		if (sh_proc_is_protected(&set->item[i]) ||
		    !sh_name_is_allowed(set->item[i].name, sh_param_json(p, "takeover")))
			return sh_error_set(err, SH_ERRC_CONFIG,
					    "process %d (%s) has the port, and the site does not allow to end it",
					    (int)set->item[i].pid, set->item[i].name);
	return 0;
}

static int end_all(const struct sh_procs *set, json_t *output, struct sh_error *err)
{
	json_t *ended = json_array();

	for (size_t i = 0; i < set->n; i++) {
		json_t *item = json_pack("{s:i}", "pid", (int)set->item[i].pid);

		json_object_set_new(item, "name", sh_action_text(set->item[i].name));
		json_array_append_new(ended, item);
	}
	json_object_set_new(output, "ended", ended);
	if (sh_procs_signal(set, SIGTERM, err) < 0 || sh_procs_signal(set, SIGCONT, err) < 0)
		return -1;
	if (sh_procs_await_end(set, GRACE))
		return 0;
	if (sh_procs_signal(set, SIGKILL, err) < 0)
		return -1;
	return sh_procs_await_end(set, AFTER_KILL) ?
		       0 : sh_error_set(err, SH_ERRC_SYSTEM, "a process is still there after SIGKILL");
}

static int run(const struct sh_action_call *call, json_t *output, struct sh_error *err)
{
	struct sh_procs strangers = SH_PROCS_INIT;
	size_t sockets;
	int rc = find(call->parameters, &strangers, &sockets, err);

	if (rc == 0 && !strangers.n)
		rc = sh_error_set(err, SH_ERRC_UNAVAILABLE,
				  sockets ? "only the service itself, or nobody in sight, has the port"
					  : "nobody has the port");
	if (rc == 0)
		rc = may_end(call->parameters, &strangers, err);
	if (rc == 0)
		rc = end_all(&strangers, output, err);
	sh_procs_release(&strangers);
	return rc;
}

static int check(const struct sh_action_call *call, json_t *output, struct sh_error *err)
{
	struct sh_procs strangers = SH_PROCS_INIT;
	size_t sockets;
	int rc = find(call->parameters, &strangers, &sockets, err);

	if (rc == 0)
		sh_action_state(output, strangers.n ? "not_done" : "done");
	sh_procs_release(&strangers);
	return rc;
}

int main(int argc, char **argv)
{
	static const struct sh_action action = { "port-free", params, run, check, NULL };

	return sh_action_main(&action, argc, argv);
}

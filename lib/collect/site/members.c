/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "collect/site/members.h"

#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <limits.h>
#include <linux/magic.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/mem.h"
#include "collect/text.h"

#define MAX_PIDFILE 4096
#define MAX_CMDLINE 65536
/* A pid file may be written a little before its process begins (by the parent that forks it). */
#define PIDFILE_SLACK (2 * SH_SEC)

struct search {
	struct sh_collect *c;
	const struct sh_service *service;
	const struct sh_pstat_table *table;
	bool *marked;   /* by index in the table */
	pid_t session;  /* 0, or that of the main process even when it is gone */
	size_t hidden;  /* processes that may be it and cannot be looked at */
};

static size_t index_of(const struct search *s, const struct sh_pstat *p)
{
	return (size_t)(p - s->table->item);
}

static void mark(struct search *s, const struct sh_pstat *p)
{
	s->marked[index_of(s, p)] = true;
}

/* The command line with blanks between its arguments. False when it cannot be read. */
static bool read_cmdline(struct search *s, const struct sh_pstat *p, struct sh_buf *out)
{
	struct sh_error e = SH_ERROR_INIT;
	char path[64];

	snprintf(path, sizeof(path), "proc/%d/cmdline", (int)p->pid);
	if (sh_file_read(s->c->root, path, MAX_CMDLINE, out, &e) < 0)
		return false;
	for (size_t i = 0; i + 1 < out->len; i++)
		if (!out->data[i])
			out->data[i] = ' ';
	return true;
}

/* The path of the executable in out (PATH_MAX bytes); false when it cannot be read. */
static bool read_exe(struct search *s, const struct sh_pstat *p, char *out)
{
	static const char gone[] = " (deleted)";
	char path[64];
	ssize_t n;

	snprintf(path, sizeof(path), "proc/%d/exe", (int)p->pid);
	n = readlinkat(s->c->root, path, out, PATH_MAX - 1);
	if (n < 0)
		return false;
	out[n] = '\0';
	/* An upgrade replaces the file; the process goes on with the old one. */
	if ((size_t)n >= sizeof(gone) && !strcmp(out + n - (sizeof(gone) - 1), gone))
		out[(size_t)n - (sizeof(gone) - 1)] = '\0';
	return true;
}

static bool is_same_program(const char *exe, const char *wanted)
{
	SH_CLEANUP_FREE char *real = realpath(wanted, NULL);

	return !strcmp(exe, wanted) || (real && !strcmp(exe, real));
}

/* Whether it was started just as the site says: the same program with the same arguments. */
static bool is_as_started(struct search *s, const struct sh_pstat *p)
{
	SH_CLEANUP_BUF struct sh_buf wanted = SH_BUF_INIT, got = SH_BUF_INIT;
	const char *const *argv = (const char *const *)s->service->start;
	char exe[PATH_MAX];

	if (!argv || !argv[0] || !read_exe(s, p, exe) || !is_same_program(exe, argv[0]))
		return false;
	for (size_t i = 0; argv[i]; i++)
		sh_buf_addf(&wanted, "%s%s", i ? " " : "", argv[i]);
	return read_cmdline(s, p, &got) && !strcmp(sh_buf_str(&got), sh_buf_str(&wanted));
}

/*
 * Whether the process is older than the file that names it. Where the clock was
 * set after boot (a file on a file system in memory seems older than the boot)
 * the two times cannot be compared.
 */
static bool is_older_than(const struct sh_pstat *p, const char *path)
{
	int64_t boot = sh_clock_wall() - sh_clock_mono();
	struct stat st;
	struct statfs fs;
	int64_t written;

	if (stat(path, &st) < 0)
		return false;
	written = sh_clock_of(st.st_mtim);
	if (written < boot && statfs(path, &fs) == 0 && fs.f_type == TMPFS_MAGIC)
		return true;
	return boot + sh_pstat_start(p) - PIDFILE_SLACK <= written;
}

static int find_by_pidfile(struct search *s, const struct sh_pstat **main, struct sh_error *err)
{
	SH_CLEANUP_BUF struct sh_buf text = SH_BUF_INIT;
	const char *path = s->service->pidfile;
	struct sh_error e = SH_ERROR_INIT;
	struct sh_span rest, word;
	const struct sh_pstat *p;
	uint64_t pid;

	if (sh_file_read(AT_FDCWD, path, MAX_PIDFILE, &text, &e) < 0) {
		if (e.code == SH_ERRC_UNAVAILABLE)
			return 0;
		*err = e;
		return -1;
	}
	rest = sh_text_of(&text);
	if (!sh_text_field(&rest, &word) || !sh_text_u64(word, &pid) || !pid || pid > INT_MAX)
		return sh_error_set(err, SH_ERRC_SYSTEM, "'%s' holds no process id", path);
	p = sh_pstat_find(s->table, (pid_t)pid);
	if (!p && kill((pid_t)pid, 0) < 0 && errno == EPERM)
		return sh_error_set(err, SH_ERRC_SYSTEM,
				    "process %d of '%s' is hidden from this user", (int)pid, path);
	if (p && !is_older_than(p, path) && !is_as_started(s, p))
		return 0; /* the pid was used again */
	s->session = (pid_t)pid;
	if (p) {
		mark(s, p);
		*main = p;
	}
	return 0;
}

static bool matches(struct search *s, const struct sh_pstat *p, struct sh_buf *scratch)
{
	const struct sh_service *v = s->service;
	char exe[PATH_MAX];

	if (p->pid == getpid() || !sh_pstat_is_alive(p))
		return false;
	if (v->exe && !read_exe(s, p, exe)) {
		const char *slash = strrchr(v->exe, '/');

		/* The kernel cuts names after 15 bytes. */
		s->hidden += errno == EACCES &&
			     !strncmp(p->name, slash ? slash + 1 : v->exe, 15);
		return false;
	}
	if (v->exe && !is_same_program(exe, v->exe))
		return false;
	return !v->cmdline || (read_cmdline(s, p, scratch) &&
			       fnmatch(v->cmdline, sh_buf_str(scratch), 0) == 0);
}

/* Lines like "0::/system.slice/nginx.service" or with something below the unit. */
static bool is_in_unit(struct search *s, const struct sh_pstat *p, struct sh_buf *scratch)
{
	struct sh_error e = SH_ERROR_INIT;
	size_t len = strlen(s->service->unit);
	char path[64];

	snprintf(path, sizeof(path), "proc/%d/cgroup", (int)p->pid);
	if (sh_file_read(s->c->root, path, MAX_CMDLINE, scratch, &e) < 0)
		return false;
	for (const char *at = sh_buf_str(scratch); (at = strstr(at, s->service->unit)); at += len)
		if (at > scratch->data && at[-1] == '/' && (at[len] == '\n' || at[len] == '/'))
			return true;
	return false;
}

/* The oldest of those found whose parent is not one of them. */
static const struct sh_pstat *oldest_root(const struct search *s)
{
	const struct sh_pstat *best = NULL;

	for (size_t i = 0; i < s->table->n; i++) {
		const struct sh_pstat *p = &s->table->item[i], *parent;

		if (!s->marked[i])
			continue;
		parent = sh_pstat_find(s->table, p->ppid);
		if (parent && s->marked[index_of(s, parent)])
			continue;
		if (!best || p->start < best->start)
			best = p;
	}
	return best;
}

static int find_by_looking(struct search *s, const struct sh_pstat **main, struct sh_error *err)
{
	SH_CLEANUP_BUF struct sh_buf scratch = SH_BUF_INIT;
	bool unit = s->service->unit;

	if (unit && faccessat(s->c->root, "run/systemd/system", F_OK, 0) < 0)
		return sh_error_set(err, SH_ERRC_SYSTEM,
				    "systemd does not run here, so unit '%s' cannot be seen",
				    s->service->unit);
	for (size_t i = 0; i < s->table->n; i++) {
		const struct sh_pstat *p = &s->table->item[i];

		s->marked[i] = unit ? is_in_unit(s, p, &scratch) : matches(s, p, &scratch);
	}
	*main = oldest_root(s);
	if (!*main && s->hidden)
		return sh_error_set(err, SH_ERRC_SYSTEM,
				    "processes of another user may be '%s', and cannot be looked at",
				    s->service->id);
	if (*main)
		s->session = (*main)->pid;
	return 0;
}

/* Until nothing is added: children, and the session that the main process leads. */
static size_t mark_tree(struct search *s)
{
	size_t n = 0;
	bool more = true;

	while (more) {
		more = false;
		n = 0;
		for (size_t i = 0; i < s->table->n; i++) {
			const struct sh_pstat *p = &s->table->item[i], *parent;

			if (!s->marked[i]) {
				parent = sh_pstat_find(s->table, p->ppid);
				s->marked[i] = (s->session && p->session == s->session) ||
					       (parent && s->marked[index_of(s, parent)]);
				more |= s->marked[i];
			}
			n += s->marked[i];
		}
	}
	return n;
}

int sh_members_find(struct sh_collect *c, const struct sh_service *service,
		    const struct sh_pstat_table *t, struct sh_members *out, struct sh_error *err)
{
	SH_CLEANUP_FREE bool *marked = sh_calloc(t->n + 1, sizeof(*marked));
	struct search s = { .c = c, .service = service, .table = t, .marked = marked };
	int rc;

	*out = (struct sh_members){ 0 };
	rc = service->pidfile ? find_by_pidfile(&s, &out->main, err)
			      : find_by_looking(&s, &out->main, err);
	if (rc < 0)
		return -1;
	if (out->main && !sh_pstat_is_alive(out->main))
		out->main = NULL;
	out->item = sh_calloc(mark_tree(&s) + 1, sizeof(const struct sh_pstat *));
	for (size_t i = 0; i < t->n; i++)
		if (marked[i])
			out->item[out->n++] = &t->item[i];
	return 0;
}

void sh_members_release(struct sh_members *m)
{
	free(m->item);
	*m = (struct sh_members){ 0 };
}

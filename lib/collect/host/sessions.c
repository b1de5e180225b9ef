/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "collect/host/sessions.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <utmp.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/mem.h"
#include "collect/text.h"

#define MAX_UTMP ((size_t)4 << 20)
#define MAX_SESSION ((size_t)16 << 10)

/* Printable ASCII of a field that need not end in NUL; whoever logs in chooses some of it. */
static void copy_text(char *out, size_t size, const char *from, size_t len)
{
	size_t n = 0;

	while (n < len && n < size - 1 && from[n]) {
		out[n] = from[n];
		if (from[n] < ' ' || from[n] > '~')
			out[n] = '?';
		n++;
	}
	out[n] = '\0';
}

static struct sh_session *add_session(struct sh_sessions *s)
{
	sh_grow(s->item, s->n, s->cap);
	s->item[s->n] = (struct sh_session){ .pid = 0 };
	return &s->item[s->n++];
}

static void add_record(struct sh_sessions *s, const struct utmp *u)
{
	struct sh_session *k;

	if (u->ut_type != USER_PROCESS || !u->ut_user[0])
		return;
	k = add_session(s);
	copy_text(k->user, sizeof(k->user), u->ut_user, sizeof(u->ut_user));
	copy_text(k->line, sizeof(k->line), u->ut_line, sizeof(u->ut_line));
	copy_text(k->from, sizeof(k->from), u->ut_host, sizeof(u->ut_host));
	k->pid = u->ut_pid;
	k->since = (int64_t)(uint32_t)u->ut_tv.tv_sec * SH_SEC + (int64_t)u->ut_tv.tv_usec * 1000;
}

int sh_sessions_parse_utmp(struct sh_sessions *s, struct sh_span text, struct sh_error *err)
{
	struct utmp u;

	if (text.len % sizeof(u))
		return sh_error_set(err, SH_ERRC_SYSTEM, "'/run/utmp' ends within a record");
	for (size_t at = 0; at < text.len; at += sizeof(u)) {
		memcpy(&u, text.p + at, sizeof(u));
		add_record(s, &u);
	}
	return 0;
}

static struct sh_span value_of(struct sh_span rest, const char *key)
{
	struct sh_span line;

	while (sh_text_line(&rest, &line)) {
		struct sh_span v = sh_text_after(line, key);

		if (v.p)
			return v;
	}
	return (struct sh_span){ "", 0 };
}

void sh_sessions_parse_logind(struct sh_sessions *s, struct sh_span text)
{
	struct sh_span class = value_of(text, "CLASS="), user = value_of(text, "USER=");
	struct sh_span line = value_of(text, "TTY="), from = value_of(text, "REMOTE_HOST=");
	uint64_t pid = 0, since = 0;
	struct sh_session *k;

	/* "user", "user-early", …; not greeters, lock screens and the users' managers. */
	if (!sh_text_after(class, "user").p || !user.len || !user.p[0] ||
	    sh_span_is(value_of(text, "STATE="), "closing"))
		return;
	sh_text_u64(value_of(text, "LEADER="), &pid);
	sh_text_u64(value_of(text, "REALTIME="), &since);
	k = add_session(s);
	copy_text(k->user, sizeof(k->user), user.p, user.len);
	copy_text(k->line, sizeof(k->line), line.p, line.len);
	copy_text(k->from, sizeof(k->from), from.p, from.len);
	k->pid = pid <= INT_MAX ? (pid_t)pid : 0;
	k->since = since <= INT64_MAX / 1000 ? (int64_t)since * 1000 : 0;
}

static int read_logind(struct sh_sessions *s, struct sh_collect *c, struct sh_error *err)
{
	static const char path[] = "run/systemd/sessions";
	int fd = openat(c->root, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd >= 0 ? fdopendir(fd) : NULL;
	const struct dirent *d;

	if (!dir) {
		sh_error_set_(err, errno == ENOENT ? SH_ERRC_UNAVAILABLE : SH_ERRC_SYSTEM, errno,
			      "cannot read '/%s'", path);
		if (fd >= 0)
			close(fd);
		return -1;
	}
	while ((d = readdir(dir))) {
		struct sh_error gone = SH_ERROR_INIT;

		/* "3.ref" is a pipe that the session holds. */
		if (!strchr(d->d_name, '.') &&
		    sh_file_read(fd, d->d_name, MAX_SESSION, &c->text, &gone) == 0)
			sh_sessions_parse_logind(s, sh_text_of(&c->text));
	}
	closedir(dir);
	return 0;
}

/* A crash leaves its records behind: as who(1), believe in a session while its process is there. */
static void drop_dead(struct sh_sessions *s)
{
	size_t kept = 0;

	for (size_t i = 0; i < s->n; i++) {
		pid_t pid = s->item[i].pid;

		if (pid <= 0 || kill(pid, 0) == 0 || errno == EPERM)
			s->item[kept++] = s->item[i];
	}
	s->n = kept;
}

static int read_sessions(struct sh_sessions *s, struct sh_collect *c, struct sh_error *err)
{
	struct sh_error none = SH_ERROR_INIT;
	int rc;

	s->n = 0;
	if (sh_file_read(c->root, "run/utmp", MAX_UTMP, &c->text, &none) == 0) {
		rc = sh_sessions_parse_utmp(s, sh_text_of(&c->text), err);
	} else if (none.code == SH_ERRC_UNAVAILABLE) {
		rc = read_logind(s, c, err);
	} else {
		*err = none;
		rc = -1;
	}
	if (rc == 0 && c->machine)
		drop_dead(s);
	return rc;
}

const struct sh_sessions *sh_sessions_now(struct sh_collect *c, struct sh_error *err)
{
	if (c->moment && c->sessions_moment == c->moment)
		return c->sessions;
	if (!c->sessions)
		c->sessions = sh_calloc(1, sizeof(*c->sessions));
	c->sessions_moment = 0;
	if (read_sessions(c->sessions, c, err) < 0)
		return NULL;
	c->sessions_moment = c->moment;
	return c->sessions;
}

void sh_sessions_forget(struct sh_collect *c)
{
	if (c->sessions)
		sh_sessions_release(c->sessions);
	free(c->sessions);
	c->sessions = NULL;
}

void sh_sessions_release(struct sh_sessions *s)
{
	free(s->item);
	*s = (struct sh_sessions){ 0 };
}

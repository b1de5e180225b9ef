/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "collect/event/marks.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/mem.h"
#include "collect/event/event.h"
#include "collect/text.h"
#include "record/entity.h"
#include "state/dir.h"

#define MAX_MARK ((size_t)64 << 10)
#define MAX_TEXT 1000
#define KEPT (7 * SH_DAY)

static struct sh_span trimmed(struct sh_span s)
{
	while (s.len && (s.p[0] == ' ' || s.p[0] == '\t')) {
		s.p++;
		s.len--;
	}
	while (s.len && (s.p[s.len - 1] == ' ' || s.p[s.len - 1] == '\t' || s.p[s.len - 1] == '\r'))
		s.len--;
	return s;
}

static void take(struct sh_span line, const char *key, struct sh_span *value)
{
	struct sh_span v = sh_text_after(line, key);

	if (v.p && trimmed(v).len)
		*value = trimmed(v);
}

bool sh_mark_parse(struct sh_span text, struct sh_mark *out)
{
	struct sh_span line = { "", 0 };

	*out = (struct sh_mark){ .type = sh_span_of("deploy") };
	if (!sh_text_line(&text, &line))
		return false;
	out->text = trimmed(line);
	if (out->text.len > MAX_TEXT)
		out->text.len = MAX_TEXT;
	while (sh_text_line(&text, &line)) {
		take(line, "entity:", &out->entity);
		take(line, "type:", &out->type);
	}
	return out->text.len > 0;
}

static int open_marks(const char *state_dir)
{
	SH_CLEANUP_FREE char *path = sh_asprintf("%s/marks", state_dir);

	return open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

static void list_mark(int dir, const char *name, struct sh_listing *now)
{
	struct stat st;
	char value[64];

	if (name[0] == '.' || fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0 || !S_ISREG(st.st_mode))
		return;
	snprintf(value, sizeof(value), "%lld.%09ld", (long long)st.st_mtim.tv_sec, st.st_mtim.tv_nsec);
	sh_listing_add(now, name, value);
}

/* Marks are each new: one that is not there any more, or has another time, is no event of its own. */
static int look(struct sh_collect *c, const struct sh_listing *before, struct sh_listing *now,
		struct sh_error *err)
{
	int fd = c->state_dir ? open_marks(c->state_dir) : -1;
	DIR *dir = fd >= 0 ? fdopendir(fd) : NULL;
	const struct dirent *d;

	(void)before;
	(void)err;
	if (!dir) {
		/* The first one makes the directory; until then there are none. */
		if (fd >= 0)
			close(fd);
		return 0;
	}
	while ((d = readdir(dir)))
		list_mark(fd, d->d_name, now);
	closedir(dir);
	return 0;
}

static int read_mark(struct sh_collect *c, const char *name, struct stat *st, struct sh_error *err)
{
	SH_CLEANUP_FD int dir = open_marks(c->state_dir);
	SH_CLEANUP_FD int fd = -1;

	/* Whoever may leave a mark must not have us read another file for him. */
	fd = dir < 0 ? -1 : openat(dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
	if (fd < 0 || fstat(fd, st) < 0 || !S_ISREG(st->st_mode))
		return sh_error_sys(err, "cannot open mark '%s'", name);
	return sh_fd_read(fd, name, MAX_MARK, &c->text, err);
}

static void changed(struct sh_collect *c, const char *name, const char *was, const char *is)
{
	SH_CLEANUP_BUF struct sh_buf type = SH_BUF_INIT, about = SH_BUF_INIT, kind = SH_BUF_INIT;
	struct sh_error e = SH_ERROR_INIT;
	struct sh_entity entity;
	struct sh_mark m;
	struct stat st;

	(void)was;
	if (!is)
		return;
	if (read_mark(c, name, &st, &e) < 0) {
		sh_collect_fail(c, name, &e);
		return;
	}
	if (!sh_mark_parse(sh_text_of(&c->text), &m))
		return;
	sh_buf_add(&type, m.type.p, m.type.len);
	sh_buf_addstr(&kind, "host");
	sh_buf_addstr(&about, c->host);
	if (m.entity.p && sh_entity_split(m.entity, &entity) && !sh_span_is(entity.type, "host")) {
		sh_buf_clear(&kind);
		sh_buf_clear(&about);
		sh_buf_add(&kind, entity.type.p, entity.type.len);
		sh_entity_decode(entity.name, &about);
	}
	sh_event_emit(c, sh_clock_of(st.st_mtim), sh_buf_str(&kind),
		      sh_buf_str(&about), sh_buf_str(&type), "%.*s", (int)m.text.len, m.text.p);
}

const struct sh_event_source sh_event_marks = {
	.name = "marks", .look = look, .changed = changed
};

/* Ours only: what other tools put there is theirs to remove. */
static void forget_old(const char *state_dir, int64_t now)
{
	int fd = open_marks(state_dir);
	DIR *dir = fd >= 0 ? fdopendir(fd) : NULL;
	const struct dirent *d;
	struct stat st;

	while (dir && (d = readdir(dir)))
		if (!strncmp(d->d_name, "mark-", 5) &&
		    fstatat(fd, d->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
		    sh_clock_of(st.st_mtim) < now - KEPT)
			unlinkat(fd, d->d_name, 0);
	if (dir)
		closedir(dir);
	else if (fd >= 0)
		close(fd);
}

int sh_mark_leave(const char *state_dir, const char *text, const char *entity, struct sh_error *err)
{
	SH_CLEANUP_FREE char *dir = sh_state_dir(state_dir, true, err);
	SH_CLEANUP_FREE char *marks = NULL, *path = NULL;
	SH_CLEANUP_BUF struct sh_buf content = SH_BUF_INIT;
	int64_t now = sh_clock_wall();

	if (!dir)
		return -1;
	if (!*text || strchr(text, '\n') || (entity && strchr(entity, '\n')))
		return sh_error_set(err, SH_ERRC_USAGE, "a mark is one line of text");
	marks = sh_asprintf("%s/marks", dir);
	path = sh_asprintf("%s/mark-%" PRId64 "-%d", marks, now, (int)getpid());
	sh_buf_addf(&content, "%s\n", text);
	if (entity)
		sh_buf_addf(&content, "entity: %s\n", entity);
	if (sh_mkdir_parents(marks, 0700, err) < 0 ||
	    sh_file_write_atomic(path, sh_buf_str(&content), content.len, 0600, err) < 0)
		return -1;
	forget_old(dir, now);
	return 0;
}

/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "collect/host/pstat.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/mem.h"
#include "collect/text.h"

#define MAX_STAT 4096

static bool parse_pid(struct sh_span s, pid_t *out)
{
	uint64_t v;

	if (!sh_text_u64(s, &v) || v > INT_MAX)
		return false;
	*out = (pid_t)v;
	return true;
}

/* Fields by their number in proc(5); what stands between is skipped. */
static bool parse_after_name(struct sh_span rest, struct sh_pstat *out)
{
	struct sh_span state, ppid, session;
	uint64_t user, system, pages;

	if (!sh_text_field(&rest, &state) || !sh_text_field(&rest, &ppid) ||
	    !sh_text_skip(&rest, 1) || !sh_text_field(&rest, &session) ||
	    !sh_text_skip(&rest, 7) || sh_text_u64s(&rest, &user, 1) != 1 ||
	    sh_text_u64s(&rest, &system, 1) != 1 || !sh_text_skip(&rest, 4) ||
	    sh_text_u64s(&rest, &out->threads, 1) != 1 || !sh_text_skip(&rest, 1) ||
	    sh_text_u64s(&rest, &out->start, 1) != 1 || !sh_text_skip(&rest, 1) ||
	    sh_text_u64s(&rest, &pages, 1) != 1)
		return false;
	out->state = state.p[0];
	out->ticks = user + system;
	out->memory = pages * (uint64_t)sysconf(_SC_PAGESIZE);
	return parse_pid(ppid, &out->ppid) && parse_pid(session, &out->session);
}

bool sh_pstat_parse(struct sh_span text, struct sh_pstat *out)
{
	const char *open = text.len ? memchr(text.p, '(', text.len) : NULL;
	/* The name may hold anything, ')' and newlines included: it ends at the last ')'. */
	const char *end = text.len ? memrchr(text.p, ')', text.len) : NULL;
	size_t len = 0;

	if (!open || !end || end < open || open == text.p)
		return false;
	if (!parse_pid((struct sh_span){ text.p, (size_t)(open - text.p) - 1 }, &out->pid))
		return false;
	for (const char *p = open + 1; p < end && len < sizeof(out->name) - 1; p++) {
		if (*p >= ' ' && *p < 0x7f)
			out->name[len++] = *p;
		else
			out->name[len++] = '?';
	}
	out->name[len] = '\0';
	return parse_after_name((struct sh_span){ end + 1, text.len - (size_t)(end + 1 - text.p) },
				out);
}

static void scan_one(struct sh_pstat_table *t, int proc, const char *name, struct sh_buf *buf)
{
	struct sh_error gone = SH_ERROR_INIT;
	struct sh_pstat p;
	char path[64];

	snprintf(path, sizeof(path), "%.20s/stat", name);
	if (sh_file_read(proc, path, MAX_STAT, buf, &gone) < 0)
		return;
	if (!sh_pstat_parse(sh_text_of(buf), &p))
		return;
	sh_grow(t->item, t->n, t->cap);
	t->item[t->n++] = p;
}

static int by_pid(const void *a, const void *b)
{
	const struct sh_pstat *x = a, *y = b;

	return (x->pid > y->pid) - (x->pid < y->pid);
}

int sh_pstat_scan(struct sh_pstat_table *t, int root, struct sh_error *err)
{
	SH_CLEANUP_BUF struct sh_buf buf = SH_BUF_INIT;
	int fd = openat(root, "proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd >= 0 ? fdopendir(fd) : NULL;
	const struct dirent *d;

	t->n = 0;
	if (!dir) {
		sh_error_set_(err, SH_ERRC_SYSTEM, errno, "cannot read '/proc'");
		if (fd >= 0)
			close(fd);
		return -1;
	}
	while ((d = readdir(dir)))
		if (d->d_name[0] >= '1' && d->d_name[0] <= '9')
			scan_one(t, fd, d->d_name, &buf);
	closedir(dir);
	if (t->n)
		qsort(t->item, t->n, sizeof(*t->item), by_pid);
	return 0;
}

int64_t sh_pstat_start(const struct sh_pstat *p)
{
	return (int64_t)p->start * (SH_SEC / sysconf(_SC_CLK_TCK));
}

bool sh_pstat_began_since(const struct sh_pstat *p, int64_t instant)
{
	return instant && sh_pstat_start(p) >= instant;
}

void sh_pstat_release(struct sh_pstat_table *t)
{
	free(t->item);
	*t = (struct sh_pstat_table){ 0 };
}

const struct sh_pstat *sh_pstat_find(const struct sh_pstat_table *t, pid_t pid)
{
	struct sh_pstat key = { .pid = pid };

	return t->n ? bsearch(&key, t->item, t->n, sizeof(*t->item), by_pid) : NULL;
}

/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "collect/host/pstat.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "collect/text.h"

#define MAX_STAT 2048
#define PF_KTHREAD 0x00200000 /* as the kernel has it: proc(5) sends to its sources for the flags */

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
	uint64_t flags, faults, user, system, pages;

	if (!sh_text_field(&rest, &state) || !sh_text_field(&rest, &ppid) ||
	    !sh_text_skip(&rest, 1) || !sh_text_field(&rest, &session) ||
	    !sh_text_skip(&rest, 2) || sh_text_u64s(&rest, &flags, 1) != 1 ||
	    !sh_text_skip(&rest, 2) || sh_text_u64s(&rest, &faults, 1) != 1 ||
	    !sh_text_skip(&rest, 1) || sh_text_u64s(&rest, &user, 1) != 1 ||
	    sh_text_u64s(&rest, &system, 1) != 1 || !sh_text_skip(&rest, 4) ||
	    sh_text_u64s(&rest, &out->threads, 1) != 1 || !sh_text_skip(&rest, 1) ||
	    sh_text_u64s(&rest, &out->start, 1) != 1 || !sh_text_skip(&rest, 1) ||
	    sh_text_u64s(&rest, &pages, 1) != 1)
		return false;
	/* Where only the first thread has ended the others keep all that it has, as its ports. */
	out->state = state.p[0] == 'Z' && out->threads > 1 ? 'S' : state.p[0];
	out->kernel = flags & PF_KTHREAD;
	out->ticks = user + system;
	out->faults = faults;
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

static bool read_one(struct sh_pstat_table *t, pid_t pid, struct sh_pstat *out)
{
	char text[MAX_STAT];
	ssize_t n = sh_pstat_read(t, pid, SH_PID_STAT, text, sizeof(text));

	return n > 0 && sh_pstat_parse((struct sh_span){ text, (size_t)n }, out);
}

static void scan_one(struct sh_pstat_table *t, const char *name)
{
	struct sh_pstat p;

	if (!parse_pid(sh_span_of(name), &p.pid) || !read_one(t, p.pid, &p))
		return;
	sh_grow(t->item, t->n, t->cap);
	t->item[t->n++] = p;
}

static int by_pid(const void *a, const void *b)
{
	const struct sh_pstat *x = a, *y = b;

	return (x->pid > y->pid) - (x->pid < y->pid);
}

static int open_proc(struct sh_pstat_table *t, int root, struct sh_error *err)
{
	int fd = openat(root, "proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct statfs fs;

	t->proc = fd >= 0 ? fdopendir(fd) : NULL;
	if (!t->proc) {
		sh_error_set_(err, SH_ERRC_SYSTEM, errno, "cannot read '/proc'");
		if (fd >= 0)
			close(fd);
		return -1;
	}
	sh_pidfiles_init(&t->files, fstatfs(fd, &fs) == 0 && fs.f_type == PROC_SUPER_MAGIC);
	return 0;
}

int sh_pstat_scan(struct sh_pstat_table *t, int root, struct sh_error *err)
{
	const struct dirent *d;
	bool sorted = true;
	long at;

	t->n = 0;
	if (t->proc && t->first)
		seekdir(t->proc, t->first);
	else if (t->proc)
		rewinddir(t->proc);
	else if (open_proc(t, root, err) < 0)
		return -1;
	/* Of what the last round read, that is: other files of them are read after the scan. */
	sh_pidfiles_sweep(&t->files);
	while (at = t->first ? 0 : telldir(t->proc), (d = readdir(t->proc))) {
		if (d->d_name[0] < '1' || d->d_name[0] > '9')
			continue;
		/* Procfs lists processes last and by number, so that none comes before this one. */
		if (t->files.slot && !t->first && !strcmp(d->d_name, "1"))
			t->first = at;
		scan_one(t, d->d_name);
	}
	for (size_t i = 1; i < t->n && sorted; i++)
		sorted = t->item[i - 1].pid < t->item[i].pid;
	if (!sorted)
		qsort(t->item, t->n, sizeof(*t->item), by_pid);
	return 0;
}

void sh_pstat_reread(struct sh_pstat_table *t)
{
	size_t kept = 0;

	sh_pidfiles_sweep(&t->files);
	for (size_t i = 0; i < t->n; i++) {
		struct sh_pstat p;

		if (read_one(t, t->item[i].pid, &p))
			t->item[kept++] = p;
	}
	t->n = kept;
}

ssize_t sh_pstat_read(struct sh_pstat_table *t, pid_t pid, enum sh_pid_file which, char *text,
		      size_t len)
{
	return sh_pidfiles_read(&t->files, dirfd(t->proc), pid, which, text, len);
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
	if (t->proc)
		closedir(t->proc);
	sh_pidfiles_release(&t->files);
	free(t->item);
	*t = (struct sh_pstat_table){ 0 };
}

const struct sh_pstat *sh_pstat_find(const struct sh_pstat_table *t, pid_t pid)
{
	struct sh_pstat key = { .pid = pid };

	return t->n ? bsearch(&key, t->item, t->n, sizeof(*t->item), by_pid) : NULL;
}

/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "collect/site/waits.h"

#include <dirent.h>
#include <fcntl.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <unistd.h>

#include "base/file.h"
#include "collect/table.h"
#include "collect/text.h"

#define MAX_SCHEDSTAT 128

/* A process and the sum over its threads. */
struct waits {
	struct sh_collect *c;
	const char *id;
	const struct sh_pstat *p;
	double seconds;
};

/* Nanoseconds on a processor, and waiting for one; false when the kernel does not count them. */
static bool take_times(const char *text, ssize_t n, uint64_t *v)
{
	struct sh_span rest = { text, n > 0 ? (size_t)n : 0 };

	return sh_text_u64s(&rest, v, 2) == 2 && v[0];
}

/* False as well when it ended. */
static bool read_times(int task, const char *thread, uint64_t *v)
{
	char path[64], text[MAX_SCHEDSTAT];
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "%.20s/schedstat", thread);
	fd = openat(task, path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	n = read(fd, text, sizeof(text));
	close(fd);
	return take_times(text, n, v);
}

/* Of a process that was seen before, a thread that was not has begun since. */
static void add_times(struct waits *w, const char *thread, const uint64_t *v)
{
	SH_CLEANUP_BUF struct sh_buf key = SH_BUF_INIT;
	uint64_t delta;
	double seconds;

	sh_buf_addf(&key, "%s waits %d:%" PRIu64 ":%s", w->id, (int)w->p->pid, w->p->start, thread);
	if (!sh_counters_delta(w->c->counters, sh_buf_str(&key), &v[1], 1, &delta, &seconds))
		delta = v[1];
	w->seconds += (double)delta / 1e9;
}

static void add_threads(struct waits *w, DIR *task)
{
	const struct dirent *e;
	uint64_t v[2];

	while ((e = readdir(task)))
		if (e->d_name[0] >= '1' && e->d_name[0] <= '9' && read_times(dirfd(task), e->d_name, v))
			add_times(w, e->d_name, v);
}

/* Of one thread, that of the process, there is no need to look for more. */
static bool add_only_thread(struct waits *w)
{
	char text[MAX_SCHEDSTAT], thread[16];
	ssize_t n = sh_pstat_read(&w->c->procs, w->p->pid, SH_PID_SCHEDSTAT, text, sizeof(text));
	uint64_t v[2];

	if (n < 0)
		return false;
	snprintf(thread, sizeof(thread), "%d", (int)w->p->pid);
	if (take_times(text, n, v))
		add_times(w, thread, v);
	return true;
}

static DIR *open_threads(const struct sh_collect *c, const struct sh_pstat *p)
{
	char path[64];
	DIR *dir;
	int fd;

	snprintf(path, sizeof(path), "proc/%d/task", (int)p->pid);
	fd = openat(c->root, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	dir = fd >= 0 ? fdopendir(fd) : NULL;
	if (!dir && fd >= 0)
		close(fd);
	return dir;
}

static bool add_all_threads(struct waits *w)
{
	DIR *task = open_threads(w->c, w->p);

	if (!task)
		return false;
	add_threads(w, task);
	closedir(task);
	return true;
}

double sh_waits_cpu(struct sh_collect *c, const char *id, const struct sh_pstat *p)
{
	SH_CLEANUP_BUF struct sh_buf key = SH_BUF_INIT;
	struct waits w = { c, id, p, 0 };
	uint64_t mark = 0, delta;
	double seconds;
	bool known;

	if (p->threads > SH_WAITS_THREADS)
		return NAN;
	sh_buf_addf(&key, "%s waits %d:%" PRIu64, id, (int)p->pid, p->start);
	known = sh_counters_delta(c->counters, sh_buf_str(&key), &mark, 1, &delta, &seconds) ||
		sh_pstat_began_since(p, c->counters->previous);
	if (p->threads == 1 ? !add_only_thread(&w) : !add_all_threads(&w))
		return NAN;
	return known ? w.seconds : NAN;
}

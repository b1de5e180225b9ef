/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "action/hog.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "action/action.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/mem.h"

#define WINDOW (500 * SH_MS)
#define LEAST_CPU 25.0
#define LEAST_MEMORY 5.0

/* What a process has used of processors (ticks) and has of memory (pages). */
static bool read_use(pid_t pid, unsigned long long *ticks, long long *pages)
{
	SH_CLEANUP_BUF struct sh_buf buf = SH_BUF_INIT;
	struct sh_error ignored = SH_ERROR_INIT;
	unsigned long long user, system;
	const char *close;
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	if (sh_file_read(AT_FDCWD, path, 4096, &buf, &ignored) < 0)
		return false;
	close = strrchr(sh_buf_str(&buf), ')');
	if (!close ||
	    sscanf(close + 1,
		   " %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %llu %llu %*d %*d %*d %*d %*d %*d %*u %*u %lld",
		   &user, &system, pages) != 3)
		return false;
	*ticks = user + system;
	return true;
}

/* Those that may be touched; their ticks so far in BEFORE. */
static unsigned long long *first_reading(struct sh_procs *all, const json_t *allow)
{
	unsigned long long *before = sh_calloc(all->n + 1, sizeof(*before));
	size_t n = 0;
	long long pages;

	for (size_t i = 0; i < all->n; i++) {
		const struct sh_proc *p = &all->item[i];

		if (p->state == 'Z' || !sh_name_is_allowed(p->name, allow) || sh_proc_is_protected(p) ||
		    !read_use(p->pid, &before[n], &pages))
			continue;
		all->item[n++] = *p;
	}
	all->n = n;
	return before;
}

static void second_reading(const struct sh_procs *all, const unsigned long long *before, bool cpu,
			   double whole, struct sh_proc *out, double *share)
{
	unsigned long long ticks;
	long long pages;

	for (size_t i = 0; i < all->n; i++) {
		const struct sh_proc *p = &all->item[i];
		double s;

		if (!read_use(p->pid, &ticks, &pages) || !sh_proc_is_alive(p) || ticks < before[i])
			continue;
		s = 100 * (cpu ? (double)(ticks - before[i]) : (double)pages) / whole;
		if (s > *share) {
			*share = s;
			*out = *p;
		}
	}
}

int sh_hog_find(const char *what, const json_t *allow, struct sh_proc *out, double *share,
		struct sh_error *err)
{
	bool cpu = !strcmp(what, "cpu");
	struct sh_procs all = SH_PROCS_INIT;
	unsigned long long *before;
	int64_t began = sh_clock_mono();
	double whole;

	*share = 0;
	if (sh_procs_read(&all, err) < 0) {
		sh_procs_release(&all);
		return -1;
	}
	before = first_reading(&all, allow);
	if (cpu)
		sh_clock_sleep(WINDOW);
	whole = cpu ? (double)(sh_clock_mono() - began) / (double)SH_SEC * (double)sysconf(_SC_CLK_TCK) :
		      (double)sysconf(_SC_PHYS_PAGES);
	second_reading(&all, before, cpu, whole, out, share);
	free(before);
	sh_procs_release(&all);
	return *share >= (cpu ? LEAST_CPU : LEAST_MEMORY);
}

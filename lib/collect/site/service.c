/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <dirent.h>
#include <fcntl.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "collect/site/holds.h"
#include "collect/site/members.h"
#include "collect/site/vigil.h"
#include "collect/site/waits.h"
#include "collect/table.h"
#include "collect/text.h"

bool sh_service_applies(const struct sh_site *site)
{
	return site && site->services;
}

struct totals {
	size_t alive, zombies, stopped, blocked;
	uint64_t threads, memory;
	double descriptors; /* NaN when those of one process cannot be seen */
	double usage;       /* percent of its own limit, of the process that is nearest to it */
	/* Without an earlier reading NaN: */
	double cpu;         /* percent of one processor */
	double cpu_wait;    /* percent of the time, of all threads together */
	double faults;      /* major ones a second */
};

static double count_entries(int dirfd)
{
	DIR *dir = fdopendir(dirfd);
	double n = 0;

	if (!dir) {
		close(dirfd);
		return NAN;
	}
	while (readdir(dir))
		n++;
	closedir(dir);
	return n - 2; /* . and .. */
}

static double count_descriptors(struct sh_collect *c, const struct sh_pstat *p)
{
	struct stat st;
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "proc/%d/fd", (int)p->pid);
	/* Since Linux 6.2 the size of this directory is the number of descriptors. */
	if (fstatat(c->root, path, &st, 0) == 0 && st.st_size > 0)
		return (double)st.st_size;
	fd = openat(c->root, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return NAN;
	return count_entries(fd);
}

/* How many it may have, the soft limit; NaN when there is none or it cannot be seen. */
static double most_descriptors(struct sh_collect *c, const struct sh_pstat *p)
{
	struct sh_error err = SH_ERROR_INIT;
	struct sh_span rest, field;
	struct rlimit limit;
	char path[64];
	double most;

	/* To have it told costs less than to have all limits written and read. */
	if (c->machine && prlimit(p->pid, RLIMIT_NOFILE, NULL, &limit) == 0)
		return limit.rlim_cur == RLIM_INFINITY || !limit.rlim_cur ? NAN : (double)limit.rlim_cur;
	snprintf(path, sizeof(path), "proc/%d/limits", (int)p->pid);
	if (sh_collect_read(c, path, &err) < 0) {
		sh_error_clear(&err);
		return NAN;
	}
	rest = sh_text_line_after(sh_text_of(&c->text), "Max open files");
	return sh_text_field(&rest, &field) && sh_text_double(field, &most) && most > 0 ? most : NAN;
}

/* What was done since the last reading. */
struct use {
	double cpu, faults; /* seconds; major faults */
};

/* A process begun since counts whole. */
static struct use new_use(struct sh_collect *c, const char *id, const struct sh_pstat *p)
{
	uint64_t v[] = { p->ticks, p->faults }, delta[2] = { 0 };
	SH_CLEANUP_BUF struct sh_buf key = SH_BUF_INIT;
	double seconds;

	sh_buf_addf(&key, "%s %d:%" PRIu64, id, (int)p->pid, p->start);
	if (!sh_counters_delta(c->counters, sh_buf_str(&key), v, 2, delta, &seconds)) {
		bool whole = sh_pstat_began_since(p, c->counters->previous);

		memcpy(delta, whole ? v : (uint64_t[2]){ 0 }, sizeof(delta));
	}
	return (struct use){ (double)delta[0] / (double)sysconf(_SC_CLK_TCK), (double)delta[1] };
}

static void add_one(struct sh_collect *c, struct totals *t, const struct sh_pstat *p)
{
	double open = count_descriptors(c, p);

	t->alive++;
	t->stopped += p->state == 'T' || p->state == 't';
	t->blocked += p->state == 'D';
	t->threads += p->threads;
	t->memory += p->memory;
	t->descriptors += open;
	t->usage = fmax(t->usage, 100 * open / most_descriptors(c, p));
}

static struct totals add_up(struct sh_collect *c, const char *id, const struct sh_members *m)
{
	struct totals t = { .usage = NAN };
	uint64_t mark = 0, delta;
	double seconds, waited = 0;
	struct use used = { 0 };

	for (size_t i = 0; i < m->n; i++) {
		struct use u = new_use(c, id, m->item[i]);

		used.cpu += u.cpu;
		used.faults += u.faults;
		if (!sh_pstat_is_alive(m->item[i])) {
			t.zombies++;
			continue;
		}
		add_one(c, &t, m->item[i]);
		waited += sh_waits_cpu(c, id, m->item[i]);
	}
	if (!sh_counters_delta(c->counters, id, &mark, 1, &delta, &seconds))
		seconds = NAN;
	t.cpu = 100 * used.cpu / seconds;
	t.cpu_wait = 100 * waited / seconds;
	t.faults = used.faults / seconds;
	return t;
}

static double age_of(const struct sh_pstat *p)
{
	return fmax(0, (double)(sh_clock_mono() - sh_pstat_start(p)) / (double)SH_SEC);
}

static void write_holds(struct sh_collect *c, struct sh_sample_writer *w, const char *id, pid_t pid)
{
	struct sh_holds h;

	sh_holds_read(c, id, pid, &h);
	sh_sample_number(w, "frozen", h.frozen);
	sh_sample_number(w, "cpu_limit", h.cpu_limit);
	sh_sample_number(w, "cpu_throttled", h.cpu_throttled);
	sh_sample_number(w, "memory_limit_bytes", h.memory_limit);
	sh_sample_number(w, "memory_usage", h.memory_usage);
	sh_sample_number(w, "tasks_limit", h.tasks_limit);
	sh_sample_number(w, "tasks_usage", h.tasks_usage);
	sh_sample_number(w, "oom_kills", h.oom_kills);
	sh_sample_number(w, "io_limited", h.io_limited);
}

static void write_service(struct sh_collect *c, const char *id, const struct sh_members *m)
{
	struct totals t = add_up(c, id, m);
	struct sh_sample_writer w;

	sh_collect_begin(c, &w, "service", id, id, NULL, NULL);
	sh_sample_group(&w, "service");
	sh_sample_number(&w, "running", m->main ? 1 : 0);
	sh_sample_number(&w, "stopped", m->main && t.alive && t.stopped == t.alive ? 1 : 0);
	sh_sample_number(&w, "processes", (double)t.alive);
	sh_sample_number(&w, "zombies", (double)t.zombies);
	if (m->main) {
		sh_sample_number(&w, "blocked", (double)t.blocked);
		sh_sample_number(&w, "threads", (double)t.threads);
		sh_sample_number(&w, "cpu", t.cpu);
		sh_sample_number(&w, "cpu_wait", t.cpu_wait);
		sh_sample_number(&w, "major_faults", t.faults);
		sh_sample_number(&w, "memory_bytes", (double)t.memory);
		sh_sample_number(&w, "descriptors", t.descriptors);
		sh_sample_number(&w, "descriptors_usage", t.usage);
		sh_sample_number(&w, "age_s", age_of(m->main));
		sh_sample_number(&w, "pid", (double)m->main->pid);
		write_holds(c, &w, id, m->main->pid);
	}
	sh_sample_end(&w);
}

int sh_collect_service(struct sh_collect *c, struct sh_error *err)
{
	const struct sh_pstat_table *t = sh_collect_procs(c, err);

	if (!t)
		return -1;
	for (size_t i = 0; c->site && i < c->site->services; i++) {
		const struct sh_service *s = &c->site->service[i];
		struct sh_error e = SH_ERROR_INIT;
		struct sh_members m;

		if (!sh_collect_wants(c, s->id))
			continue;
		if (sh_members_find(c, s, t, &m, &e) < 0) {
			sh_collect_fail(c, s->id, &e);
			continue;
		}
		write_service(c, s->id, &m);
		if (c->vigil)
			sh_vigil_see(c->vigil, i, m.main ? m.main->pid : 0, m.main ? m.main->start : 0);
		sh_members_release(&m);
	}
	return 0;
}

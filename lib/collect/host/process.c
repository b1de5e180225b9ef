/* SPDX-License-Identifier: MIT */
/*
 * Processes: how many and in which state, and who uses most of the machine - the
 * answer to "which process is the hog". Processor time and memory are added up
 * by name, for forty workers are one consumer; block I/O is that of one process,
 * which is what can be throttled.
 */
#include "config.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/num.h"
#include "collect/host/owners.h"
#include "collect/host/tally.h"
#include "collect/table.h"
#include "collect/text.h"

#define MAX_IO 1024

enum { TICKS, READ, WRITTEN, FIELDS };

static bool parse_io(struct sh_span rest, uint64_t *v)
{
	struct sh_span line, key;
	int found = 0;

	while (sh_text_line(&rest, &line)) {
		if (!sh_text_field(&line, &key))
			continue;
		if (sh_span_is(key, "read_bytes:"))
			found += sh_text_u64s(&line, &v[READ], 1) == 1;
		else if (sh_span_is(key, "write_bytes:"))
			found += sh_text_u64s(&line, &v[WRITTEN], 1) == 1;
	}
	return found == 2;
}

/* The processes of a round together. */
struct all {
	const struct sh_pstat_table *table;
	struct sh_use *use;         /* one for each of the table; owned */
	struct sh_tally names;
	size_t stuck;               /* see is_stuck() */
	uint64_t state[128];        /* by the letter of the kernel */
	uint64_t threads;
	const struct sh_pstat *io;  /* the one with most I/O */
	double io_rate, io_sum;     /* bytes a second, of that one and of all */
	size_t io_known, io_hidden;
};

/* How many of the FIELDS are there: an io file of another user's process cannot be read. */
static size_t read_counters(struct sh_collect *c, const struct sh_pstat *p, uint64_t *v,
			    struct all *all)
{
	char text[MAX_IO];
	ssize_t n;

	v[TICKS] = p->ticks;
	/* The kernel's threads write what others gave them to write. */
	if (p->kernel)
		return 1;
	n = sh_pstat_read(&c->procs, p->pid, SH_PID_IO, text, sizeof(text));
	if (n < 0) {
		all->io_hidden += errno == EACCES || errno == EPERM;
		return 1;
	}
	return parse_io((struct sh_span){ text, (size_t)n }, v) ? FIELDS : 1;
}

static struct sh_use look_at(struct sh_collect *c, const struct sh_pstat *p, struct all *all)
{
	struct sh_use use = { NAN, NAN };
	uint64_t v[FIELDS], delta[FIELDS];
	double seconds;
	size_t n = read_counters(c, p, v, all);
	char key[2 * SH_U64_MAX_TEXT];
	size_t len = sh_format_u64(key, (uint64_t)p->pid);

	key[len] = ':';
	sh_format_u64(key + len + 1, p->start);
	if (!sh_counters_delta(c->counters, key, v, n, delta, &seconds)) {
		/* A process begun since the last reading did all that it did since then. */
		if (!sh_pstat_began_since(p, c->counters->previous))
			return use;
		memcpy(delta, v, sizeof(delta));
		seconds = (double)(c->counters->now - c->counters->previous) / (double)SH_SEC;
	}
	use.cpu = (double)delta[TICKS] / (double)sysconf(_SC_CLK_TCK) / seconds;
	if (n == FIELDS)
		use.io = (double)(delta[READ] + delta[WRITTEN]) / seconds;
	return use;
}

/* Frozen by its control group: as version 1 shows that, it cannot be interrupted either. */
static bool is_frozen(struct sh_collect *c, const struct sh_pstat *p)
{
	struct sh_error none = SH_ERROR_INIT;
	char path[64];

	snprintf(path, sizeof(path), "proc/%d/wchan", (int)p->pid);
	if (sh_collect_read(c, path, &none) < 0) {
		sh_error_clear(&none);
		return false;
	}
	return strstr(sh_buf_str(&c->text), "refrigerator") != NULL;
}

/* It waits, and nothing came of it since the last reading; whoever does input and output is served. */
static bool is_stuck(struct sh_collect *c, const struct sh_pstat *p, struct sh_use use)
{
	return p->state == 'D' && !p->kernel && use.cpu <= 0 && !(use.io > 0) && !is_frozen(c, p);
}

static void count_in(struct sh_collect *c, struct all *all, const struct sh_pstat *p, struct sh_use use)
{
	all->state[p->state & 127]++;
	all->stuck += is_stuck(c, p, use);
	all->threads += p->threads;
	sh_tally_add(&all->names, p->name, p, use);
	if (isnan(use.io))
		return;
	all->io_known++;
	all->io_sum += use.io;
	if (use.io > all->io_rate) {
		all->io_rate = use.io;
		all->io = p;
	}
}

/*
 * Bytes a second that the whole machine paged in and out; 0 when unknown. The
 * measure of all I/O where most processes are other users' and cannot be seen.
 */
static double machine_rate(struct sh_collect *c)
{
	struct sh_error e = SH_ERROR_INIT;
	struct sh_span rest, line, key;
	uint64_t v[2] = { 0 }, delta[2];
	double seconds;

	if (sh_collect_read(c, "proc/vmstat", &e) < 0)
		return 0;
	rest = sh_text_of(&c->text);
	while (sh_text_line(&rest, &line)) {
		if (!sh_text_field(&line, &key))
			continue;
		if (sh_span_is(key, "pgpgin"))
			sh_text_u64s(&line, &v[0], 1);
		else if (sh_span_is(key, "pgpgout"))
			sh_text_u64s(&line, &v[1], 1);
	}
	if (!sh_counters_delta(c->counters, "machine", v, 2, delta, &seconds))
		return 0;
	return (double)(delta[0] + delta[1]) * 1024 / seconds;
}

static void write_io(struct sh_collect *c, struct sh_sample_writer *w, const struct all *all)
{
	double sum = all->io_sum, machine;

	if (!all->io_known)
		return;
	/*
	 * One or two that hide even from root are not worth the coarser measure. It
	 * is read for more than need it, as it takes two readings to say anything.
	 */
	machine = 2 * all->io_hidden > all->io_known ? machine_rate(c) : 0;
	if (all->io_hidden > all->io_known && machine > sum)
		sum = machine;
	sh_sample_group(w, "io");
	sh_sample_number(w, "top_bytes", all->io_rate);
	if (all->io) {
		sh_sample_number(w, "top_share", 100 * all->io_rate / sum);
		sh_sample_number(w, "top_pid", (double)all->io->pid);
	}
}

/* The names that use most; NULL when none uses any. */
struct tops {
	const struct sh_tally_entry *cpu, *memory;
};

static struct tops find_tops(const struct sh_tally *t)
{
	struct tops top = { NULL, NULL };

	for (size_t i = 0; i < t->places; i++) {
		const struct sh_tally_entry *e = &t->place[i];

		if (!e->name)
			continue;
		if (e->cpu > (top.cpu ? top.cpu->cpu : 0))
			top.cpu = e;
		if (e->memory > (top.memory ? top.memory->memory : 0))
			top.memory = e;
	}
	return top;
}

/* sysconf(3) would open and close the file each time. */
static double online_cpus(struct sh_collect *c)
{
	struct sh_error none = SH_ERROR_INIT;
	uint64_t n = 0;

	if (sh_collect_read(c, "sys/devices/system/cpu/online", &none) == 0)
		n = sh_text_list_length(sh_text_of(&c->text));
	return n ? (double)n : (double)sysconf(_SC_NPROCESSORS_ONLN);
}

static void write_tops(struct sh_collect *c, struct sh_sample_writer *w, const struct tops *top)
{
	if (top->cpu) {
		sh_sample_group(w, "cpu");
		sh_sample_number(w, "top_percent", 100 * top->cpu->cpu / online_cpus(c));
		sh_sample_number(w, "top_pid", (double)top->cpu->busiest->pid);
	}
	if (top->memory) {
		sh_sample_group(w, "memory");
		sh_sample_number(w, "top_bytes", (double)top->memory->memory);
		sh_sample_number(w, "top_pid", (double)top->memory->largest->pid);
	}
}

static void write_host(struct sh_collect *c, const struct all *all)
{
	struct tops top = find_tops(&all->names);
	const char *labels[7] = { NULL };
	struct sh_sample_writer w;
	size_t n = 0;

	if (all->io) {
		labels[n++] = "top_process";
		labels[n++] = all->io->name;
	}
	if (top.cpu) {
		labels[n++] = "top_cpu";
		labels[n++] = top.cpu->name;
	}
	if (top.memory) {
		labels[n++] = "top_memory";
		labels[n++] = top.memory->name;
	}
	sh_collect_begin(c, &w, "host", c->host, c->host, NULL, n ? labels : NULL);
	sh_sample_group(&w, "process");
	sh_sample_number(&w, "count", (double)all->table->n);
	sh_sample_number(&w, "threads", (double)all->threads);
	sh_sample_number(&w, "running", (double)all->state['R']);
	sh_sample_number(&w, "blocked", (double)all->state['D']);
	if (c->counters->previous)
		sh_sample_number(&w, "stuck", (double)all->stuck);
	sh_sample_number(&w, "stopped", (double)(all->state['T'] + all->state['t']));
	sh_sample_number(&w, "zombies", (double)all->state['Z']);
	write_io(c, &w, all);
	write_tops(c, &w, &top);
	sh_sample_end(&w);
}

static void write_entry(struct sh_collect *c, const char *type, const struct sh_tally_entry *e)
{
	struct sh_sample_writer w;

	sh_collect_begin(c, &w, type, e->name, e->name, NULL, NULL);
	sh_sample_group(&w, "process");
	sh_sample_number(&w, "count", (double)e->count);
	if (e->count) {
		sh_sample_number(&w, "threads", (double)e->threads);
		sh_sample_number(&w, "cpu", 100 * e->cpu);
		sh_sample_number(&w, "memory_bytes", (double)e->memory);
		sh_sample_number(&w, "io_bytes", e->io);
	}
	sh_sample_end(&w);
}

static void write_entries(struct sh_collect *c, const char *type, const struct sh_tally *t)
{
	for (size_t i = 0; i < t->places; i++)
		if (t->place[i].name)
			write_entry(c, type, &t->place[i]);
}

static void write_users(struct sh_collect *c, const struct all *all)
{
	struct sh_owners owners;
	struct sh_tally tally;

	sh_owners_read(&owners, c->root);
	sh_tally_init(&tally, all->table->n);
	for (size_t i = 0; i < all->table->n; i++) {
		const char *name = sh_owners_of(&owners, all->table->item[i].pid);

		if (name)
			sh_tally_add(&tally, name, &all->table->item[i], all->use[i]);
	}
	write_entries(c, "user", &tally);
	sh_tally_release(&tally);
	sh_owners_release(&owners);
}

static double read_limit(struct sh_collect *c, const char *path)
{
	struct sh_error none = SH_ERROR_INIT;
	struct sh_span rest;
	uint64_t v;

	if (sh_collect_read(c, path, &none) < 0)
		return NAN;
	rest = sh_text_of(&c->text);
	return sh_text_u64s(&rest, &v, 1) == 1 ? (double)v : (double)NAN;
}

/* The names of node_exporter's collector of processes. */
static void write_detail(struct sh_collect *c, const struct all *all)
{
	struct sh_sample_writer w;

	sh_collect_begin(c, &w, "host", c->host, c->host, NULL, NULL);
	sh_sample_group(&w, "processes");
	sh_sample_number(&w, "pids", (double)all->table->n);
	sh_sample_number(&w, "threads", (double)all->threads);
	sh_sample_number(&w, "max_processes", read_limit(c, "proc/sys/kernel/pid_max"));
	sh_sample_number(&w, "max_threads", read_limit(c, "proc/sys/kernel/threads-max"));
	sh_sample_end(&w);
	for (int s = 'A'; s <= 'z'; s++) {
		char letter[2] = { (char)s, '\0' };
		const char *dims[] = { "state", letter, NULL };

		if (!all->state[s])
			continue;
		sh_collect_begin(c, &w, "host", c->host, c->host, dims, NULL);
		sh_sample_group(&w, "processes");
		sh_sample_number(&w, "state", (double)all->state[s]);
		sh_sample_end(&w);
	}
}

static void write_all(struct sh_collect *c, const struct all *all)
{
	/* By --source: that none of the name runs is an answer too. */
	if (c->target && strcmp(c->target, c->host) != 0) {
		const struct sh_tally_entry *e = sh_tally_find(&all->names, c->target);
		struct sh_tally_entry none = { .name = c->target };

		write_entry(c, "process", e ? e : &none);
		return;
	}
	write_host(c, all);
	if (c->target)
		return;
	if (c->detail || c->named)
		write_entries(c, "process", &all->names);
	if (c->detail) {
		write_users(c, all);
		write_detail(c, all);
	}
}

int sh_collect_process(struct sh_collect *c, struct sh_error *err)
{
	struct all all = { .table = sh_collect_procs(c, err) };

	if (!all.table)
		return -1;
	if (!all.table->n)
		return 0; /* a captured tree without any */
	all.use = sh_calloc(all.table->n + 1, sizeof(*all.use));
	sh_tally_init(&all.names, all.table->n);
	for (size_t i = 0; i < all.table->n; i++) {
		all.use[i] = look_at(c, &all.table->item[i], &all);
		count_in(c, &all, &all.table->item[i], all.use[i]);
	}
	write_all(c, &all);
	sh_tally_release(&all.names);
	free(all.use);
	return 0;
}

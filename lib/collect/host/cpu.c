/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <math.h>
#include <string.h>

#include "base/clock.h"
#include "collect/host/cores.h"
#include "collect/table.h"
#include "collect/text.h"

enum { USER, NICE, SYSTEM, IDLE, IOWAIT, IRQ, SOFTIRQ, STEAL, FIELDS, GUEST = FIELDS, GUEST_NICE, ALL };

/* The lines of /proc/stat below the processors, and what each is called. */
enum { SWITCHES, INTERRUPTS, FORKS, COUNTERS, BOOT = COUNTERS, RUNNING, BLOCKED, KERNEL };

static const struct { const char *key, *name, *group, *total; } kernel[KERNEL] = {
	[SWITCHES] = { "ctxt", "context_switches", "context", "switches_total" },
	[INTERRUPTS] = { "intr", "interrupts", "intr", "total" },
	[FORKS] = { "processes", "forks", "forks", "total" },
	[BOOT] = { "btime", NULL, "boot", "time_seconds" },
	[RUNNING] = { "procs_running", "running", "procs", "running" },
	[BLOCKED] = { "procs_blocked", "blocked", "procs", "blocked" },
};

struct facts {
	size_t cpus;
	bool known[KERNEL];
	uint64_t value[KERNEL];
};

/* Processors are the lines cpu0, cpu1, … that follow the sum. */
static void read_facts(struct sh_span rest, struct facts *f)
{
	struct sh_span line, key;

	memset(f, 0, sizeof(*f));
	while (sh_text_line(&rest, &line)) {
		if (line.len > 3 && !memcmp(line.p, "cpu", 3)) {
			f->cpus += line.p[3] >= '0' && line.p[3] <= '9';
			continue;
		}
		if (!sh_text_field(&line, &key))
			continue;
		for (int i = 0; i < KERNEL; i++)
			if (sh_span_is(key, kernel[i].key))
				f->known[i] = sh_text_u64s(&line, &f->value[i], 1) == 1;
	}
}

/*
 * idle and iowait are known to step back by a tick or two when a processor
 * leaves the tickless state; that is no reset, so they are kept growing here.
 * What ran in guests is part of user and nice, so it is in no sum.
 */
static bool share_of_time(struct sh_collect *c, const uint64_t *v, uint64_t *delta)
{
	static const struct { const char *key; size_t field, n; } apart[] = {
		{ "idle", IDLE, 1 }, { "iowait", IOWAIT, 1 }, { "guest", GUEST, 2 },
	};
	uint64_t rest[FIELDS];
	double seconds;
	bool good;

	memcpy(rest, v, sizeof(rest));
	rest[IDLE] = rest[IOWAIT] = 0;
	good = sh_counters_delta(c->counters, "sum", rest, FIELDS, delta, &seconds);
	for (size_t i = 0; i < sizeof(apart) / sizeof(*apart); i++) {
		size_t at = apart[i].field, n = apart[i].n;

		if (!sh_counters_delta(c->counters, apart[i].key, &v[at], n, &delta[at], &seconds))
			memset(&delta[at], 0, n * sizeof(*delta));
	}
	return good;
}

/* For who wants to know whether processes have come. */
static void note_forks(struct sh_collect *c, const struct facts *f)
{
	c->forks = f->value[FORKS];
	c->forks_moment = f->known[FORKS] ? c->moment : 0;
}

static void write_shares(struct sh_sample_writer *w, const uint64_t *d, size_t known)
{
	uint64_t total = 0;
	double percent;

	for (int i = 0; i < FIELDS; i++)
		total += d[i];
	if (!total)
		return;
	percent = 100.0 / (double)total;
	sh_sample_number(w, "usage", (double)(total - d[IDLE] - d[IOWAIT]) * percent);
	sh_sample_number(w, "user", (double)(d[USER] + d[NICE]) * percent);
	sh_sample_number(w, "system", (double)(d[SYSTEM] + d[IRQ] + d[SOFTIRQ]) * percent);
	sh_sample_number(w, "iowait", (double)d[IOWAIT] * percent);
	sh_sample_number(w, "steal", (double)d[STEAL] * percent);
	sh_sample_number(w, "idle", (double)d[IDLE] * percent);
	sh_sample_number(w, "nice", (double)d[NICE] * percent);
	if (known > SOFTIRQ) {
		sh_sample_number(w, "irq", (double)d[IRQ] * percent);
		sh_sample_number(w, "softirq", (double)d[SOFTIRQ] * percent);
	}
	if (known == ALL)
		sh_sample_number(w, "guest", (double)(d[GUEST] + d[GUEST_NICE]) * percent);
}

static void write_kernel(struct sh_collect *c, struct sh_sample_writer *w, const struct facts *f)
{
	sh_sample_group(w, "kernel");
	for (int i = 0; i < COUNTERS; i++) {
		uint64_t delta;
		double seconds;

		if (f->known[i] && sh_counters_delta(c->counters, kernel[i].key, &f->value[i], 1, &delta,
						     &seconds))
			sh_sample_number(w, kernel[i].name, (double)delta / seconds);
	}
	for (int i = RUNNING; i <= BLOCKED; i++)
		if (f->known[i])
			sh_sample_number(w, kernel[i].name, (double)f->value[i]);
	if (c->machine)
		sh_sample_number(w, "uptime_s", floor((double)c->counters->now / (double)SH_SEC));
}

static void write_totals(struct sh_sample_writer *w, const struct facts *f)
{
	const char *group = "";

	for (int i = 0; i < KERNEL; i++) {
		if (!f->known[i])
			continue;
		if (strcmp(group, kernel[i].group) != 0)
			sh_sample_group(w, kernel[i].group);
		group = kernel[i].group;
		sh_sample_number(w, kernel[i].total, (double)f->value[i]);
	}
}

int sh_collect_cpu(struct sh_collect *c, struct sh_error *err)
{
	uint64_t v[ALL] = { 0 }, delta[ALL];
	struct sh_sample_writer w;
	struct sh_span rest;
	struct facts f;
	size_t known;

	if (!sh_collect_wants(c, c->host))
		return 0;
	if (sh_collect_read(c, "proc/stat", err) < 0)
		return -1;
	rest = sh_text_after(sh_text_of(&c->text), "cpu ");
	known = sh_text_u64s(&rest, v, ALL);
	/* Kernels before 2.6.11 have no steal, those before 2.6.33 no guests. */
	if (known <= IDLE)
		return sh_error_set(err, SH_ERRC_SYSTEM, "cannot understand '/proc/stat'");
	read_facts(sh_text_of(&c->text), &f);
	note_forks(c, &f);
	sh_collect_begin(c, &w, "host", c->host, c->host, NULL, NULL);
	sh_sample_group(&w, "cpu");
	if (share_of_time(c, v, delta))
		write_shares(&w, delta, known);
	sh_sample_number(&w, "count", f.cpus ? (double)f.cpus : (double)NAN);
	write_kernel(c, &w, &f);
	if (c->detail)
		write_totals(&w, &f);
	sh_sample_end(&w);
	if (c->detail)
		sh_cores_write(c, sh_text_of(&c->text));
	return 0;
}

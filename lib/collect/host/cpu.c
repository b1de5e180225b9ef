/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <math.h>
#include <string.h>

#include "collect/table.h"
#include "collect/text.h"

enum { USER, NICE, SYSTEM, IDLE, IOWAIT, IRQ, SOFTIRQ, STEAL, FIELDS };

/* Processors are the lines cpu0, cpu1, … that follow the sum. */
static size_t count_cpus(struct sh_span rest)
{
	struct sh_span line, after;
	size_t n = 0;

	while (sh_text_line(&rest, &line)) {
		after = sh_text_after(line, "cpu");
		if (after.len && after.p[0] >= '0' && after.p[0] <= '9')
			n++;
	}
	return n;
}

/*
 * idle and iowait are known to step back by a tick or two when a processor
 * leaves the tickless state; that is no reset, so they are kept growing here.
 */
static bool share_of_time(struct sh_collect *c, const uint64_t *v, uint64_t *delta)
{
	static const char *const key[] = { "sum", "idle", "iowait" };
	uint64_t rest[FIELDS], rest_delta[FIELDS];
	double seconds;
	bool good;

	memcpy(rest, v, sizeof(rest));
	rest[IDLE] = rest[IOWAIT] = 0;
	good = sh_counters_delta(c->counters, key[0], rest, FIELDS, rest_delta, &seconds);
	for (int i = IDLE; i <= IOWAIT; i++) {
		rest_delta[i] = 0;
		if (!sh_counters_delta(c->counters, key[i - IDLE + 1], &v[i], 1, &rest_delta[i], &seconds))
			rest_delta[i] = 0;
	}
	memcpy(delta, rest_delta, sizeof(rest_delta));
	return good;
}

static void write_shares(struct sh_sample_writer *w, const uint64_t *d)
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
}

int sh_collect_cpu(struct sh_collect *c, struct sh_error *err)
{
	uint64_t v[FIELDS] = { 0 }, delta[FIELDS];
	struct sh_sample_writer w;
	struct sh_span rest;
	size_t n;

	if (!sh_collect_wants(c, c->host))
		return 0;
	if (sh_collect_read(c, "proc/stat", err) < 0)
		return -1;
	rest = sh_text_after(sh_text_of(&c->text), "cpu ");
	/* Guest time is part of user; kernels before 2.6.11 have no steal. */
	if (sh_text_u64s(&rest, v, FIELDS) <= IDLE)
		return sh_error_set(err, SH_ERRC_SYSTEM, "cannot understand '/proc/stat'");
	n = count_cpus(sh_text_of(&c->text));
	sh_collect_begin(c, &w, "host", c->host, c->host, NULL, NULL);
	sh_sample_group(&w, "cpu");
	if (share_of_time(c, v, delta))
		write_shares(&w, delta);
	sh_sample_number(&w, "count", n ? (double)n : NAN);
	sh_sample_end(&w);
	return 0;
}

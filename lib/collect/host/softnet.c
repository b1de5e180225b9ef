/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "collect/host/kv.h"
#include "collect/table.h"
#include "collect/text.h"

/* The columns of /proc/net/softnet_stat; later kernels have more of them. */
enum {
	PROCESSED, DROPPED, SQUEEZED, COLLISION = 8, RPS, FLOW_LIMIT, BACKLOG, INDEX, FIELDS
};

static const char *const total[FIELDS] = {
	[PROCESSED] = "processed_total",
	[DROPPED] = "dropped_total",
	[SQUEEZED] = "times_squeezed_total",
	[COLLISION] = "cpu_collision_total",
	[RPS] = "received_rps_total",
	[FLOW_LIMIT] = "flow_limit_count_total",
	[BACKLOG] = "backlog_len",
};

static size_t parse(struct sh_span line, uint64_t *v)
{
	struct sh_span field;
	size_t n = 0;

	while (n < FIELDS && sh_text_field(&line, &field) && sh_kv_hex(field, &v[n]))
		n++;
	return n;
}

/* A line is its processor's by its last column where there is one: offline ones have no line. */
static void write_cpu(struct sh_collect *c, const uint64_t *v, size_t n, uint64_t line)
{
	struct sh_sample_writer w;
	char cpu[24];

	snprintf(cpu, sizeof(cpu), "%" PRIu64, n > INDEX ? v[INDEX] : line);
	sh_collect_begin(c, &w, "cpu", cpu, cpu, NULL, NULL);
	sh_sample_group(&w, "softnet");
	for (size_t i = 0; i < n; i++)
		if (total[i])
			sh_sample_number(&w, total[i], (double)v[i]);
	sh_sample_end(&w);
}

static void write_host(struct sh_collect *c, const uint64_t *sum)
{
	struct sh_sample_writer w;
	uint64_t delta[SQUEEZED + 1];
	double seconds;

	if (!sh_counters_delta(c->counters, "softnet", sum, SQUEEZED + 1, delta, &seconds))
		return;
	sh_collect_begin(c, &w, "host", c->host, c->host, NULL, NULL);
	sh_sample_group(&w, "softnet");
	sh_sample_number(&w, "packets", (double)delta[PROCESSED] / seconds);
	sh_sample_number(&w, "drops", (double)delta[DROPPED] / seconds);
	sh_sample_number(&w, "squeezed", (double)delta[SQUEEZED] / seconds);
	sh_sample_end(&w);
}

int sh_collect_softnet(struct sh_collect *c, struct sh_error *err)
{
	uint64_t v[FIELDS], sum[SQUEEZED + 1] = { 0 }, lines = 0;
	struct sh_span text, line;

	if (!sh_collect_wants(c, c->host))
		return 0;
	if (sh_collect_read(c, "proc/net/softnet_stat", err) < 0)
		return -1;
	text = sh_text_of(&c->text);
	while (sh_text_line(&text, &line)) {
		size_t n = parse(line, v);

		if (n <= SQUEEZED)
			return sh_error_set(err, SH_ERRC_SYSTEM, "cannot understand '/proc/net/softnet_stat'");
		for (int i = 0; i <= SQUEEZED; i++)
			sum[i] += v[i];
		if (c->detail)
			write_cpu(c, v, n, lines);
		lines++;
	}
	if (lines)
		write_host(c, sum);
	return 0;
}

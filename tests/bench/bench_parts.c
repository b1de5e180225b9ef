/* SPDX-License-Identifier: MIT */
/*
 * bench_parts - nanoseconds of CPU for each step from a line to a judged sample
 *
 * Lines of a host sample in memory, ten metrics in three groups; the least of
 * nine runs, so that a busy machine counts less.
 */
#include "config.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/hash.h"
#include "base/mem.h"
#include "expr/quick.h"
#include "record/pick.h"

#define RUNS  9
#define LINES 1000
#define ROUNDS 100

struct bench {
	char *line[LINES];
	size_t len[LINES];
	struct sh_record record[LINES];
	struct sh_pick pick;
	struct sh_quick *quick;
	double value[4];
	struct sh_buf key;
	volatile uint64_t sink;
};

static char *make_line(unsigned i)
{
	char time[SH_TIME_TEXT];

	sh_time_format(time, INT64_C(1795219200) * SH_SEC + i * 10 * SH_MS);
	return sh_asprintf("{\"kind\":\"sample\",\"time\":\"%s\",\"host\":\"n%04u\",\"entity\":\"host:n%04u\","
			   "\"metrics\":{\"cpu\":{\"usage\":%u.%u,\"user\":%u.5,\"system\":7.25,\"iowait\":0},"
			   "\"memory\":{\"total_bytes\":16777216000,\"usage\":%u.1,\"swap_usage\":0.5},"
			   "\"load\":{\"one\":1.%02u,\"five\":0.75,\"per_core\":0.25}}}",
			   time, i % 1000, i % 1000, 10 + i % 90, i % 10, i % 50, 20 + i % 70, i % 100);
}

static int view(struct bench *b, size_t i)
{
	struct sh_error err = SH_ERROR_INIT;

	return sh_record_view(&b->record[i], b->line[i], b->len[i], "here", 1, &err);
}

static void do_view(struct bench *b, size_t i)
{
	b->sink += view(b, i) == 0;
}

static void do_key(struct bench *b, size_t i)
{
	sh_record_series_key(&b->record[i], &b->key);
	b->sink += sh_hash64(b->key.data, b->key.len);
}

static void do_pick(struct bench *b, size_t i)
{
	b->sink += sh_pick_take(&b->pick, &b->record[i]);
}

static void do_quick(struct bench *b, size_t i)
{
	b->value[0] = (double)(i % 100);
	b->sink += sh_quick_truth(b->quick, b->value);
}

static double least_ns(struct bench *b, void (*step)(struct bench *b, size_t i))
{
	double best = 0;

	for (int run = 0; run < RUNS; run++) {
		struct timespec from, to;
		double ns;

		clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &from);
		for (int round = 0; round < ROUNDS; round++)
			for (size_t i = 0; i < LINES; i++)
				step(b, i);
		clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &to);
		ns = ((double)(to.tv_sec - from.tv_sec) * 1e9 + (double)(to.tv_nsec - from.tv_nsec)) /
		     (ROUNDS * LINES);
		best = run && best < ns ? best : ns;
	}
	return best;
}

static void ask_usual(struct sh_pick *p)
{
	static const char *const paths[] = {
		"cpu.usage", "cpu.user", "cpu.system", "cpu.iowait", "memory.usage", "memory.total_bytes",
		"memory.swap_usage", "load.one", "load.five", "load.per_core", "storage.utilization",
		"storage.used", "latency.read_avg", "latency.write_avg", "net.rx_bytes", "net.tx_bytes",
		"cpu.steal", "disk.read_bytes", "disk.write_bytes", "memory.available",
	};

	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++)
		sh_pick_ask(p, paths[i]);
}

static struct sh_quick_bound bind_path(void *arg, const char *path)
{
	(void)arg;
	return (struct sh_quick_bound){ SH_QUICK_NUMBER, (size_t)(path[0] - 'a'), 0 };
}

static void bench_quick(struct bench *b)
{
	static const struct {
		const char *name, *expr;
	} cases[] = {
		{ "quick_threshold_ns", "a.x > 90" },
		{ "quick_guarded_ns", "a.x > 90 && !(has(b.x) && b.x == 1)" },
		{ "quick_guarded_half_ns", "a.x > 50 && !(has(b.x) && b.x == 1)" },
		{ "quick_ratio_ns", "c.x > 0 && a.x / c.x < 0.8" },
		{ "quick_absent_ns", "d.x > 90" },
	};
	const struct sh_quick_binder binder = { bind_path, NULL, NULL };

	b->value[2] = 100;
	b->value[3] = NAN;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct sh_error err = SH_ERROR_INIT;
		struct sh_expr *e = sh_expr_parse(cases[i].expr, NULL, &err);

		b->quick = sh_quick_compile(e, &binder);
		printf("figure %s %.1f\n", cases[i].name, least_ns(b, do_quick));
		sh_quick_free(b->quick);
		sh_expr_free(e);
	}
}

int main(void)
{
	struct bench *b = sh_calloc(1, sizeof(*b));
	int rc = 0;

	for (size_t i = 0; i < LINES; i++) {
		b->line[i] = make_line((unsigned)i);
		b->len[i] = strlen(b->line[i]);
		rc |= view(b, i);
	}
	printf("figure part_line_bytes %zu\n", b->len[0]);
	printf("figure part_view_ns %.1f\n", least_ns(b, do_view));
	printf("figure part_key_ns %.1f\n", least_ns(b, do_key));
	printf("figure part_pick_none_ns %.1f\n", least_ns(b, do_pick));
	sh_pick_ask(&b->pick, "cpu.usage");
	printf("figure part_pick_1_ns %.1f\n", least_ns(b, do_pick));
	ask_usual(&b->pick);
	printf("figure part_pick_20_ns %.1f\n", least_ns(b, do_pick));
	bench_quick(b);
	for (size_t i = 0; i < LINES; i++) {
		sh_record_release(&b->record[i]);
		free(b->line[i]);
	}
	sh_pick_release(&b->pick);
	sh_buf_release(&b->key);
	free(b);
	return rc ? 3 : 0;
}

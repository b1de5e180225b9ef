/* SPDX-License-Identifier: MIT */
/*
 * bench_expr - nanoseconds of CPU per evaluation over a metrics object
 *
 * Median of seven runs; one line a figure. These expressions build nothing, so
 * the arena must stay empty.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/clock.h"
#include "base/mem.h"
#include "expr/expr.h"
#include "json_lookup.h"

#define RUNS 7
#define ROUNDS 400000

static const char metrics[] =
	"{\"storage\":{\"utilization\":95.2,\"size_bytes\":1e12,\"read_only\":0},"
	"\"latency\":{\"read_avg\":150,\"write_avg\":20},"
	"\"host\":{\"cpu\":{\"usage\":20.5,\"user\":10},\"memory\":{\"usage\":40}},\"name\":\"db-1\"}";

static int64_t cpu_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
	return (int64_t)ts.tv_sec * SH_SEC + ts.tv_nsec;
}

static int compare_double(const void *a, const void *b)
{
	const double *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static double median_ns(const struct sh_expr *e, struct sh_eval *eval)
{
	double run[RUNS];

	for (int i = 0; i < RUNS; i++) {
		int64_t start = cpu_now();

		for (int k = 0; k < ROUNDS; k++)
			(void)sh_expr_eval(e, eval);
		run[i] = (double)(cpu_now() - start) / ROUNDS;
	}
	qsort(run, RUNS, sizeof(run[0]), compare_double);
	return run[RUNS / 2];
}

int main(void)
{
	static const struct {
		const char *name, *expr;
	} cases[] = {
		{ "expr_threshold_ns", "storage.utilization > 90" },
		{ "expr_two_thresholds_ns", "storage.utilization > 90 && host.cpu.usage < 50" },
		{ "expr_ratio_ns", "latency.write_avg / latency.read_avg < 0.8" },
		{ "expr_word_in_list_ns", "name in ['web-1', 'web-2', 'db-1']" },
		{ "expr_absent_ns", "storage.absent > 90" },
	};
	struct sh_arena arena = SH_ARENA_INIT;
	json_t *record = json_loads(metrics, 0, NULL);
	struct sh_eval eval = { .lookup = json_lookup, .user = record, .arena = &arena };

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct sh_error err = SH_ERROR_INIT;
		struct sh_expr *e = sh_expr_parse(cases[i].expr, NULL, &err);
		double ns = e ? median_ns(e, &eval) : 0;

		if (!e)
			fprintf(stderr, "%s\n", err.text);
		printf("%-50s %7.1f ns %12.0f a second\n", cases[i].expr, ns, 1e9 / ns);
		printf("figure %s %.1f\n", cases[i].name, ns);
		sh_expr_free(e);
	}
	printf("figure expr_arena_bytes %zu <= 0 %s\n", arena.used, arena.used ? "missed" : "met");
	sh_arena_release(&arena);
	json_decref(record);
	return 0;
}

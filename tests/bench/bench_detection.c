/* SPDX-License-Identifier: MIT */
/*
 * bench_detection - what the learned functions say about series, and how fast
 *
 * bench_detection score KIND [NUMBER|SECONDSs]...   lines "series,seconds,value" to
 * "series,seconds,answer"
 * bench_detection speed KIND SERIES [ARG]...         nanoseconds a sample and bytes a series
 *
 * The lines of one series stand together. What is not known is an empty answer.
 */
#include "config.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/num.h"
#include "series/past.h"

#define MAX_LINE 16384
#define SAMPLES 20000000

static void fail(const char *what)
{
	fprintf(stderr, "bench_detection: %s\n", what);
	exit(4);
}

static void read_terms(struct sh_past_terms *t, const char *name, char **arg, int n)
{
	struct sh_error err = SH_ERROR_INIT;

	t->kind = sh_past_find(name);
	if (!t->kind || n < t->kind->min_args || n > t->kind->max_args)
		fail("no such function or number of arguments");
	for (int i = 0; i < n; i++) {
		struct sh_past_arg *a = &t->arg[t->n++];
		size_t len = strlen(arg[i]);

		a->type = SH_PAST_NUMBER;
		if (len && arg[i][len - 1] == 's') {
			a->type = SH_PAST_DURATION;
			arg[i][len - 1] = '\0';
		}
		if (sh_parse_double(arg[i], &a->number) < 0)
			fail("not a number");
		a->ns = (int64_t)(a->number * 1e9);
	}
	if (t->kind->check && t->kind->check(t, &err) < 0)
		fail(err.text);
}

/* Cuts LINE into series, seconds and the rest; NULL where it is none. */
static char *cut(char *line, int64_t *seconds)
{
	char *time = strchr(line, ','), *rest = time ? strchr(time + 1, ',') : NULL;

	line[strcspn(line, "\n")] = '\0';
	if (!rest)
		return NULL;
	*time++ = *rest++ = '\0';
	return sh_parse_i64(time, seconds) < 0 ? NULL : rest;
}

static void score(const struct sh_past_terms *t)
{
	static char line[MAX_LINE];
	char series[MAX_LINE] = "";
	size_t size = t->kind->size(t);
	void *state = sh_calloc(1, size);
	int64_t last = INT64_MIN;

	while (fgets(line, sizeof(line), stdin)) {
		struct sh_past_answer a;
		int64_t seconds;
		double v;
		char *rest = cut(line, &seconds);

		if (!rest || sh_parse_double(rest, &v) < 0)
			fail("not a line of series, seconds and value");
		if (strcmp(line, series)) {
			snprintf(series, sizeof(series), "%s", line);
			memset(state, 0, size);
			last = INT64_MIN;
		}
		if (seconds > last)
			t->kind->note(state, t, seconds * SH_SEC, v);
		a = t->kind->ask(state, t, (seconds > last ? seconds : last) * SH_SEC);
		if (!isfinite(a.value))
			fail("an answer that is no number");
		if (a.known && seconds > last)
			printf("%s,%lld,%.7g\n", line, (long long)seconds, a.value);
		else
			printf("%s,%lld,\n", line, (long long)seconds);
		last = seconds > last ? seconds : last;
	}
	free(state);
}

static int64_t cpu_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
	return (int64_t)ts.tv_sec * SH_SEC + ts.tv_nsec;
}

/* A noisy day, one sample a minute. */
static double *make_values(size_t n)
{
	double *v = sh_calloc(n, sizeof(*v));
	uint64_t seed = 88172645463325252u;

	for (size_t i = 0; i < n; i++) {
		seed ^= seed << 13;
		seed ^= seed >> 7;
		seed ^= seed << 17;
		v[i] = 50 + 20 * sin((double)i * 2 * M_PI / 1440) + (double)(seed >> 40) * 0x1p-22;
	}
	return v;
}

static void speed(const struct sh_past_terms *t, size_t series)
{
	enum { VALUES = 1 << 16 };
	size_t size = (t->kind->size(t) + 7) & ~(size_t)7, rows = SAMPLES / series + 200;
	char *states = sh_calloc(series, size);
	double *values = make_values(VALUES), sum = 0;
	size_t warm = rows / 10 < 150 ? 150 : rows / 10, counted = 0;
	int64_t start = 0;

	for (size_t row = 0; row < rows; row++) {
		if (row == warm)
			start = cpu_now();
		for (size_t i = 0; i < series; i++) {
			int64_t time = (int64_t)(1700000000 + 60 * row) * SH_SEC;
			struct sh_past_answer a;

			t->kind->note(states + i * size, t, time,
				      values[(row + i * 7919) % VALUES]);
			a = t->kind->ask(states + i * size, t, time);
			sum += a.known ? a.value : 0;
		}
		counted += row >= warm ? series : 0;
	}
	printf("%s, %zu series: %.1f ns a sample, %zu bytes a series (mean answer %g)\n",
	       t->kind->name, series, (double)(cpu_now() - start) / (double)counted,
	       t->kind->size(t), sum / (double)(rows * series));
	free(values);
	free(states);
}

int main(int argc, char **argv)
{
	struct sh_past_terms t = { 0 };
	uint64_t series;

	if (argc >= 3 && !strcmp(argv[1], "score")) {
		read_terms(&t, argv[2], argv + 3, argc - 3);
		score(&t);
	} else if (argc >= 4 && !strcmp(argv[1], "speed")) {
		read_terms(&t, argv[2], argv + 4, argc - 4);
		if (sh_parse_u64(argv[3], &series) < 0 || series == 0)
			fail("not a number of series");
		speed(&t, series);
	} else {
		fail("score KIND [ARG]..., or speed KIND SERIES [ARG]...");
	}
	return fflush(stdout) ? 4 : 0;
}

/* SPDX-License-Identifier: MIT */
/*
 * bench_record - one way through a file of records, and the CPU time it took
 *
 *	bench_record generate N >FILE    deterministic records of 248 bytes, 14 names
 *	bench_record MODE FILE           prints CPU seconds and peak memory in KiB
 *
 * Modes loadb (jansson with malloc), loadb-lists (with our free lists), scan,
 * build and metrics work on lines in memory, so that they compare parsing alone;
 * forward is what a filter does, FILE to standard output with all its reads and
 * writes, and prints to standard error.
 */
#include "config.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/num.h"
#include "record/alloc.h"
#include "record/json.h"
#include "record/record.h"
#include "record/stream.h"

#define START INT64_C(1795219200)

static void generate(int64_t n)
{
	uint32_t seed = 1;

	for (int64_t i = 0; i < n; i++) {
		char time[SH_TIME_TEXT];
		unsigned a, b;

		sh_time_format(time, START * SH_SEC + i * 10 * SH_MS);
		seed = seed * 1664525 + 1013904223;
		a = seed >> 8 & 8191;
		seed = seed * 1664525 + 1013904223;
		b = seed >> 8 & 65535;
		printf("{\"kind\":\"sample\",\"time\":\"%s\",\"host\":\"n%04u\","
		       "\"entity\":\"filesystem:/var@n%04u\","
		       "\"source\":{\"collector\":\"filesystem\",\"target\":\"/var\"},"
		       "\"metrics\":{\"storage\":{\"utilization\":%u.%u,\"used\":%u},"
		       "\"latency\":{\"r\":%u.%u,\"w\":%u.%u}}}\n",
		       time, a % 1000, a % 1000, 10 + a % 90, 1 + b % 9, 1000000000 + b * 7,
		       100 + b % 900, 101 + a % 89 * 10, 10 + a / 97 % 90, 1 + a % 9);
	}
}

/* The length of the next line at P, its newline apart; END when there is none. */
static size_t line_length(const char *p, const char *end)
{
	const char *newline = memchr(p, '\n', (size_t)(end - p));

	return (size_t)((newline ? newline : end) - p);
}

static int load_all(const char *p, const char *end)
{
	for (size_t n; p < end; p += n + 1) {
		json_t *value;

		n = line_length(p, end);
		value = json_loadb(p, n, 0, NULL);
		if (!value)
			return -1;
		json_decref(value);
	}
	return 0;
}

static int scan_all(const char *p, const char *end)
{
	struct sh_index ix = SH_INDEX_INIT;
	int rc = 0;

	for (size_t n; p < end && rc == 0; p += n + 1) {
		n = line_length(p, end);
		rc = sh_scan_object(&ix, p, n);
	}
	sh_index_release(&ix);
	return rc;
}

static int parse_all(const char *p, const char *end)
{
	struct sh_error err = SH_ERROR_INIT;

	for (size_t n; p < end; p += n + 1) {
		json_t *value;

		n = line_length(p, end);
		value = sh_json_parse(p, n, &err);
		if (!value)
			return -1;
		json_decref(value);
	}
	return 0;
}

static int build_all(const char *p, const char *end, json_t *(*build)(const struct sh_record *))
{
	struct sh_record r = SH_RECORD_INIT;
	struct sh_error err = SH_ERROR_INIT;
	int rc = 0;

	for (size_t n; p < end && rc == 0; p += n + 1) {
		n = line_length(p, end);
		rc = sh_record_view(&r, p, n, "here", 1, &err);
		if (rc == 0)
			json_decref(build(&r));
	}
	sh_record_release(&r);
	return rc;
}

static int forward_record(void *arg, struct sh_stream *s, const struct sh_record *r,
			  struct sh_error *err)
{
	(void)arg;
	(void)err;
	sh_writer_line(s->out, r->line.p, r->line.len);
	return 0;
}

static int forward_all(const char *path)
{
	const char *const files[] = { path, NULL };
	struct sh_error err = SH_ERROR_INIT;
	struct sh_stream s;
	struct sh_writer w;
	int rc;

	sh_writer_init(&w, STDOUT_FILENO);
	sh_stream_init(&s, &w);
	s.files = files;
	s.local_host = "here";
	s.ops.record = forward_record;
	rc = sh_stream_run(&s, &err);
	sh_writer_release(&w);
	return rc < 0 || s.bad ? -1 : 0;
}

static int run(const char *mode, const struct sh_buf *text)
{
	const char *p = sh_buf_str(text), *end = p + text->len;

	/* As the programs do. */
	if (strcmp(mode, "loadb") != 0)
		sh_json_use_lists();
	if (!strncmp(mode, "loadb", 5))
		return load_all(p, end);
	if (!strcmp(mode, "scan"))
		return scan_all(p, end);
	if (!strcmp(mode, "build"))
		return parse_all(p, end);
	if (!strcmp(mode, "metrics"))
		return build_all(p, end, sh_record_metrics);
	return -1;
}

static double cpu_seconds(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

int main(int argc, char **argv)
{
	struct sh_error err = SH_ERROR_INIT;
	struct sh_buf text = SH_BUF_INIT;
	struct rusage usage;
	bool forward;
	double before;
	int64_t n;
	int rc;

	if (argc == 3 && !strcmp(argv[1], "generate") && sh_parse_i64(argv[2], &n) == 0) {
		generate(n);
		return fflush(stdout) ? 4 : 0;
	}
	if (argc != 3)
		return 2;
	forward = !strcmp(argv[1], "forward");
	if (!forward && sh_file_read(AT_FDCWD, argv[2], SIZE_MAX / 2, &text, &err) < 0)
		return 4;
	before = cpu_seconds();
	rc = forward ? forward_all(argv[2]) : run(argv[1], &text);
	before = cpu_seconds() - before;
	getrusage(RUSAGE_SELF, &usage);
	fprintf(forward ? stderr : stdout, "%.6f %ld\n", before, usage.ru_maxrss);
	sh_buf_release(&text);
	return rc < 0 ? 3 : 0;
}

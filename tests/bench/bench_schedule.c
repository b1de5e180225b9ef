/* SPDX-License-Identifier: MIT */
/*
 * bench_schedule - what many tasks cost in memory, and a wake-up among them
 *
 * bench_schedule TASKS: reads crontab lines of five fields from standard input, as many as
 * there are, and repeats them over the tasks with other minutes; then plays three hours.
 * Prints "NAME VALUE" lines.
 */
#include "config.h"

#include <inttypes.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/num.h"
#include "schedule/agenda.h"

#define HOURS	  3
#define MAX_LINES 1000

struct bench {
	struct sh_schedule s;
	struct sh_agenda a;
	char *line[MAX_LINES];
	size_t lines, started;
	int64_t now;
};

static int on_start(void *arg, struct sh_item *i, const struct sh_start *s, struct sh_error *err)
{
	struct bench *b = arg;

	b->started++;
	/* It ends at once: what is measured is the decision. */
	return sh_agenda_ended(&b->a, i, true, true, s->now, s->now, err);
}

static int on_skip(void *arg, struct sh_item *i, const struct sh_skip *s, struct sh_error *err)
{
	(void)arg;
	(void)i;
	(void)s;
	(void)err;
	return 0;
}

static int on_store(void *arg, struct sh_item *i, struct sh_error *err)
{
	(void)arg;
	(void)i;
	(void)err;
	return 0;
}

static const struct sh_agenda_ops ops = { .start = on_start, .skip = on_skip, .store = on_store };

static void read_lines(struct bench *b)
{
	char text[256];

	while (b->lines < MAX_LINES && fgets(text, sizeof(text), stdin)) {
		text[strcspn(text, "\n")] = '\0';
		b->line[b->lines++] = sh_strdup(text);
	}
}

static void make_tasks(struct bench *b, size_t n)
{
	const struct sh_when_options opt = { .zone = "Europe/Berlin" };

	sh_zones_init(&b->s.zones);
	sh_map_init(&b->s.groups, NULL);
	b->s.task = sh_calloc(n, sizeof(*b->s.task));
	b->s.n = n;
	for (size_t i = 0; i < n; i++) {
		struct sh_scheduled *t = &b->s.task[i];
		struct sh_error err = SH_ERROR_INIT;
		char text[300];

		snprintf(text, sizeof(text), "%zu %s", i * 7 % 60, b->line[i / 60 % b->lines]);
		*t = (struct sh_scheduled){ .id = sh_asprintf("t%zu", i), .timed = true, .missed = SH_MISSED_ONCE,
					    .spread = -1, .group = -1, .retry = { 1, SH_MIN, 2, SH_HOUR } };
		if (sh_when_parse(&t->when, SH_WHEN_CRON, text, &opt, &b->s.zones, &err) < 0) {
			fprintf(stderr, "bench_schedule: %s: %s\n", text, err.text);
			exit(2);
		}
	}
}

static void play(struct bench *b)
{
	struct sh_error err = SH_ERROR_INIT;
	int64_t end = b->now + HOURS * SH_HOUR, before = sh_clock_mono(), used, idle;
	size_t wakes = 0;

	while ((b->now = sh_agenda_next(&b->a)) <= end) {
		if (sh_agenda_wake(&b->a, b->now, &err) < 0)
			exit(4);
		wakes++;
	}
	used = sh_clock_mono() - before;
	printf("wakes %zu\nruns %zu\n", wakes, b->started);
	printf("wake_us %.3f\n", (double)used / 1e3 / (double)(wakes ? wakes : 1));
	printf("run_us %.3f\n", (double)used / 1e3 / (double)(b->started ? b->started : 1));
	before = sh_clock_mono();
	for (int i = 0; i < 1000000; i++)
		if (sh_agenda_wake(&b->a, end, &err) < 0)
			exit(4);
	idle = sh_clock_mono() - before;
	printf("idle_wake_ns %.1f\n", (double)idle / 1e6);
}

int main(int argc, char **argv)
{
	struct bench b = { .now = INT64_C(1774738800) * SH_SEC }; /* the night before clocks change */
	struct sh_error err = SH_ERROR_INIT;
	int64_t n = 0, before;
	struct mallinfo2 m;

	if (argc != 2 || sh_parse_i64(argv[1], &n) < 0 || n < 1)
		return 2;
	read_lines(&b);
	if (!b.lines)
		return 2;
	before = sh_clock_mono();
	make_tasks(&b, (size_t)n);
	printf("parse_s %.3f\n", (double)(sh_clock_mono() - before) / 1e9);
	before = sh_clock_mono();
	sh_agenda_init(&b.a, &b.s, "h1");
	b.a.ops = &ops;
	b.a.arg = &b;
	b.a.places = 1000;
	if (sh_agenda_open(&b.a, b.now, &err) < 0 || sh_agenda_wake(&b.a, b.now, &err) < 0)
		return 4;
	printf("open_s %.3f\n", (double)(sh_clock_mono() - before) / 1e9);
	m = mallinfo2();
	printf("bytes_a_task %.0f\n", (double)(m.uordblks + m.hblkhd) / (double)n);
	play(&b);
	return 0;
}

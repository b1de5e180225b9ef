/* SPDX-License-Identifier: MIT */
/* What the whole machine can run out of: files, tasks, tracked connections. */
#include "config.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "collect/host/kv.h"
#include "collect/table.h"
#include "collect/text.h"

/* Counters of connection tracking that are told; those that lost a packet come first. */
static const char *const tracked[] = {
	"drop", "early_drop", "insert_failed", "found", "ignore", "insert", "invalid", "search_restart",
};
enum { LOST = 3, TRACKED = sizeof(tracked) / sizeof(*tracked) };

/* NaN: not known */
struct limits {
	double files, max_files;
	double tasks, max_threads, max_pids;
	double connections, max_connections;
	double tracked[TRACKED]; /* sums over processors */
	double entropy, entropy_pool, hung; /* with --detail */
};

static double percent(double part, double whole)
{
	return whole > 0 ? 100 * part / whole : (double)NAN;
}

/* Whether the file is there to be read; one that cannot be is told. */
static bool read_text(struct sh_collect *c, const char *path, struct sh_span *text)
{
	struct sh_error err = SH_ERROR_INIT;

	if (sh_collect_read(c, path, &err) < 0) {
		if (err.code != SH_ERRC_UNAVAILABLE)
			sh_collect_fail(c, c->host, &err);
		return false;
	}
	*text = sh_text_of(&c->text);
	return true;
}

static void cannot_understand(struct sh_collect *c, const char *path)
{
	struct sh_error err = SH_ERROR_INIT;

	sh_error_set_(&err, SH_ERRC_SYSTEM, 0, "cannot understand '/%s'", path);
	sh_collect_fail(c, c->host, &err);
}

static double read_number(struct sh_collect *c, const char *path)
{
	struct sh_span text;
	double v;

	if (!read_text(c, path, &text))
		return (double)NAN;
	if (sh_kv_double(sh_kv_trim(text), &v))
		return v;
	cannot_understand(c, path);
	return (double)NAN;
}

/* Allocated, free (always 0 since 2.6), the most there may be. */
static void read_files(struct sh_collect *c, struct limits *l)
{
	struct sh_span text;
	uint64_t v[3];

	if (!read_text(c, "proc/sys/fs/file-nr", &text))
		return;
	if (sh_text_u64s(&text, v, 3) != 3) {
		cannot_understand(c, "proc/sys/fs/file-nr");
		return;
	}
	l->files = (double)v[0];
	l->max_files = (double)v[2];
}

/* The fourth field of loadavg: "2/345", runnable ones of all. */
static void read_tasks(struct sh_collect *c, struct limits *l)
{
	struct sh_span text, field;
	const char *slash;

	l->max_threads = read_number(c, "proc/sys/kernel/threads-max");
	l->max_pids = read_number(c, "proc/sys/kernel/pid_max");
	if (!read_text(c, "proc/loadavg", &text) || !sh_text_skip(&text, 3) ||
	    !sh_text_field(&text, &field))
		return;
	slash = memchr(field.p, '/', field.len);
	if (slash)
		sh_kv_double((struct sh_span){ slash + 1, field.len - (size_t)(slash + 1 - field.p) },
			     &l->tasks);
}

static void add_tracked(struct limits *l, struct sh_span names, struct sh_span line)
{
	struct sh_span name, value;
	uint64_t v;

	while (sh_text_field(&names, &name) && sh_text_field(&line, &value) && sh_kv_hex(value, &v))
		for (size_t i = 0; i < TRACKED; i++)
			if (sh_span_is(name, tracked[i]))
				l->tracked[i] = (isnan(l->tracked[i]) ? 0 : l->tracked[i]) + (double)v;
}

/* The table has the names in its first line, and then one line for each processor. */
static void read_connections(struct sh_collect *c, struct limits *l)
{
	struct sh_span text, names, line;

	l->connections = read_number(c, "proc/sys/net/netfilter/nf_conntrack_count");
	if (isnan(l->connections))
		return;
	l->max_connections = read_number(c, "proc/sys/net/netfilter/nf_conntrack_max");
	if (!read_text(c, "proc/net/stat/nf_conntrack", &text) || !sh_text_line(&text, &names))
		return;
	while (sh_text_line(&text, &line))
		add_tracked(l, names, line);
}

static void write_connections(struct sh_collect *c, struct sh_sample_writer *w, const struct limits *l)
{
	uint64_t lost = 0, delta;
	double seconds;
	char member[64];

	sh_sample_group(w, "conntrack");
	sh_sample_number(w, "usage", percent(l->connections, l->max_connections));
	sh_sample_number(w, "entries", l->connections);
	for (size_t i = 0; i < LOST; i++)
		lost += isnan(l->tracked[i]) ? 0 : (uint64_t)l->tracked[i];
	if (!isnan(l->tracked[0]) &&
	    sh_counters_delta(c->counters, "conntrack", &lost, 1, &delta, &seconds))
		sh_sample_number(w, "drops", (double)delta / seconds);
	if (!c->detail)
		return;
	sh_sample_group(w, "nf");
	sh_sample_number(w, "conntrack_entries", l->connections);
	sh_sample_number(w, "conntrack_entries_limit", l->max_connections);
	for (size_t i = 0; i < TRACKED; i++) {
		snprintf(member, sizeof(member), "conntrack_stat_%s", tracked[i]);
		sh_sample_number(w, member, l->tracked[i]);
	}
}

static void write_limits(struct sh_collect *c, const struct limits *l)
{
	struct sh_sample_writer w;

	sh_collect_begin(c, &w, "host", c->host, c->host, NULL, NULL);
	sh_sample_group(&w, "filefd");
	sh_sample_number(&w, "usage", percent(l->files, l->max_files));
	sh_sample_number(&w, "allocated", l->files);
	sh_sample_number(&w, "maximum", l->max_files);
	sh_sample_group(&w, "tasks");
	sh_sample_number(&w, "count", l->tasks);
	/* Every thread has an id and counts against the limit of threads: the lower one is met first. */
	if (!isnan(l->max_threads) && !isnan(l->max_pids))
		sh_sample_number(&w, "usage", percent(l->tasks, fmin(l->max_threads, l->max_pids)));
	write_connections(c, &w, l);
	sh_sample_group(&w, "entropy");
	sh_sample_number(&w, "available_bits", l->entropy);
	sh_sample_number(&w, "pool_size_bits", l->entropy_pool);
	sh_sample_group(&w, "kernel");
	sh_sample_number(&w, "hung_tasks_total", l->hung);
	sh_sample_end(&w);
}

int sh_collect_limits(struct sh_collect *c, struct sh_error *err)
{
	const double none = (double)NAN;
	struct limits l = { none, none, none, none, none, none, none, { 0 }, none, none, none };

	(void)err;
	if (!sh_collect_wants(c, c->host))
		return 0;
	for (size_t i = 0; i < TRACKED; i++)
		l.tracked[i] = none;
	read_files(c, &l);
	read_tasks(c, &l);
	read_connections(c, &l);
	if (c->detail) {
		l.entropy = read_number(c, "proc/sys/kernel/random/entropy_avail");
		l.entropy_pool = read_number(c, "proc/sys/kernel/random/poolsize");
		l.hung = read_number(c, "proc/sys/kernel/hung_task_detect_count");
	}
	write_limits(c, &l);
	return 0;
}

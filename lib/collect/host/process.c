/* SPDX-License-Identifier: MIT */
/* Who does most of the block I/O: the answer to "which process is the hog". */
#include "config.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "collect/table.h"
#include "collect/text.h"

#define MAX_IO 1024

enum { READ, WRITTEN, FIELDS };

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
	return found == FIELDS;
}

struct top {
	const struct sh_pstat *proc;
	double rate, sum; /* bytes a second, of the top one and of all */
	size_t known, hidden;
};

static void look_at(struct sh_collect *c, const struct sh_pstat *p, struct top *top)
{
	uint64_t v[FIELDS], delta[FIELDS];
	double seconds, rate;
	char text[MAX_IO], path[64];
	ssize_t n;

	/* The kernel's threads write what others gave them to write. */
	if (p->kernel)
		return;
	n = sh_pstat_read(&c->procs, p->pid, SH_PID_IO, text, sizeof(text));
	if (n < 0) {
		top->hidden += errno == EACCES || errno == EPERM;
		return;
	}
	if (!parse_io((struct sh_span){ text, (size_t)n }, v))
		return;
	snprintf(path, sizeof(path), "%d:%" PRIu64, (int)p->pid, p->start);
	if (!sh_counters_delta(c->counters, path, v, FIELDS, delta, &seconds)) {
		/* A process begun since the last reading did all of its I/O since then. */
		if (!sh_pstat_began_since(p, c->counters->previous))
			return;
		memcpy(delta, v, sizeof(delta));
		seconds = (double)(c->counters->now - c->counters->previous) / (double)SH_SEC;
	}
	top->known++;
	rate = (double)(delta[READ] + delta[WRITTEN]) / seconds;
	top->sum += rate;
	if (rate > top->rate) {
		top->rate = rate;
		top->proc = p;
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
	uint64_t v[FIELDS] = { 0 }, delta[FIELDS];
	double seconds;

	if (sh_collect_read(c, "proc/vmstat", &e) < 0)
		return 0;
	rest = sh_text_of(&c->text);
	while (sh_text_line(&rest, &line)) {
		if (!sh_text_field(&line, &key))
			continue;
		if (sh_span_is(key, "pgpgin"))
			sh_text_u64s(&line, &v[READ], 1);
		else if (sh_span_is(key, "pgpgout"))
			sh_text_u64s(&line, &v[WRITTEN], 1);
	}
	if (!sh_counters_delta(c->counters, "machine", v, FIELDS, delta, &seconds))
		return 0;
	return (double)(delta[READ] + delta[WRITTEN]) * 1024 / seconds;
}

static void write_top(struct sh_collect *c, const struct top *top)
{
	const char *labels[] = { "top_process", top->proc ? top->proc->name : "", NULL };
	struct sh_sample_writer w;

	sh_collect_begin(c, &w, "host", c->host, c->host, NULL, top->proc ? labels : NULL);
	sh_sample_group(&w, "io");
	sh_sample_number(&w, "top_bytes", top->rate);
	if (top->proc) {
		sh_sample_number(&w, "top_share", 100 * top->rate / top->sum);
		sh_sample_number(&w, "top_pid", (double)top->proc->pid);
	}
	sh_sample_end(&w);
}

int sh_collect_process(struct sh_collect *c, struct sh_error *err)
{
	const struct sh_pstat_table *t;
	struct top top = { 0 };
	double all;

	if (!sh_collect_wants(c, c->host))
		return 0;
	t = sh_collect_procs(c, err);
	if (!t)
		return -1;
	for (size_t i = 0; i < t->n; i++)
		look_at(c, &t->item[i], &top);
	all = machine_rate(c);
	/* One or two that hide even from root are not worth the coarser measure. */
	if (top.hidden > top.known && all > top.sum)
		top.sum = all;
	if (top.known)
		write_top(c, &top);
	return 0;
}

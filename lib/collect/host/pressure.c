/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>

#include "collect/table.h"
#include "collect/text.h"

#define RESOURCES 4

static const char *const resource[RESOURCES] = { "cpu", "memory", "io", "irq" };

enum { SOME, FULL, KINDS };

static const struct { const char *key, *total; } kind[KINDS] = {
	[SOME] = { "some", "waiting" },
	[FULL] = { "full", "stalled" },
};

struct stall {
	double avg10[KINDS], total[KINDS]; /* percent, seconds; NaN: not there */
};

static void parse_line(struct sh_span line, struct stall *out)
{
	struct sh_span word, field;
	double v;
	uint64_t us;
	int k = SOME;

	if (!sh_text_field(&line, &word))
		return;
	while (k < KINDS && !sh_span_is(word, kind[k].key))
		k++;
	while (k < KINDS && sh_text_field(&line, &field)) {
		if (sh_text_double(sh_text_after(field, "avg10="), &v))
			out->avg10[k] = v;
		else if (sh_text_u64(sh_text_after(field, "total="), &us))
			out->total[k] = (double)us / 1e6;
	}
}

/* Returns whether the kernel says anything of it; what cannot be read or understood is told. */
static bool read_stall(struct sh_collect *c, const char *what, struct stall *out)
{
	struct sh_error err = SH_ERROR_INIT;
	struct sh_span rest, line;
	char path[64];

	for (int k = 0; k < KINDS; k++)
		out->avg10[k] = out->total[k] = (double)NAN;
	snprintf(path, sizeof(path), "proc/pressure/%s", what);
	if (sh_collect_read(c, path, &err) < 0) {
		/* A kernel started with psi=0 has the files and refuses to read them. */
		if (err.code != SH_ERRC_UNAVAILABLE && err.sys != EOPNOTSUPP)
			sh_collect_fail(c, c->host, &err);
		return false;
	}
	rest = sh_text_of(&c->text);
	while (sh_text_line(&rest, &line))
		parse_line(line, out);
	if (!isnan(out->avg10[SOME]) || !isnan(out->avg10[FULL]))
		return true;
	sh_error_set_(&err, SH_ERRC_SYSTEM, 0, "cannot understand '/%s'", path);
	sh_collect_fail(c, c->host, &err);
	return false;
}

static void write_stall(struct sh_sample_writer *w, const char *what, const struct stall *s, bool detail)
{
	char member[64];

	for (int k = 0; k < KINDS; k++) {
		snprintf(member, sizeof(member), "%s_%s_avg10", what, kind[k].key);
		sh_sample_number(w, member, s->avg10[k]);
		if (!detail)
			continue;
		snprintf(member, sizeof(member), "%s_%s_seconds_total", what, kind[k].total);
		sh_sample_number(w, member, s->total[k]);
	}
}

int sh_collect_pressure(struct sh_collect *c, struct sh_error *err)
{
	struct stall s[RESOURCES];
	struct sh_sample_writer w;
	bool found = false;

	(void)err;
	if (!sh_collect_wants(c, c->host))
		return 0;
	for (int i = 0; i < RESOURCES; i++)
		found = read_stall(c, resource[i], &s[i]) || found;
	if (!found)
		return 0;
	sh_collect_begin(c, &w, "host", c->host, c->host, NULL, NULL);
	sh_sample_group(&w, "pressure");
	for (int i = 0; i < RESOURCES; i++)
		write_stall(&w, resource[i], &s[i], c->detail);
	sh_sample_end(&w);
	return 0;
}

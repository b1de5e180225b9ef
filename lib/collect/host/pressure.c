/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>

#include "collect/table.h"
#include "collect/text.h"

#define RESOURCES 3

static const char *const resource[RESOURCES] = { "cpu", "memory", "io" };

struct stall {
	double some, full; /* percent over 10 s; NaN: not there */
};

static void parse(struct sh_span rest, struct stall *out)
{
	struct sh_span line, word, value;
	double v;

	while (sh_text_line(&rest, &line)) {
		if (!sh_text_field(&line, &word) || !sh_text_field(&line, &value))
			continue;
		value = sh_text_after(value, "avg10=");
		if (!sh_text_double(value, &v))
			continue;
		if (sh_span_is(word, "some"))
			out->some = v;
		else if (sh_span_is(word, "full"))
			out->full = v;
	}
}

/* Returns whether the kernel says anything of it; -1 on failure. */
static int read_stall(struct sh_collect *c, const char *what, struct stall *out, struct sh_error *err)
{
	struct sh_error e = SH_ERROR_INIT;
	char path[64];

	out->some = out->full = NAN;
	snprintf(path, sizeof(path), "proc/pressure/%s", what);
	if (sh_collect_read(c, path, &e) < 0) {
		/* A kernel started with psi=0 has the files and refuses to read them. */
		if (e.code == SH_ERRC_UNAVAILABLE || e.sys == EOPNOTSUPP)
			return 0;
		*err = e;
		return -1;
	}
	parse(sh_text_of(&c->text), out);
	return !isnan(out->some) || !isnan(out->full);
}

int sh_collect_pressure(struct sh_collect *c, struct sh_error *err)
{
	struct stall s[RESOURCES];
	struct sh_sample_writer w;
	char key[64];
	int found = 0;

	if (!sh_collect_wants(c, c->host))
		return 0;
	for (int i = 0; i < RESOURCES; i++) {
		int rc = read_stall(c, resource[i], &s[i], err);

		if (rc < 0)
			return -1;
		found += rc;
	}
	if (!found)
		return 0;
	sh_collect_begin(c, &w, "host", c->host, c->host, NULL, NULL);
	sh_sample_group(&w, "pressure");
	for (int i = 0; i < RESOURCES; i++) {
		snprintf(key, sizeof(key), "%s_some_avg10", resource[i]);
		sh_sample_number(&w, key, s[i].some);
		snprintf(key, sizeof(key), "%s_full_avg10", resource[i]);
		sh_sample_number(&w, key, s[i].full);
	}
	sh_sample_end(&w);
	return 0;
}

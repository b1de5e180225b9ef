/* SPDX-License-Identifier: MIT */
/* Prometheus text and OpenMetrics: what an exporter tells, one record per label set. */
#include "config.h"

#include "collect/format/exposition.h"
#include "collect/format/families.h"
#include "collect/format/formats.h"
#include "collect/format/scrape_set.h"
#include "collect/text.h"

static void bad(struct sh_import *in, const char *why)
{
	struct sh_error e = SH_ERROR_INIT;

	(void)sh_error_set(&e, SH_ERRC_INPUT, "%s", why);
	sh_import_bad(in, in->line, &e);
}

static void take(struct sh_import *in, const struct sh_expo_line *l, struct sh_families *f,
		 struct sh_scrape_set *set)
{
	bool keep = l->kind == SH_EXPO_SAMPLE && !l->native;

	if (f && !sh_families_take(f, l, &keep)) {
		bad(in, f->why);
		f->why = NULL;
	}
	if (keep)
		sh_scrape_set_add(set, l);
}

/* F: the rules of OpenMetrics; NULL for the text format, which has none between lines. */
static void convert(struct sh_import *in, struct sh_span text, struct sh_families *f)
{
	struct sh_expo_line l = { .openmetrics = f != NULL };
	struct sh_scrape_set set;
	struct sh_span line;

	sh_scrape_set_init(&set);
	while (sh_text_line(&text, &line)) {
		in->line++;
		if (!f && line.len && line.p[line.len - 1] == '\r')
			line.len--;
		if (sh_expo_read(&l, line))
			take(in, &l, f, &set);
		else
			bad(in, l.why);
	}
	if (f && !sh_families_end(f))
		bad(in, f->why);
	in->samples = set.samples;
	sh_scrape_set_write(&set, in);
	sh_scrape_set_release(&set);
	sh_expo_release(&l);
}

int sh_format_prom(struct sh_import *in, struct sh_span text, struct sh_error *err)
{
	(void)err;
	convert(in, text, NULL);
	return 0;
}

int sh_format_openmetrics(struct sh_import *in, struct sh_span text, struct sh_error *err)
{
	struct sh_families f;

	(void)err;
	sh_families_init(&f);
	convert(in, text, &f);
	sh_families_release(&f);
	return 0;
}

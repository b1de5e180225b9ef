/* SPDX-License-Identifier: MIT */
/*
 * What plugins for Nagios print: a line of text, after '|' performance data, more
 * lines of text, and after a '|' in one of those more performance data to the end.
 * The state is the exit code.
 */
#include "config.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "collect/format/formats.h"
#include "collect/format/perfdata.h"
#include "collect/text.h"

#define MAX_TEXT ((size_t)65536) /* so that a record stays one */

struct output {
	struct sh_buf first, more; /* text */
};

/* Text before a '|'; what stands after it, or absent. */
static struct sh_span cut_text(struct sh_span line, struct sh_span *text)
{
	const char *bar = line.len ? memchr(line.p, '|', line.len) : NULL;

	*text = line;
	if (!bar)
		return SH_SPAN_NONE;
	text->len = (size_t)(bar - line.p);
	return (struct sh_span){ bar + 1, line.len - text->len - 1 };
}

static void add_text(struct sh_buf *to, struct sh_span text)
{
	while (text.len && (text.p[text.len - 1] == ' ' || text.p[text.len - 1] == '\t' ||
			    text.p[text.len - 1] == '\r'))
		text.len--;
	if (to->len + text.len >= MAX_TEXT)
		return;
	if (to->len)
		sh_buf_addch(to, '\n');
	if (text.len)
		sh_buf_add(to, text.p, text.len);
}

/* How the value stands by its own ranges; NaN where it has none. */
static double state_of(const struct sh_perfdata *p)
{
	if (!p->warn.given && !p->crit.given)
		return (double)NAN;
	if (sh_range_alerts(&p->crit, p->value))
		return 2;
	return sh_range_alerts(&p->warn, p->value) ? 1 : 0;
}

static void write_item(struct sh_import *in, const struct sh_perfdata *p)
{
	char unit[24];
	const char *dims[] = { "label", sh_buf_str(&p->label), NULL };
	const char *labels[] = { "unit", unit, NULL };
	struct sh_sample_writer w;

	if (isnan(p->value))
		return;
	snprintf(unit, sizeof(unit), "%.*s", (int)p->unit.len, p->unit.len ? p->unit.p : "");
	sh_import_begin(in, &w, NULL, NULL, dims, p->unit.len ? labels : NULL);
	sh_sample_group(&w, "perf");
	sh_sample_number(&w, "value", p->value);
	sh_sample_number(&w, "state", state_of(p));
	if (p->warn.given && !isinf(p->warn.end))
		sh_sample_number(&w, "warn", p->warn.end);
	if (p->crit.given && !isinf(p->crit.end))
		sh_sample_number(&w, "crit", p->crit.end);
	sh_sample_number(&w, "min", p->min);
	sh_sample_number(&w, "max", p->max);
	sh_sample_end(&w);
}

static void read_perfdata(struct sh_import *in, struct sh_span text)
{
	struct sh_perfdata p = { .label = SH_BUF_INIT };
	struct sh_error e = SH_ERROR_INIT;
	int rc;

	while ((rc = sh_perfdata_next(&text, &p, &e)) != 0) {
		if (rc > 0)
			write_item(in, &p);
		else
			sh_import_bad(in, in->line, &e);
	}
	sh_buf_release(&p.label);
}

/* Without a check the state is not known, so the text stands alone. */
static void write_state(struct sh_import *in, const struct output *o)
{
	struct sh_sample_writer w;

	sh_import_begin(in, &w, NULL, NULL, NULL, NULL);
	if (in->target) {
		sh_sample_group(&w, "check");
		sh_sample_number(&w, "ok", in->status == 0);
		sh_sample_number(&w, "state", in->status >= 0 && in->status <= 3 ? in->status : 3);
	}
	sh_sample_text(&w, "text", sh_buf_str(&o->first));
	if (o->more.len)
		sh_sample_text(&w, "more", sh_buf_str(&o->more));
	if (in->target && in->status != 0)
		sh_sample_text(&w, "error", o->first.len ? sh_buf_str(&o->first) : "no output");
	sh_sample_end(&w);
}

static void read_lines(struct sh_import *in, struct sh_span text, struct output *o, bool write)
{
	struct sh_span line, words, perf;
	bool data = false;

	for (in->line = 1; sh_text_line(&text, &line); in->line++) {
		if (data) {
			perf = line;
			words = SH_SPAN_NONE;
		} else {
			perf = cut_text(line, &words);
			data = in->line > 1 && perf.p;
		}
		if (write && perf.p)
			read_perfdata(in, perf);
		else if (!write && words.p && (in->line == 1 || words.len || !data))
			add_text(in->line == 1 ? &o->first : &o->more, words);
	}
}

int sh_format_nagios(struct sh_import *in, struct sh_span text, struct sh_error *err)
{
	struct output o = { SH_BUF_INIT, SH_BUF_INIT };

	(void)err;
	read_lines(in, text, &o, false);
	write_state(in, &o);
	read_lines(in, text, &o, true);
	sh_buf_release(&o.first);
	sh_buf_release(&o.more);
	return 0;
}

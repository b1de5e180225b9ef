/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "collect/out/out.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "collect/out/choose.h"
#include "collect/out/convert.h"
#include "collect/out/window.h"
#include "record/json.h"
#include "record/record.h"

struct sh_out {
	struct sh_choose choose;
	struct sh_convert **convert; /* owned, NULL-terminated */
	struct sh_summary_plan plan;
	struct sh_windows *windows; /* NULL: all go on */
	struct sh_record record, changed;
	struct sh_buf line, to;
};

static int read_windows(struct sh_out *o, const struct sh_out_options *opt, struct sh_error *err)
{
	const char *text = opt->every ? opt->every : opt->aggregate;
	const char *equals = opt->aggregate ? strchr(opt->aggregate, '=') : NULL;
	int64_t length;

	if (!text)
		return 0;
	if (opt->every && opt->aggregate)
		return sh_error_set(err, SH_ERRC_USAGE, "give either --every or --aggregate");
	if (opt->aggregate && !equals)
		return sh_error_set(err, SH_ERRC_USAGE, "--aggregate: wanted DURATION=FUNCTION,..., not '%s'", text);
	if (sh_duration_parse(text, equals ? (size_t)(equals - text) : strlen(text), &length) < 0 || length < SH_MS)
		return sh_error_set(err, SH_ERRC_USAGE, "--%s: '%s' does not begin with a duration of 1ms or more",
				    opt->every ? "every" : "aggregate", text);
	if (equals && sh_summary_plan_parse(&o->plan, equals + 1, err) < 0)
		return -1;
	o->windows = sh_windows_new(length, equals ? &o->plan : NULL);
	return 0;
}

static int read_options(struct sh_out *o, const struct sh_out_options *opt, struct sh_error *err)
{
	if (sh_choose_init(&o->choose, opt, err) < 0)
		return -1;
	o->convert = sh_calloc(sh_out_count(opt->convert) + 1, sizeof(struct sh_convert *));
	for (size_t i = 0; i < sh_out_count(opt->convert); i++) {
		o->convert[i] = sh_convert_parse(opt->convert[i], opt->catalogue, err);
		if (!o->convert[i]) {
			sh_error_prefix(err, "--convert");
			return -1;
		}
	}
	return read_windows(o, opt, err);
}

int sh_out_new(struct sh_out **out, const struct sh_out_options *opt, struct sh_error *err)
{
	*out = NULL;
	if (!opt->select && !opt->drop && !opt->label && !opt->relabel && !opt->convert && !opt->every &&
	    !opt->aggregate)
		return 0;
	*out = sh_calloc(1, sizeof(**out));
	if (read_options(*out, opt, err) == 0)
		return 0;
	sh_out_free(*out);
	*out = NULL;
	return -1;
}

void sh_out_free(struct sh_out *o)
{
	if (!o)
		return;
	sh_choose_release(&o->choose);
	for (size_t i = 0; o->convert && o->convert[i]; i++)
		sh_convert_free(o->convert[i]);
	free(o->convert);
	if (o->windows)
		sh_windows_free(o->windows);
	sh_record_release(&o->record);
	sh_record_release(&o->changed);
	sh_buf_release(&o->line);
	sh_buf_release(&o->to);
	free(o);
}

static bool convert(const struct sh_out *o, json_t *record)
{
	json_t *metrics = json_object_get(record, "metrics");
	bool changed = false;

	for (size_t i = 0; o->convert[i]; i++)
		changed = sh_convert_apply(o->convert[i], metrics) || changed;
	return changed;
}

/* The record as it goes on: R itself where nothing changes it. */
static const struct sh_record *change(struct sh_out *o, const struct sh_record *r, const char *host)
{
	struct sh_error e = SH_ERROR_INIT;
	json_t *record;
	bool changed;

	if (!o->convert[0] && !sh_choose_labels(&o->choose))
		return r;
	record = sh_record_json(r);
	changed = r->kind == SH_KIND_SAMPLE && convert(o, record);
	changed = sh_choose_label(&o->choose, r, record) || changed;
	if (changed) {
		sh_buf_clear(&o->line);
		sh_json_dump(&o->line, record);
	}
	json_decref(record);
	if (!changed || sh_record_view(&o->changed, sh_buf_str(&o->line), o->line.len, host, r->time, &e) < 0)
		return r;
	return &o->changed;
}

static void take_line(struct sh_out *o, const char *host, const char *p, size_t len)
{
	struct sh_error e = SH_ERROR_INIT;
	const struct sh_record *r = &o->record;

	/* What is no record is not ours to lose. */
	if (sh_record_view(&o->record, p, len, host, sh_clock_wall(), &e) < 0) {
		sh_buf_add(&o->to, p, len);
		sh_buf_addch(&o->to, '\n');
		return;
	}
	if (o->windows && (r->kind == SH_KIND_SAMPLE || r->kind == SH_KIND_TICK))
		sh_windows_advance(o->windows, r, &o->to);
	if (!sh_choose_wants(&o->choose, r))
		return;
	if (sh_choose_applies(r))
		r = change(o, r, host);
	if (r->kind == SH_KIND_SAMPLE && o->windows && sh_windows_take(o->windows, r))
		return;
	sh_buf_add(&o->to, r->line.p, r->line.len);
	sh_buf_addch(&o->to, '\n');
}

static void flush(struct sh_out *o, struct sh_writer *w)
{
	if (o->to.len)
		sh_writer_lines(w, o->to.data, o->to.len);
	sh_buf_clear(&o->to);
}

void sh_out_write(struct sh_collect *c, struct sh_writer *w)
{
	const char *p = sh_buf_str(&c->out), *end = p + c->out.len;

	if (!c->way_out) {
		sh_writer_lines(w, p, c->out.len);
		sh_buf_clear(&c->out);
		return;
	}
	while (p < end) {
		const char *newline = memchr(p, '\n', (size_t)(end - p));
		size_t len = newline ? (size_t)(newline - p) : (size_t)(end - p);

		take_line(c->way_out, c->host, p, len);
		p += len + 1;
	}
	sh_buf_clear(&c->out);
	flush(c->way_out, w);
}

void sh_out_end(struct sh_collect *c, struct sh_writer *w, struct sh_buf *text)
{
	struct sh_windows *windows = c->way_out ? c->way_out->windows : NULL;

	if (!windows)
		return;
	sh_windows_end(windows, &c->way_out->to);
	flush(c->way_out, w);
	if (sh_windows_late(windows))
		sh_buf_addf(text, "%" PRIu64 " samples came after their window had ended and were left out",
			    sh_windows_late(windows));
	if (sh_windows_ahead(windows))
		sh_buf_addf(text, "%s%" PRIu64 " samples went on as they were: their time was far ahead",
			    text->len ? "; " : "", sh_windows_ahead(windows));
	if (sh_windows_passed(windows))
		sh_buf_addf(text, "%s%" PRIu64 " samples went on as they were: there are too many series or metrics",
			    text->len ? "; " : "", sh_windows_passed(windows));
}

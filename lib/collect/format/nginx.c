/* SPDX-License-Identifier: MIT */
/* nginx's stub_status page. */
#include "config.h"

#include <math.h>

#include "collect/format/document.h"
#include "collect/format/formats.h"
#include "collect/format/units.h"
#include "collect/text.h"

struct page {
	double active, accepts, handled, requests;
	double reading, writing, waiting;
	bool heading; /* the line before was that of the totals */
};

static double next_number(struct sh_span *rest)
{
	struct sh_span field;

	return sh_text_field(rest, &field) ? sh_unit_number(field) : NAN;
}

static void line(struct page *p, struct sh_span text)
{
	struct sh_span rest = sh_unit_trim(text);

	if (p->heading) {
		p->accepts = next_number(&rest);
		p->handled = next_number(&rest);
		p->requests = next_number(&rest);
		p->heading = false;
		return;
	}
	p->heading = sh_text_after(rest, "server accepts handled requests").p != NULL;
	if (sh_text_after(rest, "Active connections:").p) {
		p->active = sh_unit_number(sh_unit_behind(rest, ':'));
	} else if (sh_text_after(rest, "Reading:").p) {
		sh_text_skip(&rest, 1);
		p->reading = next_number(&rest);
		sh_text_skip(&rest, 1);
		p->writing = next_number(&rest);
		sh_text_skip(&rest, 1);
		p->waiting = next_number(&rest);
	}
}

int sh_format_nginx(struct sh_import *in, struct sh_span text, struct sh_error *err)
{
	struct page p = { NAN, NAN, NAN, NAN, NAN, NAN, NAN, false };
	struct sh_sample_writer s;
	struct sh_span one;

	while (sh_text_line(&text, &one))
		line(&p, one);
	if (isnan(p.active))
		return sh_error_set(err, SH_ERRC_INPUT, "no stub_status page of nginx");
	sh_document_begin(&s, in, NULL, NULL, NULL, NULL);
	sh_sample_group(&s, "nginx");
	sh_sample_number(&s, "connections", p.active);
	sh_sample_number(&s, "reading", p.reading);
	sh_sample_number(&s, "writing", p.writing);
	sh_sample_number(&s, "waiting", p.waiting);
	sh_sample_number(&s, "accepted_total", p.accepts);
	sh_sample_number(&s, "dropped_total", p.accepts - p.handled);
	sh_sample_number(&s, "requests_total", p.requests);
	sh_sample_end(&s);
	return 0;
}

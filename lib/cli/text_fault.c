/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <inttypes.h>
#include <string.h>

#include "base/clock.h"
#include "cli/text_parts.h"
#include "record/fault.h"

/* Of a pending fault that has hits enough, only time is wanting. */
static void add_lacking(struct sh_text *t, const struct sh_fault *f)
{
	sh_buf_addf(t->out, ", %" PRId64, f->total_hits);
	if (f->for_seconds && f->total_hits >= f->count)
		sh_buf_addstr(t->out, f->total_hits == 1 ? " hit" : " hits");
	else if (f->count > 0)
		sh_buf_addf(t->out, " of %" PRId64, f->count);
	else
		sh_buf_addstr(t->out, " so far");
	if (f->for_seconds && f->evidence.since && f->for_seconds < INT64_MAX / SH_SEC) {
		sh_buf_addstr(t->out, ", ");
		sh_text_duration(t, f->evidence.until - f->evidence.since);
		sh_buf_addstr(t->out, " of ");
		sh_text_duration(t, f->for_seconds * SH_SEC);
	}
}

static void add_status(struct sh_text *t, const struct sh_fault *f)
{
	sh_buf_addf(t->out, " (%s", sh_fault_status_words[f->status]);
	switch (f->status) {
	case SH_FAULT_PENDING:
		add_lacking(t, f);
		break;
	case SH_FAULT_OPEN:
		sh_buf_addf(t->out, ", %" PRId64 " of %" PRId64, f->detection_count,
			    f->detection_count);
		break;
	case SH_FAULT_ONGOING:
		sh_buf_addf(t->out, ", %" PRId64 " hits", f->total_hits);
		break;
	case SH_FAULT_RESOLVED:
		if (f->evidence.since) {
			sh_buf_addstr(t->out, " after ");
			sh_text_duration(t, f->time - f->evidence.since);
		}
		break;
	case SH_FAULT_FLAPPING:
		if (f->evidence.score)
			sh_buf_addf(t->out, ", score %" PRId64 " %%", f->evidence.score);
		break;
	case SH_FAULT_STALE:
		if (f->evidence.silent_since) {
			sh_buf_addstr(t->out, ", silent for ");
			sh_text_duration(t, f->time - f->evidence.silent_since);
		}
		break;
	}
	sh_buf_addch(t->out, ')');
}

static void add_sentence(struct sh_text *t, const struct sh_fault *f, int64_t time)
{
	sh_text_time(t, time);
	if (f->status == SH_FAULT_RESOLVED)
		sh_text_colored(t, SH_TEXT_GOOD, "RESOLVED");
	else
		sh_text_severity(t, f->severity);
	sh_buf_addch(t->out, ' ');
	sh_text_add(t, f->fault_type);
	sh_buf_addch(t->out, ' ');
	sh_text_add(t, f->entity);
	sh_text_dims(t, f->dims);
	if (f->description && *f->description) {
		sh_buf_addstr(t->out, ": ");
		sh_text_add(t, f->description);
	}
	add_status(t, f);
}

/* What nobody is to act on stands back from the rest. */
static void add_suppressed(struct sh_text *t, const struct sh_fault *f, int64_t time)
{
	struct sh_text plain = { .out = t->out };
	SH_CLEANUP_BUF struct sh_buf why = SH_BUF_INIT;

	if (t->color)
		sh_buf_addstr(t->out, SH_TEXT_BEGIN_DIM);
	add_sentence(&plain, f, time);
	sh_buf_addstr(t->out, " - ");
	sh_suppression_add_text(&why, f->suppressed);
	sh_text_add(&plain, sh_buf_str(&why));
	if (t->color)
		sh_buf_addstr(t->out, SH_TEXT_END);
}

void sh_text_fault(struct sh_text *t, const struct sh_record *r, const json_t *object)
{
	struct sh_error err = SH_ERROR_INIT;
	struct sh_fault f;

	if (sh_fault_from_json(&f, object, &err)) {
		sh_text_other(t, r, object);
		return;
	}
	if (f.suppressed)
		add_suppressed(t, &f, r->time);
	else
		add_sentence(t, &f, r->time);
	sh_buf_addch(t->out, '\n');
	sh_fault_release(&f);
}

/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <string.h>

#include "base/nls.h"
#include "cli/text_parts.h"
#include "record/diagnosis.h"
#include "record/json.h"

#define TOUCHED 5 /* of a list of the impact, so many are named */

static void add_line(struct sh_text *t, const char *title, const char *text)
{
	if (!text || !*text)
		return;
	sh_buf_addf(t->out, SH_TEXT_INDENT "%s", title);
	sh_text_add(t, text);
	sh_buf_addch(t->out, '\n');
}

static void add_evidence(struct sh_text *t, const json_t *evidence)
{
	for (size_t i = 0; i < json_array_size(evidence); i++) {
		sh_buf_addstr(t->out, SH_TEXT_INDENT);
		sh_buf_addstr(t->out, sh_tr("because "));
		sh_text_value(t, json_array_get(evidence, i));
		sh_buf_addch(t->out, '\n');
	}
}

/* Other causes that are still possible, best first. */
static void add_others(struct sh_text *t, const json_t *ranking, const char *merged)
{
	bool any = false;

	for (size_t i = 0; i < json_array_size(ranking); i++) {
		const json_t *rank = json_array_get(ranking, i);
		const char *cause = sh_json_str(rank, "root_cause", "");

		if (!*cause || !strcmp(cause, merged))
			continue;
		sh_buf_addstr(t->out, any ? "" : SH_TEXT_INDENT);
		sh_buf_addstr(t->out, any ? sh_tr(", ") : sh_tr("otherwise "));
		any = true;
		sh_text_add(t, cause);
		sh_buf_addf(t->out, " (%.0f %%)", sh_json_num(rank, "confidence", 0) * 100);
	}
	if (any)
		sh_buf_addch(t->out, '\n');
}

static void add_list(struct sh_text *t, const char *title, const json_t *array)
{
	if (json_array_size(array) == 0)
		return;
	sh_buf_addf(t->out, SH_TEXT_INDENT "%s", title);
	sh_text_list(t, array);
	sh_buf_addch(t->out, '\n');
}

/* Of those that the impact lists under MEMBER the first few; services of users come first. */
static void add_touched(struct sh_text *t, const char *title, const json_t *impact, const char *member,
			const char *count)
{
	const json_t *list = json_object_get(impact, member), *touched;
	int64_t all = sh_json_int(impact, count, 0), told = 0;
	size_t i;

	json_array_foreach(list, i, touched) {
		if (i == TOUCHED)
			break;
		sh_buf_addstr(t->out, i ? sh_tr(", ") : SH_TEXT_INDENT);
		sh_buf_addstr(t->out, i ? "" : title);
		sh_text_add(t, sh_json_str(touched, "entity", "?"));
		told++;
	}
	if (told && all > told)
		sh_buf_addf(t->out, sh_tr_n(" and %zu more", " and %zu more", (size_t)(all - told)),
			    (size_t)(all - told));
	if (told)
		sh_buf_addch(t->out, '\n');
}

static void add_marks(struct sh_text *t, const json_t *marks)
{
	const json_t *mark;
	size_t i;

	json_array_foreach(marks, i, mark) {
		sh_buf_addstr(t->out, i ? ", " : " (");
		sh_text_add(t, sh_json_str(mark, "text", sh_json_str(mark, "mark", "?")));
	}
	if (json_array_size(marks))
		sh_buf_addch(t->out, ')');
}

/* Earlier versions told only the names. */
static void add_candidates(struct sh_text *t, const json_t *candidates)
{
	const json_t *entry;
	size_t i;

	json_array_foreach(candidates, i, entry) {
		sh_buf_addstr(t->out, i ? "" : SH_TEXT_INDENT);
		sh_buf_addstr(t->out, i ? sh_tr(", ") : sh_tr("playbooks: "));
		if (json_is_string(entry)) {
			sh_text_value(t, entry);
			continue;
		}
		sh_text_add(t, sh_json_str(entry, "playbook", "?"));
		if (json_object_get(entry, "target"))
			sh_buf_addstr(t->out, sh_tr(" on "));
		sh_text_add(t, sh_json_str(entry, "target", ""));
		add_marks(t, json_object_get(entry, "marks"));
	}
	if (json_array_size(candidates))
		sh_buf_addch(t->out, '\n');
}

/* "disk_full on host:h {check=http}" */
static void add_fault(struct sh_text *t, const struct sh_fault *f)
{
	SH_CLEANUP_BUF struct sh_buf type = SH_BUF_INIT, place = SH_BUF_INIT;
	struct sh_text what = { &type, t->color }, where = { &place, t->color };

	sh_text_add(&what, f->fault_type);
	sh_text_add(&where, f->entity);
	sh_text_dims(&where, f->dims);
	sh_buf_addf(t->out, sh_tr("%1$s on %2$s"), sh_buf_str(&type), sh_buf_str(&place));
}

/* What a rule says, in the reader's language where it has no values in it. */
static const char *in_words(const char *text)
{
	return text ? sh_tr(text) : NULL;
}

void sh_text_diagnosis(struct sh_text *t, const struct sh_record *r, const json_t *object)
{
	struct sh_error err = SH_ERROR_INIT;
	const struct sh_cause *cause;
	struct sh_diagnosis d;

	if (sh_diagnosis_from_json(&d, object, &err)) {
		sh_text_other(t, r, object);
		return;
	}
	cause = sh_diagnosis_cause(&d);
	sh_text_time(t, r->time);
	add_fault(t, &d.fault);
	sh_buf_addstr(t->out, sh_tr(": "));
	sh_text_colored(t, sh_text_severity_color(d.fault.severity), cause->root_cause);
	sh_buf_addf(t->out, " (%.0f %%)\n", cause->confidence * 100);
	add_line(t, "", in_words(cause->title));
	add_evidence(t, cause->evidence);
	add_list(t, sh_tr("affects "), cause->affected_resources);
	add_touched(t, sh_tr("affected now: "), d.impact, "affected", "affected_count");
	add_touched(t, sh_tr("at risk next: "), d.impact, "at_risk", "at_risk_count");
	add_line(t, sh_tr("recommended: "), in_words(cause->recommendation));
	add_others(t, d.ranking, cause->root_cause);
	add_candidates(t, d.candidates);
	sh_diagnosis_release(&d);
}

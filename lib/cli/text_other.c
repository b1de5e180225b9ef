/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <string.h>

#include "base/clock.h"
#include "cli/text_parts.h"
#include "record/json.h"

/* Shown before the rest, or of no interest to a person. */
static const char *const identity[] = { "kind", "time", "host", "entity", "dims", "labels",
					"severity", "text", "message", "about", NULL };

static enum sh_text_color word_color(const char *severity)
{
	for (int i = 0; sh_severity_words[i]; i++) {
		if (!strcmp(sh_severity_words[i], severity))
			return sh_text_severity_color((enum sh_severity)i);
	}
	return SH_TEXT_PLAIN;
}

static void add_severity(struct sh_text *t, const json_t *object)
{
	const char *severity = sh_json_str(object, "severity", NULL);

	if (!severity)
		return;
	sh_buf_addch(t->out, ' ');
	sh_text_colored(t, word_color(severity), severity);
}

static void add_text(struct sh_text *t, const json_t *object)
{
	const char *text = sh_json_str(object, "text", sh_json_str(object, "message", NULL));

	if (!text)
		return;
	sh_buf_addstr(t->out, ": ");
	sh_text_add(t, text);
}

void sh_text_notice(struct sh_text *t, const struct sh_record *r, const json_t *object)
{
	const char *about = sh_json_str(object, "about", NULL);

	sh_text_time(t, r->time);
	sh_buf_addstr(t->out, "notice");
	add_severity(t, object);
	add_text(t, object);
	if (about) {
		sh_buf_addstr(t->out, " (about ");
		sh_text_add(t, about);
		sh_buf_addch(t->out, ')');
	}
	sh_buf_addch(t->out, '\n');
}

void sh_text_edge(struct sh_text *t, const struct sh_record *r, const json_t *object)
{
	sh_text_time(t, r->time);
	sh_buf_addstr(t->out, "edge ");
	sh_text_add(t, sh_json_str(object, "from", "?"));
	sh_buf_addch(t->out, ' ');
	sh_text_add(t, sh_json_str(object, "type", "relates to"));
	sh_buf_addch(t->out, ' ');
	sh_text_add(t, sh_json_str(object, "to", "?"));
	sh_buf_addch(t->out, '\n');
}

void sh_text_log(struct sh_text *t, const struct sh_record *r, const json_t *object)
{
	sh_text_time(t, r->time);
	sh_text_add(t, sh_kind_name(r->kind));
	sh_buf_addch(t->out, ' ');
	sh_text_span(t, r->entity);
	add_severity(t, object);
	add_text(t, object);
	sh_text_members(t, object, identity);
	sh_buf_addch(t->out, '\n');
}

void sh_text_other(struct sh_text *t, const struct sh_record *r, const json_t *object)
{
	sh_text_time(t, r->time);
	sh_text_add(t, sh_json_str(object, "kind", "record"));
	sh_buf_addch(t->out, ' ');
	sh_text_span(t, r->entity);
	add_severity(t, object);
	add_text(t, object);
	sh_text_members(t, object, identity);
	sh_buf_addch(t->out, '\n');
}

/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "cli/text_parts.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "cli/escape.h"
#include "record/json.h"

void sh_text_add(struct sh_text *t, const char *data)
{
	if (data)
		sh_escape_text(t->out, data, strlen(data));
}

void sh_text_span(struct sh_text *t, struct sh_span data)
{
	if (data.p)
		sh_escape_text(t->out, data.p, data.len);
}

void sh_text_colored(struct sh_text *t, enum sh_text_color color, const char *text)
{
	static const char *const code[] = {
		[SH_TEXT_PLAIN] = NULL, [SH_TEXT_DIM] = "2",     [SH_TEXT_GOOD] = "32",
		[SH_TEXT_LOW] = "36",   [SH_TEXT_MEDIUM] = "33", [SH_TEXT_BAD] = "31",
		[SH_TEXT_WORST] = "1;31",
	};
	bool on = t->color && code[color];

	if (on)
		sh_buf_addf(t->out, "\033[%sm", code[color]);
	sh_text_add(t, text);
	if (on)
		sh_buf_addstr(t->out, "\033[0m");
}

enum sh_text_color sh_text_severity_color(enum sh_severity severity)
{
	switch (severity) {
	case SH_SEVERITY_INFO:
		return SH_TEXT_PLAIN;
	case SH_SEVERITY_LOW:
		return SH_TEXT_LOW;
	case SH_SEVERITY_MEDIUM:
		return SH_TEXT_MEDIUM;
	case SH_SEVERITY_HIGH:
		return SH_TEXT_BAD;
	case SH_SEVERITY_CRITICAL:
		return SH_TEXT_WORST;
	}
	return SH_TEXT_PLAIN;
}

void sh_text_severity(struct sh_text *t, enum sh_severity severity)
{
	char word[16];

	snprintf(word, sizeof(word), "%s", sh_severity_words[severity]);
	for (char *p = word; *p; p++)
		*p = (char)toupper((unsigned char)*p);
	sh_text_colored(t, sh_text_severity_color(severity), word);
}

void sh_text_time(struct sh_text *t, int64_t time)
{
	time_t seconds = (time_t)(time / SH_SEC);
	struct tm tm;
	char text[16];

	if (localtime_r(&seconds, &tm) && strftime(text, sizeof(text), "%H:%M:%S", &tm)) {
		sh_text_colored(t, SH_TEXT_DIM, text);
		sh_buf_addch(t->out, ' ');
	}
}

void sh_text_duration(struct sh_text *t, int64_t d)
{
	char text[SH_DURATION_TEXT];

	if (d < SH_MIN) {
		sh_buf_addf(t->out, "%.*f s", d < 10 * SH_SEC ? 2 : 1, (double)d / 1e9);
		return;
	}
	sh_duration_format(text, d / SH_SEC * SH_SEC);
	sh_buf_addstr(t->out, text);
}

void sh_text_bytes(struct sh_text *t, double bytes)
{
	static const char *const unit[] = { "B", "KiB", "MiB", "GiB", "TiB", "PiB" };
	size_t i = 0;

	while (fabs(bytes) >= 1024 && i + 1 < sizeof(unit) / sizeof(unit[0])) {
		bytes /= 1024;
		i++;
	}
	sh_buf_addf(t->out, "%.*f %s", i && fabs(bytes) < 100 ? 1 : 0, bytes, unit[i]);
}

void sh_text_value(struct sh_text *t, const json_t *value)
{
	SH_CLEANUP_BUF struct sh_buf text = SH_BUF_INIT;

	if (json_is_string(value)) {
		sh_escape_text(t->out, json_string_value(value), json_string_length(value));
		return;
	}
	sh_json_dump(&text, value);
	sh_escape_text(t->out, sh_buf_str(&text), text.len);
}

void sh_text_list(struct sh_text *t, const json_t *array)
{
	if (!json_is_array(array)) {
		if (array)
			sh_text_value(t, array);
		return;
	}
	for (size_t i = 0; i < json_array_size(array); i++) {
		if (i)
			sh_buf_addstr(t->out, ", ");
		sh_text_value(t, json_array_get(array, i));
	}
}

static void add_pairs(struct sh_text *t, const json_t *object, const char *const *skip,
		      const char *first, const char *between)
{
	void *object_too = (void *)(uintptr_t)object; /* jansson iterates what it could change */
	bool any = false;

	for (void *it = json_object_iter(object_too); it; it = json_object_iter_next(object_too, it)) {
		const char *key = json_object_iter_key(it);
		size_t i = 0;

		while (skip && skip[i] && strcmp(skip[i], key) != 0)
			i++;
		if (skip && skip[i])
			continue;
		sh_buf_addstr(t->out, any ? between : first);
		any = true;
		sh_text_add(t, key);
		sh_buf_addch(t->out, '=');
		sh_text_value(t, json_object_iter_value(it));
	}
}

void sh_text_dims(struct sh_text *t, const json_t *dims)
{
	if (json_object_size(dims) == 0)
		return;
	add_pairs(t, dims, NULL, " {", ", ");
	sh_buf_addch(t->out, '}');
}

void sh_text_members(struct sh_text *t, const json_t *object, const char *const *skip)
{
	add_pairs(t, object, skip, " ", " ");
}

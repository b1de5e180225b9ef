/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "collect/log/rfc5424.h"

#include <string.h>

#include "base/clock.h"
#include "record/json.h"

/* The next of the words that single blanks separate; "-" is absent. */
static bool take_word(struct sh_span *rest, struct sh_span *word)
{
	const char *blank = rest->len ? memchr(rest->p, ' ', rest->len) : NULL;

	if (!blank || blank == rest->p)
		return false;
	*word = (struct sh_span){ rest->p, (size_t)(blank - rest->p) };
	rest->len -= word->len + 1;
	rest->p = blank + 1;
	if (sh_span_is(*word, "-"))
		*word = SH_SPAN_NONE;
	return true;
}

static void begin_field(struct sh_buf *fields, struct sh_span name)
{
	sh_buf_addch(fields, fields->len ? ',' : '{');
	sh_json_add_string(fields, name.p, name.len);
	sh_buf_addch(fields, ':');
}

static void add_word(struct sh_buf *fields, const char *name, struct sh_span value)
{
	if (!value.p)
		return;
	begin_field(fields, sh_span_of(name));
	sh_json_add_string(fields, value.p, value.len);
}

/* Up to one of these characters, at least one before it. */
static bool take_name(const char **p, const char *end, const char *stops, struct sh_span *name)
{
	const char *from = *p;

	while (*p < end && **p && !strchr(stops, **p))
		++*p;
	*name = (struct sh_span){ from, (size_t)(*p - from) };
	return *p > from && *p < end && **p;
}

/* The value after its opening quote, unescaped, as JSON. */
static bool take_value(const char **p, const char *end, struct sh_buf *out)
{
	struct sh_buf text = SH_BUF_INIT;
	bool closed = false;

	while (*p < end && !closed) {
		char c = *(*p)++;

		closed = c == '"';
		if (c == '\\' && *p < end && (**p == '"' || **p == '\\' || **p == ']'))
			c = *(*p)++;
		if (!closed)
			sh_buf_addch(&text, c);
	}
	sh_json_add_string(out, sh_buf_str(&text), text.len);
	sh_buf_release(&text);
	return closed;
}

/* One "[ID NAME="VALUE" ...]", of which the bracket was read. */
static bool take_element(const char **p, const char *end, struct sh_buf *fields)
{
	struct sh_span name;
	bool first = true;

	if (!take_name(p, end, " ]=\"", &name) || !strchr(" ]", **p))
		return false;
	begin_field(fields, name);
	sh_buf_addch(fields, '{');
	while (*p < end && **p == ' ') {
		++*p;
		if (!take_name(p, end, " ]=\"", &name) || end - *p < 2 || memcmp(*p, "=\"", 2))
			return false;
		*p += 2;
		if (!first)
			sh_buf_addch(fields, ',');
		first = false;
		sh_json_add_string(fields, name.p, name.len);
		sh_buf_addch(fields, ':');
		if (!take_value(p, end, fields))
			return false;
	}
	sh_buf_addch(fields, '}');
	return *p < end && *(*p)++ == ']';
}

/* Structured data or "-", and the blank behind it. */
static bool take_data(struct sh_span *rest, struct sh_buf *fields)
{
	const char *p = rest->p, *end = p + rest->len;

	if (p < end && *p == '-')
		p++;
	else
		while (p < end && *p == '[') {
			p++;
			if (!take_element(&p, end, fields))
				return false;
		}
	if (p == rest->p || (p < end && *p != ' '))
		return false;
	p += p < end;
	*rest = (struct sh_span){ p, (size_t)(end - p) };
	return true;
}

static struct sh_span without_mark(struct sh_span text)
{
	if (text.len >= 3 && !memcmp(text.p, "\xEF\xBB\xBF", 3))
		return (struct sh_span){ text.p + 3, text.len - 3 };
	return text;
}

bool sh_rfc5424(struct sh_span text, struct sh_log_entry *e, struct sh_buf *fields)
{
	struct sh_span version, time, host, program, process, id;
	size_t kept;

	if (!take_word(&text, &version) || !sh_span_is(version, "1") || !take_word(&text, &time) ||
	    !take_word(&text, &host) || !take_word(&text, &program) ||
	    !take_word(&text, &process) || !take_word(&text, &id))
		return false;
	if (time.p && sh_time_parse(time.p, time.len, &e->time) < 0)
		return false;
	e->host = host;
	e->program = program;
	e->pid = process.p ? sh_log_pid(process) : -1;
	if (e->pid < 0)
		add_word(fields, "procid", process);
	add_word(fields, "msgid", id);
	kept = fields->len;
	if (!take_data(&text, fields) && fields->len > kept) {
		fields->len = kept;
		fields->data[kept] = '\0';
	}
	if (fields->len) {
		sh_buf_addch(fields, '}');
		e->fields = (struct sh_span){ fields->data, fields->len };
	}
	e->text = without_mark(text);
	return true;
}

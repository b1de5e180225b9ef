/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "record/log.h"

#include <string.h>

#include "base/clock.h"
#include "record/fault.h"
#include "record/json.h"
#include "record/stream.h"

static void add_key(struct sh_buf *out, const char *name)
{
	sh_buf_addf(out, ",\"%s\":", name);
}

static void add_span(struct sh_buf *out, const char *name, struct sh_span s)
{
	if (!s.p)
		return;
	add_key(out, name);
	sh_json_add_string(out, s.p, s.len);
}

static void add_pairs(struct sh_buf *out, const char *name, const char *const *pair)
{
	if (!pair || !pair[0])
		return;
	add_key(out, name);
	for (size_t i = 0; pair[i]; i += 2) {
		sh_buf_addch(out, i ? ',' : '{');
		sh_json_add_string(out, pair[i], strlen(pair[i]));
		sh_buf_addch(out, ':');
		sh_json_add_string(out, pair[i + 1], strlen(pair[i + 1]));
	}
	sh_buf_addch(out, '}');
}

static void add_source(struct sh_buf *out, const struct sh_log *log)
{
	if (!log->collector)
		return;
	add_key(out, "source");
	sh_buf_addstr(out, "{\"collector\":");
	sh_json_add_string(out, log->collector, strlen(log->collector));
	if (log->target)
		add_span(out, "target", sh_span_of(log->target));
	sh_buf_addch(out, '}');
}

static void write_with(struct sh_buf *out, const struct sh_log *log, struct sh_span text,
		       struct sh_span fields)
{
	char time[SH_TIME_TEXT];

	sh_time_format(time, log->time);
	sh_buf_addf(out, "{\"kind\":\"log\",\"time\":\"%s\"", time);
	add_span(out, "host", sh_span_of(log->host));
	add_span(out, "entity", sh_span_of(log->entity));
	add_pairs(out, "dims", log->dims);
	add_pairs(out, "labels", log->labels);
	add_source(out, log);
	if (log->severity >= 0)
		sh_buf_addf(out, ",\"severity\":\"%s\"", sh_severity_words[log->severity]);
	add_span(out, "program", log->program);
	if (log->pid >= 0)
		sh_buf_addf(out, ",\"pid\":%lld", (long long)log->pid);
	add_span(out, "text", text);
	if (fields.p) {
		add_key(out, "fields");
		sh_buf_add(out, fields.p, fields.len);
	}
	if (log->truncated || text.len < log->text.len || fields.p != log->fields.p)
		sh_buf_addstr(out, ",\"truncated\":true");
	sh_buf_addstr(out, "}\n");
}

static bool is_continuation(char c)
{
	return ((unsigned char)c & 0xC0) == 0x80;
}

/* Shorter by as much as this was too long, and not within a character. */
static size_t shorten(struct sh_span text, size_t keep, size_t record)
{
	size_t excess = record - SH_MAX_RECORD + sizeof(",\"truncated\":true");
	size_t len = keep > 2 * excess ? keep - excess : keep / 2;

	while (len && len < text.len && is_continuation(text.p[len]))
		len--;
	return len;
}

void sh_log_write(struct sh_buf *out, const struct sh_log *log)
{
	struct sh_span text = log->text, fields = log->fields;
	size_t begin = out->len;

	if (!text.p)
		text = sh_span_of("");
	for (;;) {
		write_with(out, log, text, fields);
		/* The limit is without the newline. */
		if (out->len - begin <= SH_MAX_RECORD + 1 || (!fields.p && !text.len))
			return;
		if (fields.p)
			fields = SH_SPAN_NONE;
		else
			text.len = shorten(log->text, text.len, out->len - begin);
		out->len = begin;
	}
}

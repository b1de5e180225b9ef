/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "collect/log/jsonline.h"

#include "base/clock.h"
#include "base/num.h"
#include "collect/log/level.h"
#include "record/json.h"
#include "record/scan.h"

static const char *const texts[] = { "msg", "message", "text", NULL };
static const char *const times[] = { "time", "ts", "timestamp", "@timestamp", "t", "date", NULL };
static const char *const severities[] = { "level", "severity", "lvl", "levelname", "log.level",
					  NULL };
static const char *const programs[] = { "program", "app", "service", "logger", NULL };
static const char *const pids[] = { "pid", "process_id", NULL };

/* A text or number by the first of these names; NULL none. */
static const struct sh_slice *find(const struct sh_index *ix, const char *const *names)
{
	for (; *names; names++) {
		const struct sh_member *m = sh_index_find(ix, *names);

		if (m && (m->value.type == SH_JSON_STRING || m->value.type == SH_JSON_NUMBER))
			return &m->value;
	}
	return NULL;
}

static struct sh_span text_of(const struct sh_slice *v, struct sh_buf *text)
{
	size_t from = text->len;

	if (!v)
		return SH_SPAN_NONE;
	if (v->type == SH_JSON_NUMBER)
		return v->text;
	sh_json_unescape(*v, text);
	sh_buf_addch(text, '\0');
	return (struct sh_span){ text->data + from, text->len - from - 1 };
}

/* Seconds, or milliseconds, microseconds or nanoseconds where it would be far in the future. */
static int64_t instant(double v)
{
	double scale = v < 1e11 ? 1e9 : v < 1e14 ? 1e6 : v < 1e17 ? 1e3 : 1;

	v *= scale;
	return v >= 1e15 && v < 9e18 ? (int64_t)v / 1000 * 1000 : 0;
}

static int64_t read_time(struct sh_span s, struct sh_stamp_clock *clock)
{
	char number[40];
	int64_t time = 0;
	double d;

	if (!s.len)
		return 0;
	if (sh_time_parse(s.p, s.len, &time) == 0 || sh_stamp_parse(clock, s, &time) == s.len)
		return time;
	if (s.len >= sizeof(number))
		return 0;
	memcpy(number, s.p, s.len);
	number[s.len] = '\0';
	return sh_parse_double(number, &d) == 0 ? instant(d) : 0;
}

bool sh_jsonline(struct sh_span line, struct sh_stamp_clock *clock, struct sh_buf *text,
		 struct sh_log_entry *e)
{
	struct sh_index ix = SH_INDEX_INIT;
	const struct sh_slice *message = NULL;

	if (sh_scan_object(&ix, line.p, line.len) == 0)
		message = find(&ix, texts);
	if (message) {
		sh_buf_reserve(text, line.len + 8); /* so that nothing moves */
		e->text = text_of(message, text);
		e->time = read_time(text_of(find(&ix, times), text), clock);
		e->severity = sh_level_word(text_of(find(&ix, severities), text));
		e->program = text_of(find(&ix, programs), text);
		e->pid = sh_log_pid(text_of(find(&ix, pids), text));
		e->fields = line;
	}
	sh_index_release(&ix);
	return message != NULL;
}

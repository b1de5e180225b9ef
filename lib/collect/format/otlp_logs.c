/* SPDX-License-Identifier: MIT */
/* LogRecords as log records: the body is the text, attributes and the ids of the trace are fields. */
#include "config.h"

#include <string.h>

#include "collect/format/otlp.h"
#include "collect/log/entry.h"
#include "collect/log/level.h"
#include "record/fault.h"
#include "record/json.h"

/* The numbers come in fours: trace, debug, info, warn, error, fatal. */
static int severity(const json_t *record)
{
	static const int by_four[] = { SH_SEVERITY_INFO,   SH_SEVERITY_INFO, SH_SEVERITY_INFO,
				       SH_SEVERITY_MEDIUM, SH_SEVERITY_HIGH, SH_SEVERITY_CRITICAL };
	int64_t n = sh_json_int(record, "severityNumber", 0);

	if (n >= 1 && n <= 24)
		return by_four[(n - 1) / 4];
	return sh_level_word(sh_span_of(sh_json_str(record, "severityText", "")));
}

static void put_text(json_t *fields, const json_t *record, const char *from, const char *to)
{
	const char *text = sh_json_str(record, from, "");

	if (*text)
		json_object_set_new(fields, to, json_string(text));
}

static struct sh_span dump(struct sh_buf *out, const json_t *value)
{
	sh_json_dump(out, value);
	return (struct sh_span){ sh_buf_str(out), out->len };
}

/* Without a body the text is what else there is to say. */
static void read_record(struct sh_import *in, const json_t *resource, const json_t *record)
{
	SH_CLEANUP_BUF struct sh_buf text = SH_BUF_INIT, more = SH_BUF_INIT;
	json_t *fields = sh_otlp_attributes(json_object_get(record, "attributes"));
	json_t *body = sh_otlp_value(json_object_get(record, "body"));
	struct sh_log_entry e = SH_LOG_ENTRY_INIT;

	put_text(fields, record, "traceId", "trace_id");
	put_text(fields, record, "spanId", "span_id");
	put_text(fields, record, "eventName", "event_name");
	e.time = sh_otlp_time(record, "timeUnixNano");
	if (!e.time)
		e.time = sh_otlp_time(record, "observedTimeUnixNano");
	e.severity = severity(record);
	e.host = sh_span_of(sh_json_str(resource, "host.name", NULL));
	e.program = sh_span_of(sh_json_str(resource, "service.name", NULL));
	e.text = json_is_string(body) ? (struct sh_span){ json_string_value(body),
							  json_string_length(body) } :
					dump(&text, body);
	if (json_object_size(fields))
		e.fields = dump(&more, fields);
	sh_log_put(in, &e);
	json_decref(fields);
	json_decref(body);
}

void sh_otlp_logs(struct sh_import *in, const json_t *resource)
{
	json_t *attributes = sh_otlp_attributes(
		json_object_get(json_object_get(resource, "resource"), "attributes"));
	const json_t *scope, *record;
	size_t i, k;

	json_array_foreach(json_object_get(resource, "scopeLogs"), i, scope)
		json_array_foreach(json_object_get(scope, "logRecords"), k, record)
			read_record(in, attributes, record);
	sh_log_end(in);
	json_decref(attributes);
}

/* SPDX-License-Identifier: MIT */
/*
 * OpenTelemetry's protocol as JSON: the body of a request, or what the file exporter
 * writes, one such a line. Spans are summed up as calls, over all of the text.
 */
#include "config.h"

#include "collect/format/otlp.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "base/num.h"
#include "collect/format/calls.h"
#include "collect/format/each.h"
#include "collect/format/formats.h"
#include "record/json.h"

static json_t *list_of(const json_t *any)
{
	json_t *list = json_array(), *item;
	size_t i;

	json_array_foreach(json_object_get(any, "values"), i, item)
		json_array_append_new(list, sh_otlp_value(item));
	return list;
}

/* Integers come as text, because JSON of others cannot hold 64 bits. */
static json_t *integer(json_t *value)
{
	int64_t v;

	if (json_is_string(value) && sh_parse_i64(json_string_value(value), &v) == 0)
		return json_integer(v);
	return json_incref(value);
}

json_t *sh_otlp_value(const json_t *any)
{
	static const char *const plain[] = { "stringValue", "boolValue", "doubleValue", "bytesValue",
					     NULL };
	json_t *value;

	for (const char *const *key = plain; *key; key++)
		if ((value = json_object_get(any, *key)))
			return json_incref(value);
	if ((value = json_object_get(any, "intValue")))
		return integer(value);
	if ((value = json_object_get(any, "arrayValue")))
		return list_of(value);
	if ((value = json_object_get(any, "kvlistValue")))
		return sh_otlp_attributes(json_object_get(value, "values"));
	return json_null();
}

json_t *sh_otlp_attributes(const json_t *list)
{
	json_t *out = json_object(), *item;
	size_t i;

	json_array_foreach(list, i, item) {
		const char *key = sh_json_str(item, "key", NULL);

		if (key)
			json_object_set_new(out, key, sh_otlp_value(json_object_get(item, "value")));
	}
	return out;
}

int64_t sh_otlp_time(const json_t *object, const char *key)
{
	const json_t *value = json_object_get(object, key);
	int64_t time = 0;

	if (json_is_integer(value))
		time = json_integer_value(value);
	else if (json_is_string(value) && sh_parse_i64(json_string_value(value), &time) < 0)
		time = 0;
	return time > 0 ? time : 0;
}

double sh_otlp_number(const json_t *value)
{
	double v;

	if (json_is_number(value))
		return json_number_value(value);
	if (json_is_string(value) && sh_parse_double(json_string_value(value), &v) == 0)
		return v;
	return (double)NAN;
}

static int read_message(struct sh_import *in, json_t *message, struct sh_error *err)
{
	json_t *metrics = json_object_get(message, "resourceMetrics");
	json_t *logs = json_object_get(message, "resourceLogs"), *item;
	json_t *spans = json_object_get(message, "resourceSpans");
	size_t i;

	if (!json_is_array(metrics) && !json_is_array(logs) && !json_is_array(spans))
		return sh_error_set(err, SH_ERRC_INPUT,
				    "has neither resourceMetrics nor resourceLogs nor resourceSpans");
	json_array_foreach(metrics, i, item)
		sh_otlp_metrics(in, item);
	json_array_foreach(logs, i, item)
		sh_otlp_logs(in, item);
	json_array_foreach(spans, i, item)
		sh_otlp_spans(in, item);
	return 0;
}

int sh_format_otlp(struct sh_import *in, struct sh_span text, struct sh_error *err)
{
	(void)err;
	in->calls = sh_calls_new();
	sh_import_each(in, text, read_message);
	sh_calls_tell(in->calls, in);
	sh_calls_free(in->calls);
	in->calls = NULL;
	return 0;
}

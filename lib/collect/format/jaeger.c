/* SPDX-License-Identifier: MIT */
/* Traces as Jaeger's query service and its user interface give them out as JSON. */
#include "config.h"

#include <string.h>

#include "collect/format/calls.h"
#include "collect/format/each.h"
#include "collect/format/formats.h"
#include "record/json.h"

#define MOST_US (INT64_MAX / 1000)

static const json_t *tag(const json_t *span, const char *key)
{
	const json_t *t;
	size_t i;

	json_array_foreach(json_object_get(span, "tags"), i, t)
		if (!strcmp(sh_json_str(t, "key", ""), key))
			return json_object_get(t, "value");
	return NULL;
}

static const char *tag_text(const json_t *span, const char *key)
{
	const char *text = json_string_value(tag(span, key));

	return text ? text : "";
}

static enum sh_step_role role_of(const json_t *span)
{
	const char *kind = tag_text(span, "span.kind");

	if (!strcmp(kind, "server") || !strcmp(kind, "consumer"))
		return SH_STEP_SERVES;
	return !strcmp(kind, "client") || !strcmp(kind, "producer") ? SH_STEP_CALLS : SH_STEP_INNER;
}

static bool has_failed(const json_t *span)
{
	const json_t *error = tag(span, "error");

	return json_is_true(error) || !strcmp(tag_text(span, "error"), "true") ||
	       !strcmp(tag_text(span, "otel.status_code"), "ERROR");
}

/* A parent is what it is a child of; older traces say so by a member of their own. */
static const char *parent_of(const json_t *span)
{
	const json_t *r;
	size_t i;

	json_array_foreach(json_object_get(span, "references"), i, r)
		if (!strcmp(sh_json_str(r, "refType", ""), "CHILD_OF"))
			return sh_json_str(r, "spanID", "");
	return sh_json_str(span, "parentSpanID", "");
}

static void read_span(struct sh_import *in, const json_t *processes, const json_t *span)
{
	const json_t *process = json_object_get(processes, sh_json_str(span, "processID", ""));
	int64_t start = sh_json_int(span, "startTime", 0), took = sh_json_int(span, "duration", -1);
	const char *peer = tag_text(span, "peer.service");
	struct sh_error err = SH_ERROR_INIT;
	struct sh_step step = {
		.trace = sh_json_str(span, "traceID", ""),
		.id = sh_json_str(span, "spanID", ""),
		.parent = parent_of(span),
		.service = sh_json_str(process, "serviceName", ""),
		.host = *tag_text(process, "host.name") ? tag_text(process, "host.name") :
							  tag_text(process, "hostname"),
		.peer = *peer ? peer : tag_text(span, "db.system"),
		.role = role_of(span),
		.failed = has_failed(span),
	};

	if (start > 0 && took >= 0 && start <= MOST_US - took) {
		step.start = start * 1000;
		step.end = (start + took) * 1000;
	}
	if (sh_calls_add(in->calls, &step, &err) < 0)
		sh_import_bad(in, in->line, &err);
}

static void read_trace(struct sh_import *in, const json_t *trace)
{
	const json_t *span;
	size_t i;

	json_array_foreach(json_object_get(trace, "spans"), i, span)
		read_span(in, json_object_get(trace, "processes"), span);
}

static int read_answer(struct sh_import *in, json_t *answer, struct sh_error *err)
{
	const json_t *data = json_object_get(answer, "data"), *trace;
	size_t i;

	if (json_is_array(json_object_get(answer, "spans"))) {
		read_trace(in, answer);
		return 0;
	}
	if (!json_is_array(data))
		return sh_error_set(err, SH_ERRC_INPUT, "has neither data nor spans");
	json_array_foreach(data, i, trace)
		read_trace(in, trace);
	return 0;
}

int sh_format_jaeger(struct sh_import *in, struct sh_span text, struct sh_error *err)
{
	(void)err;
	in->calls = sh_calls_new();
	sh_import_each(in, text, read_answer);
	sh_calls_tell(in->calls, in);
	sh_calls_free(in->calls);
	in->calls = NULL;
	return 0;
}

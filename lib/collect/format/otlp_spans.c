/* SPDX-License-Identifier: MIT */
/* Spans as steps of calls. */
#include "config.h"

#include <string.h>

#include "collect/format/calls.h"
#include "collect/format/otlp.h"
#include "record/json.h"

#define SERVER 2
#define CLIENT 3
#define PRODUCER 4
#define CONSUMER 5
#define FAILED 2 /* STATUS_CODE_ERROR */

/* Enumerations are numbers, and words where proto3's own JSON was used. */
static int number_of(const json_t *object, const char *key, const char *const *words)
{
	const char *word = sh_json_str(object, key, "");

	for (int i = 0; words[i]; i++)
		if (!strcmp(word, words[i]))
			return i;
	return (int)sh_json_int(object, key, 0);
}

static enum sh_step_role role_of(const json_t *span)
{
	static const char *const words[] = { "SPAN_KIND_UNSPECIFIED", "SPAN_KIND_INTERNAL",
					     "SPAN_KIND_SERVER",      "SPAN_KIND_CLIENT",
					     "SPAN_KIND_PRODUCER",    "SPAN_KIND_CONSUMER",
					     NULL };
	int kind = number_of(span, "kind", words);

	if (kind == SERVER || kind == CONSUMER)
		return SH_STEP_SERVES;
	return kind == CLIENT || kind == PRODUCER ? SH_STEP_CALLS : SH_STEP_INNER;
}

/* The attributes by which a caller names whom it calls, the best first. */
static const char *peer_of(const json_t *attributes)
{
	static const char *const names[] = { "peer.service", "db.system.name", "db.system",
					     "messaging.system", NULL };

	for (const char *const *name = names; *name; name++)
		if (*sh_json_str(attributes, *name, ""))
			return sh_json_str(attributes, *name, "");
	return "";
}

static void read_span(struct sh_import *in, const json_t *resource, const json_t *span)
{
	static const char *const words[] = { "STATUS_CODE_UNSET", "STATUS_CODE_OK",
					     "STATUS_CODE_ERROR", NULL };
	json_t *attributes = sh_otlp_attributes(json_object_get(span, "attributes"));
	struct sh_error err = SH_ERROR_INIT;
	struct sh_step step = {
		.trace = sh_json_str(span, "traceId", ""),
		.id = sh_json_str(span, "spanId", ""),
		.parent = sh_json_str(span, "parentSpanId", ""),
		.service = sh_json_str(resource, "service.name", ""),
		.host = sh_json_str(resource, "host.name", ""),
		.peer = peer_of(attributes),
		.role = role_of(span),
		.failed = number_of(json_object_get(span, "status"), "code", words) == FAILED,
		.start = sh_otlp_time(span, "startTimeUnixNano"),
		.end = sh_otlp_time(span, "endTimeUnixNano"),
	};

	if (sh_calls_add(in->calls, &step, &err) < 0)
		sh_import_bad(in, in->line, &err);
	json_decref(attributes);
}

void sh_otlp_spans(struct sh_import *in, const json_t *resource)
{
	json_t *attributes = sh_otlp_attributes(
		json_object_get(json_object_get(resource, "resource"), "attributes"));
	const json_t *scope, *span;
	size_t i, k;

	json_array_foreach(json_object_get(resource, "scopeSpans"), i, scope)
		json_array_foreach(json_object_get(scope, "spans"), k, span)
			read_span(in, attributes, span);
	json_decref(attributes);
}

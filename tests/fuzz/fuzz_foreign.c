/* SPDX-License-Identifier: MIT */
/*
 * fuzz_foreign - sysstat, OpenTelemetry and CloudEvents: all that comes out are records
 *
 * The first byte chooses the format. Each record is one valid line, a sample, an
 * event or a log with a time, about this host or about one that has a name; in an
 * object each name comes once.
 */
#include "config.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collect/format/format.h"
#include "record/json.h"
#include "record/record.h"
#include "record/stream.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define MUST(cond)                                                           \
	do {                                                                 \
		if (!(cond)) {                                               \
			fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #cond); \
			abort();                                             \
		}                                                            \
	} while (0)

static const char *const names[] = { "sadf", "otlp", "cloudevents", "jaeger" };
#define NAMES (sizeof(names) / sizeof(names[0]))

static void check_host(const char *host)
{
	MUST(host && *host);
	for (; *host; host++)
		MUST((unsigned char)*host > ' ' && *host != '@' && *host != '%');
}

static void check_records(const struct sh_buf *out)
{
	struct sh_record r = SH_RECORD_INIT;
	const char *p = sh_buf_str(out), *end = p + out->len;

	while (p < end) {
		const char *newline = memchr(p, '\n', (size_t)(end - p));
		struct sh_error err = SH_ERROR_INIT;
		json_error_t why;
		json_t *record;

		MUST(newline);
		MUST(sh_record_view(&r, p, (size_t)(newline - p), "h", 1, &err) == 0);
		MUST(r.kind == SH_KIND_SAMPLE || r.kind == SH_KIND_EVENT || r.kind == SH_KIND_LOG ||
		     r.kind == SH_KIND_EDGE);
		MUST(r.has_time);
		record = json_loadb(p, (size_t)(newline - p), JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, &why);
		/* jansson takes no name with U+0000, and no number beyond its own. */
		MUST(record || strstr(p, "\\u0000") || json_error_code(&why) == json_error_numeric_overflow);
		if (record)
			check_host(sh_json_str(record, "host", NULL));
		json_decref(record);
		p = newline + 1;
	}
	sh_record_release(&r);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sh_collect c;
	struct sh_error err = SH_ERROR_INIT;
	struct sh_import in = { .c = &c, .file = "-", .time = 1 };

	if (size < 1)
		return 0;
	MUST(sh_collect_init(&c, NULL, "h", &err) == 0);
	in.format = sh_format_find(names[data[0] % NAMES]);
	MUST(in.format);
	sh_import_text(&in, (struct sh_span){ (const char *)data + 1, size - 1 }, NULL);
	check_records(&c.out);
	MUST(!in.state);
	sh_collect_release(&c);
	return 0;
}

/* SPDX-License-Identifier: MIT */
/*
 * fuzz_log - lines of logs, in every format: all that comes out are records
 *
 * The first byte chooses the format. Each record is one valid line, no longer
 * than a record may be, and for formats of lines none of the text is lost
 * unless the record says so.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "collect/format/format.h"
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

static void check_records(const struct sh_buf *out)
{
	struct sh_record r = SH_RECORD_INIT;
	const char *p = sh_buf_str(out), *end = p + out->len;

	while (p < end) {
		const char *newline = memchr(p, '\n', (size_t)(end - p));
		struct sh_error err = SH_ERROR_INIT;

		MUST(newline);
		MUST((size_t)(newline - p) <= SH_MAX_RECORD);
		MUST(sh_record_view(&r, p, (size_t)(newline - p), "h", 1, &err) == 0);
		MUST(r.kind == SH_KIND_LOG && r.has_time);
		MUST(sh_record_member(&r, "text").type == SH_JSON_STRING);
		p = newline + 1;
	}
	sh_record_release(&r);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const names[] = { "log", "syslog", "journal", "journal-export", "kmsg" };
	struct sh_collect c;
	struct sh_error err = SH_ERROR_INIT;
	struct sh_import in = { .c = &c, .file = "-" };

	if (size < 1)
		return 0;
	MUST(sh_collect_init(&c, NULL, "h", &err) == 0);
	in.format = sh_format_find(names[data[0] % 5]);
	MUST(in.format);
	sh_import_text(&in, (struct sh_span){ (const char *)data + 1, size - 1 }, NULL);
	check_records(&c.out);
	MUST(!in.state);
	sh_collect_release(&c);
	return 0;
}

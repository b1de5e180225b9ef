/* SPDX-License-Identifier: MIT */
/*
 * fuzz_programs - what programs of the site print: Nagios plugins, and plugins of ours
 *
 * The first byte chooses. All that comes out are records of this host, of the
 * kinds that a plugin may write, each one valid line.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collect/check/plugin.h"
#include "collect/format/format.h"
#include "collect/text.h"
#include "record/record.h"

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
	struct sh_span rest = sh_text_of(out), line;

	while (sh_text_line(&rest, &line)) {
		struct sh_error err = SH_ERROR_INIT;

		MUST(sh_record_view(&r, line.p, line.len, "other", 1, &err) == 0);
		MUST(r.has_time && !r.bare && sh_span_is(r.host, "h"));
		MUST(r.kind <= SH_KIND_EDGE);
		MUST(sh_record_member(&r, "source").type == SH_JSON_OBJECT);
	}
	sh_record_release(&r);
}

static void nagios(struct sh_collect *c, struct sh_span text)
{
	struct sh_import in = { .c = c, .file = "-", .entity = "check:x", .target = "x" };

	in.format = sh_format_find("nagios");
	sh_import_text(&in, text, NULL);
}

static void plugin(struct sh_collect *c, struct sh_span text)
{
	const struct sh_plugin_origin from = { .entity = "check:x@h", .target = "x" };
	struct sh_span line;

	while (sh_text_line(&text, &line)) {
		struct sh_error err = SH_ERROR_INIT;
		size_t before = c->out.len;

		if (sh_plugin_record(c, &from, line, &err) < 0)
			MUST(c->out.len == before && *err.text);
		else
			MUST(c->out.len > before);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sh_collect c;
	struct sh_error err = SH_ERROR_INIT;
	struct sh_span text = { (const char *)data + 1, size ? size - 1 : 0 };

	if (!size)
		return 0;
	MUST(sh_collect_init(&c, NULL, "h", &err) == 0);
	c.current = sh_collector_find("check");
	if (data[0] % 2)
		nagios(&c, text);
	else
		plugin(&c, text);
	check_records(&c.out);
	sh_collect_release(&c);
	return 0;
}

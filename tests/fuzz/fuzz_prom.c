/* SPDX-License-Identifier: MIT */
/*
 * fuzz_prom - exposition text in both formats
 *
 * The first byte chooses the format. A line that is read has names and labels
 * within what was given, labels sorted; and the same text again gives the same.
 */
#include "config.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collect/format/exposition.h"
#include "collect/format/families.h"
#include "collect/text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define MUST(cond)                                                           \
	do {                                                                 \
		if (!(cond)) {                                               \
			fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #cond); \
			abort();                                             \
		}                                                            \
	} while (0)

static bool within(struct sh_span s, const char *p, size_t len)
{
	return s.p >= p && s.p + s.len <= p + len;
}

static void check_spans(const struct sh_expo_line *l, struct sh_span line)
{
	for (size_t i = 0; i < l->labels; i++) {
		MUST(within(l->label[i].name, line.p, line.len) ||
		     within(l->label[i].name, l->text.data, l->text.len));
		MUST(within(l->label[i].value, l->text.data, l->text.len));
	}
	MUST(l->name.len > 0);
}

/* What the key says of the labels is what they are. */
static void check_key(const struct sh_expo_line *l)
{
	struct sh_buf key = SH_BUF_INIT;
	struct sh_span rest, text;
	size_t i = 0;

	sh_expo_put_labels(&key, l, SH_SPAN_NONE);
	rest = sh_text_of(&key);
	while (sh_expo_next_text(&rest, &text)) {
		MUST(sh_span_equal(text, l->label[i].name));
		MUST(sh_expo_next_text(&rest, &text));
		MUST(sh_span_equal(text, l->label[i++].value));
	}
	MUST(i == l->labels);
	sh_buf_release(&key);
}

static uint64_t run(struct sh_span text, bool openmetrics)
{
	struct sh_expo_line l = { .openmetrics = openmetrics };
	struct sh_families f;
	struct sh_span line;
	uint64_t sum = 0;
	bool keep;

	sh_families_init(&f);
	while (sh_text_line(&text, &line)) {
		if (!sh_expo_read(&l, line)) {
			MUST(l.why);
			continue;
		}
		if (l.kind == SH_EXPO_SAMPLE) {
			check_spans(&l, line);
			check_key(&l);
		}
		if (openmetrics && !sh_families_take(&f, &l, &keep))
			MUST(f.why);
		f.why = NULL;
		sum = sum * 31 + (uint64_t)l.kind + l.labels;
	}
	sh_families_end(&f);
	sh_families_release(&f);
	sh_expo_release(&l);
	return sum;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sh_span text = { (const char *)data + 1, size - 1 };

	if (!size)
		return 0;
	MUST(run(text, data[0] & 1) == run(text, data[0] & 1));
	return 0;
}

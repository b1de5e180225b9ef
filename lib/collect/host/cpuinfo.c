/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <math.h>
#include <string.h>

#include "base/error.h"
#include "collect/host/cores.h"
#include "collect/host/kv.h"
#include "collect/text.h"

/* What is told of a processor, and where it stands in /proc/cpuinfo of x86. */
enum {
	CPU, SOCKET, CORE, VENDOR, FAMILY, MODEL, MODEL_NAME, MICROCODE, STEPPING, CACHE, LABELS,
	MHZ = LABELS, FLAGS, BUGS, FIELDS
};

static const struct { const char *key, *label; } field[FIELDS] = {
	[CPU] = { "processor", NULL },
	[SOCKET] = { "physical id", "package" },
	[CORE] = { "core id", "core" },
	[VENDOR] = { "vendor_id", "vendor" },
	[FAMILY] = { "cpu family", "family" },
	[MODEL] = { "model", "model" },
	[MODEL_NAME] = { "model name", "model_name" },
	[MICROCODE] = { "microcode", "microcode" },
	[STEPPING] = { "stepping", "stepping" },
	[CACHE] = { "cache size", "cachesize" },
	[MHZ] = { "cpu MHz", NULL },
	[FLAGS] = { "flags", NULL },
	[BUGS] = { "bugs", NULL },
};

#define MAX_TEXT 128

static void write_processor(struct sh_collect *c, const struct sh_span *value)
{
	char text[LABELS][MAX_TEXT];
	const char *labels[2 * LABELS + 1];
	const char *dims[] = { "package", text[SOCKET], "core", text[CORE], NULL };
	double mhz = (double)NAN;
	size_t n = 0;

	for (int i = 0; i < LABELS; i++) {
		if (!sh_kv_copy(value[i], text[i], sizeof(text[i])))
			text[i][0] = '\0';
		if (field[i].label && *text[i]) {
			labels[n++] = field[i].label;
			labels[n++] = text[i];
		}
	}
	labels[n] = NULL;
	sh_kv_double(value[MHZ], &mhz);
	sh_collect_number(c, "cpu", text[CPU], NULL, labels, "cpu", "info", 1);
	sh_collect_number(c, "cpu", text[CPU], *text[SOCKET] && *text[CORE] ? dims : NULL, NULL, "cpu",
			  "frequency_hertz", mhz * 1e6);
}

/* Each word of a list is a fact; the first processor speaks for all. */
static void write_words(struct sh_collect *c, struct sh_span rest, const char *dim, const char *member)
{
	struct sh_span word;
	char text[64];

	while (sh_text_field(&rest, &word) && sh_kv_copy(word, text, sizeof(text))) {
		const char *dims[] = { dim, text, NULL };

		sh_collect_number(c, "host", c->host, dims, NULL, "cpu", member, 1);
	}
}

/* Returns whether it was a processor. */
static bool write_all(struct sh_collect *c, const struct sh_span *value, bool first)
{
	uint64_t number;

	if (!sh_text_u64(value[CPU], &number))
		return false;
	write_processor(c, value);
	if (first) {
		write_words(c, value[FLAGS], "flag", "flag_info");
		write_words(c, value[BUGS], "bug", "bug_info");
	}
	return true;
}

void sh_cpuinfo_write(struct sh_collect *c)
{
	struct sh_span value[FIELDS] = { 0 }, rest, key, text;
	struct sh_error missing = SH_ERROR_INIT;
	bool first = true;

	if (sh_collect_read(c, "proc/cpuinfo", &missing) < 0)
		return;
	rest = sh_text_of(&c->text);
	while (sh_kv_split(&rest, ':', &key, &text)) {
		if (sh_span_is(key, field[CPU].key)) {
			first = !write_all(c, value, first) && first;
			memset(value, 0, sizeof(value));
		}
		for (int i = 0; i < FIELDS; i++)
			if (sh_span_is(key, field[i].key))
				value[i] = text;
	}
	write_all(c, value, first);
}

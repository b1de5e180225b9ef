/* SPDX-License-Identifier: MIT */
/* The tables in /proc/net/stat: names in the first line, then one line of numbers for each processor. */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>

#include "collect/host/kv.h"
#include "collect/table.h"
#include "collect/text.h"

static void write_line(struct sh_collect *c, const char *table, uint64_t cpu, struct sh_span names,
		       struct sh_span line)
{
	const char *dims[] = { "subsystem", table, NULL };
	struct sh_sample_writer w;
	struct sh_span name, value;
	char number[24], member[96];
	uint64_t v;

	snprintf(number, sizeof(number), "%" PRIu64, cpu);
	sh_collect_begin(c, &w, "cpu", number, number, dims, NULL);
	sh_sample_group(&w, "lnstat");
	while (sh_text_field(&names, &name) && sh_text_field(&line, &value) && sh_kv_hex(value, &v)) {
		snprintf(member, sizeof(member), "%.*s_total", (int)(name.len < 64 ? name.len : 64), name.p);
		if (sh_kv_is_name(member))
			sh_sample_number(&w, member, (double)v);
	}
	sh_sample_end(&w);
}

static void write_table(struct sh_collect *c, const char *table)
{
	struct sh_error err = SH_ERROR_INIT;
	struct sh_span text, names, line;
	char path[96];

	snprintf(path, sizeof(path), "proc/net/stat/%.60s", table);
	if (sh_collect_read(c, path, &err) < 0) {
		if (err.code != SH_ERRC_UNAVAILABLE)
			sh_collect_fail(c, table, &err);
		return;
	}
	text = sh_text_of(&c->text);
	if (!sh_text_line(&text, &names))
		return;
	for (uint64_t cpu = 0; sh_text_line(&text, &line); cpu++)
		write_line(c, table, cpu, names, line);
}

int sh_collect_lnstat(struct sh_collect *c, struct sh_error *err)
{
	SH_CLEANUP_NAMES struct sh_kv_names tables = { 0 };

	(void)err;
	sh_collect_names(c, &tables, "proc/net/stat", NULL);
	for (size_t i = 0; i < tables.n; i++)
		write_table(c, tables.name[i]);
	return 0;
}

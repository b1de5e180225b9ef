/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "collect/host/rpcstat.h"

#include <math.h>
#include <string.h>

#include "collect/text.h"

bool sh_rpcstat_value(struct sh_span text, const char *line, size_t index, uint64_t *out)
{
	struct sh_span row, word;

	while (sh_text_line(&text, &row))
		if (sh_text_field(&row, &word) && sh_span_is(word, line))
			return sh_text_skip(&row, index) && sh_text_u64s(&row, out, 1) == 1;
	return false;
}

static double value_of(struct sh_span text, const struct sh_rpcstat *f)
{
	uint64_t v;

	return sh_rpcstat_value(text, f->line, f->index, &v) ? (double)v : NAN;
}

/* "proc3 22 N N ...": a procedure that this kernel does not know was never called. */
static void write_procedures(struct sh_collect *c, const char *group, struct sh_span row,
			     const struct sh_nfsproc *p)
{
	const char *dims[] = { "proto", p->proto, "method", NULL, NULL };
	uint64_t n, v;

	if (sh_text_u64s(&row, &n, 1) != 1)
		return;
	for (size_t i = 0; i < p->names; i++) {
		if (i < n && sh_text_u64s(&row, &v, 1) != 1)
			return; /* shorter than it says */
		dims[3] = p->name[i];
		if (*p->name[i])
			sh_collect_number(c, "host", c->host, dims, NULL, group, "requests_total",
					  i < n ? (double)v : 0);
	}
}

void sh_rpcstat_write(struct sh_collect *c, const char *group, const struct sh_rpcstat *table,
		      size_t n, const struct sh_nfsproc *(*lookup)(struct sh_span word))
{
	struct sh_span text = sh_text_of(&c->text), rest = text, row, word;
	struct sh_sample_writer w;

	sh_collect_begin(c, &w, "host", c->host, c->host, NULL, NULL);
	sh_sample_group(&w, group);
	for (size_t i = 0; i < n; i++)
		if (!table[i].dims[0])
			sh_sample_number(&w, table[i].metric, value_of(text, &table[i]));
	sh_sample_end(&w);
	for (size_t i = 0; i < n; i++)
		if (table[i].dims[0])
			sh_collect_number(c, "host", c->host, table[i].dims, NULL, group,
					  table[i].metric, value_of(text, &table[i]));
	while (sh_text_line(&rest, &row)) {
		const struct sh_nfsproc *p = sh_text_field(&row, &word) ? lookup(word) : NULL;

		if (p)
			write_procedures(c, group, row, p);
	}
}

/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "collect/host/kv.h"
#include "collect/table.h"
#include "collect/text.h"

/* Lines "NAME active objects size per-slab pages : …" below two of headings; root alone may read them. */
int sh_collect_slabinfo(struct sh_collect *c, struct sh_error *err)
{
	static const char *const column[] = {
		"active_objects", "objects", "object_size_bytes", "objects_per_slab", "pages_per_slab",
	};
	enum { N = sizeof(column) / sizeof(*column) };
	struct sh_span text, line, field;
	struct sh_sample_writer w;
	uint64_t v[N];
	char name[64];

	if (sh_collect_read(c, "proc/slabinfo", err) < 0)
		return -1;
	text = sh_text_of(&c->text);
	while (sh_text_line(&text, &line)) {
		if (!sh_text_field(&line, &field) || !sh_kv_copy(field, name, sizeof(name)) ||
		    sh_text_u64s(&line, v, N) != N)
			continue;
		sh_collect_begin(c, &w, "slab", name, name, NULL, NULL);
		sh_sample_group(&w, "slabinfo");
		for (size_t i = 0; i < N; i++)
			sh_sample_number(&w, column[i], (double)v[i]);
		sh_sample_end(&w);
	}
	return 0;
}

/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <string.h>

#include "collect/host/kv.h"
#include "collect/table.h"

#define KSM "sys/kernel/mm/ksm"

/* Pages that the kernel merged because they are the same. */
int sh_collect_ksm(struct sh_collect *c, struct sh_error *err)
{
	static const struct { const char *file, *name; double unit; } number[] = {
		{ "full_scans", "full_scans_total", 1 },
		{ "general_profit", "general_profit_bytes", 1 },
		{ "merge_across_nodes", "merge_across_nodes", 1 },
		{ "pages_shared", "pages_shared", 1 },
		{ "pages_sharing", "pages_sharing", 1 },
		{ "pages_to_scan", "pages_to_scan", 1 },
		{ "pages_unshared", "pages_unshared", 1 },
		{ "pages_volatile", "pages_volatile", 1 },
		{ "run", "run", 1 },
		{ "sleep_millisecs", "sleep_seconds", 0.001 },
	};
	struct sh_sample_writer w;
	double v;

	(void)err;
	sh_collect_begin(c, &w, "host", c->host, c->host, NULL, NULL);
	sh_sample_group(&w, "ksmd");
	for (size_t i = 0; i < sizeof(number) / sizeof(*number); i++)
		if (sh_kv_number(c->root, &v, KSM "/%s", number[i].file))
			sh_sample_number(&w, number[i].name, v * number[i].unit);
	sh_sample_end(&w);
	return 0;
}

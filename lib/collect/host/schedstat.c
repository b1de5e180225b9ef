/* SPDX-License-Identifier: MIT */
/* How long tasks ran on each processor, and waited for it. */
#include "config.h"

#include <ctype.h>

#include "collect/host/kv.h"
#include "collect/table.h"
#include "collect/text.h"

/* The fields of a line "cpuN" of /proc/schedstat (versions 14 to 17) that are told; ns and a count. */
enum { RUNNING = 6, WAITING, SLICES, FIELDS };

int sh_collect_schedstat(struct sh_collect *c, struct sh_error *err)
{
	struct sh_span text, key, value, number;
	struct sh_sample_writer w;
	uint64_t v[FIELDS];
	char cpu[16];

	if (sh_collect_read(c, "proc/schedstat", err) < 0)
		return -1;
	text = sh_text_of(&c->text);
	while (sh_kv_line(&text, &key, &value)) {
		number = sh_text_after(key, "cpu");
		if (!number.len || !isdigit((unsigned char)*number.p) ||
		    !sh_kv_copy(number, cpu, sizeof(cpu)) || sh_text_u64s(&value, v, FIELDS) != FIELDS)
			continue;
		sh_collect_begin(c, &w, "cpu", cpu, cpu, NULL, NULL);
		sh_sample_group(&w, "schedstat");
		sh_sample_number(&w, "running_seconds_total", (double)v[RUNNING] / 1e9);
		sh_sample_number(&w, "waiting_seconds_total", (double)v[WAITING] / 1e9);
		sh_sample_number(&w, "timeslices_total", (double)v[SLICES]);
		sh_sample_end(&w);
	}
	return 0;
}

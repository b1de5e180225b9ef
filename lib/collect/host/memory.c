/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <math.h>
#include <string.h>

#include "collect/host/meminfo.h"
#include "collect/table.h"
#include "collect/text.h"

enum { TOTAL, AVAILABLE, SWAP_TOTAL, SWAP_FREE, FREE, BUFFERS, CACHED, DIRTY, COMMIT_LIMIT, COMMITTED, FIELDS };

static const char *const name[FIELDS] = {
	"MemTotal:", "MemAvailable:", "SwapTotal:", "SwapFree:", "MemFree:", "Buffers:", "Cached:",
	"Dirty:", "CommitLimit:", "Committed_AS:",
};

/* Bytes; NaN for what this kernel does not say. */
static void parse_meminfo(struct sh_span rest, double *value)
{
	struct sh_span line, key;
	uint64_t kib;

	for (int i = 0; i < FIELDS; i++)
		value[i] = (double)NAN;
	while (sh_text_line(&rest, &line)) {
		if (!sh_text_field(&line, &key))
			continue;
		for (int i = 0; i < FIELDS; i++) {
			if (!sh_span_is(key, name[i]))
				continue;
			if (sh_text_u64s(&line, &kib, 1) == 1)
				value[i] = (double)kib * 1024;
			break;
		}
	}
}

static double percent(double part, double whole)
{
	return whole > 0 ? 100 * part / whole : (double)NAN;
}

int sh_collect_memory(struct sh_collect *c, struct sh_error *err)
{
	struct sh_sample_writer w;
	double v[FIELDS], used;

	if (!sh_collect_wants(c, c->host))
		return 0;
	if (sh_collect_read(c, "proc/meminfo", err) < 0)
		return -1;
	parse_meminfo(sh_text_of(&c->text), v);
	if (isnan(v[TOTAL]))
		return sh_error_set(err, SH_ERRC_SYSTEM, "cannot understand '/proc/meminfo'");
	used = v[SWAP_TOTAL] - v[SWAP_FREE];
	sh_collect_begin(c, &w, "host", c->host, c->host, NULL, NULL);
	sh_sample_group(&w, "memory");
	sh_sample_number(&w, "usage", percent(v[TOTAL] - v[AVAILABLE], v[TOTAL]));
	sh_sample_number(&w, "total_bytes", v[TOTAL]);
	sh_sample_number(&w, "available_bytes", v[AVAILABLE]);
	sh_sample_number(&w, "free_bytes", v[FREE]);
	sh_sample_number(&w, "cached_bytes", v[BUFFERS] + v[CACHED]);
	sh_sample_number(&w, "dirty_bytes", v[DIRTY]);
	sh_sample_number(&w, "committed_usage", percent(v[COMMITTED], v[COMMIT_LIMIT]));
	sh_sample_number(&w, "swap_total_bytes", v[SWAP_TOTAL]);
	sh_sample_number(&w, "swap_used_bytes", used);
	sh_sample_number(&w, "swap_usage", percent(used, v[SWAP_TOTAL]));
	if (c->detail)
		sh_meminfo_write(&w, sh_text_of(&c->text));
	sh_sample_end(&w);
	if (c->detail)
		sh_numa_write(c);
	return 0;
}

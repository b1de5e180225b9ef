/* SPDX-License-Identifier: MIT */
/* Pages that move: swapping, paging, faults that wait for a disk, and what was killed for memory. */
#include "config.h"

#include <string.h>
#include <unistd.h>

#include "collect/host/kv.h"
#include "collect/table.h"
#include "collect/text.h"

enum { SWAP_IN, SWAP_OUT, PAGE_IN, PAGE_OUT, FAULTS, MAJOR_FAULTS, OOM_KILLS, RATES };

#define KEY(text) text, sizeof(text) - 1

static const struct { const char *key; size_t len; const char *name; } rate[RATES] = {
	[SWAP_IN] = { KEY("pswpin"), "swap_in_bytes" },
	[SWAP_OUT] = { KEY("pswpout"), "swap_out_bytes" },
	[PAGE_IN] = { KEY("pgpgin"), "in_bytes" },
	[PAGE_OUT] = { KEY("pgpgout"), "out_bytes" },
	[FAULTS] = { KEY("pgfault"), "faults" },
	[MAJOR_FAULTS] = { KEY("pgmajfault"), "major_faults" },
	[OOM_KILLS] = { KEY("oom_kill"), "oom_kills" },
};

/* The one of the table that the line "KEY VALUE" is, or RATES. */
static int which(struct sh_span line)
{
	int i = 0;

	/* Most of the some 200 lines end here, at their first letter. */
	if (!line.len || (*line.p != 'p' && *line.p != 'o'))
		return RATES;
	while (i < RATES && (line.len <= rate[i].len || line.p[rate[i].len] != ' ' ||
			     memcmp(line.p, rate[i].key, rate[i].len) != 0))
		i++;
	return i;
}

static void write_rates(struct sh_collect *c, struct sh_sample_writer *w, const uint64_t *v,
			const bool *known)
{
	const double page = (double)sysconf(_SC_PAGESIZE);
	const double unit[RATES] = { page, page, 1024, 1024, 1, 1, 1 };
	uint64_t delta;
	double seconds;

	for (int i = 0; i < RATES; i++)
		if (known[i] && sh_counters_delta(c->counters, rate[i].key, &v[i], 1, &delta, &seconds))
			sh_sample_number(w, rate[i].name, (double)delta * unit[i] / seconds);
}

static void write_all(struct sh_sample_writer *w, struct sh_span rest)
{
	struct sh_span key, value;
	char name[64];
	double v;

	sh_sample_group(w, "vmstat");
	while (sh_kv_line(&rest, &key, &value))
		if (sh_kv_copy(key, name, sizeof(name)) && sh_kv_is_name(name) && sh_kv_double(value, &v))
			sh_sample_number(w, name, v);
}

int sh_collect_paging(struct sh_collect *c, struct sh_error *err)
{
	bool known[RATES] = { false };
	struct sh_span rest, line;
	struct sh_sample_writer w;
	uint64_t v[RATES];

	if (!sh_collect_wants(c, c->host))
		return 0;
	if (sh_collect_read(c, "proc/vmstat", err) < 0)
		return -1;
	rest = sh_text_of(&c->text);
	while (sh_text_line(&rest, &line)) {
		int i = which(line);

		if (i == RATES)
			continue;
		sh_span_cut(&line, rate[i].len);
		known[i] = sh_text_u64s(&line, &v[i], 1) == 1;
	}
	sh_collect_begin(c, &w, "host", c->host, c->host, NULL, NULL);
	sh_sample_group(&w, "paging");
	write_rates(c, &w, v, known);
	if (c->detail)
		write_all(&w, sh_text_of(&c->text));
	sh_sample_end(&w);
	return 0;
}

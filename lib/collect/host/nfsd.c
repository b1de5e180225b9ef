/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "collect/host/rpcstat.h"
#include "collect/table.h"
#include "collect/text.h"

static const struct sh_rpcstat totals[] = {
	{ "rc", 0, "reply_cache_hits_total", { NULL } },
	{ "rc", 1, "reply_cache_misses_total", { NULL } },
	{ "rc", 2, "reply_cache_nocache_total", { NULL } },
	{ "fh", 0, "file_handles_stale_total", { NULL } },
	{ "io", 0, "disk_bytes_read_total", { NULL } },
	{ "io", 1, "disk_bytes_written_total", { NULL } },
	{ "th", 0, "server_threads", { NULL } },
	{ "ra", 0, "read_ahead_cache_size_blocks", { NULL } },
	{ "ra", 11, "read_ahead_cache_not_found_total", { NULL } },
	{ "net", 1, "packets_total", { "proto", "udp" } },
	{ "net", 2, "packets_total", { "proto", "tcp" } },
	{ "net", 3, "connections_total", { NULL } },
	{ "rpc", 0, "server_rpcs_total", { NULL } },
	{ "rpc", 2, "rpc_errors_total", { "error", "fmt" } },
	{ "rpc", 3, "rpc_errors_total", { "error", "auth" } },
	{ "rpc", 4, "rpc_errors_total", { "error", "cInt" } },
	{ "wdeleg_getattr", 0, "requests_total", { "proto", "4", "method", "WdelegGetattr" } },
};

static const struct { const char *line; size_t index; const char *metric; } rate[] = {
	{ "rpc", 0, "calls" }, { "rpc", 1, "bad_calls" }, { "fh", 0, "stale_handles" },
	{ "io", 0, "read_bytes" }, { "io", 1, "write_bytes" },
};

#define RATES (sizeof(rate) / sizeof(*rate))

static void write_rates(struct sh_collect *c)
{
	struct sh_span text = sh_text_of(&c->text);
	uint64_t v[RATES] = { 0 }, d[RATES], threads;
	bool known[RATES];
	struct sh_sample_writer w;
	double seconds;

	for (size_t i = 0; i < RATES; i++)
		known[i] = sh_rpcstat_value(text, rate[i].line, rate[i].index, &v[i]);
	sh_collect_begin(c, &w, "host", c->host, c->host, NULL, NULL);
	sh_sample_group(&w, "nfsd");
	if (sh_rpcstat_value(text, "th", 0, &threads))
		sh_sample_number(&w, "threads", (double)threads);
	if (sh_counters_delta(c->counters, "", v, RATES, d, &seconds))
		for (size_t i = 0; i < RATES; i++)
			if (known[i])
				sh_sample_number(&w, rate[i].metric, (double)d[i] / seconds);
	sh_sample_end(&w);
}

int sh_collect_nfsd(struct sh_collect *c, struct sh_error *err)
{
	if (!sh_collect_wants(c, c->host))
		return 0;
	if (sh_collect_read(c, "proc/net/rpc/nfsd", err) < 0)
		return -1;
	write_rates(c);
	if (c->detail)
		sh_rpcstat_write(c, "nfsd", totals, sizeof(totals) / sizeof(*totals),
				 sh_nfsproc_server);
	return 0;
}

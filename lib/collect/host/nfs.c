/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "collect/host/nfsmount.h"
#include "collect/host/rpcstat.h"
#include "collect/table.h"
#include "collect/text.h"

static const struct sh_rpcstat totals[] = {
	{ "net", 1, "packets_total", { "protocol", "udp" } },
	{ "net", 2, "packets_total", { "protocol", "tcp" } },
	{ "net", 3, "connections_total", { NULL } },
	{ "rpc", 0, "rpcs_total", { NULL } },
	{ "rpc", 1, "rpc_retransmissions_total", { NULL } },
	{ "rpc", 2, "rpc_authentication_refreshes_total", { NULL } },
};

static void write_rates(struct sh_collect *c)
{
	struct sh_span text = sh_text_of(&c->text);
	struct sh_sample_writer w;
	uint64_t v[2], d[2];
	double seconds;

	if (!sh_rpcstat_value(text, "rpc", 0, &v[0]) || !sh_rpcstat_value(text, "rpc", 1, &v[1]) ||
	    !sh_counters_delta(c->counters, "", v, 2, d, &seconds))
		return;
	sh_collect_begin(c, &w, "host", c->host, c->host, NULL, NULL);
	sh_sample_group(&w, "nfs");
	sh_sample_number(&w, "calls", (double)d[0] / seconds);
	sh_sample_number(&w, "retransmissions", (double)d[1] / seconds);
	if (d[0])
		sh_sample_number(&w, "retransmitted", 100 * (double)d[1] / (double)d[0]);
	sh_sample_end(&w);
}

static void write_client(struct sh_collect *c)
{
	write_rates(c);
	if (c->detail)
		sh_rpcstat_write(c, "nfs", totals, sizeof(totals) / sizeof(*totals),
				 sh_nfsproc_client);
}

int sh_collect_nfs(struct sh_collect *c, struct sh_error *err)
{
	struct sh_error e = SH_ERROR_INIT;
	int rc = sh_collect_read(c, "proc/net/rpc/nfs", &e);

	if (rc == 0 && sh_collect_wants(c, c->host))
		write_client(c);
	/* Without the client's module nothing can be mounted, and the long table of mounts is left alone. */
	if (rc < 0 && c->live)
		return e.code == SH_ERRC_UNAVAILABLE ? 0 : (*err = e, -1);
	return sh_nfs_mounts(c, err);
}

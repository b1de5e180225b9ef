/* SPDX-License-Identifier: MIT */
/* NATS' monitoring pages /varz and /jsz. */
#include "config.h"

#include <math.h>

#include "collect/format/document.h"
#include "collect/format/formats.h"

static const struct {
	const char *name, *path;
} server[] = {
	{ "connections", "connections" },
	{ "connections_max", "max_connections" },
	{ "cpu", "cpu" },
	{ "memory_bytes", "mem" },
	{ "subscriptions", "subscriptions" },
	{ "routes", "routes" },
	{ "leafnodes", "leafnodes" },
	{ "slow_consumers_total", "slow_consumers" },
	{ "rx_messages_total", "in_msgs" },
	{ "tx_messages_total", "out_msgs" },
	{ "rx_bytes_total", "in_bytes" },
	{ "tx_bytes_total", "out_bytes" },
};

static const struct {
	const char *name, *path;
} streams[] = {
	{ "streams", "streams" },	  { "consumers", "consumers" },
	{ "messages", "messages" },	  { "bytes", "bytes" },
	{ "memory_used_bytes", "memory" }, { "api_errors_total", "api.errors" },
	{ "api_requests_total", "api.total" },
};

static void jetstream(struct sh_import *in, const json_t *js)
{
	double used = sh_document_number(js, "storage");
	double limit = sh_document_number(js, "config.max_storage");
	struct sh_sample_writer s;

	sh_document_begin(&s, in, NULL, NULL, NULL, NULL);
	sh_sample_group(&s, "storage");
	sh_sample_number(&s, "utilization", sh_percent(used, limit));
	sh_sample_number(&s, "used_bytes", used);
	sh_sample_group(&s, "jetstream");
	for (size_t i = 0; i < sizeof(streams) / sizeof(streams[0]); i++)
		sh_sample_number(&s, streams[i].name, sh_document_number(js, streams[i].path));
	sh_sample_end(&s);
}

/* Only the leader lists the others. */
static void cluster(struct sh_import *in, const json_t *meta)
{
	const json_t *replicas = sh_document_at(meta, "replicas");
	double all = 1, online = 1;
	struct sh_sample_writer s;
	size_t i;
	json_t *r;

	if (json_array_size(replicas) == 0)
		return;
	json_array_foreach(replicas, i, r) {
		all++;
		online += !json_is_true(sh_document_at(r, "offline"));
	}
	sh_document_begin_fleet(&s, in, "cluster",
				sh_import_cluster(in, sh_document_text(meta, "name")), NULL, NULL);
	sh_sample_group(&s, "cluster");
	sh_sample_number(&s, "online_nodes", online);
	sh_sample_number(&s, "total_nodes", all);
	sh_sample_end(&s);
}

static bool convert(struct sh_import *in, const json_t *doc)
{
	struct sh_sample_writer s;

	if (!sh_document_text(doc, "server_id"))
		return false;
	if (!isnan(sh_document_number(doc, "storage"))) {
		jetstream(in, doc);
		cluster(in, sh_document_at(doc, "meta_cluster"));
		return true;
	}
	sh_document_begin(&s, in, NULL, NULL, NULL, NULL);
	sh_sample_group(&s, "nats");
	for (size_t i = 0; i < sizeof(server) / sizeof(server[0]); i++)
		sh_sample_number(&s, server[i].name, sh_document_number(doc, server[i].path));
	sh_sample_number(&s, "connections_usage",
			sh_percent(sh_document_number(doc, "connections"),
				   sh_document_number(doc, "max_connections")));
	sh_sample_end(&s);
	return true;
}

int sh_format_nats(struct sh_import *in, struct sh_span text, struct sh_error *err)
{
	return sh_document_each(in, text, convert, err);
}

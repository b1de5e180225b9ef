/* SPDX-License-Identifier: MIT */
/* What Redis (and Valkey, KeyDB) answer to INFO. */
#include "config.h"

#include <math.h>
#include <string.h>

#include "collect/format/document.h"
#include "collect/format/formats.h"
#include "collect/format/units.h"
#include "collect/text.h"

/* Metric -> line. */
static const struct {
	const char *name, *key;
	double scale;
} numbers[] = {
	{ "uptime_s", "uptime_in_seconds", 1 },
	{ "clients", "connected_clients", 1 },
	{ "clients_max", "maxclients", 1 },
	{ "clients_blocked", "blocked_clients", 1 },
	{ "fragmentation_ratio", "mem_fragmentation_ratio", 1 },
	{ "ops", "instantaneous_ops_per_sec", 1 },
	{ "rx_bytes", "instantaneous_input_kbps", 1024 },
	{ "tx_bytes", "instantaneous_output_kbps", 1024 },
	{ "loading", "loading", 1 },
	{ "replicas", "connected_slaves", 1 },
	{ "unsaved_changes", "rdb_changes_since_last_save", 1 },
	{ "cluster", "cluster_enabled", 1 },
	{ "commands_total", "total_commands_processed", 1 },
	{ "connections_total", "total_connections_received", 1 },
	{ "rejected_connections_total", "rejected_connections", 1 },
	{ "evicted_keys_total", "evicted_keys", 1 },
	{ "expired_keys_total", "expired_keys", 1 },
	{ "keyspace_hits_total", "keyspace_hits", 1 },
	{ "keyspace_misses_total", "keyspace_misses", 1 },
	{ "error_replies_total", "total_error_replies", 1 },
};

/* Metric -> line, and the word that is 1; any other is 0. */
static const struct {
	const char *name, *key, *word;
} facts[] = {
	{ "master", "role", "master" },
	{ "master_link_up", "master_link_status", "up" },
	{ "save_ok", "rdb_last_bgsave_status", "ok" },
	{ "aof_ok", "aof_last_write_status", "ok" },
};

/* The value of the line KEY, absent where there is none. */
static struct sh_span value_of(struct sh_span text, const char *key)
{
	struct sh_span line, value;
	size_t len = strlen(key);

	while (sh_text_line(&text, &line)) {
		value = sh_text_after(line, key);
		if (value.p && value.len && value.p[0] == ':')
			return sh_unit_trim((struct sh_span){ line.p + len + 1, line.len - len - 1 });
	}
	return SH_SPAN_NONE;
}

static double number_of(struct sh_span text, const char *key)
{
	return sh_unit_number(value_of(text, key));
}

/* "keys=12,expires=3,avg_ttl=0". */
static double member_of(struct sh_span list, const char *name)
{
	while (list.len) {
		const char *comma = memchr(list.p, ',', list.len);
		struct sh_span one = { list.p, comma ? (size_t)(comma - list.p) : list.len };

		if (sh_span_is(sh_unit_before(one, '='), name))
			return sh_unit_number(sh_unit_behind(one, '='));
		list.p += one.len + (comma != NULL);
		list.len -= one.len + (comma != NULL);
	}
	return NAN;
}

static bool is_database(struct sh_span key)
{
	uint64_t n;

	return sh_text_after(key, "db").p && sh_text_u64(sh_text_after(key, "db"), &n);
}

static void put_keys(struct sh_sample_writer *s, struct sh_span text)
{
	double keys = value_of(text, "redis_version").p ? 0 : NAN, expires = keys;
	struct sh_span line;

	while (sh_text_line(&text, &line)) {
		struct sh_span list = sh_unit_behind(line, ':');

		if (!is_database(sh_unit_before(line, ':')))
			continue;
		keys += member_of(list, "keys");
		expires += member_of(list, "expires");
	}
	sh_sample_number(s, "keys", keys);
	sh_sample_number(s, "keys_expiring", expires);
}

static void put_memory(struct sh_sample_writer *s, struct sh_span text)
{
	double used = number_of(text, "used_memory"), max = number_of(text, "maxmemory");

	sh_sample_group(s, "memory");
	sh_sample_number(s, "usage", sh_percent(used, max));
	sh_sample_number(s, "used_bytes", used);
	sh_sample_number(s, "limit_bytes", max > 0 ? max : NAN); /* 0: none */
}

/* Each line whose value is a number, by its own name. */
static void put_raw(struct sh_sample_writer *s, struct sh_span text)
{
	SH_CLEANUP_BUF struct sh_buf name = SH_BUF_INIT;
	struct sh_span line;
	char key[64];

	sh_sample_group(s, "info");
	while (sh_text_line(&text, &line)) {
		struct sh_span k = sh_unit_before(line, ':');

		if (!k.len || k.len >= sizeof(key) || memchr(k.p, '\0', k.len))
			continue;
		memcpy(key, k.p, k.len);
		key[k.len] = '\0';
		sh_buf_clear(&name);
		sh_metric_name(&name, key);
		sh_sample_number(s, sh_buf_str(&name), sh_unit_number(sh_unit_behind(line, ':')));
	}
}

int sh_format_redis(struct sh_import *in, struct sh_span text, struct sh_error *err)
{
	struct sh_sample_writer s;

	if (!value_of(text, "redis_version").p && !value_of(text, "used_memory").p &&
	    !value_of(text, "role").p && !value_of(text, "connected_clients").p)
		return sh_error_set(err, SH_ERRC_INPUT, "no INFO of redis");
	sh_document_begin(&s, in, NULL, NULL, NULL, NULL);
	put_memory(&s, text);
	sh_sample_group(&s, "redis");
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		sh_sample_number(&s, numbers[i].name,
				numbers[i].scale * number_of(text, numbers[i].key));
	for (size_t i = 0; i < sizeof(facts) / sizeof(facts[0]); i++) {
		struct sh_span word = value_of(text, facts[i].key);

		if (word.p)
			sh_sample_number(&s, facts[i].name, sh_span_is(word, facts[i].word));
	}
	if (number_of(text, "master_last_io_seconds_ago") >= 0) /* -1: never */
		sh_sample_number(&s, "master_silent_s", number_of(text, "master_last_io_seconds_ago"));
	put_keys(&s, text);
	if (in->c->detail)
		put_raw(&s, text);
	sh_sample_end(&s);
	return 0;
}

/* SPDX-License-Identifier: MIT */
/* What waits in the queues of UDP sockets: /proc/net/udp and udp6. */
#include "config.h"

#include <string.h>

#include "collect/host/kv.h"
#include "collect/table.h"
#include "collect/text.h"

/* The fifth field: "00000015:00000000", to be sent and to be read. */
static bool parse_queues(struct sh_span line, uint64_t *tx, uint64_t *rx)
{
	struct sh_span field;
	const char *colon;

	if (!sh_text_skip(&line, 4) || !sh_text_field(&line, &field))
		return false;
	colon = memchr(field.p, ':', field.len);
	return colon && sh_kv_hex((struct sh_span){ field.p, (size_t)(colon - field.p) }, tx) &&
	       sh_kv_hex((struct sh_span){ colon + 1, field.len - (size_t)(colon + 1 - field.p) }, rx);
}

static int write_family(struct sh_collect *c, const char *path, const char *ip, struct sh_error *err)
{
	const char *tx_dims[] = { "ip", ip, "queue", "tx", NULL };
	const char *rx_dims[] = { "ip", ip, "queue", "rx", NULL };
	double tx = 0, rx = 0;
	struct sh_span text, line;
	uint64_t t, r;

	if (sh_collect_read(c, path, err) < 0)
		return -1;
	text = sh_text_of(&c->text);
	/* Without its line of headings it is not the table, which may well be empty. */
	if (!sh_text_line(&text, &line) || !memmem(line.p, line.len, "rx_queue", 8))
		return sh_error_set(err, SH_ERRC_SYSTEM, "cannot understand '/%s'", path);
	while (sh_text_line(&text, &line)) {
		if (!parse_queues(line, &t, &r))
			return sh_error_set(err, SH_ERRC_SYSTEM, "cannot understand '/%s'", path);
		tx += (double)t;
		rx += (double)r;
	}
	sh_collect_number(c, "host", c->host, tx_dims, NULL, "udp", "queues", tx);
	sh_collect_number(c, "host", c->host, rx_dims, NULL, "udp", "queues", rx);
	return 0;
}

int sh_collect_udpqueue(struct sh_collect *c, struct sh_error *err)
{
	struct sh_error first = SH_ERROR_INIT;

	if (write_family(c, "proc/net/udp", "v4", &first) < 0 && first.code != SH_ERRC_UNAVAILABLE)
		sh_collect_fail(c, c->host, &first);
	return write_family(c, "proc/net/udp6", "v6", err);
}

/* SPDX-License-Identifier: MIT */
/* Who listens on which port: TCP, and UDP below the ports that are given out to anybody. */
#include "config.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/mem.h"
#include "collect/drift/drift.h"
#include "collect/host/sockets.h"
#include "collect/text.h"

#define MAX_TABLE ((size_t)16 << 20)
#define EPHEMERAL 32768 /* where the kernel does not say */

static const struct table {
	const char *name, *path, *state; /* state: of a socket that waits for others */
	bool udp;
} tables[] = {
	{ "tcp", "proc/net/tcp", "0A", false },
	{ "tcp", "proc/net/tcp6", "0A", false },
	{ "udp", "proc/net/udp", "07", true },
	{ "udp", "proc/net/udp6", "07", true },
};

static unsigned first_ephemeral(struct sh_collect *c)
{
	struct sh_error none = SH_ERROR_INIT;
	struct sh_span rest;
	uint64_t v;

	if (sh_collect_read(c, "proc/sys/net/ipv4/ip_local_port_range", &none) < 0)
		return EPHEMERAL;
	rest = sh_text_of(&c->text);
	return sh_text_u64s(&rest, &v, 1) == 1 && v < 65536 ? (unsigned)v : EPHEMERAL;
}

/* "0100007F:1F90": words as they lie in memory, the port as a number. */
static bool parse_address(struct sh_span s, unsigned char address[16], int *family, unsigned *port)
{
	char text[40], *end;
	size_t words = s.len == 13 ? 1 : 4;

	if ((s.len != 13 && s.len != 37) || s.p[words * 8] != ':')
		return false;
	memcpy(text, s.p, s.len);
	text[s.len] = '\0';
	*port = (unsigned)strtoul(text + words * 8 + 1, &end, 16);
	if (*end)
		return false;
	text[words * 8] = '\0';
	for (size_t i = words; i-- > 0;) {
		uint32_t word = (uint32_t)strtoul(text + i * 8, &end, 16);

		if (*end)
			return false;
		memcpy(address + 4 * i, &word, 4);
		text[i * 8] = '\0';
	}
	*family = words == 1 ? AF_INET : AF_INET6;
	return true;
}

static bool parse_line(struct sh_span line, const struct table *t, unsigned limit,
		       struct sh_listener *out)
{
	char text[INET6_ADDRSTRLEN] = "";
	struct sh_span local, state;
	unsigned char address[16];
	unsigned port;
	int family;

	if (!sh_text_skip(&line, 1) || !sh_text_field(&line, &local) || !sh_text_skip(&line, 1) ||
	    !sh_text_field(&line, &state) || !sh_span_is(state, t->state) ||
	    !sh_text_skip(&line, 5) || sh_text_u64s(&line, &out->inode, 1) != 1 ||
	    !parse_address(local, address, &family, &port) || (t->udp && port >= limit))
		return false;
	inet_ntop(family, address, text, sizeof(text));
	snprintf(out->address, sizeof(out->address), family == AF_INET ? "%s %s:%u" : "%s [%s]:%u",
		 t->name, text, port);
	return true;
}

static int read_table(struct sh_collect *c, const struct table *t, unsigned limit,
		      struct sh_listeners *all, struct sh_error *err)
{
	struct sh_listener k = { .pid = 0 };
	struct sh_error e = SH_ERROR_INIT;
	struct sh_span rest, line;

	if (sh_file_read(c->root, t->path, MAX_TABLE, &c->text, &e) < 0) {
		if (e.code == SH_ERRC_UNAVAILABLE)
			return 0; /* no IPv6 here */
		*err = e;
		return -1;
	}
	rest = sh_text_of(&c->text);
	while (sh_text_line(&rest, &line)) {
		if (!parse_line(line, t, limit, &k))
			continue;
		sh_grow(all->item, all->n, all->cap);
		all->item[all->n++] = k;
	}
	return 0;
}

int sh_drift_look_ports(struct sh_collect *c, const struct sh_listing *before, struct sh_listing *now,
			struct sh_error *err)
{
	const struct sh_pstat_table *t = sh_collect_procs(c, err);
	unsigned limit = first_ephemeral(c);
	struct sh_listeners all = { 0 };
	int rc = t ? 0 : -1;

	for (size_t i = 0; rc == 0 && i < sizeof(tables) / sizeof(*tables); i++)
		rc = read_table(c, &tables[i], limit, &all, err);
	if (rc == 0)
		sh_listeners_own(&all, c->root, t);
	for (size_t i = 0; rc == 0 && i < all.n; i++) {
		const struct sh_pstat *p = sh_pstat_find(t, all.item[i].pid);
		const char *was = before ? sh_listing_get(before, all.item[i].address) : NULL;

		/* Whose it is may be seen by root only: not knowing it is no change. */
		if (was && (!p || !*was))
			sh_listing_add(now, all.item[i].address, was);
		else
			sh_listing_add(now, all.item[i].address, p ? p->name : "");
	}
	sh_listeners_release(&all);
	return rc;
}

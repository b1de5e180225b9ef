/* SPDX-License-Identifier: MIT */
/* tcp - the kernel's tables of TCP sockets, and which two are the ends of one connection */
#ifndef SH_COLLECT_TOPOLOGY_TCP_H
#define SH_COLLECT_TOPOLOGY_TCP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/span.h"

#define SH_TCP_MOST 65536

/* An address and port as the kernel has them; IPv4 as ::ffff:a.b.c.d. */
struct sh_tcp_end {
	unsigned char address[16];
	uint16_t port;
};

struct sh_tcp {
	struct sh_tcp_end local, remote;
	uint32_t space;     /* number of the network namespace */
	bool listens;
	uint64_t inode;
};

struct sh_tcps {
	struct sh_tcp *item; /* owned; sorted by sh_tcp_sort */
	size_t n, cap;
	struct sh_tcp *listener; /* owned: those of them that listen, sorted likewise */
	size_t listeners;
	struct sh_tcp_end *here; /* owned: our addresses, without ports, each once, sorted */
	size_t heres;
	bool cut;            /* there were more than SH_TCP_MOST */
};

/* One table, tcp or tcp6: what listens and what is connected; lines that are not understood are left out. */
void sh_tcp_parse(struct sh_tcps *t, uint32_t space, struct sh_span text);
/* After the last table, and before anything is asked. */
void sh_tcp_sort(struct sh_tcps *t);
void sh_tcp_release(struct sh_tcps *t);

/* Whether something listens where this connected socket has its local end: it was accepted. */
bool sh_tcp_is_accepted(const struct sh_tcps *t, const struct sh_tcp *k);
/* The other end of a connection, in whichever namespace; NULL when it is not on this machine. */
const struct sh_tcp *sh_tcp_peer(const struct sh_tcps *t, const struct sh_tcp *k);
/* Who listens at that end in a namespace: at that very address before any address. */
const struct sh_tcp *sh_tcp_listener(const struct sh_tcps *t, uint32_t space,
				     const struct sh_tcp_end *at);
/* Whether the address is one of this machine's: of loopback, or a socket's own end. */
bool sh_tcp_is_here(const struct sh_tcps *t, const struct sh_tcp_end *end);
/* ADDRESS as text, of either family; false when it is none. */
bool sh_tcp_end_parse(struct sh_tcp_end *end, const char *address, uint16_t port);
/* An address as text, without a port; OUT has room for 46 bytes. */
void sh_tcp_format(const struct sh_tcp_end *end, char *out);

#endif

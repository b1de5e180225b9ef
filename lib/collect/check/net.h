/* SPDX-License-Identifier: MIT */
/*
 * net - sockets with a deadline, for probes
 *
 * Everything that fails says so in the outcome. Deadlines are sh_clock_mono; the
 * look-up of a name knows none: whoever started the probe ends it.
 */
#ifndef SH_COLLECT_CHECK_NET_H
#define SH_COLLECT_CHECK_NET_H

#include <stdint.h>
#include <sys/types.h>

#include "collect/check/outcome.h"

struct addrinfo;

#define SH_NET_AUTHORITY 256 /* bytes of HOST:PORT */

/*
 * Connect to ADDRESS (HOST[:PORT], PORT where it names none), SOCK_STREAM or
 * SOCK_DGRAM: whichever of its addresses answers first, the next being tried too
 * after a quarter of a second without an answer. A descriptor, or -1.
 */
int sh_net_dial(const char *address, uint16_t port, int type, int64_t deadline,
		struct sh_outcome *out);
/* How long it took, in ms; NaN: it did not come to that. */
struct sh_net_phases {
	double look_up, connect;
};

/* The same, with the time that each phase took, also when it failed. */
int sh_net_dial_phases(const char *address, uint16_t port, int type, int64_t deadline,
		       struct sh_net_phases *took, struct sh_outcome *out);
/* ADDRESS as numbers, of which nobody is asked (freeaddrinfo); NULL where it is a name, or none. */
struct addrinfo *sh_net_numeric(const char *address, uint16_t port, int type);
/* Begin to connect, to the first of them: 1 connected, 0 under way, -1 with errno; *fd is -1 then. */
int sh_net_connect(const struct addrinfo *a, int *fd);
/* The errno of what was under way; 0 it is connected. */
int sh_net_trouble(int fd);
/* Why a name has no address, as getaddrinfo has it. */
void sh_net_tell_unresolved(const char *name, int reason, struct sh_outcome *out);
/* Why there is no connection, as errno has it. */
void sh_net_tell_unconnected(const char *address, int reason, struct sh_outcome *out);
/* Whether poll(2) says one of EVENTS, or an error, before the deadline. */
bool sh_net_wait(int fd, short events, int64_t deadline);
/* All of it, or -1. */
int sh_net_send(int fd, const void *data, size_t len, int64_t deadline, struct sh_outcome *out);
/* What is there, at most LEN: 0 at the end, -1 when nothing came in time or it failed. */
ssize_t sh_net_receive(int fd, void *data, size_t len, int64_t deadline, struct sh_outcome *out);
/* Milliseconds since BEGUN. */
double sh_net_since(int64_t begun);

#endif

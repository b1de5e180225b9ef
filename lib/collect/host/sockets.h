/* SPDX-License-Identifier: MIT */
/* sockets - who listens where: /proc/net/tcp and tcp6, joined with the descriptors of processes */
#ifndef SH_COLLECT_SOCKETS_H
#define SH_COLLECT_SOCKETS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "collect/host/pstat.h"

struct sh_listener {
	char address[64]; /* "127.0.0.1:80", "[::1]:80"; any-address as the loopback one */
	uint16_t port;
	uint64_t waiting; /* connections that it has not accepted yet */
	uint64_t inode;
	pid_t pid;        /* the oldest process that holds it; 0 unknown */
};

struct sh_listeners {
	struct sh_listener *item; /* owned; in the kernel's order */
	size_t n, cap;
};

/* "00000015:00000000" of such a table: what is to be sent, and to be read or accepted. */
bool sh_socket_queues(struct sh_span field, uint64_t *tx, uint64_t *rx);
/* One table of the kernel; lines that are not understood are left out. */
void sh_listeners_parse(struct sh_listeners *l, struct sh_span text);
/* Read both tables below ROOT and find the processes. What cannot be read is left out. */
void sh_listeners_find(struct sh_listeners *l, int root, const struct sh_pstat_table *t);
/* Find the processes of those that are listed, by their inodes. */
void sh_listeners_own(struct sh_listeners *l, int root, const struct sh_pstat_table *t);
void sh_listeners_release(struct sh_listeners *l);

#endif

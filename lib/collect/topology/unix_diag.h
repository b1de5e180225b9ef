/* SPDX-License-Identifier: MIT */
/*
 * unix_diag - which Unix sockets are connected with which, by sock_diag(7)
 *
 * /proc/net/unix does not tell the other end of a connection.
 */
#ifndef SH_COLLECT_TOPOLOGY_UNIX_DIAG_H
#define SH_COLLECT_TOPOLOGY_UNIX_DIAG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SH_UNIX_MOST 65536

struct sh_unix {
	uint32_t inode, peer; /* peer 0: none */
	uint64_t name;        /* a digest of it; 0: it has none */
	bool listens;
};

struct sh_unixes {
	struct sh_unix *item; /* owned; by inode */
	size_t n, cap;
};

/* Of this machine and network namespace; empty where the kernel does not say. */
void sh_unix_read(struct sh_unixes *u);
void sh_unix_release(struct sh_unixes *u);
const struct sh_unix *sh_unix_find(const struct sh_unixes *u, uint32_t inode);

#endif

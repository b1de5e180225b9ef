/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "collect/topology/unix_diag.h"

#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/sock_diag.h>
#include <linux/unix_diag.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "base/file.h"
#include "base/hash.h"
#include "base/mem.h"

#define ANSWER 65536

static bool ask(int fd)
{
	struct {
		struct nlmsghdr head;
		struct unix_diag_req body;
	} q = {
		.head = { .nlmsg_len = sizeof(q),
			  .nlmsg_type = SOCK_DIAG_BY_FAMILY,
			  .nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP },
		.body = { .sdiag_family = AF_UNIX,
			  .udiag_states = 1U << TCP_ESTABLISHED | 1U << TCP_LISTEN,
			  .udiag_show = UDIAG_SHOW_NAME | UDIAG_SHOW_PEER },
	};
	struct sockaddr_nl kernel = { .nl_family = AF_NETLINK };

	return sendto(fd, &q, sizeof(q), 0, (struct sockaddr *)&kernel, sizeof(kernel)) == sizeof(q);
}

/* Not const: the kernel's macros for walking drop it. */
static void take(struct sh_unixes *u, struct nlmsghdr *head)
{
	const struct unix_diag_msg *m = NLMSG_DATA(head);
	struct sh_unix k = { .inode = m->udiag_ino, .listens = m->udiag_state == TCP_LISTEN };
	struct rtattr *a = (struct rtattr *)((char *)NLMSG_DATA(head) + NLMSG_ALIGN(sizeof(*m)));
	size_t left;

	if (head->nlmsg_len < NLMSG_LENGTH(sizeof(*m)) || u->n == SH_UNIX_MOST)
		return;
	left = head->nlmsg_len - NLMSG_LENGTH(sizeof(*m));
	for (; RTA_OK(a, left); a = RTA_NEXT(a, left)) {
		if (a->rta_type == UNIX_DIAG_NAME && RTA_PAYLOAD(a))
			k.name = sh_hash64(RTA_DATA(a), RTA_PAYLOAD(a)) | 1;
		else if (a->rta_type == UNIX_DIAG_PEER && RTA_PAYLOAD(a) >= sizeof(k.peer))
			memcpy(&k.peer, RTA_DATA(a), sizeof(k.peer));
	}
	sh_grow(u->item, u->n, u->cap);
	u->item[u->n++] = k;
}

/* One datagram of the answer; false after the last. */
static bool receive(int fd, struct sh_unixes *u, void *text)
{
	ssize_t n = recv(fd, text, ANSWER, 0);
	size_t left = n > 0 ? (size_t)n : 0;

	if (n <= 0)
		return false;
	for (struct nlmsghdr *h = text; NLMSG_OK(h, left); h = NLMSG_NEXT(h, left)) {
		if (h->nlmsg_type == NLMSG_DONE || h->nlmsg_type == NLMSG_ERROR)
			return false;
		if (h->nlmsg_type == SOCK_DIAG_BY_FAMILY)
			take(u, h);
	}
	return true;
}

static int by_inode(const void *a, const void *b)
{
	const struct sh_unix *x = a, *y = b;

	return x->inode < y->inode ? -1 : x->inode > y->inode;
}

void sh_unix_read(struct sh_unixes *u)
{
	SH_CLEANUP_FD int fd = socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);
	const struct timeval limit = { .tv_sec = 1 };
	SH_CLEANUP_FREE void *text = NULL;

	*u = (struct sh_unixes){ 0 };
	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit)) < 0 || !ask(fd))
		return;
	text = sh_malloc(ANSWER);
	while (receive(fd, u, text))
		;
	if (u->n)
		qsort(u->item, u->n, sizeof(*u->item), by_inode);
}

void sh_unix_release(struct sh_unixes *u)
{
	free(u->item);
	*u = (struct sh_unixes){ 0 };
}

const struct sh_unix *sh_unix_find(const struct sh_unixes *u, uint32_t inode)
{
	const struct sh_unix key = { .inode = inode };

	return u->n ? bsearch(&key, u->item, u->n, sizeof(key), by_inode) : NULL;
}

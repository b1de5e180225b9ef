/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "collect/check/net.h"

#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/address.h"
#include "base/clock.h"

double sh_net_since(int64_t begun)
{
	return (double)(sh_clock_mono() - begun) / (double)SH_MS;
}

bool sh_net_wait(int fd, short events, int64_t deadline)
{
	struct pollfd p = { .fd = fd, .events = events };

	for (;;) {
		int64_t left = deadline - sh_clock_mono();
		int rc = poll(&p, 1, left > 0 ? (int)((left + SH_MS - 1) / SH_MS) : 0);

		if (rc >= 0 || errno != EINTR)
			return rc > 0;
	}
}

/* A descriptor, or -1 with errno. */
static int dial_one(const struct addrinfo *a, int64_t deadline)
{
	int fd = socket(a->ai_family, a->ai_socktype | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	int rc = 0;
	socklen_t len = sizeof(rc);

	if (fd < 0)
		return -1;
	if (connect(fd, a->ai_addr, a->ai_addrlen) < 0)
		rc = errno;
	if (rc == EINPROGRESS) {
		if (!sh_net_wait(fd, POLLOUT, deadline))
			rc = ETIMEDOUT;
		else if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &rc, &len) < 0)
			rc = errno;
	}
	if (rc == 0)
		return fd;
	close(fd);
	errno = rc;
	return -1;
}

int sh_net_dial(const char *address, uint16_t port, int type, int64_t deadline,
		struct sh_outcome *out)
{
	struct addrinfo want = { .ai_socktype = type }, *list = NULL;
	struct sh_address a;
	char service[8];
	int rc, fd = -1;

	if (!sh_address_parse(address, &a)) {
		sh_outcome_fail(out, "'%.100s' is no HOST:PORT", address);
		return -1;
	}
	snprintf(service, sizeof(service), "%d", a.port ? a.port : port);
	rc = getaddrinfo(a.host, service, &want, &list);
	if (rc != 0) {
		sh_outcome_fail(out, "cannot look up '%.80s': %s", a.host, gai_strerror(rc));
		return -1;
	}
	for (const struct addrinfo *i = list; i && fd < 0; i = i->ai_next)
		fd = dial_one(i, deadline);
	if (fd < 0)
		sh_outcome_fail(out, "%.100s: %s", address, strerror(errno));
	freeaddrinfo(list);
	return fd;
}

int sh_net_send(int fd, const void *data, size_t len, int64_t deadline, struct sh_outcome *out)
{
	const char *p = data;

	while (len) {
		ssize_t n = send(fd, p, len, MSG_NOSIGNAL);

		if (n > 0) {
			p += n;
			len -= (size_t)n;
		} else if (errno != EAGAIN && errno != EINTR) {
			sh_outcome_fail(out, "cannot send: %s", strerror(errno));
			return -1;
		} else if (!sh_net_wait(fd, POLLOUT, deadline)) {
			sh_outcome_fail(out, "it takes nothing in time");
			return -1;
		}
	}
	return 0;
}

ssize_t sh_net_receive(int fd, void *data, size_t len, int64_t deadline, struct sh_outcome *out)
{
	for (;;) {
		ssize_t n;

		if (!sh_net_wait(fd, POLLIN, deadline)) {
			sh_outcome_fail(out, "no answer in time");
			return -1;
		}
		n = recv(fd, data, len, 0);
		if (n >= 0)
			return n;
		if (errno != EAGAIN && errno != EINTR) {
			sh_outcome_fail(out, "no answer: %s", strerror(errno));
			return -1;
		}
	}
}

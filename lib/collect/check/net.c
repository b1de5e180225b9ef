/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "collect/check/net.h"

#include <errno.h>
#include <math.h>
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

/* As RFC 8305: the next address gets its turn a little later, and the earlier ones go on. */
#define TURN (250 * SH_MS)
#define TURNS_MAX 16

struct dial {
	struct pollfd at[TURNS_MAX]; /* attempts under way */
	nfds_t n;
	int reason; /* errno of the attempt that failed last */
};

int sh_net_connect(const struct addrinfo *a, int *fd)
{
	int reason;

	*fd = socket(a->ai_family, a->ai_socktype | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (*fd < 0)
		return -1;
	if (connect(*fd, a->ai_addr, a->ai_addrlen) == 0)
		return 1;
	if (errno == EINPROGRESS)
		return 0;
	reason = errno;
	close(*fd);
	*fd = -1;
	errno = reason;
	return -1;
}

int sh_net_trouble(int fd)
{
	socklen_t len = sizeof(int);
	int reason = 0;

	return getsockopt(fd, SOL_SOCKET, SO_ERROR, &reason, &len) < 0 ? errno : reason;
}

/* A descriptor that is connected already, or -1: under way, or failed. */
static int begin(struct dial *d, const struct addrinfo *a)
{
	int fd, rc = sh_net_connect(a, &fd);

	if (rc > 0)
		return fd;
	if (rc == 0)
		d->at[d->n++] = (struct pollfd){ .fd = fd, .events = POLLOUT };
	else
		d->reason = errno;
	return -1;
}

/* The first attempt that succeeded; those that failed are taken out. */
static int conclude(struct dial *d)
{
	nfds_t kept = 0;
	int found = -1;

	for (nfds_t i = 0; i < d->n; i++) {
		int rc;

		if (found >= 0 || !d->at[i].revents) {
			d->at[kept++] = d->at[i];
			continue;
		}
		rc = sh_net_trouble(d->at[i].fd);
		if (rc == 0) {
			found = d->at[i].fd;
			continue;
		}
		d->reason = rc;
		close(d->at[i].fd);
	}
	d->n = kept;
	return found;
}

/* Until one succeeds or fails, or the time has come; -1 none succeeded. */
static int await(struct dial *d, int64_t until)
{
	int64_t left = until - sh_clock_mono();
	int rc = poll(d->at, d->n, left > 0 ? (int)((left + SH_MS - 1) / SH_MS) : 0);

	return rc > 0 ? conclude(d) : -1;
}

/* A descriptor, or -1 with errno. */
static int dial_any(const struct addrinfo *list, int64_t deadline)
{
	struct dial d = { .n = 0, .reason = ETIMEDOUT };
	int64_t turn = 0; /* of the next address */
	int fd = -1;

	while (fd < 0 && (list || d.n) && sh_clock_mono() < deadline) {
		bool more = list && d.n < TURNS_MAX;

		if (more && (!d.n || sh_clock_mono() >= turn)) {
			fd = begin(&d, list);
			list = list->ai_next;
			turn = sh_clock_mono() + TURN;
		} else {
			fd = await(&d, more && turn < deadline ? turn : deadline);
		}
	}
	errno = d.n ? ETIMEDOUT : d.reason;
	for (nfds_t i = 0; i < d.n; i++)
		close(d.at[i].fd);
	return fd;
}

/* The figure of the outcome (check.NAME) that says so of an errno; NULL none. */
static const char *figure_of(int reason)
{
	switch (reason) {
	case ECONNREFUSED:
		return "refused";
	case ETIMEDOUT:
		return "timed_out";
	case EADDRNOTAVAIL:
		return "no_port";
	case ENETUNREACH:
	case EHOSTUNREACH:
		return "unreachable";
	default:
		return NULL;
	}
}

void sh_net_tell_unconnected(const char *address, int reason, struct sh_outcome *out)
{
	const char *figure = figure_of(reason);

	sh_outcome_fail(out, "%.100s: %s", address, strerror(reason));
	if (figure)
		sh_outcome_add(out, figure, 1);
}

void sh_net_tell_unresolved(const char *name, int reason, struct sh_outcome *out)
{
	sh_outcome_fail(out, "cannot look up '%.80s': %s", name, gai_strerror(reason));
	sh_outcome_add(out, "unresolved", 1);
}

struct addrinfo *sh_net_numeric(const char *address, uint16_t port, int type)
{
	struct addrinfo want = { .ai_socktype = type, .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV }, *list;
	struct sh_address a;
	char service[8];

	if (!sh_address_parse(address, &a))
		return NULL;
	snprintf(service, sizeof(service), "%d", a.port ? a.port : port);
	return getaddrinfo(a.host, service, &want, &list) == 0 ? list : NULL;
}

int sh_net_dial(const char *address, uint16_t port, int type, int64_t deadline,
		struct sh_outcome *out)
{
	struct sh_net_phases took;

	return sh_net_dial_phases(address, port, type, deadline, &took, out);
}

int sh_net_dial_phases(const char *address, uint16_t port, int type, int64_t deadline,
		       struct sh_net_phases *took, struct sh_outcome *out)
{
	struct addrinfo want = { .ai_socktype = type }, *list = NULL;
	struct sh_address a;
	int64_t begun = sh_clock_mono();
	char service[8];
	int rc, fd;

	*took = (struct sh_net_phases){ NAN, NAN };
	if (!sh_address_parse(address, &a)) {
		sh_outcome_fail(out, "'%.100s' is no HOST:PORT", address);
		return -1;
	}
	snprintf(service, sizeof(service), "%d", a.port ? a.port : port);
	rc = getaddrinfo(a.host, service, &want, &list);
	if (rc != 0) {
		sh_net_tell_unresolved(a.host, rc, out);
		return -1;
	}
	took->look_up = sh_net_since(begun);
	fd = dial_any(list, deadline);
	if (fd < 0)
		sh_net_tell_unconnected(address, errno, out);
	else
		took->connect = sh_net_since(begun) - took->look_up;
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

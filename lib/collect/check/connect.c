/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "collect/check/connect.h"

#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"

/* More than the child's own limit: names are looked up by code that knows no deadline. */
#define GRACE (50 * SH_MS)

static bool split(char *address, char **host, char **port)
{
	char *colon = strrchr(address, ':');

	if (!colon || !colon[1])
		return false;
	*colon = '\0';
	*port = colon + 1;
	*host = address;
	if (*address == '[' && colon > address && colon[-1] == ']') {
		colon[-1] = '\0';
		*host = address + 1;
	}
	return **host != '\0';
}

/* 0 or an errno. */
static int connect_one(const struct addrinfo *a, int64_t deadline)
{
	int fd = socket(a->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	struct pollfd p = { .fd = fd, .events = POLLOUT };
	int64_t left = deadline - sh_clock_mono();
	int rc = 0;
	socklen_t len = sizeof(rc);

	if (fd < 0)
		return errno;
	if (connect(fd, a->ai_addr, a->ai_addrlen) < 0)
		rc = errno;
	if (rc == EINPROGRESS) {
		if (poll(&p, 1, left > 0 ? (int)(left / SH_MS) + 1 : 0) <= 0)
			rc = ETIMEDOUT;
		else if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &rc, &len) < 0)
			rc = errno;
	}
	close(fd);
	return rc;
}

static void try_addresses(const struct addrinfo *list, int64_t deadline,
			  struct sh_connect_result *r)
{
	int rc = 0;

	for (const struct addrinfo *a = list; a && !r->ok; a = a->ai_next) {
		rc = connect_one(a, deadline);
		r->ok = rc == 0;
	}
	if (!r->ok)
		snprintf(r->error, sizeof(r->error), "%s", strerror(rc));
}

static void connect_child(const void *arg, int fd)
{
	const struct sh_connect *k = arg;
	struct addrinfo want = { .ai_socktype = SOCK_STREAM }, *list = NULL;
	struct sh_connect_result r;
	char address[sizeof(k->address)], *host, *port;
	int64_t begun = sh_clock_mono();
	int rc;

	memset(&r, 0, sizeof(r));
	memcpy(address, k->address, sizeof(address));
	if (!split(address, &host, &port)) {
		snprintf(r.error, sizeof(r.error), "'%.100s' is no HOST:PORT", k->address);
	} else if ((rc = getaddrinfo(host, port, &want, &list)) != 0) {
		snprintf(r.error, sizeof(r.error), "cannot look up '%.80s': %s", host,
			 gai_strerror(rc));
	} else {
		try_addresses(list, begun + k->timeout, &r);
		r.time_ms = (double)(sh_clock_mono() - begun) / (double)SH_MS;
		freeaddrinfo(list);
	}
	if (sh_write_all(fd, &r, sizeof(r)) < 0)
		_exit(1);
}

int sh_connect_start(struct sh_connect *k, const char *address, int64_t timeout,
		     struct sh_error *err)
{
	memset(k, 0, sizeof(*k));
	if (strlen(address) >= sizeof(k->address))
		return sh_error_set(err, SH_ERRC_CONFIG, "the address '%.40s…' is too long", address);
	snprintf(k->address, sizeof(k->address), "%s", address);
	k->timeout = timeout;
	k->deadline = sh_clock_mono() + timeout + GRACE;
	return sh_bounded_start(&k->child, connect_child, k, err);
}

void sh_connect_finish(struct sh_connect *k, struct sh_connect_result *out)
{
	pid_t stuck;

	if (sh_bounded_finish(&k->child, out, sizeof(*out), k->deadline, &stuck) == sizeof(*out))
		return;
	memset(out, 0, sizeof(*out));
	snprintf(out->error, sizeof(out->error), "no answer within %d ms",
		 (int)(k->timeout / SH_MS));
}

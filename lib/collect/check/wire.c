/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "collect/check/wire.h"

#include <errno.h>
#include <math.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "collect/check/http.h"

static bool speaks_http(const struct sh_wire *w)
{
	return w->check->kind == SH_CHECK_HTTP;
}

static bool is_simple(const struct sh_check *k)
{
	if (k->expect)
		return false;
	return (k->kind == SH_CHECK_TCP && !k->send) || (k->kind == SH_CHECK_HTTP && sh_http_is_plain(k));
}

/* It is over, for better or worse. */
static void conclude(struct sh_wire *w)
{
	if (w->fd >= 0)
		close(w->fd);
	w->fd = -1;
	if (speaks_http(w))
		sh_http_conclude(w->check, &w->answer, w->whole, &w->took, w->asked, w->out);
	else if (w->connected)
		w->out->time_ms = w->took.look_up + w->took.connect;
}

static void fail_to_connect(struct sh_wire *w, int reason)
{
	sh_net_tell_unconnected(w->authority, reason, w->out);
	conclude(w);
}

static void send_some(struct sh_wire *w)
{
	ssize_t n = send(w->fd, w->request.data + w->sent, w->request.len - w->sent, MSG_NOSIGNAL);

	if (n >= 0) {
		w->sent += (size_t)n;
	} else if (errno != EAGAIN && errno != EINTR) {
		sh_outcome_fail(w->out, "cannot send: %s", strerror(errno));
		conclude(w);
	}
}

static void hear_some(struct sh_wire *w)
{
	char data[16384];
	ssize_t n = recv(w->fd, data, sizeof(data), 0);
	int rc = 0;

	if (n >= 0) {
		rc = sh_http_reader_feed(&w->reader, data, (size_t)n);
	} else if (errno != EAGAIN && errno != EINTR) {
		sh_outcome_fail(w->out, "no answer: %s", strerror(errno));
		rc = -1;
	}
	w->whole = rc > 0;
	if (rc)
		conclude(w);
}

/* The connection stands. */
static void go_on(struct sh_wire *w)
{
	w->connected = true;
	w->asked = sh_clock_mono();
	w->took.connect = sh_net_since(w->begun) - w->took.look_up;
	if (speaks_http(w))
		send_some(w);
	else
		conclude(w);
}

static void dial(struct sh_wire *w, const struct addrinfo *a)
{
	int rc = sh_net_connect(a, &w->fd);

	w->took.look_up = sh_net_since(w->begun);
	if (rc > 0)
		go_on(w);
	else if (rc < 0)
		fail_to_connect(w, errno);
}

/* Port 0: an address without one is none. */
static struct addrinfo *address_of(const struct sh_check *k, char authority[SH_NET_AUTHORITY])
{
	struct sh_http_target t;

	if (k->kind == SH_CHECK_TCP)
		snprintf(authority, SH_NET_AUTHORITY, "%s", k->address);
	else if (sh_http_take_apart(k->address, &t))
		snprintf(authority, SH_NET_AUTHORITY, "%s", t.authority);
	else
		return NULL;
	return sh_net_numeric(authority, k->kind == SH_CHECK_HTTP ? 80 : 0, SOCK_STREAM);
}

struct sh_wire *sh_wire_start(const struct sh_check *k, int64_t deadline, struct sh_outcome *out)
{
	int64_t begun = sh_clock_mono();
	char authority[SH_NET_AUTHORITY];
	struct addrinfo *a = is_simple(k) ? address_of(k, authority) : NULL;
	struct sh_wire *w;

	if (!a)
		return NULL;
	w = sh_malloc(sizeof(*w));
	*w = (struct sh_wire){ .check = k, .out = out, .begun = begun, .deadline = deadline, .fd = -1,
			       .took = { NAN, NAN }, .request = SH_BUF_INIT, .answer.body = SH_BUF_INIT };
	memcpy(w->authority, authority, sizeof(authority));
	if (speaks_http(w)) {
		sh_http_request(k, &w->request);
		sh_http_reader_init(&w->reader, &w->answer, sh_http_is_head(k), out);
	}
	dial(w, a);
	freeaddrinfo(a);
	return w;
}

struct pollfd sh_wire_watch(const struct sh_wire *w)
{
	bool talks = !w->connected || w->sent < w->request.len;

	return (struct pollfd){ .fd = w->fd, .events = talks ? POLLOUT : POLLIN };
}

static void step(struct sh_wire *w)
{
	int reason;

	if (w->connected && w->sent < w->request.len) {
		send_some(w);
	} else if (w->connected) {
		hear_some(w);
	} else {
		reason = sh_net_trouble(w->fd);
		if (reason)
			fail_to_connect(w, reason);
		else
			go_on(w);
	}
}

static void give_up(struct sh_wire *w)
{
	if (!w->connected) {
		fail_to_connect(w, ETIMEDOUT);
		return;
	}
	sh_outcome_fail(w->out, w->sent < w->request.len ? "it takes nothing in time" : "no answer in time");
	conclude(w);
}

bool sh_wire_turn(struct sh_wire *w, short revents)
{
	if (w->fd >= 0 && revents)
		step(w);
	if (w->fd >= 0 && sh_clock_mono() >= w->deadline)
		give_up(w);
	return w->fd < 0;
}

void sh_wire_free(struct sh_wire *w)
{
	if (!w)
		return;
	if (w->fd >= 0)
		close(w->fd);
	sh_buf_release(&w->request);
	sh_buf_release(&w->answer.body);
	sh_http_reader_release(&w->reader);
	free(w);
}

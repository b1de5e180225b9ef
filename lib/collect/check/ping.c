/* SPDX-License-Identifier: MIT */
/* ICMP echo: how many of a few come back, and how fast. */
#include "config.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/icmp6.h>
#include <netinet/in.h>
#include <netinet/ip.h>
#include <netinet/ip_icmp.h>
#include <poll.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/address.h"
#include "base/clock.h"
#include "collect/check/net.h"
#include "collect/check/ways.h"
#include "config/check.h"

#define DEFAULT_COUNT 3
#define MAX_COUNT 20
#define SPACING (200 * SH_MS)

/* What is sent behind the ICMP header; the token keeps the echoes of other pings apart. */
struct payload {
	uint64_t token;
	uint32_t number;
	char fill[44]; /* 56 bytes in all, as everybody sends */
};

struct echo {
	uint8_t type, code;
	uint16_t checksum, id, sequence;
	struct payload payload;
};

struct ping {
	int fd;
	bool v6, raw;
	uint64_t token;
	int64_t sent[MAX_COUNT];
	double rtt[MAX_COUNT]; /* ms; below 0: none came */
	int count, received;
};

static uint16_t checksum(const void *data, size_t len)
{
	const unsigned char *p = data;
	uint32_t sum = 0;

	for (size_t i = 0; i + 1 < len; i += 2)
		sum += (uint32_t)(p[i] << 8 | p[i + 1]);
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return htons((uint16_t)~sum);
}

/* Without privilege where the kernel allows it (net.ipv4.ping_group_range), else raw. */
static int open_socket(struct ping *p, const struct addrinfo *to, struct sh_outcome *out)
{
	int protocol = to->ai_family == AF_INET6 ? (int)IPPROTO_ICMPV6 : (int)IPPROTO_ICMP;
	int flags = SOCK_NONBLOCK | SOCK_CLOEXEC;

	p->v6 = to->ai_family == AF_INET6;
	p->fd = socket(to->ai_family, SOCK_DGRAM | flags, protocol);
	if (p->fd < 0) {
		p->fd = socket(to->ai_family, SOCK_RAW | flags, protocol);
		p->raw = true;
	}
	if (p->fd < 0)
		sh_outcome_fail(out, "this user may not ping: %s", strerror(errno));
	else if (connect(p->fd, to->ai_addr, to->ai_addrlen) < 0)
		sh_outcome_fail(out, "%s", strerror(errno));
	return out->error[0] ? -1 : 0;
}

static void send_one(struct ping *p, int number, struct sh_outcome *out)
{
	struct echo e;

	memset(&e, 0, sizeof(e));
	e.type = p->v6 ? ICMP6_ECHO_REQUEST : ICMP_ECHO;
	e.id = htons((uint16_t)p->token);
	e.sequence = htons((uint16_t)number);
	e.payload.token = p->token;
	e.payload.number = (uint32_t)number;
	if (!p->v6)
		e.checksum = checksum(&e, sizeof(e));
	p->sent[number] = sh_clock_mono();
	/* It may be an error that came for the one before. */
	if (send(p->fd, &e, sizeof(e), MSG_NOSIGNAL) < 0)
		sh_outcome_fail(out, "%s", strerror(errno));
}

/* Raw sockets of IPv4 give the IP header too. */
static void take_one(struct ping *p, const char *data, size_t len)
{
	size_t skip = p->raw && !p->v6 && len ? (size_t)(data[0] & 15) * 4 : 0;
	struct echo e;

	if (len < skip + sizeof(e))
		return;
	memcpy(&e, data + skip, sizeof(e));
	if (e.type != (p->v6 ? ICMP6_ECHO_REPLY : ICMP_ECHOREPLY) || e.payload.token != p->token ||
	    e.payload.number >= (uint32_t)p->count || p->rtt[e.payload.number] >= 0)
		return;
	p->rtt[e.payload.number] = sh_net_since(p->sent[e.payload.number]);
	p->received++;
}

static void receive_until(struct ping *p, int64_t until, bool all, struct sh_outcome *out)
{
	char data[2048];

	while (!(all && p->received == p->count) && sh_net_wait(p->fd, POLLIN, until)) {
		ssize_t n = recv(p->fd, data, sizeof(data), 0);

		if (n >= 0)
			take_one(p, data, (size_t)n);
		else if (errno != EAGAIN && errno != EINTR)
			sh_outcome_fail(out, "%s", strerror(errno));
		if (out->error[0])
			return;
	}
}

static void judge(const struct sh_check *k, const struct ping *p, struct sh_outcome *out)
{
	double sum = 0, min = 0, max = 0, loss = 100.0 * (p->count - p->received) / p->count;
	int n = 0;

	for (int i = 0; i < p->count; i++) {
		if (p->rtt[i] < 0)
			continue;
		sum += p->rtt[i];
		if (n++ == 0 || p->rtt[i] < min)
			min = p->rtt[i];
		if (p->rtt[i] > max)
			max = p->rtt[i];
	}
	sh_outcome_add(out, "loss", loss);
	if (n) {
		out->time_ms = sum / n;
		sh_outcome_add(out, "rtt_min_ms", min);
		sh_outcome_add(out, "rtt_max_ms", max);
	}
	if (!n)
		sh_outcome_fail(out, "no answer in time");
	if (k->max_loss != SH_CHECK_UNSET && loss > (double)k->max_loss)
		sh_outcome_fail(out, "%.0f %% of the packets were lost", loss);
}

static void run(const struct sh_check *k, struct ping *p, int64_t deadline, struct sh_outcome *out)
{
	int64_t spacing = (deadline - sh_clock_mono()) / (2 * p->count);

	if (spacing > SPACING)
		spacing = SPACING;
	for (int i = 0; i < p->count && !out->error[0]; i++) {
		p->rtt[i] = -1;
		send_one(p, i, out);
		if (!out->error[0] && i + 1 < p->count)
			receive_until(p, sh_clock_mono() + spacing, false, out);
	}
	if (!out->error[0])
		receive_until(p, deadline, true, out);
	/* Who was hindered from asking, or from listening, knows of no loss. */
	if (!out->error[0])
		judge(k, p, out);
}

void sh_check_ping(const struct sh_check *k, int64_t deadline, struct sh_outcome *out)
{
	struct addrinfo want = { .ai_socktype = SOCK_DGRAM }, *list = NULL;
	struct ping p = { .fd = -1 };
	struct sh_address a = { "", 0 };
	int rc = sh_address_parse(k->address, &a) ? getaddrinfo(a.host, NULL, &want, &list) :
						    EAI_NONAME;

	if (rc != 0) {
		sh_net_tell_unresolved(k->address, rc, out);
		return;
	}
	p.count = k->count == SH_CHECK_UNSET ? DEFAULT_COUNT : (int)k->count;
	for (int i = 0; i < MAX_COUNT; i++)
		p.rtt[i] = -1;
	if (getrandom(&p.token, sizeof(p.token), 0) != sizeof(p.token))
		p.token = (uint64_t)sh_clock_mono();
	if (open_socket(&p, list, out) == 0)
		run(k, &p, deadline, out);
	if (p.fd >= 0)
		close(p.fd);
	freeaddrinfo(list);
}

/* SPDX-License-Identifier: MIT */
/* What a named server answers for a name. */
#include "config.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "collect/check/dns_message.h"
#include "collect/check/net.h"
#include "collect/check/ways.h"
#include "config/check.h"

#define PORT 53
#define MAX_WANTED 64

struct exchange {
	const char *address;
	int64_t deadline;
	struct sh_outcome *out;
	char question[SH_DNS_MAX_QUESTION];
	size_t asked;
	char message[65536];
	size_t got;
	struct sh_dns_answer answer;
};

static struct sh_span question_of(const struct exchange *x)
{
	return (struct sh_span){ x->question, x->asked };
}

static struct sh_span message_of(const struct exchange *x)
{
	return (struct sh_span){ x->message, x->got };
}

/* Answers to other questions are not ours, whoever sent them: wait on. */
static int ask_udp(struct exchange *x)
{
	int fd = sh_net_dial(x->address, PORT, SOCK_DGRAM, x->deadline, x->out);
	int rc = -1;

	if (fd < 0)
		return -1;
	if (sh_net_send(fd, x->question, x->asked, x->deadline, x->out) == 0) {
		ssize_t n;

		while (rc < 0 && (n = sh_net_receive(fd, x->message, sizeof(x->message), x->deadline,
						     x->out)) >= 0) {
			x->got = (size_t)n;
			if (!sh_dns_open(message_of(x), question_of(x), &x->answer))
				rc = 0;
		}
	}
	close(fd);
	return rc;
}

static int receive_all(int fd, struct exchange *x, char *data, size_t len)
{
	while (len) {
		ssize_t n = sh_net_receive(fd, data, len, x->deadline, x->out);

		if (n == 0)
			sh_outcome_fail(x->out, "it hung up");
		if (n <= 0)
			return -1;
		data += n;
		len -= (size_t)n;
	}
	return 0;
}

static int ask_tcp(struct exchange *x)
{
	char ask[SH_DNS_MAX_QUESTION + 2], len[2];
	int fd = sh_net_dial(x->address, PORT, SOCK_STREAM, x->deadline, x->out);
	const char *wrong;

	if (fd < 0)
		return -1;
	ask[0] = (char)(x->asked >> 8);
	ask[1] = (char)x->asked;
	memcpy(ask + 2, x->question, x->asked);
	x->got = 0;
	if (sh_net_send(fd, ask, x->asked + 2, x->deadline, x->out) == 0 &&
	    receive_all(fd, x, len, 2) == 0) {
		size_t size = (size_t)((unsigned char)len[0] << 8 | (unsigned char)len[1]);

		if (receive_all(fd, x, x->message, size) == 0)
			x->got = size;
	}
	close(fd);
	wrong = sh_dns_open(message_of(x), question_of(x), &x->answer);
	if (wrong)
		sh_outcome_fail(x->out, "%s", wrong);
	return wrong ? -1 : 0;
}

static void note_wanted(const struct sh_check *k, const char *text, bool found[MAX_WANTED])
{
	for (size_t i = 0; k->answer && k->answer[i] && i < MAX_WANTED; i++)
		found[i] |= strcasecmp(k->answer[i], text) == 0;
}

static void judge(const struct sh_check *k, uint16_t type, struct exchange *x)
{
	bool found[MAX_WANTED] = { false };
	size_t at = x->answer.at, count = 0;
	struct sh_dns_record r;
	double ttl = 0;

	if (x->answer.rcode) {
		sh_outcome_fail(x->out, "it answers %s", sh_dns_rcode(x->answer.rcode));
		return;
	}
	for (unsigned i = 0; i < x->answer.count; i++) {
		if (!sh_dns_next(message_of(x), &at, &r)) {
			sh_outcome_fail(x->out, "the answer cannot be understood");
			return;
		}
		if (r.type != type)
			continue; /* a CNAME on the way */
		if (count++ == 0 || ttl > r.ttl)
			ttl = r.ttl;
		note_wanted(k, r.text, found);
	}
	sh_outcome_add(x->out, "answers", (double)count);
	if (count)
		sh_outcome_add(x->out, "ttl_s", ttl);
	if (count == 0)
		sh_outcome_fail(x->out, "it has no such record");
	for (size_t i = 0; k->answer && k->answer[i]; i++)
		if (i >= MAX_WANTED || !found[i])
			sh_outcome_fail(x->out, "'%.100s' is not among the answers", k->answer[i]);
}

void sh_check_dns(const struct sh_check *k, int64_t deadline, struct sh_outcome *out)
{
	struct exchange x = { .address = k->address, .deadline = deadline, .out = out };
	uint16_t type = sh_dns_type(k->type ? k->type : "A"), id = 1;
	int64_t begun = sh_clock_mono();

	if (getrandom(&id, sizeof(id), 0) != sizeof(id))
		id = (uint16_t)begun;
	x.asked = type ? sh_dns_ask(x.question, id, k->name, type) : 0;
	if (!x.asked) {
		sh_outcome_fail(out, type ? "'%.100s' is no name" : "there is no type '%.20s' here",
				type ? k->name : k->type);
		return;
	}
	if (ask_udp(&x) < 0 || (x.answer.truncated && ask_tcp(&x) < 0))
		return;
	out->time_ms = sh_net_since(begun);
	judge(k, type, &x);
}

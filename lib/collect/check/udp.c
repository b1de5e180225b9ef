/* SPDX-License-Identifier: MIT */
/* Whether a UDP port refuses, or answers as expected. */
#include "config.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "collect/check/net.h"
#include "collect/check/ways.h"
#include "expr/regex.h"

/* Who says nothing may be well: that nobody refused in this time is all that can be known. */
#define SILENCE SH_SEC

/* Whether a datagram that came is the wanted one; one that is not may be followed by one that is. */
static bool is_expected(const char *pattern, struct sh_span text, struct sh_outcome *out)
{
	char why[120] = "";
	void *regex = sh_regex_compile(sh_span_of(pattern), why, sizeof(why));
	int found = regex ? sh_regex_search(regex, text, why, sizeof(why)) : -1;

	sh_regex_free(regex);
	if (found < 0)
		sh_outcome_fail(out, "cannot match the answer: %s", why);
	return found > 0;
}

static void await(const struct sh_check *k, int fd, int64_t begun, int64_t deadline,
		  struct sh_outcome *out)
{
	bool answered = false;
	char data[65536];

	if (!k->expect && deadline > begun + SILENCE)
		deadline = begun + SILENCE;
	while (!out->error[0] && sh_net_wait(fd, POLLIN, deadline)) {
		ssize_t n = recv(fd, data, sizeof(data), 0);

		if (n < 0 && errno != EAGAIN && errno != EINTR)
			sh_outcome_fail(out, "%.100s: %s", k->address, strerror(errno));
		if (n < 0)
			continue;
		answered = true;
		if (!k->expect || is_expected(k->expect, (struct sh_span){ data, (size_t)n }, out)) {
			out->time_ms = sh_net_since(begun);
			return;
		}
	}
	if (k->expect)
		sh_outcome_fail(out, answered ? "the answer is not as expected" : "no answer in time");
}

void sh_check_udp(const struct sh_check *k, int64_t deadline, struct sh_outcome *out)
{
	int64_t begun = sh_clock_mono();
	int fd = sh_net_dial(k->address, 0, SOCK_DGRAM, deadline, out);
	const char *data = k->send ? k->send : "";

	if (fd < 0)
		return;
	if (send(fd, data, strlen(data), MSG_NOSIGNAL) < 0)
		sh_outcome_fail(out, "%.100s: %s", k->address, strerror(errno));
	else
		await(k, fd, begun, deadline, out);
	close(fd);
}

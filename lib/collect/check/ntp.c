/* SPDX-License-Identifier: MIT */
/* What time a server says it is, by SNTP (RFC 4330). */
#include "config.h"

#include <errno.h>
#include <math.h>
#include <poll.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "collect/check/net.h"
#include "collect/check/protocol.h"
#include "collect/check/ways.h"
#include "config/check.h"

#define CLIENT_V4 0x23

static void judge(const struct sh_check *k, const struct sh_ntp_answer *a, int64_t sent,
		  int64_t received, struct sh_outcome *out)
{
	int64_t offset = ((a->received - sent) + (a->sent - received)) / 2;
	double ms = (double)offset / (double)SH_MS;

	sh_outcome_add(out, "offset_ms", ms);
	sh_outcome_add(out, "stratum", a->stratum);
	if (k->max_offset != SH_CHECK_UNSET && fabs(ms) > (double)k->max_offset / (double)SH_MS)
		sh_outcome_fail(out, "this clock is %.3f ms off", ms);
}

/*
 * Anybody may send to our port: only what brings the cookie back is the answer,
 * and what came instead is told when there was none in time. False when there was none.
 */
static bool await(int fd, uint64_t cookie, int64_t deadline, char answer[SH_NTP_LEN],
		  struct sh_outcome *out)
{
	const char *came = NULL;
	char data[512];

	while (sh_clock_mono() < deadline && sh_net_wait(fd, POLLIN, deadline)) {
		ssize_t n = recv(fd, data, sizeof(data), 0);

		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			continue;
		if (n < 0) {
			sh_outcome_fail(out, "no answer: %s", strerror(errno));
			return false;
		}
		came = sh_ntp_foreign((struct sh_span){ data, (size_t)n }, cookie);
		if (!came) {
			memcpy(answer, data, SH_NTP_LEN);
			return true;
		}
	}
	sh_outcome_fail(out, "%s", came ? came : "no answer in time");
	return false;
}

static void conclude(const struct sh_check *k, const char answer[SH_NTP_LEN], uint64_t cookie,
		     int64_t sent, int64_t took, struct sh_outcome *out)
{
	struct sh_ntp_answer a = { .stratum = 1 };
	const char *wrong = sh_ntp_read((struct sh_span){ answer, SH_NTP_LEN }, cookie, &a);

	if (wrong)
		sh_outcome_fail(out, "%s%s%s", wrong, a.stratum ? "" : ": ", a.stratum ? "" : a.reference);
	else
		judge(k, &a, sent, sent + took, out);
	out->time_ms = (double)took / (double)SH_MS;
}

void sh_check_ntp(const struct sh_check *k, int64_t deadline, struct sh_outcome *out)
{
	int fd = sh_net_dial(k->address, sh_check_rows[k->kind].port, SOCK_DGRAM, deadline, out);
	char ask[SH_NTP_LEN] = { CLIENT_V4 }, answer[SH_NTP_LEN];
	int64_t sent, begun;
	uint64_t cookie;

	if (fd < 0)
		return;
	/* Random instead of our time: nobody who does not see it can answer (and it is not told). */
	if (getrandom(ask + 40, 8, 0) != 8)
		memset(ask + 40, 1, 8);
	cookie = 0;
	for (int i = 0; i < 8; i++)
		cookie = cookie << 8 | (unsigned char)ask[40 + i];
	begun = sh_clock_mono();
	sent = sh_clock_wall();
	if (sh_net_send(fd, ask, sizeof(ask), deadline, out) == 0 &&
	    await(fd, cookie, deadline, answer, out))
		conclude(k, answer, cookie, sent, sh_clock_mono() - begun, out);
	close(fd);
}

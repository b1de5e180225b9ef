/* SPDX-License-Identifier: MIT */
/* What time a server says it is, by SNTP (RFC 4330). */
#include "config.h"

#include <math.h>
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

void sh_check_ntp(const struct sh_check *k, int64_t deadline, struct sh_outcome *out)
{
	int fd = sh_net_dial(k->address, sh_check_rows[k->kind].port, SOCK_DGRAM, deadline, out);
	char ask[SH_NTP_LEN] = { CLIENT_V4 }, answer[512];
	struct sh_ntp_answer a = { .stratum = 1 };
	const char *wrong;
	int64_t sent, begun;
	uint64_t cookie;
	ssize_t n;

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
	    (n = sh_net_receive(fd, answer, sizeof(answer), deadline, out)) >= 0) {
		int64_t took = sh_clock_mono() - begun;

		wrong = sh_ntp_read((struct sh_span){ answer, (size_t)n }, cookie, &a);
		if (wrong)
			sh_outcome_fail(out, "%s%s%s", wrong, a.stratum ? "" : ": ", a.stratum ? "" : a.reference);
		else
			judge(k, &a, sent, sent + took, out);
		out->time_ms = (double)took / (double)SH_MS;
	}
	close(fd);
}

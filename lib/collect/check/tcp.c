/* SPDX-License-Identifier: MIT */
/* Whether something answers on a TCP port. */
#include "config.h"

#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "collect/check/net.h"
#include "collect/check/ways.h"

void sh_check_tcp(const struct sh_check *k, int64_t deadline, struct sh_outcome *out)
{
	int64_t begun = sh_clock_mono();
	int fd = sh_net_dial(k->address, 0, SOCK_STREAM, deadline, out);

	if (fd < 0)
		return;
	out->time_ms = sh_net_since(begun);
	close(fd);
}

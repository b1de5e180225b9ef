/* SPDX-License-Identifier: MIT */
/* connect - whether something answers on a TCP port, in bounded time */
#ifndef SH_COLLECT_CONNECT_H
#define SH_COLLECT_CONNECT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "collect/bounded.h"

struct sh_connect {
	struct sh_bounded child;
	int64_t deadline;
	char address[320];
	int64_t timeout;
};

struct sh_connect_result {
	bool ok;
	double time_ms;  /* name look-up and connection, when ok */
	char error[160]; /* why not */
};

/* ADDRESS is HOST:PORT or [IPV6]:PORT. Begins; several may be under way at once. */
int sh_connect_start(struct sh_connect *k, const char *address, int64_t timeout,
		     struct sh_error *err);
/* Wait for its end, at most to its timeout. */
void sh_connect_finish(struct sh_connect *k, struct sh_connect_result *out);

#endif

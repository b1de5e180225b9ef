/* SPDX-License-Identifier: MIT */
/*
 * notify - tell the service manager how we are, as sd_notify(3) has it
 *
 * One datagram to the socket that NOTIFY_SOCKET names; without it nothing is done.
 * The protocol is systemd's, and other managers speak it; no library is needed.
 */
#ifndef SH_SCHEDULE_NOTIFY_H
#define SH_SCHEDULE_NOTIFY_H

#include <stdint.h>

/* Lines such as "READY=1". Failing is silent: nobody listens. */
void sh_notify(const char *state);
/* How often the manager wants a sign of life, ns: half of WATCHDOG_USEC; 0 never. */
int64_t sh_notify_interval(void);

#endif

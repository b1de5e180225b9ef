/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "schedule/notify.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/num.h"

#define MIN_INTERVAL INT64_C(1000000) /* 1 ms */
#define MAX_USEC     INT64_C(86400000000)

void sh_notify(const char *state)
{
	const char *name = getenv("NOTIFY_SOCKET");
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	size_t len = name ? strlen(name) : 0;
	int fd;

	if (len < 2 || len >= sizeof(address.sun_path) || (*name != '/' && *name != '@'))
		return;
	memcpy(address.sun_path, name, len);
	if (*name == '@')
		address.sun_path[0] = '\0'; /* an abstract one */
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return;
	if (connect(fd, (const struct sockaddr *)(const void *)&address,
		    (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len)) == 0)
		send(fd, state, strlen(state), MSG_NOSIGNAL);
	close(fd);
}

int64_t sh_notify_interval(void)
{
	const char *usec = getenv("WATCHDOG_USEC"), *whose = getenv("WATCHDOG_PID");
	int64_t v, pid;

	if (!usec || sh_parse_i64(usec, &v) < 0 || v <= 0 || v > MAX_USEC)
		return 0;
	if (whose && (sh_parse_i64(whose, &pid) < 0 || pid != getpid()))
		return 0;
	v = v * 1000 / 2;
	return v < MIN_INTERVAL ? MIN_INTERVAL : v;
}

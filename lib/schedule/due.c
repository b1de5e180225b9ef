/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "schedule/due.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

int64_t sh_due(const struct sh_last *last, int64_t every, int64_t now)
{
	if (!last->started || last->started - now > every)
		return now;
	return last->started + every;
}

size_t sh_last_format(char out[SH_LAST_TEXT], const struct sh_last *last)
{
	return (size_t)snprintf(out, SH_LAST_TEXT,
				"1 %" PRId64 " %" PRId64 " %" PRId64 " %" PRId64 " %" PRId64 " %d",
				last->started, last->ended, last->success, last->due,
				last->failures, last->running);
}

int sh_last_parse(struct sh_last *last, const char *text, size_t len)
{
	char copy[SH_LAST_TEXT];
	int running = 0, end = 0;

	*last = (struct sh_last){ 0 };
	if (len >= sizeof(copy))
		return -1;
	memcpy(copy, text, len);
	copy[len] = '\0';
	if (sscanf(copy, "1 %" SCNd64 " %" SCNd64 " %" SCNd64 " %" SCNd64 " %" SCNd64 " %d%n",
		   &last->started, &last->ended, &last->success, &last->due, &last->failures,
		   &running, &end) != 6 || copy[end])
		return -1;
	last->running = running;
	return 0;
}

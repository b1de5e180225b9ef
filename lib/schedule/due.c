/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "schedule/due.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/num.h"

#define FORMAT 1 /* the first number of the text */
#define FIELDS 7

int64_t sh_due(const struct sh_last *last, int64_t every, int64_t now)
{
	if (!last->started || last->started - now > every)
		return now;
	return last->started + every;
}

size_t sh_last_format(char out[SH_LAST_TEXT], const struct sh_last *last)
{
	return (size_t)snprintf(out, SH_LAST_TEXT,
				"%d %" PRId64 " %" PRId64 " %" PRId64 " %" PRId64 " %" PRId64 " %d",
				FORMAT, last->started, last->ended, last->success, last->due,
				last->failures, last->running);
}

int sh_last_parse(struct sh_last *last, const char *text, size_t len)
{
	char copy[SH_LAST_TEXT];
	int64_t v[FIELDS];
	size_t n = 0;

	*last = (struct sh_last){ 0 };
	if (len >= sizeof(copy))
		return -1;
	memcpy(copy, text, len);
	copy[len] = '\0';
	for (char *word = copy, *next; word; word = next, n++) {
		next = strchr(word, ' ');
		if (next)
			*next++ = '\0';
		if (n == FIELDS || sh_parse_i64(word, &v[n]) < 0)
			return -1;
	}
	if (n != FIELDS || v[0] != FORMAT)
		return -1;
	*last = (struct sh_last){ v[1], v[2], v[3], v[4], v[5], v[6] != 0 };
	return 0;
}

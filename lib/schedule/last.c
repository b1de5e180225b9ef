/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "base/num.h"
#include "schedule/due.h"

#define FORMAT	   2 /* the first number of the text */
#define OLD_FIELDS 7 /* of format 1, with a seventh that said whether it was running */

static const size_t members[] = {
	offsetof(struct sh_last, started),   offsetof(struct sh_last, ended),
	offsetof(struct sh_last, success),   offsetof(struct sh_last, due),
	offsetof(struct sh_last, failures),  offsetof(struct sh_last, succeeded),
	offsetof(struct sh_last, after),     offsetof(struct sh_last, attempt),
	offsetof(struct sh_last, retry),     offsetof(struct sh_last, queued),
	offsetof(struct sh_last, caught),
};

#define MEMBERS (sizeof(members) / sizeof(members[0]))
_Static_assert(MEMBERS * 21 + 4 < SH_LAST_TEXT, "all numbers fit");

static int64_t *member(struct sh_last *last, size_t i)
{
	return (int64_t *)(void *)((char *)last + members[i]);
}

size_t sh_last_format(char out[SH_LAST_TEXT], const struct sh_last *last)
{
	struct sh_last copy = *last;
	size_t len = (size_t)snprintf(out, SH_LAST_TEXT, "%d", FORMAT);

	for (size_t i = 0; i < MEMBERS; i++)
		len += (size_t)snprintf(out + len, SH_LAST_TEXT - len, " %" PRId64, *member(&copy, i));
	return len;
}

int sh_last_parse(struct sh_last *last, const char *text, size_t len)
{
	char copy[SH_LAST_TEXT];
	int64_t v[MEMBERS + 1];
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
		if (n > MEMBERS || sh_parse_i64(word, &v[n]) < 0)
			return -1;
	}
	if (!(v[0] == FORMAT && n == MEMBERS + 1) && !(v[0] == 1 && n == OLD_FIELDS))
		return -1;
	/* The older one has the first five; what ran then has ended, however it did. */
	for (size_t i = 0; i < (v[0] == 1 ? 5 : MEMBERS); i++)
		*member(last, i) = v[i + 1];
	return 0;
}

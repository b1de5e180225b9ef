/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "expr/tz.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/zone.h"

#define MAX_NAME 64

struct sh_tz {
	struct sh_zone *named; /* or NULL */
	int64_t fixed;
};

static bool take_two(const char *p, int max, int *out)
{
	if (p[0] < '0' || p[0] > '9' || p[1] < '0' || p[1] > '9')
		return false;
	*out = (p[0] - '0') * 10 + (p[1] - '0');
	return *out <= max;
}

/* "UTC", "02:00", "+02:00", "-09:30". */
static bool parse_fixed(struct sh_span s, int64_t *offset)
{
	int sign = 1, h, m;

	*offset = 0;
	if (!s.len || sh_span_is(s, "UTC") || sh_span_is(s, "Z"))
		return true;
	if (s.len == 6 && (*s.p == '+' || *s.p == '-')) {
		sign = *s.p == '-' ? -1 : 1;
		sh_span_cut(&s, 1);
	}
	if (s.len != 5 || s.p[2] != ':' || !take_two(s.p, 23, &h) || !take_two(s.p + 3, 59, &m))
		return false;
	*offset = sign * (h * 3600 + m * 60);
	return true;
}

struct sh_tz *sh_tz_find(struct sh_span text)
{
	struct sh_error ignored = SH_ERROR_INIT;
	struct sh_tz tz = { NULL, 0 }, *out;
	char name[MAX_NAME];

	if (!parse_fixed(text, &tz.fixed)) {
		if (text.len >= sizeof(name) || memchr(text.p, '\0', text.len))
			return NULL;
		memcpy(name, text.p, text.len);
		name[text.len] = '\0';
		if (sh_zone_open(&tz.named, name, &ignored) < 0)
			return NULL;
	}
	out = sh_malloc(sizeof(*out));
	*out = tz;
	return out;
}

int64_t sh_tz_offset(const struct sh_tz *tz, int64_t sec)
{
	return tz->named ? sh_zone_offset(tz->named, sec) : tz->fixed;
}

void sh_tz_free(struct sh_tz *tz)
{
	if (!tz)
		return;
	sh_zone_free(tz->named);
	free(tz);
}

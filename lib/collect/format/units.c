/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "collect/format/units.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "base/num.h"

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

struct sh_span sh_unit_trim(struct sh_span s)
{
	while (s.len && is_blank(s.p[0])) {
		s.p++;
		s.len--;
	}
	while (s.len && is_blank(s.p[s.len - 1]))
		s.len--;
	return s;
}

double sh_unit_number(struct sh_span s)
{
	char text[64];
	double v;

	if (!s.len || s.len >= sizeof(text) || memchr(s.p, '\0', s.len))
		return NAN;
	memcpy(text, s.p, s.len);
	text[s.len] = '\0';
	return sh_parse_double(text, &v) == 0 ? v : NAN;
}

/* The power that the letter of UNIT stands for; -1 for none. */
static int power_of(char letter)
{
	static const char letters[] = "KMGTPEZ";
	const char *at;

	if (letter == 'k')
		letter = 'K';
	at = letter ? strchr(letters, letter) : NULL;
	return at ? (int)(at - letters) + 1 : -1;
}

static double scale_of(struct sh_span unit)
{
	int power;

	if (!unit.len || sh_span_is(unit, "B"))
		return 1;
	power = power_of(unit.p[0]);
	if (power < 0)
		return NAN;
	if (unit.len == 1 || (unit.len == 3 && unit.p[1] == 'i' && unit.p[2] == 'B') ||
	    (unit.len == 2 && unit.p[1] == 'i'))
		return pow(1024, power);
	return unit.len == 2 && unit.p[1] == 'B' ? pow(1000, power) : NAN;
}

double sh_unit_bytes(struct sh_span s)
{
	size_t digits = 0;
	double v, scale;

	s = sh_unit_trim(s);
	if (!s.len)
		return NAN;
	while (digits < s.len && (strchr("+-.", s.p[digits]) ? s.p[digits] != '\0' :
				  s.p[digits] >= '0' && s.p[digits] <= '9'))
		digits++;
	v = sh_unit_number((struct sh_span){ s.p, digits });
	scale = scale_of(sh_unit_trim((struct sh_span){ s.p + digits, s.len - digits }));
	/* Bytes are whole: 2.127 GB is not 2126999999.9999998. */
	return scale > 1 ? round(v * scale) : v * scale;
}

double sh_unit_percent(struct sh_span s)
{
	s = sh_unit_trim(s);
	if (s.len && s.p[s.len - 1] == '%')
		s.len--;
	return sh_unit_number(sh_unit_trim(s));
}

struct sh_span sh_unit_before(struct sh_span s, char separator)
{
	const char *at = s.len ? memchr(s.p, separator, s.len) : NULL;

	if (!at)
		return SH_SPAN_NONE;
	return sh_unit_trim((struct sh_span){ s.p, (size_t)(at - s.p) });
}

struct sh_span sh_unit_behind(struct sh_span s, char separator)
{
	const char *at = s.len ? memchr(s.p, separator, s.len) : NULL;

	if (!at)
		return SH_SPAN_NONE;
	return sh_unit_trim((struct sh_span){ at + 1, (size_t)(s.p + s.len - at - 1) });
}

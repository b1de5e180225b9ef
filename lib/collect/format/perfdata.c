/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "collect/format/perfdata.h"

#include <math.h>
#include <string.h>

#include "base/num.h"

#define MAX_NUMBER 64
#define MAX_LABEL 256
#define MAX_UNIT 16
#define MAX_SHOWN 60

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static size_t digits(struct sh_span s, size_t at)
{
	while (at < s.len && is_digit(s.p[at]))
		at++;
	return at;
}

/* How many bytes at the beginning are a number; 0 when it is none. */
static size_t number_length(struct sh_span s)
{
	size_t begin = s.len && (s.p[0] == '-' || s.p[0] == '+'), at = digits(s, begin), n, more;

	n = at - begin;
	if (at < s.len && s.p[at] == '.') {
		more = digits(s, at + 1);
		n += more - at - 1;
		at = more;
	}
	if (!n)
		return 0;
	/* "1EB" is a unit, "1E2" an exponent. */
	if (at < s.len && (s.p[at] == 'e' || s.p[at] == 'E')) {
		size_t sign = at + 1 < s.len && (s.p[at + 1] == '-' || s.p[at + 1] == '+');

		more = digits(s, at + 1 + sign);
		if (more > at + 1 + sign)
			at = more;
	}
	return at;
}

/* The number at the beginning, which is cut off; false when there is none, or it is too large for one. */
static bool cut_number(struct sh_span *s, double *out)
{
	size_t n = number_length(*s);
	char text[MAX_NUMBER];
	size_t from = n && s->p[0] == '+';

	if (!n || n >= sizeof(text))
		return false;
	memcpy(text, s->p + from, n - from);
	text[n - from] = '\0';
	if (sh_parse_double(text, out) < 0)
		return false;
	s->p += n;
	s->len -= n;
	return true;
}

static bool whole_number(struct sh_span s, double *out)
{
	return cut_number(&s, out) && !s.len;
}

bool sh_range_parse(struct sh_span s, struct sh_range *out)
{
	const char *colon;
	struct sh_span start = SH_SPAN_NONE;

	*out = (struct sh_range){ .start = 0, .end = (double)INFINITY };
	if (!s.len)
		return true;
	out->given = true;
	out->inside = s.p[0] == '@';
	s.p += out->inside;
	s.len -= out->inside;
	colon = s.len ? memchr(s.p, ':', s.len) : NULL;
	if (colon) {
		start = (struct sh_span){ s.p, (size_t)(colon - s.p) };
		s = (struct sh_span){ colon + 1, s.len - start.len - 1 };
	} else if (!s.len) {
		return false;
	}
	if (sh_span_is(start, "~"))
		out->start = -(double)INFINITY;
	else if (start.len && !whole_number(start, &out->start))
		return false;
	if (s.len && !whole_number(s, &out->end))
		return false;
	return out->start <= out->end;
}

bool sh_range_alerts(const struct sh_range *r, double value)
{
	bool outside = value < r->start || value > r->end;

	return r->given && outside != r->inside;
}

/* Up to the '=' that ends the label, quotes taken off ('' in quotes is one). */
static bool cut_label(struct sh_span *rest, struct sh_buf *label)
{
	bool quoted = rest->len && rest->p[0] == '\'';
	size_t at = quoted;

	sh_buf_clear(label);
	for (; at < rest->len; at++) {
		char c = rest->p[at];

		if (quoted && c == '\'') {
			if (at + 1 >= rest->len || rest->p[at + 1] != '\'') {
				at++;
				break;
			}
			at++;
		} else if (!quoted && (c == '=' || is_blank(c))) {
			break;
		}
		sh_buf_addch(label, c);
	}
	if (at >= rest->len || rest->p[at] != '=' || !label->len || label->len > MAX_LABEL)
		return false;
	rest->p += at + 1;
	rest->len -= at + 1;
	return true;
}

/* The text before the next ';', which is cut off with it. */
static struct sh_span cut_part(struct sh_span *rest)
{
	const char *end = rest->len ? memchr(rest->p, ';', rest->len) : NULL;
	struct sh_span part = { rest->p, end ? (size_t)(end - rest->p) : rest->len };
	size_t n = part.len + (end ? 1 : 0);

	rest->p += n;
	rest->len -= n;
	return part;
}

static bool is_unit(struct sh_span s)
{
	for (size_t i = 0; i < s.len; i++)
		if (is_digit(s.p[i]) || memchr(".,'\"=+-", s.p[i], 7))
			return false;
	return s.len <= MAX_UNIT;
}

static bool read_limit(struct sh_span s, double *out)
{
	*out = (double)NAN;
	return !s.len || whole_number(s, out);
}

static bool read_value(struct sh_span s, struct sh_perfdata *out)
{
	out->unit = SH_SPAN_NONE;
	out->value = (double)NAN;
	if (sh_span_is(s, "U"))
		return true;
	if (!cut_number(&s, &out->value) || !is_unit(s))
		return false;
	out->unit = s;
	return true;
}

static bool read_values(struct sh_span s, struct sh_perfdata *out)
{
	return read_value(cut_part(&s), out) && sh_range_parse(cut_part(&s), &out->warn) &&
	       sh_range_parse(cut_part(&s), &out->crit) && read_limit(cut_part(&s), &out->min) &&
	       read_limit(cut_part(&s), &out->max) && !s.len;
}

static void skip_blanks(struct sh_span *rest)
{
	while (rest->len && is_blank(rest->p[0])) {
		rest->p++;
		rest->len--;
	}
}

static struct sh_span cut_word(struct sh_span *rest)
{
	struct sh_span word = { rest->p, 0 };

	while (word.len < rest->len && !is_blank(rest->p[word.len]))
		word.len++;
	rest->p += word.len;
	rest->len -= word.len;
	return word;
}

int sh_perfdata_next(struct sh_span *rest, struct sh_perfdata *out, struct sh_error *err)
{
	struct sh_span from;
	bool ok;

	skip_blanks(rest);
	if (!rest->len)
		return 0;
	from = *rest;
	ok = cut_label(rest, &out->label);
	/* Of a bad label its first word is given up, so that what follows is not lost with it. */
	if (!ok)
		*rest = from;
	if (read_values(cut_word(rest), out) && ok)
		return 1;
	from.len = (size_t)(rest->p - from.p);
	for (size_t i = 0; i < from.len; i++)
		if ((unsigned char)from.p[i] < ' ' || (unsigned char)from.p[i] >= 127)
			from.len = i;
	return sh_error_set(err, SH_ERRC_INPUT, "'%.*s' is no performance data",
			    (int)(from.len < MAX_SHOWN ? from.len : MAX_SHOWN), from.p);
}

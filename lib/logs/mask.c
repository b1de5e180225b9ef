/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "logs/mask.h"

#include <string.h>

#define IS sh_mask_is
#define ALNUM (SH_MASK_DIGIT | SH_MASK_LETTER)

const unsigned char sh_mask_class[256] = {
	['\t' ... '\r'] = SH_MASK_SPACE,
	[' '] = SH_MASK_SPACE,
	['.'] = SH_MASK_HOST,
	['@'] = SH_MASK_HOST,
	['0' ... '9'] = SH_MASK_DIGIT,
	['a' ... 'f'] = SH_MASK_LETTER | SH_MASK_HEX,
	['g' ... 'z'] = SH_MASK_LETTER,
	['A' ... 'F'] = SH_MASK_LETTER | SH_MASK_HEX,
	['G' ... 'Z'] = SH_MASK_LETTER,
};

/* The first digit, or the begin of the run of hex digits around it ("4d5e6f"). */
static size_t digit_start(struct sh_span w)
{
	for (size_t i = 0; i < w.len;) {
		size_t begin = i, digit = w.len;
		unsigned kinds = 0;
		bool is_hex = true;

		if (!IS(w.p[i], ALNUM)) {
			i++;
			continue;
		}
		for (; i < w.len && IS(w.p[i], ALNUM); i++) {
			kinds |= sh_mask_class[(unsigned char)w.p[i]];
			is_hex &= IS(w.p[i], SH_MASK_DIGIT | SH_MASK_HEX);
			if (digit == w.len && IS(w.p[i], SH_MASK_DIGIT))
				digit = i;
		}
		if (kinds & SH_MASK_DIGIT)
			return is_hex && i - begin >= 6 ? begin : digit;
	}
	return w.len;
}

static bool is_local(char c)
{
	return IS(c, ALNUM) || c == '_' || c == '.' || c == '+' || c == '-';
}

/* The begin of an e-mail address. */
static size_t mail_start(struct sh_span w)
{
	const char *at = memchr(w.p, '@', w.len);
	const char *p = at, *end = w.p + w.len;

	if (!at)
		return w.len;
	while (p > w.p && is_local(p[-1]))
		p--;
	if (p == at || at + 1 == end || !IS(at[1], ALNUM))
		return w.len;
	for (const char *q = at + 1; q + 1 < end && is_local(*q); q++)
		if (*q == '.' && IS(q[1], ALNUM))
			return (size_t)(p - w.p);
	return w.len;
}

/* Two to eight small letters or two to four capitals: no class of a program ends so. */
static bool is_top_level(const char *p, size_t len)
{
	bool small = len >= 2 && len <= 8, capital = len >= 2 && len <= 4;

	for (size_t i = 0; i < len; i++) {
		small &= p[i] >= 'a' && p[i] <= 'z';
		capital &= p[i] >= 'A' && p[i] <= 'Z';
	}
	return small || capital;
}

/* Whether the bytes are a host: a.b.org, or one dot and a port after it. */
static bool is_host(const char *p, const char *end, bool has_port)
{
	const char *label = p;
	unsigned dots = 0;

	if (end > p && end[-1] == '.' && !has_port)
		end--;
	for (const char *q = p; q < end; q++)
		if (*q == '.') {
			if (q == label)
				return false;
			dots++;
			label = q + 1;
		}
	if (label == end || !IS(*label, SH_MASK_LETTER))
		return false;
	return (dots >= 1 && has_port) || (dots >= 2 && is_top_level(label, (size_t)(end - label)));
}

static size_t host_start(struct sh_span w)
{
	const char *p = w.p, *end = w.p + w.len;

	while (p < end) {
		const char *begin = p;

		while (p < end && (IS(*p, ALNUM) || *p == '.' || *p == '-'))
			p++;
		if (p == begin) {
			p++;
			continue;
		}
		if ((begin == w.p || (begin[-1] != '_' && begin[-1] != '<')) && IS(*begin, ALNUM) &&
		    (p == end || *p != '_') &&
		    is_host(begin, p, p + 1 < end && *p == ':' && IS(p[1], SH_MASK_DIGIT)))
			return (size_t)(begin - w.p);
	}
	return w.len;
}

size_t sh_mask_start(struct sh_span w, unsigned kinds)
{
	size_t start = kinds & SH_MASK_DIGIT ? digit_start(w) : w.len, other;

	if (kinds & SH_MASK_HOST) {
		other = mail_start(w);
		start = other < start ? other : start;
		other = host_start(w);
		start = other < start ? other : start;
	}
	if (w.len > 1 && w.p[0] == '/' && memchr(w.p + 1, '/', w.len - 1))
		return 0;
	return start;
}

static const char *spaces(const char *p, const char *end)
{
	while (p < end && (*p == ' ' || *p == '\t'))
		p++;
	return p;
}

/* The three letters at P among names; the rest of the word and a comma go with them. NULL: none. */
static const char *name(const char *p, const char *end, const char *names)
{
	if (end - p < 3)
		return NULL;
	for (; *names; names += 3)
		if (!memcmp(p, names, 3))
			break;
	if (!*names)
		return NULL;
	for (p += 3; p < end && *p >= 'a' && *p <= 'z'; p++)
		;
	if (p < end && *p == ',')
		p++;
	return p < end && *p == ' ' ? spaces(p, end) : NULL;
}

static const char *digits(const char *p, const char *end, size_t min, size_t max)
{
	size_t n = 0;

	while (p + n < end && IS(p[n], SH_MASK_DIGIT))
		n++;
	return n >= min && n <= max ? p + n : NULL;
}

/* hh:mm:ss */
static const char *clock(const char *p, const char *end)
{
	for (int i = 0; i < 3; i++) {
		if (i && (p == end || *p++ != ':'))
			return NULL;
		p = digits(p, end, 2, 2);
		if (!p)
			return NULL;
	}
	return p;
}

/* A year, before it perhaps the name of a zone in capitals. */
static const char *year(const char *p, const char *end)
{
	const char *q = p;

	while (q < end && *q >= 'A' && *q <= 'Z')
		q++;
	if (q != p)
		q = q - p >= 3 && q - p <= 4 ? spaces(q, end) : p;
	return digits(q, end, 4, 4);
}

size_t sh_mask_date(const char *p, const char *end)
{
	const char *begin = p, *q;

	q = name(p, end, "MonTueWedThuFriSatSun");
	p = name(q ? q : p, end, "JanFebMarAprMayJunJulAugSepOctNovDec");
	p = p ? digits(p, end, 1, 2) : NULL;
	if (!p || (p < end && IS(*p, ALNUM)))
		return 0;
	q = clock(spaces(p, end), end);
	p = q ? q : p;
	q = year(spaces(p, end), end);
	p = q && (q == end || !IS(*q, ALNUM)) ? q : p;
	return (size_t)(p - begin);
}

static const struct {
	char text[8];
	double factor;
} units[] = {
	{ "KB", 1024.0 },	 { "MB", 1048576.0 },
	{ "GB", 1073741824.0 },	 { "TB", 1099511627776.0 },
	{ "KiB", 1024.0 },	 { "MiB", 1048576.0 },
	{ "GiB", 1073741824.0 }, { "TiB", 1099511627776.0 },
	{ "kB", 1024.0 },	 { "ms", 1e-3 },
	{ "us", 1e-6 },		 { "ns", 1e-9 },
	{ "sec", 1.0 },		 { "bytes/s", 1.0 },
};

double sh_mask_unit(const char *p, const char *end, size_t *len)
{
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		size_t n = strlen(units[i].text);

		if ((size_t)(end - p) < n || memcmp(p, units[i].text, n) ||
		    (p + n < end && (IS(p[n], ALNUM) || p[n] == '_' || p[n] == '/')))
			continue;
		*len = n;
		return units[i].factor;
	}
	return 0.0;
}

/* The end of a run of what varies, a unit, or NULL for a word that is constant. */
static const char *item(const char *p, const char *end)
{
	static const char *const also[] = { "bytes", "s", "%" };
	const char *q = p;
	unsigned kinds = 0;
	size_t n;

	if (sh_mask_unit(p, end, &n) > 0.0)
		return p + n;
	while (q < end && (IS(*q, ALNUM | SH_MASK_HOST) || memchr("-+/:%_", *q, 6)))
		kinds |= sh_mask_class[(unsigned char)*q++];
	n = (size_t)(q - p);
	for (size_t i = 0; i < sizeof(also) / sizeof(also[0]); i++)
		if (sh_span_is((struct sh_span){ p, n }, also[i]))
			return q;
	if (q > p && q[-1] == ':')
		n--;
	while (n > 1 && (*p == '-' || *p == '+' || *p == '/'))
		p++, n--;
	return n && sh_mask_start((struct sh_span){ p, n }, kinds) == 0 ? q : NULL;
}

size_t sh_mask_parentheses(const char *p, const char *end)
{
	const char *begin = p++;

	/* So long at most: what is longer says something. */
	if (end - begin > 96)
		end = begin + 96;
	while (p && p < end) {
		if (*p == ')')
			return (size_t)(p + 1 - begin);
		if (memchr(" \t,:;-", *p, 6))
			p++;
		else
			p = item(p, end);
	}
	return 0;
}

static bool is_end(const char *p, const char *end)
{
	while (p < end && memchr(",.;:)]}>\"'%", *p, 10))
		p++;
	return p == end;
}

bool sh_mask_number(const char *p, const char *end, double *out)
{
	static const double powers[] = { 1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9 };
	bool negative = p < end && *p == '-';
	size_t places = 0, n = 0, unit;
	double v = 0.0, factor;

	p += negative;
	if (p + 1 < end && *p == '0' && IS(p[1], ALNUM))
		return false;
	for (; p < end && IS(*p, SH_MASK_DIGIT) && n < 15; p++, n++)
		v = v * 10 + (*p - '0');
	if (n == 0 || n == 15)
		return false;
	if (p + 1 < end && *p == '.' && IS(p[1], SH_MASK_DIGIT))
		for (p++; p < end && IS(*p, SH_MASK_DIGIT); p++)
			if (places < 9 && n < 15)
				v = v * 10 + (*p - '0'), places++, n++;
	v /= powers[places];
	factor = p < end ? sh_mask_unit(p, end, &unit) : 0.0;
	if (factor > 0.0) {
		p += unit;
		v *= factor;
	}
	*out = negative ? -v : v;
	return is_end(p, end);
}

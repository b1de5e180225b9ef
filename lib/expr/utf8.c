/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "expr/utf8.h"

size_t sh_utf8_put(char out[4], uint32_t c)
{
	if (c < 0x80) {
		out[0] = (char)c;
		return 1;
	}
	if (c < 0x800) {
		out[0] = (char)(0xc0 | c >> 6);
		out[1] = (char)(0x80 | (c & 0x3f));
		return 2;
	}
	if (c < 0x10000) {
		out[0] = (char)(0xe0 | c >> 12);
		out[1] = (char)(0x80 | (c >> 6 & 0x3f));
		out[2] = (char)(0x80 | (c & 0x3f));
		return 3;
	}
	out[0] = (char)(0xf0 | c >> 18);
	out[1] = (char)(0x80 | (c >> 12 & 0x3f));
	out[2] = (char)(0x80 | (c >> 6 & 0x3f));
	out[3] = (char)(0x80 | (c & 0x3f));
	return 4;
}

bool sh_utf8_is_scalar(uint32_t c)
{
	return c <= 0x10ffff && (c < 0xd800 || c > 0xdfff);
}

/* Length of the well-formed sequence at P, 0 when there is none. */
static size_t sequence(const unsigned char *p, size_t left)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	size_t n = *p < 0x80 ? 1 : *p < 0xc0 ? 0 : *p < 0xe0 ? 2 : *p < 0xf0 ? 3 : *p < 0xf8 ? 4 : 0;
	uint32_t c;

	if (n < 2)
		return n;
	if (left < n)
		return 0;
	c = *p & (0x7fU >> n);
	for (size_t i = 1; i < n; i++) {
		if ((p[i] & 0xc0) != 0x80)
			return 0;
		c = c << 6 | (p[i] & 0x3fU);
	}
	return c >= least[n] && sh_utf8_is_scalar(c) ? n : 0;
}

bool sh_utf8_is_valid(struct sh_span s)
{
	for (size_t i = 0; i < s.len;) {
		size_t n = sequence((const unsigned char *)s.p + i, s.len - i);

		if (!n)
			return false;
		i += n;
	}
	return true;
}

void sh_utf8_repair(struct sh_span s, struct sh_buf *out)
{
	bool bad = false;
	size_t n;

	for (size_t i = 0; i < s.len; i += n ? n : 1) {
		n = sequence((const unsigned char *)s.p + i, s.len - i);
		if (n)
			sh_buf_add(out, s.p + i, n);
		else if (!bad)
			sh_buf_addstr(out, "\xef\xbf\xbd");
		bad = !n;
	}
}

size_t sh_utf8_count(struct sh_span s)
{
	size_t n = 0;

	for (size_t i = 0; i < s.len; i++)
		n += ((unsigned char)s.p[i] & 0xc0) != 0x80;
	return n;
}

size_t sh_utf8_offset(struct sh_span s, size_t n)
{
	size_t i;

	for (i = 0; i < s.len; i++)
		if (((unsigned char)s.p[i] & 0xc0) != 0x80 && n-- == 0)
			break;
	return i;
}

/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "detect/prom/quote.h"

static int digit_of(char c, unsigned base)
{
	int d = c >= '0' && c <= '9' ? c - '0' : (c | 0x20) >= 'a' && (c | 0x20) <= 'f' ? (c | 0x20) - 'a' + 10 : 99;

	return d < (int)base ? d : -1;
}

static char *put_utf8(char *out, uint32_t c)
{
	if (c < 0x80) {
		*out++ = (char)c;
		return out;
	}
	if (c >= 0x10000) {
		*out++ = (char)(0xf0 | c >> 18);
		*out++ = (char)(0x80 | (c >> 12 & 0x3f));
	} else if (c >= 0x800) {
		*out++ = (char)(0xe0 | c >> 12);
	}
	if (c >= 0x800)
		*out++ = (char)(0x80 | (c >> 6 & 0x3f));
	else
		*out++ = (char)(0xc0 | c >> 6);
	*out++ = (char)(0x80 | (c & 0x3f));
	return out;
}

/* N digits of a number; 0 where they are none, or the number is. */
static uint32_t number(struct sh_span *in, size_t n, unsigned base)
{
	uint32_t v = 0;

	if (in->len < n)
		return 0;
	for (size_t i = 0; i < n; i++) {
		int d = digit_of(in->p[i], base);

		if (d < 0)
			return 0;
		v = v * base + (uint32_t)d;
	}
	sh_span_cut(in, n);
	return v;
}

/* After a backslash. Returns where the text goes on, NULL for what is no escape. */
static char *unescape(struct sh_span *in, char quote, char *out)
{
	static const char letters[] = "abfnrtv\\", means[] = "\a\b\f\n\r\t\v\\";
	char c = *in->p;
	const char *letter = c ? strchr(letters, c) : NULL;
	uint32_t v;

	if (letter || c == quote) {
		sh_span_cut(in, 1);
		*out++ = letter ? means[letter - letters] : quote;
		return out;
	}
	if (digit_of(c, 8) >= 0) {
		v = number(in, 3, 8);
		*out++ = (char)v;
		return v && v < 256 ? out : NULL;
	}
	sh_span_cut(in, 1);
	if (c == 'x') {
		v = number(in, 2, 16);
		*out++ = (char)v;
		return v ? out : NULL;
	}
	if (c != 'u' && c != 'U')
		return NULL;
	v = number(in, c == 'u' ? 4 : 8, 16);
	return v && v < 0x110000 && (v < 0xd800 || v > 0xdfff) ? put_utf8(out, v) : NULL;
}

const char *sh_prom_unquote(struct sh_span in, char quote, struct sh_arena *arena)
{
	char *text = sh_arena_alloc(arena, in.len + 1), *out = text;

	while (in.len) {
		char c = *in.p;

		sh_span_cut(&in, 1);
		if (!c)
			return NULL;
		if (c != '\\' || quote == '`') {
			*out++ = c;
			continue;
		}
		if (!in.len || !(out = unescape(&in, quote, out)))
			return NULL;
	}
	*out = '\0';
	return text;
}

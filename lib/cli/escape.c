/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "cli/escape.h"

#include <stdbool.h>
#include <stdint.h>

/* The length of the UTF-8 character at S, its code point in *cp; 0 when it is none. */
static size_t decode(const unsigned char *s, size_t len, uint32_t *cp)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	size_t n = s[0] < 0x80 ? 1 : (s[0] & 0xe0) == 0xc0 ? 2 : (s[0] & 0xf0) == 0xe0 ? 3 :
		   (s[0] & 0xf8) == 0xf0 ? 4 : 0;

	if (n == 0 || n > len)
		return 0;
	*cp = n == 1 ? s[0] : s[0] & (0x7fu >> n);
	for (size_t i = 1; i < n; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return 0;
		*cp = *cp << 6 | (s[i] & 0x3fu);
	}
	if (*cp < least[n] || *cp > 0x10ffff || (*cp >= 0xd800 && *cp <= 0xdfff))
		return 0;
	return n;
}

static bool is_harmless(uint32_t cp)
{
	if (cp < 0x20 || (cp >= 0x7f && cp < 0xa0))
		return false;
	/* Line and paragraph separators, and what changes the direction of writing. */
	if (cp == 0x200e || cp == 0x200f || (cp >= 0x2028 && cp <= 0x202e) ||
	    (cp >= 0x2066 && cp <= 0x2069))
		return false;
	return true;
}

static void add_escaped(struct sh_buf *out, uint32_t cp)
{
	if (cp == '\n')
		sh_buf_addstr(out, "\\n");
	else if (cp == '\t')
		sh_buf_addstr(out, "\\t");
	else if (cp == '\r')
		sh_buf_addstr(out, "\\r");
	else if (cp < 0x100)
		sh_buf_addf(out, "\\x%02x", (unsigned)cp);
	else
		sh_buf_addf(out, "\\u%04x", (unsigned)cp);
}

void sh_escape_text(struct sh_buf *out, const char *s, size_t len)
{
	const unsigned char *u = (const unsigned char *)s;

	for (size_t i = 0; i < len;) {
		uint32_t cp = 0;
		size_t n = decode(u + i, len - i, &cp);

		if (n == 0) {
			sh_buf_addf(out, "\\x%02x", u[i]);
			i++;
			continue;
		}
		if (is_harmless(cp))
			sh_buf_add(out, s + i, n);
		else
			add_escaped(out, cp);
		i += n;
	}
}

size_t sh_escape_width(const char *s, size_t len)
{
	size_t width = 0;

	for (size_t i = 0; i < len; i++)
		width += ((unsigned char)s[i] & 0xc0) != 0x80;
	return width;
}

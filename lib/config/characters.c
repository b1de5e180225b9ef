/* SPDX-License-Identifier: MIT */
#include <config.h> /* not the one of this directory */

#include "config/characters.h"

#include <stdint.h>
#include <string.h>

/* Length of the well-formed UTF-8 sequence at S, 0 when there is none. */
static size_t sequence_length(const unsigned char *s, size_t left)
{
	size_t len = s[0] < 0x80 ? 1 : s[0] < 0xc2 ? 0 : s[0] < 0xe0 ? 2 : s[0] < 0xf0 ? 3 :
		     s[0] < 0xf5 ? 4 : 0;

	if (len > left)
		return 0;
	for (size_t i = 1; i < len; i++)
		if ((s[i] & 0xc0) != 0x80)
			return 0;
	if ((s[0] == 0xe0 && s[1] < 0xa0) || (s[0] == 0xed && s[1] > 0x9f) ||
	    (s[0] == 0xf0 && s[1] < 0x90) || (s[0] == 0xf4 && s[1] > 0x8f))
		return 0;
	return len;
}

/* Printable ASCII goes by in words; the others are looked at one by one. */
static size_t plain_length(const unsigned char *s, size_t left)
{
	const uint64_t ones = UINT64_C(0x0101010101010101);
	size_t len = 0;

	for (uint64_t w; left - len >= sizeof(w); len += sizeof(w)) {
		memcpy(&w, s + len, sizeof(w));
		/* No byte with the high bit, below ' ', or 0x7f. */
		if ((w | (w - ones * ' ') | (w + ones)) & (ones << 7))
			break;
	}
	return len;
}

const char *sh_characters_check(const char *data, size_t len, struct sh_node_place *at)
{
	const unsigned char *s = (const unsigned char *)data;

	*at = (struct sh_node_place){ 1, 1 };
	for (size_t i = 0, step, plain; i < len; i += step) {
		plain = plain_length(s + i, len - i);
		at->column += (int)plain;
		i += plain;
		if (i == len)
			break;
		step = sequence_length(s + i, len - i);
		if (step == 0)
			return "not UTF-8";
		if ((s[i] < 0x20 && s[i] != '\t' && s[i] != '\n' && s[i] != '\r') || s[i] == 0x7f)
			return "a control character";
		at->column = s[i] == '\n' ? 1 : at->column + 1;
		at->line += s[i] == '\n';
	}
	return NULL;
}

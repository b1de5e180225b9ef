/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "collect/text.h"

#include <stdlib.h>
#include <string.h>

bool sh_text_line(struct sh_span *rest, struct sh_span *line)
{
	const char *end;

	if (!rest->len)
		return false;
	end = memchr(rest->p, '\n', rest->len);
	line->p = rest->p;
	line->len = end ? (size_t)(end - rest->p) : rest->len;
	rest->p += line->len + (end ? 1 : 0);
	rest->len -= line->len + (end ? 1 : 0);
	return true;
}

/* Nearly all are told apart by one comparison. */
static inline bool is_blank(char c)
{
	if ((unsigned char)c > ' ')
		return false;
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static inline const char *skip_blanks(const char *p, const char *end)
{
	while (p < end && is_blank(*p))
		p++;
	return p;
}

static inline const char *skip_field(const char *p, const char *end)
{
	while (p < end && !is_blank(*p))
		p++;
	return p;
}

bool sh_text_field(struct sh_span *rest, struct sh_span *field)
{
	const char *from, *end, *to;

	if (!rest->len)
		return false;
	end = rest->p + rest->len;
	from = skip_blanks(rest->p, end);
	to = skip_field(from, end);
	if (from == to)
		return false;
	*field = (struct sh_span){ from, (size_t)(to - from) };
	*rest = (struct sh_span){ to, (size_t)(end - to) };
	return true;
}

bool sh_text_skip(struct sh_span *rest, size_t n)
{
	const char *p = rest->p, *end;

	if (!rest->len)
		return n == 0;
	end = p + rest->len;
	for (; n; n--) {
		const char *from = skip_blanks(p, end);

		if (from == end)
			break;
		p = skip_field(from, end);
	}
	*rest = (struct sh_span){ p, (size_t)(end - p) };
	return n == 0;
}

bool sh_text_u64(struct sh_span s, uint64_t *out)
{
	uint64_t v = 0;

	if (!s.len)
		return false;
	for (const char *p = s.p, *end = p + s.len; p < end; p++) {
		if (*p < '0' || *p > '9' || __builtin_mul_overflow(v, 10U, &v) ||
		    __builtin_add_overflow(v, (uint64_t)(*p - '0'), &v))
			return false;
	}
	*out = v;
	return true;
}

bool sh_text_double(struct sh_span s, double *out)
{
	struct sh_span whole = s, part = SH_SPAN_NONE;
	const char *dot = s.len ? memchr(s.p, '.', s.len) : NULL;
	uint64_t a = 0, b = 0;
	double scale = 1;

	if (dot) {
		whole.len = (size_t)(dot - s.p);
		part = (struct sh_span){ dot + 1, s.len - whole.len - 1 };
	}
	if (!sh_text_u64(whole, &a) || (dot && !sh_text_u64(part, &b)))
		return false;
	for (size_t i = 0; i < part.len; i++)
		scale *= 10;
	/* One division, correctly rounded, so that 0.07 is 0.07 and not its neighbour. */
	*out = ((double)a * scale + (double)b) / scale;
	return true;
}

/* A number of so few digits that it fits, up to the blank behind it; NULL where it is none such. */
static inline const char *short_number(const char *p, const char *end, uint64_t *out)
{
	const char *from = p, *most = end - p > 19 ? p + 19 : end;
	uint64_t v = 0;

	while (p < most && *p >= '0' && *p <= '9')
		v = v * 10 + (uint64_t)(*p++ - '0');
	if (p == from || (p < end && !is_blank(*p)))
		return NULL;
	*out = v;
	return p;
}

size_t sh_text_u64s(struct sh_span *rest, uint64_t *out, size_t n)
{
	const char *end = rest->len ? rest->p + rest->len : rest->p;
	struct sh_span field;
	size_t i = 0;

	while (i < n && rest->len) {
		const char *p = short_number(skip_blanks(rest->p, end), end, &out[i]);

		if (p)
			*rest = (struct sh_span){ p, (size_t)(end - p) };
		else if (!sh_text_field(rest, &field) || !sh_text_u64(field, &out[i]))
			break;
		i++;
	}
	return i;
}

struct sh_span sh_text_line_after(struct sh_span text, const char *prefix)
{
	const char *begin = text.p, *at;
	size_t n = strlen(prefix);
	struct sh_span line;

	while (text.len >= n && (at = memmem(text.p, text.len, prefix, n))) {
		sh_span_cut(&text, (size_t)(at - text.p));
		if (at == begin || at[-1] == '\n') {
			sh_text_line(&text, &line);
			return sh_text_after(line, prefix);
		}
		sh_span_cut(&text, 1);
	}
	return SH_SPAN_NONE;
}

uint64_t sh_text_list_length(struct sh_span s)
{
	uint64_t n = 0, first, last;

	if (s.len && s.p[s.len - 1] == '\n')
		s.len--;
	while (s.len) {
		const char *comma = memchr(s.p, ',', s.len);
		struct sh_span part = { s.p, comma ? (size_t)(comma - s.p) : s.len }, head = part, tail = part;
		const char *dash = memchr(part.p, '-', part.len);

		if (dash) {
			head.len = (size_t)(dash - part.p);
			tail = (struct sh_span){ dash + 1, part.len - head.len - 1 };
		}
		if (!sh_text_u64(head, &first) || !sh_text_u64(tail, &last) || last < first ||
		    __builtin_add_overflow(n, last - first, &n) || __builtin_add_overflow(n, 1, &n))
			return 0;
		s = (struct sh_span){ part.p + part.len, s.len - part.len };
		if (comma)
			s = (struct sh_span){ s.p + 1, s.len - 1 };
	}
	return n;
}

static bool is_octal(char c)
{
	return c >= '0' && c <= '7';
}

void sh_text_unescape(struct sh_span s, struct sh_buf *out)
{
	sh_buf_clear(out);
	for (size_t i = 0; i < s.len; i++) {
		const char *p = s.p + i;

		if (*p == '\\' && i + 3 < s.len && is_octal(p[1]) && is_octal(p[2]) && is_octal(p[3])) {
			sh_buf_addch(out, (char)((p[1] - '0') * 64 + (p[2] - '0') * 8 + (p[3] - '0')));
			i += 3;
		} else {
			sh_buf_addch(out, *p);
		}
	}
}

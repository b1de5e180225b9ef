/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "record/scan.h"

#include <stdint.h>
#include <stdlib.h>

#include "base/mem.h"
#include "record/json.h"
#include "record/text.h"

struct scan {
	const char *end;
	const char *reason; /* after a failure */
	const char *at;
	unsigned depth;
};

void sh_index_release(struct sh_index *ix)
{
	free(ix->member);
	*ix = (struct sh_index)SH_INDEX_INIT;
}

static const char *fail(struct scan *s, const char *at, const char *reason)
{
	s->at = at;
	s->reason = reason;
	return NULL;
}

static inline const char *skip_blank(const char *p, const char *end)
{
	if (p < end && (unsigned char)*p > ' ')
		return p;
	while (p < end && (*p == ' ' || *p == '\t' || *p == '\n' || *p == '\r'))
		p++;
	return p;
}

static inline bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static const char *skip_utf8(struct scan *s, const char *p)
{
	do {
		size_t n = sh_text_utf8_length(p, s->end);

		if (!n)
			return fail(s, p, "invalid UTF-8");
		p += n;
	} while (p < s->end && (unsigned char)*p >= 0x80);
	return p;
}

/* Four hex digits at P; -1 when they are not. */
static int hex4(const char *p, const char *end)
{
	int v = 0;

	if (end - p < 4)
		return -1;
	for (int i = 0; i < 4; i++) {
		char c = p[i];
		int d = is_digit(c)            ? c - '0'
			: c >= 'a' && c <= 'f' ? c - 'a' + 10
			: c >= 'A' && c <= 'F' ? c - 'A' + 10
					       : -1;

		if (d < 0)
			return -1;
		v = v << 4 | d;
	}
	return v;
}

static const char *skip_unicode(struct scan *s, const char *p)
{
	int unit = hex4(p + 2, s->end), second;

	if (unit < 0)
		return fail(s, p, "invalid \\u escape");
	if (unit < 0xD800 || unit > 0xDFFF)
		return p + 6;
	if (unit > 0xDBFF || s->end - p < 12 || p[6] != '\\' || p[7] != 'u')
		return fail(s, p, "lone surrogate in \\u escape");
	second = hex4(p + 8, s->end);
	if (second < 0xDC00 || second > 0xDFFF)
		return fail(s, p, "lone surrogate in \\u escape");
	return p + 12;
}

static const char *skip_escape(struct scan *s, const char *p)
{
	if (s->end - p < 2)
		return fail(s, s->end, "unterminated string");
	switch (p[1]) {
	case '"':
	case '\\':
	case '/':
	case 'b':
	case 'f':
	case 'n':
	case 'r':
	case 't':
		return p + 2;
	case 'u':
		return skip_unicode(s, p);
	default:
		return fail(s, p, "invalid escape");
	}
}

/* The rest of a string from a byte that is not plain. */
static const char *skip_special(struct scan *s, const char *p, bool *escaped)
{
	for (;;) {
		if (p == s->end)
			return fail(s, p, "unterminated string");
		if (*p == '"')
			return p + 1;
		if (*p == '\\') {
			*escaped = true;
			p = skip_escape(s, p);
		} else if ((unsigned char)*p >= 0x80) {
			p = skip_utf8(s, p);
		} else {
			return fail(s, p, "control character in string");
		}
		if (!p)
			return NULL;
		p = sh_text_plain_end(p, s->end);
	}
}

/* From the byte after the opening quote to the byte after the closing one. */
static inline const char *skip_string(struct scan *s, const char *p, bool *escaped)
{
	*escaped = false;
	p = sh_text_plain_end(p, s->end);
	if (p < s->end && *p == '"')
		return p + 1;
	return skip_special(s, p, escaped);
}

static inline const char *skip_digits(const char *p, const char *end)
{
	while (p < end && is_digit(*p))
		p++;
	return p;
}

static const char *skip_number(struct scan *s, const char *p)
{
	const char *end = s->end, *q;

	if (*p == '-')
		p++;
	if (p == end || !is_digit(*p))
		return fail(s, p, "invalid number");
	q = *p == '0' ? p + 1 : skip_digits(p, end);
	if (q < end && *q == '.') {
		p = q + 1;
		q = skip_digits(p, end);
		if (q == p)
			return fail(s, q, "invalid number");
	}
	if (q < end && (*q == 'e' || *q == 'E')) {
		p = q + 1;
		if (p < end && (*p == '+' || *p == '-'))
			p++;
		q = skip_digits(p, end);
		if (q == p)
			return fail(s, q, "invalid number");
	}
	return q;
}

static const char *skip_word(struct scan *s, const char *p, const char *word, size_t len)
{
	if ((size_t)(s->end - p) < len || memcmp(p, word, len) != 0)
		return fail(s, p, "invalid value");
	return p + len;
}

static const char *skip_array(struct scan *s, const char *p);
static const char *skip_object(struct scan *s, const char *p, struct sh_index *ix);

static inline const char *skip_value(struct scan *s, const char *p, struct sh_slice *out)
{
	const char *q;

	out->escaped = false;
	if (p == s->end)
		return fail(s, p, "value expected");
	switch (*p) {
	case '"':
		out->type = SH_JSON_STRING;
		q = skip_string(s, p + 1, &out->escaped);
		break;
	case '{':
		out->type = SH_JSON_OBJECT;
		q = skip_object(s, p, NULL);
		break;
	case '[':
		out->type = SH_JSON_ARRAY;
		q = skip_array(s, p);
		break;
	case 't':
		out->type = SH_JSON_TRUE;
		q = skip_word(s, p, "true", 4);
		break;
	case 'f':
		out->type = SH_JSON_FALSE;
		q = skip_word(s, p, "false", 5);
		break;
	case 'n':
		out->type = SH_JSON_NULL;
		q = skip_word(s, p, "null", 4);
		break;
	default:
		out->type = SH_JSON_NUMBER;
		q = *p == '-' || is_digit(*p) ? skip_number(s, p) : fail(s, p, "value expected");
	}
	out->text.p = p;
	out->text.len = q ? (size_t)(q - p) : 0;
	return q;
}

static const char *skip_array(struct scan *s, const char *p)
{
	struct sh_slice value;

	if (++s->depth > SH_SCAN_MAX_DEPTH)
		return fail(s, p, "nested too deeply");
	p = skip_blank(p + 1, s->end);
	if (p < s->end && *p == ']') {
		s->depth--;
		return p + 1;
	}
	for (;;) {
		p = skip_value(s, p, &value);
		if (!p)
			return NULL;
		p = skip_blank(p, s->end);
		if (p == s->end || (*p != ',' && *p != ']'))
			return fail(s, p, "',' or ']' expected");
		if (*p == ']')
			break;
		p = skip_blank(p + 1, s->end);
	}
	s->depth--;
	return p + 1;
}

/* One member: key, colon, value. */
static inline const char *skip_member(struct scan *s, const char *p, struct sh_member *m)
{
	const char *key = p + 1;

	if (p == s->end || *p != '"')
		return fail(s, p, "member name expected");
	p = skip_string(s, key, &m->key_escaped);
	if (!p)
		return NULL;
	m->key.p = key;
	m->key.len = (size_t)(p - 1 - key);
	p = skip_blank(p, s->end);
	if (p == s->end || *p != ':')
		return fail(s, p, "':' expected");
	return skip_value(s, skip_blank(p + 1, s->end), &m->value);
}

static const char *skip_object(struct scan *s, const char *p, struct sh_index *ix)
{
	struct sh_member scratch, *m = &scratch;

	if (++s->depth > SH_SCAN_MAX_DEPTH)
		return fail(s, p, "nested too deeply");
	p = skip_blank(p + 1, s->end);
	if (p < s->end && *p == '}') {
		s->depth--;
		return p + 1;
	}
	for (;;) {
		if (ix) {
			sh_grow(ix->member, ix->n, ix->cap);
			m = &ix->member[ix->n++];
		}
		p = skip_member(s, p, m);
		if (!p)
			return NULL;
		p = skip_blank(p, s->end);
		if (p == s->end || (*p != ',' && *p != '}'))
			return fail(s, p, "',' or '}' expected");
		if (*p == '}')
			break;
		p = skip_blank(p + 1, s->end);
	}
	s->depth--;
	return p + 1;
}

/* Only blanks may follow the value that ends at P. */
static int finish(struct sh_index *ix, struct scan *s, const char *start, const char *p)
{
	if (p) {
		p = skip_blank(p, s->end);
		if (p != s->end)
			p = fail(s, p, "text after the value");
	}
	if (p)
		return 0;
	ix->n = 0;
	ix->reason = s->reason;
	ix->offset = (size_t)(s->at - start);
	return -1;
}

int sh_scan_object(struct sh_index *ix, const char *s, size_t len)
{
	struct scan scan = { .end = s + len };
	const char *p = skip_blank(s, scan.end);

	ix->n = 0;
	if (p == scan.end || *p != '{')
		p = fail(&scan, p, "not a JSON object");
	else
		p = skip_object(&scan, p, ix);
	return finish(ix, &scan, s, p);
}

int sh_scan_value(struct sh_index *ix, const char *s, size_t len, struct sh_slice *out)
{
	struct scan scan = { .end = s + len };

	ix->n = 0;
	return finish(ix, &scan, s, skip_value(&scan, skip_blank(s, scan.end), out));
}

const char *sh_scan_leaf(const char *p, const char *end, struct sh_slice *out)
{
	struct scan scan = { .end = end };

	if (p < end && (*p == '{' || *p == '['))
		return NULL;
	return skip_value(&scan, p, out);
}

static bool key_is(const struct sh_member *m, const char *name, size_t len)
{
	struct sh_buf text = SH_BUF_INIT;
	bool same;

	if (!m->key_escaped)
		return m->key.len == len && !memcmp(m->key.p, name, len);
	sh_json_decode(m->key, &text);
	same = text.len == len && !memcmp(sh_buf_str(&text), name, len);
	sh_buf_release(&text);
	return same;
}

const struct sh_member *sh_index_find(const struct sh_index *ix, const char *name)
{
	size_t len = strlen(name);

	for (size_t i = ix->n; i-- > 0;)
		if (key_is(&ix->member[i], name, len))
			return &ix->member[i];
	return NULL;
}

/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "collect/format/exposition.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/clock.h"
#include "base/mem.h"
#include "collect/text.h"
#include "expr/utf8.h"

#define MAX_NUMBER 512       /* longer numbers are no measurements */
#define MAX_EXEMPLAR 128     /* code points of an exemplar's labels, by the specification */
#define LAST_SECOND 9223372035.0 /* what 64 bits of nanoseconds hold: the year 2262 */
#define FIRST_SECOND (-LAST_SECOND)

/* Where reading has come to in a line. */
struct cursor {
	struct sh_expo_line *l;
	const char *p, *end;
};

static bool fail(struct cursor *c, const char *why)
{
	if (!c->l->why)
		c->l->why = why;
	return false;
}

static bool at(const struct cursor *c, char ch)
{
	return c->p < c->end && *c->p == ch;
}

static bool take(struct cursor *c, char ch)
{
	if (!at(c, ch))
		return false;
	c->p++;
	return true;
}

/* Blanks are free in the text format; in OpenMetrics each has its place. */
static void skip_blanks(struct cursor *c)
{
	while (!c->l->openmetrics && c->p < c->end && (*c->p == ' ' || *c->p == '\t'))
		c->p++;
}

/* One space in OpenMetrics, blanks or nothing in the text format. */
static bool separator(struct cursor *c)
{
	if (c->l->openmetrics)
		return take(c, ' ');
	skip_blanks(c);
	return true;
}

static bool is_name_char(char ch, bool first, bool colon)
{
	return (ch >= 'a' && ch <= 'z') || (ch >= 'A' && ch <= 'Z') || ch == '_' ||
	       (colon && ch == ':') || (!first && ch >= '0' && ch <= '9');
}

static struct sh_span take_name(struct cursor *c, bool colon)
{
	const char *from = c->p;

	while (c->p < c->end && is_name_char(*c->p, c->p == from, colon))
		c->p++;
	return (struct sh_span){ from, (size_t)(c->p - from) };
}

static char unescaped(char ch)
{
	return ch == 'n' ? '\n' : ch;
}

/* Text between quotes; room for all of it was reserved, so that spans stay where they are. */
static bool take_quoted(struct cursor *c, struct sh_span *out)
{
	struct sh_buf *text = &c->l->text;
	size_t from = text->len;

	if (!take(c, '"'))
		return fail(c, "a quote is missing");
	for (; c->p < c->end && *c->p != '"'; c->p++) {
		if (*c->p == '\\' && c->p + 1 < c->end && strchr("\\\"n", c->p[1]) && c->p[1])
			sh_buf_addch(text, unescaped(*++c->p));
		else
			sh_buf_addch(text, *c->p);
	}
	if (!take(c, '"'))
		return fail(c, "a quote is not closed");
	*out = (struct sh_span){ text->data + from, text->len - from };
	if (!sh_utf8_is_valid(*out))
		return fail(c, "a quoted text is not valid UTF-8");
	return true;
}

static bool spell(struct sh_span s, const char *word)
{
	return s.len == strlen(word) && !strncasecmp(s.p, word, s.len);
}

static bool is_decimal(struct sh_span s)
{
	size_t i = 0, digits = 0;

	for (; i < s.len && s.p[i] >= '0' && s.p[i] <= '9'; i++)
		digits++;
	if (i < s.len && s.p[i] == '.')
		for (i++; i < s.len && s.p[i] >= '0' && s.p[i] <= '9'; i++)
			digits++;
	if (!digits)
		return false;
	if (i < s.len && (s.p[i] == 'e' || s.p[i] == 'E')) {
		i++;
		if (i < s.len && (s.p[i] == '+' || s.p[i] == '-'))
			i++;
		digits = i;
		while (i < s.len && s.p[i] >= '0' && s.p[i] <= '9')
			i++;
		if (i == digits)
			return false;
	}
	return i == s.len;
}

bool sh_expo_number(struct sh_span s, double *out)
{
	char copy[MAX_NUMBER];
	struct sh_span bare = s;
	uint64_t whole;
	bool minus = s.len && *s.p == '-';

	if (s.len && (*s.p == '+' || *s.p == '-'))
		bare = (struct sh_span){ s.p + 1, s.len - 1 };
	if (bare.len < 16 && sh_text_u64(bare, &whole)) {
		*out = minus ? -(double)whole : (double)whole;
		return true;
	}
	if (spell(bare, "inf") || spell(bare, "infinity")) {
		*out = minus ? -(double)INFINITY : (double)INFINITY;
		return true;
	}
	if (spell(bare, "nan")) {
		*out = (double)NAN;
		return true;
	}
	if (!is_decimal(bare) || bare.len >= sizeof(copy))
		return false;
	memcpy(copy, bare.p, bare.len);
	copy[bare.len] = '\0';
	*out = strtod(copy, NULL);
	if (minus)
		*out = -*out;
	return true;
}

static int compare_labels(const void *a, const void *b)
{
	const struct sh_expo_label *x = a, *y = b;
	size_t n = x->name.len < y->name.len ? x->name.len : y->name.len;
	int order = memcmp(x->name.p, y->name.p, n);

	if (order)
		return order;
	return (x->name.len > y->name.len) - (x->name.len < y->name.len);
}

/* Sorted, and each name once. FROM: the labels before belong to something else. */
static bool sort_labels(struct cursor *c, size_t from)
{
	struct sh_expo_line *l = c->l;
	bool sorted = true;

	for (size_t i = from + 1; i < l->labels; i++)
		sorted &= compare_labels(&l->label[i - 1], &l->label[i]) < 0;
	if (sorted)
		return true;
	sh_sort(l->label + from, l->labels - from, sizeof(*l->label), compare_labels);
	for (size_t i = from + 1; i < l->labels; i++)
		if (!compare_labels(&l->label[i - 1], &l->label[i]))
			return fail(c, "a label comes twice");
	return true;
}

/* NAME="value", or, where a metric may be named in the braces, its quoted name alone. */
static bool take_label(struct cursor *c, bool may_name)
{
	struct sh_expo_line *l = c->l;
	struct sh_expo_label label = { SH_SPAN_NONE, SH_SPAN_NONE };
	bool quoted = at(c, '"');

	if (quoted && !take_quoted(c, &label.name))
		return false;
	if (!quoted)
		label.name = take_name(c, false);
	if (!label.name.len)
		return fail(c, "the name of a label is missing or wrong");
	skip_blanks(c);
	if (quoted && may_name && !at(c, '=')) {
		if (l->name.p)
			return fail(c, "the metric is named twice");
		l->name = label.name;
		return true;
	}
	if (!take(c, '='))
		return fail(c, "'=' is missing after the name of a label");
	skip_blanks(c);
	if (!take_quoted(c, &label.value))
		return false;
	sh_grow(l->label, l->labels, l->cap);
	l->label[l->labels++] = label;
	return true;
}

static bool take_labels(struct cursor *c, bool may_name)
{
	size_t from = c->l->labels;

	c->p++;
	skip_blanks(c);
	while (!at(c, '}')) {
		if (!take_label(c, may_name))
			return false;
		skip_blanks(c);
		if (at(c, '}'))
			break;
		if (!take(c, ','))
			return fail(c, "a comma is missing between labels");
		skip_blanks(c);
		if (c->l->openmetrics && at(c, '}'))
			return fail(c, "a comma without a label after it");
	}
	c->p++;
	return sort_labels(c, from);
}

static struct sh_span take_word(struct cursor *c)
{
	const char *from = c->p;

	while (c->p < c->end && *c->p != ' ' && (c->l->openmetrics || *c->p != '\t'))
		c->p++;
	return (struct sh_span){ from, (size_t)(c->p - from) };
}

/* A native histogram, {count:4,sum:6,...}: known by its braces; it has no single value to tell. */
static bool take_native(struct cursor *c)
{
	const char *close = memchr(c->p, '}', (size_t)(c->end - c->p));

	if (!close)
		return fail(c, "a brace is not closed");
	c->l->native = true;
	c->p = close + 1;
	return true;
}

static bool take_value(struct cursor *c)
{
	if (c->l->openmetrics && at(c, '{'))
		return take_native(c);
	if (!sh_expo_number(take_word(c), &c->l->value))
		return fail(c, "the value is no number");
	return true;
}

/* Seconds with a fraction to nanoseconds; what a double rounds would put samples on one another. */
static void set_seconds(struct sh_expo_line *l, struct sh_span s)
{
	const char *dot = memchr(s.p, '.', s.len);
	int64_t part = 0, unit = SH_SEC / 10;

	l->timed = l->seconds >= FIRST_SECOND && l->seconds <= LAST_SECOND;
	if (!l->timed)
		return;
	if (memchr(s.p, 'e', s.len) || memchr(s.p, 'E', s.len) || *s.p == '-') {
		l->time = (int64_t)llround(l->seconds * 1e6) * 1000;
		return;
	}
	for (const char *p = dot ? dot + 1 : s.p + s.len; p < s.p + s.len && unit; p++, unit /= 10)
		part += (*p - '0') * unit;
	l->time = (int64_t)l->seconds * SH_SEC + part;
}

static bool take_timestamp(struct cursor *c)
{
	struct sh_expo_line *l = c->l;
	struct sh_span s = take_word(c);

	if (!sh_expo_number(s, &l->seconds) || !isfinite(l->seconds))
		return fail(c, "the timestamp is no number");
	l->timestamp = s;
	if (l->openmetrics) {
		set_seconds(l, s);
		return true;
	}
	l->seconds /= 1000;
	l->timed = l->seconds >= FIRST_SECOND && l->seconds <= LAST_SECOND;
	if (l->timed)
		l->time = (int64_t)llround(l->seconds * 1000) * SH_MS;
	return true;
}

static bool take_exemplar(struct cursor *c)
{
	struct sh_expo_line *l = c->l;
	struct sh_expo_line kept = *l;
	size_t from = l->labels, length = 0;
	bool good;

	c->p += 2; /* "# " */
	if (!at(c, '{'))
		return fail(c, "an exemplar begins with labels");
	good = take_labels(c, false) && separator(c) && take_value(c) && !l->native &&
	       (c->p == c->end || (separator(c) && take_timestamp(c)));
	for (size_t i = from; i < l->labels; i++)
		length += sh_utf8_count(l->label[i].name) + sh_utf8_count(l->label[i].value);
	/* The sample stays what it was: only what was grown meanwhile is kept. */
	kept.label = l->label;
	kept.cap = l->cap;
	kept.text = l->text;
	kept.why = l->why;
	*l = kept;
	l->exemplar = true;
	if (length > MAX_EXEMPLAR)
		return fail(c, "the labels of an exemplar are longer than 128 characters");
	return good || fail(c, "an exemplar has labels, a value and perhaps a timestamp");
}

static bool starts_exemplar(const struct cursor *c)
{
	return c->l->openmetrics && c->end - c->p >= 2 && c->p[0] == '#' && c->p[1] == ' ';
}

static bool read_tail(struct cursor *c)
{
	if (c->p == c->end)
		return true;
	if (!separator(c))
		return fail(c, "a space is missing after the value");
	if (c->p < c->end && !starts_exemplar(c) && !take_timestamp(c))
		return false;
	if (c->p < c->end && c->p[-1] != ' ' && !separator(c))
		return fail(c, "something follows the timestamp");
	skip_blanks(c);
	if (starts_exemplar(c) && !take_exemplar(c))
		return false;
	if (c->p < c->end || (c->l->openmetrics && c->p[-1] == ' '))
		return fail(c, "something follows the sample");
	return true;
}

/* Whether a value may stand here in the text format: after a blank or a brace. */
static bool follows_gap(const struct cursor *c)
{
	return c->p[-1] == ' ' || c->p[-1] == '\t' || c->p[-1] == '}';
}

static bool read_sample(struct cursor *c)
{
	struct sh_expo_line *l = c->l;

	l->kind = SH_EXPO_SAMPLE;
	if (!at(c, '{')) {
		l->name = take_name(c, true);
		if (!l->name.len)
			return fail(c, "the name of a metric is missing or wrong");
	}
	skip_blanks(c);
	if (at(c, '{') && !take_labels(c, true))
		return false;
	if (!l->name.len)
		return fail(c, "the name of a metric is missing");
	if (l->openmetrics ? !take(c, ' ') : c->p < c->end && !follows_gap(c))
		return fail(c, "a space is missing before the value");
	skip_blanks(c);
	return take_value(c) && read_tail(c);
}

/* The name in a line of TYPE, HELP or UNIT. */
static bool take_described(struct cursor *c)
{
	if (at(c, '"'))
		return take_quoted(c, &c->l->name);
	c->l->name = take_name(c, true);
	return c->l->name.len || fail(c, "the name of a metric is missing or wrong");
}

static bool is_type(struct sh_span type, bool openmetrics)
{
	static const char *const text[] = { "counter", "gauge", "summary", "histogram", "untyped",
					    "gauge_histogram", "gaugehistogram", "info", "stateset",
					    "unknown", NULL };
	static const char *const open[] = { "counter", "gauge", "summary", "histogram",
					    "gaugehistogram", "info", "stateset", "unknown", NULL };

	for (const char *const *t = openmetrics ? open : text; *t; t++)
		if (openmetrics ? sh_span_is(type, *t) : spell(type, *t))
			return true;
	return false;
}

static struct sh_span without_blanks(struct sh_span s)
{
	while (s.len && (s.p[s.len - 1] == ' ' || s.p[s.len - 1] == '\t'))
		s.len--;
	return s;
}

static bool read_description(struct cursor *c, enum sh_expo_kind kind)
{
	struct sh_expo_line *l = c->l;

	l->kind = kind;
	if (!separator(c))
		return fail(c, "a space and a name are missing");
	if (!take_described(c))
		return false;
	if (c->p < c->end && *c->p != ' ' && *c->p != '\t')
		return fail(c, "the name of a metric is wrong");
	if (!separator(c))
		return fail(c, "a space is missing after the name");
	l->rest = (struct sh_span){ c->p, (size_t)(c->end - c->p) };
	if (!l->openmetrics)
		l->rest = without_blanks(l->rest);
	if (kind == SH_EXPO_TYPE && !is_type(l->rest, l->openmetrics))
		return fail(c, "there is no such type");
	if (!sh_utf8_is_valid(l->rest))
		return fail(c, "the text is not valid UTF-8");
	return true;
}

/* A line that begins with '#'. */
static bool read_comment(struct cursor *c)
{
	static const struct { const char *word; enum sh_expo_kind kind; } words[] = {
		{ "TYPE", SH_EXPO_TYPE }, { "HELP", SH_EXPO_HELP }, { "UNIT", SH_EXPO_UNIT },
	};
	struct sh_span word;

	c->p++;
	if (!separator(c))
		return fail(c, "a comment begins with '# '");
	word = take_word(c);
	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
		if (sh_span_is(word, words[i].word) && (c->l->openmetrics || i < 2))
			return read_description(c, words[i].kind);
	if (!c->l->openmetrics)
		return true;
	if (!sh_span_is(word, "EOF") || c->p < c->end)
		return fail(c, "a comment is one of TYPE, HELP, UNIT and EOF");
	c->l->kind = SH_EXPO_EOF;
	return true;
}

bool sh_expo_read(struct sh_expo_line *l, struct sh_span line)
{
	struct cursor c = { l, line.p, line.p + line.len };

	l->kind = SH_EXPO_NOTHING;
	l->name = l->rest = l->timestamp = SH_SPAN_NONE;
	l->labels = 0;
	l->timed = l->exemplar = l->native = false;
	l->why = NULL;
	sh_buf_clear(&l->text);
	sh_buf_reserve(&l->text, line.len);
	skip_blanks(&c);
	if (c.p == c.end)
		return !l->openmetrics || fail(&c, "an empty line");
	return *c.p == '#' ? read_comment(&c) : read_sample(&c);
}

void sh_expo_release(struct sh_expo_line *l)
{
	free(l->label);
	sh_buf_release(&l->text);
	memset(l, 0, sizeof(*l));
}

struct sh_span sh_expo_label_value(const struct sh_expo_line *l, struct sh_span name)
{
	for (size_t i = 0; i < l->labels; i++)
		if (sh_span_equal(l->label[i].name, name))
			return l->label[i].value;
	return SH_SPAN_NONE;
}

static void put_text(struct sh_buf *out, struct sh_span text)
{
	uint32_t len = (uint32_t)text.len;

	sh_buf_add(out, &len, sizeof(len));
	sh_buf_add(out, text.p, text.len);
}

void sh_expo_put_labels(struct sh_buf *out, const struct sh_expo_line *l, struct sh_span but)
{
	for (size_t i = 0; i < l->labels; i++) {
		if (but.p && sh_span_equal(l->label[i].name, but))
			continue;
		put_text(out, l->label[i].name);
		put_text(out, l->label[i].value);
	}
}

bool sh_expo_next_text(struct sh_span *key, struct sh_span *text)
{
	uint32_t len;

	if (key->len < sizeof(len))
		return false;
	memcpy(&len, key->p, sizeof(len));
	*text = (struct sh_span){ key->p + sizeof(len), len };
	*key = (struct sh_span){ text->p + len, key->len - sizeof(len) - len };
	return true;
}

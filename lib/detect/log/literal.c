/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "detect/log/literal.h"

#include <string.h>

#define DEPTH 8 /* of groups */

/*
 * What a part of the pattern needs: one of these; n 0: nothing known. The best
 * part is the one whose shortest word is longest.
 */
struct need {
	struct sh_literals words;
	size_t shortest;
};

struct reader {
	const char *p, *end;
	bool failed; /* something that is not understood: nothing is known at all */
	int depth;
};

/* A row of characters of which each is needed. */
struct row {
	char text[SH_LITERAL_MAX];
	size_t len;
};

static void alternatives(struct reader *r, struct need *out);

static void keep_better(struct need *best, const struct need *other)
{
	if (other->words.n && other->shortest > best->shortest)
		*best = *other;
}

static void end_row(struct row *row, struct need *best)
{
	struct need n = { .words.n = 1, .shortest = row->len };

	memcpy(n.words.text[0], row->text, row->len);
	if (row->len)
		keep_better(best, &n);
	row->len = 0;
}

static void add_char(struct row *row, char c, struct need *best)
{
	if (row->len == SH_LITERAL_MAX)
		end_row(row, best);
	row->text[row->len++] = c;
}

enum quantifier { ONCE, PERHAPS, REPEATED };

/* The quantifier at hand: whether what stands before it is needed. */
static enum quantifier quantifier(struct reader *r)
{
	enum quantifier q = ONCE;

	if (r->p < r->end && (*r->p == '?' || *r->p == '*')) {
		q = PERHAPS;
		r->p++;
	} else if (r->p < r->end && *r->p == '+') {
		q = REPEATED;
		r->p++;
	} else if (r->p < r->end && *r->p == '{') {
		const char *close = memchr(r->p, '}', (size_t)(r->end - r->p));

		q = PERHAPS;
		if (close && r->p[1] >= '1' && r->p[1] <= '9')
			q = REPEATED;
		if (!close)
			r->failed = true;
		else
			r->p = close + 1;
	}
	if (q != ONCE && r->p < r->end && (*r->p == '?' || *r->p == '+'))
		r->p++;
	return q;
}

/* A class in brackets. */
static void skip_class(struct reader *r)
{
	r->p++;
	if (r->p < r->end && *r->p == '^')
		r->p++;
	if (r->p < r->end && *r->p == ']')
		r->p++;
	for (; r->p < r->end && *r->p != ']'; r->p++) {
		if (*r->p == '[' || (*r->p == '\\' && ++r->p == r->end)) {
			r->failed = true; /* [:space:] and the like: rare */
			return;
		}
	}
	r->failed |= r->p == r->end;
	r->p += r->p < r->end;
}

/* What follows a backslash: true with the character, or false for a class or an assertion. */
static bool escape(struct reader *r, char *c)
{
	r->p++;
	if (r->p == r->end) {
		r->failed = true;
		return false;
	}
	*c = *r->p++;
	if ((*c >= 'a' && *c <= 'z') || (*c >= 'A' && *c <= 'Z') || (*c >= '0' && *c <= '9')) {
		r->failed |= !memchr("dDwWsSbBhHvVRAzZtnr", *c, 19);
		return false;
	}
	return true;
}

/* After "(": the head of the group. False for one whose words are not needed. */
static bool group_head(struct reader *r)
{
	static const char *const plain[] = { "?:", "?i:", "?i)" };

	for (size_t i = 0; i < 3; i++) {
		size_t len = strlen(plain[i]);

		if ((size_t)(r->end - r->p) >= len && !memcmp(r->p, plain[i], len)) {
			r->p += len;
			return i < 2;
		}
	}
	r->failed |= r->p < r->end && (*r->p == '?' || *r->p == '*');
	return true;
}

static void group(struct reader *r, struct row *row, struct need *best)
{
	struct need inner = { .shortest = 0 };

	r->p++;
	end_row(row, best);
	if (!group_head(r) || r->failed)
		return;
	if (++r->depth > DEPTH) {
		r->failed = true;
		return;
	}
	alternatives(r, &inner);
	r->depth--;
	if (r->p == r->end || *r->p != ')') {
		r->failed = true;
		return;
	}
	r->p++;
	if (quantifier(r) != PERHAPS)
		keep_better(best, &inner);
}

/* One character, which is needed (true, with it), or what may be one of several or none. */
static bool character(struct reader *r, char *c)
{
	*c = *r->p;
	switch (*c) {
	case '\\':
		return escape(r, c);
	case '[':
		skip_class(r);
		return false;
	case '*':
	case '+':
	case '?':
	case '{':
		r->failed = true;
		return false;
	case '.':
	case '^':
	case '$':
		r->p++;
		return false;
	default:
		r->p++;
		return (unsigned char)*c < 0x80;
	}
}

static void single(struct reader *r, struct row *row, struct need *best)
{
	char c;
	bool is_known = character(r, &c);
	enum quantifier q = r->failed ? ONCE : quantifier(r);

	if (is_known && q != PERHAPS)
		add_char(row, c, best);
	if (!is_known || q != ONCE)
		end_row(row, best);
}

/* What stands up to "|" or the end of the group. */
static void branch(struct reader *r, struct need *best)
{
	struct row row = { .len = 0 };

	while (!r->failed && r->p < r->end && *r->p != '|' && *r->p != ')') {
		if (*r->p == '(')
			group(r, &row, best);
		else
			single(r, &row, best);
	}
	end_row(&row, best);
}

/* The words of all branches, none when one branch has none. */
static void alternatives(struct reader *r, struct need *out)
{
	bool is_first = true, all = true;

	for (;; r->p++) {
		struct need b = { .shortest = 0 };

		branch(r, &b);
		all &= b.words.n > 0 && out->words.n + b.words.n <= SH_LITERALS;
		for (size_t i = 0; all && i < b.words.n; i++)
			memcpy(out->words.text[out->words.n++], b.words.text[i],
			       sizeof(b.words.text[i]));
		if (is_first || b.shortest < out->shortest)
			out->shortest = b.shortest;
		is_first = false;
		if (r->failed || r->p == r->end || *r->p != '|')
			break;
	}
	if (!all)
		*out = (struct need){ .shortest = 0 };
}

bool sh_literals_of(struct sh_span pattern, struct sh_literals *out)
{
	struct reader r = { pattern.p, pattern.p + pattern.len, false, 0 };
	struct need n = { .shortest = 0 };

	out->n = 0;
	alternatives(&r, &n);
	if (r.failed || r.p != r.end || n.words.n == 0 || n.shortest < SH_LITERAL_MIN)
		return false;
	*out = n.words;
	return true;
}

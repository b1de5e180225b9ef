/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "logs/token.h"

#include <string.h>

#include "base/hash.h"
#include "logs/mask.h"

#define IS sh_mask_is
#define WORD 3 /* letters that make a word */

struct line {
	const char *p, *end;
	struct sh_log_tokens *out;
	bool after_number; /* the last word ends with a number: a unit may follow */
	double *number;	   /* that number, NULL when it is not kept */
};

static uint64_t hash_of(struct sh_span text, bool varies)
{
	uint64_t h = sh_hash64(text.p, text.len);

	return varies ? h | 1 : h & ~UINT64_C(1);
}

static void add(struct line *l, struct sh_log_token t)
{
	struct sh_log_tokens *out = l->out;
	struct sh_log_token *to = &out->token[out->n];

	l->after_number = false;
	l->number = NULL;
	if (sh_log_token_varies(t.hash) && out->n && to[-1].hash == t.hash)
		return;
	*to = t;
	if (t.has_number)
		l->number = &to->number;
	out->n++;
}

static void add_any(struct line *l)
{
	add(l, (struct sh_log_token){ .hash = SH_LOG_ANY, .text = { l->p, 0 } });
}

static bool is_letters(const char *p, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (!IS(p[i], SH_MASK_LETTER))
			return false;
	return true;
}

static bool has_letters(const char *p, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (IS(p[i], SH_MASK_LETTER))
			return true;
	return false;
}

static bool has_word(const char *p, size_t len)
{
	size_t row = 0;

	for (size_t i = 0; i < len && row < WORD; i++)
		row = IS(p[i], SH_MASK_LETTER) ? row + 1 : 0;
	return row >= WORD;
}

/*
 * How much before START is constant: all of it where letters that are a word end
 * there and none follow ("tty1", but not "a4f"), else what ends in punctuation.
 */
static size_t constant_part(struct sh_span w, size_t start)
{
	size_t head = start, len;

	while (head && IS(w.p[head - 1], SH_MASK_DIGIT | SH_MASK_LETTER))
		head--;
	if (start - head >= WORD && is_letters(w.p + head, start - head) &&
	    !has_letters(w.p + start, w.len - start))
		len = start;
	else if (has_word(w.p, head))
		len = head;
	else
		return 0;
	while (len && (w.p[len - 1] == '-' || w.p[len - 1] == '+'))
		len--;
	return len;
}

/* Whether a number may begin at START: at the begin of the word or after what introduces a value.
 */
static bool is_value(struct sh_span w, size_t start)
{
	return start == 0 || memchr("=:(['\"<", w.p[start - 1], 7) != NULL;
}

static void add_variable(struct line *l, struct sh_span w, size_t start)
{
	size_t len = constant_part(w, start), at = start;
	struct sh_log_token t = { .hash = SH_LOG_ANY, .text = { w.p, len } };

	if (len)
		t.hash = hash_of(t.text, true);
	if (at && w.p[at - 1] == '-')
		at--;
	if (is_value(w, at))
		t.has_number = sh_mask_number(w.p + at, w.p + w.len, &t.number);
	add(l, t);
	l->after_number = IS(w.p[w.len - 1], SH_MASK_DIGIT);
}

/* The unit of the number before: "5.2 KB," says as much as "5.2KB,". */
static bool take_unit(struct line *l)
{
	size_t len;
	double factor;

	if (!l->after_number)
		return false;
	factor = sh_mask_unit(l->p, l->end, &len);
	if (factor <= 0.0)
		return false;
	if (l->number)
		*l->number *= factor;
	for (l->p += len; l->p < l->end && !IS(*l->p, SH_MASK_SPACE); l->p++)
		;
	l->after_number = false;
	return true;
}

/* A date, perhaps in brackets. */
static bool take_date(struct line *l)
{
	const char *p = l->p;
	size_t len;

	if ((*p == '[' || *p == '(') && p + 1 < l->end)
		p++;
	if (*p < 'A' || *p > 'W')
		return false;
	len = sh_mask_date(p, l->end);
	if (!len)
		return false;
	for (p += len; p < l->end && !IS(*p, SH_MASK_SPACE); p++)
		;
	l->p = p;
	add_any(l);
	return true;
}

static bool take_parentheses(struct line *l)
{
	size_t len = *l->p == '(' ? sh_mask_parentheses(l->p, l->end) : 0;

	l->p += len;
	return len > 0;
}

static void take_word(struct line *l)
{
	struct sh_span w = { l->p, 0 };
	unsigned kinds = 0;
	size_t start;

	for (; l->p < l->end && !IS(*l->p, SH_MASK_SPACE); l->p++)
		kinds |= sh_mask_class[(unsigned char)*l->p];
	w.len = (size_t)(l->p - w.p);
	start = w.len;
	if ((kinds & (SH_MASK_DIGIT | SH_MASK_HOST)) || *w.p == '/')
		start = sh_mask_start(w, kinds);
	if (start < w.len) {
		add_variable(l, w, start);
		return;
	}
	add(l, (struct sh_log_token){ .hash = hash_of(w, false), .text = w });
}

void sh_log_tokenize(struct sh_log_tokens *out, struct sh_span line)
{
	bool is_cut = line.len > SH_LOG_LOOKED;
	struct line l = { line.p, line.p + (is_cut ? SH_LOG_LOOKED : line.len), out, false, NULL };

	out->n = 0;
	/* What was cut through is no word. */
	while (is_cut && l.end > l.p && !IS(l.end[-1], SH_MASK_SPACE))
		l.end--;
	while (l.p < l.end) {
		if (IS(*l.p, SH_MASK_SPACE)) {
			l.p++;
			continue;
		}
		if (out->n == SH_LOG_TOKENS - 1) {
			is_cut = true;
			break;
		}
		if (!take_unit(&l) && !take_parentheses(&l) && !take_date(&l))
			take_word(&l);
	}
	if (is_cut)
		add_any(&l);
	if (out->n == 0)
		add(&l, (struct sh_log_token){ .hash = hash_of(sh_span_of(""), false),
					       .text = sh_span_of("") });
}

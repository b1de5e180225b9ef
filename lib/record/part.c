/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "record/part.h"

#include <string.h>

#include "base/hash.h"
#include "base/mem.h"
#include "base/num.h"
#include "record/text.h"

/* How a line begins, as it stands there. */
struct glance {
	struct sh_span kind, time, host;
};

#define PARTS_MAX 65536

static inline bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

bool sh_part_parse(struct sh_part *p, const char *text)
{
	const char *slash = strchr(text, '/');
	SH_CLEANUP_FREE char *first = slash ? sh_strndup(text, (size_t)(slash - text)) : NULL;
	uint64_t number, of;

	if (!slash || sh_parse_u64(first, &number) < 0 || sh_parse_u64(slash + 1, &of) < 0 ||
	    number >= of || of > PARTS_MAX)
		return false;
	*p = (struct sh_part){ number, of };
	return true;
}

/* Past WORDS at the beginning of *rest. */
static inline bool take_words(struct sh_span *rest, const char *words, size_t len)
{
	if (rest->len < len || memcmp(rest->p, words, len) != 0)
		return false;
	rest->p += len;
	rest->len -= len;
	return true;
}

/* Up to the quote that ends a string without escapes, in plain ASCII, and past it. */
static inline bool take_string(struct sh_span *rest, struct sh_span *out)
{
	const char *end = rest->p + rest->len, *p = sh_text_plain_end(rest->p, end);

	if (p == end || *p != '"')
		return false;
	*out = (struct sh_span){ rest->p, (size_t)(p - rest->p) };
	*rest = (struct sh_span){ p + 1, (size_t)(end - p - 1) };
	return true;
}

#define TAKE(rest, words) take_words(rest, words, sizeof(words) - 1)

/* Returns false where the line does not begin as our own records do. The time may yet be none. */
static bool glance(struct glance *g, struct sh_span line)
{
	return TAKE(&line, "{\"kind\":\"") && take_string(&line, &g->kind) &&
	       TAKE(&line, ",\"time\":\"") && take_string(&line, &g->time) &&
	       TAKE(&line, ",\"host\":\"") && take_string(&line, &g->host);
}

/* Of the first label of a name the last run of digits: where it begins and ends; nowhere where there is none. */
static void find_number(struct sh_span host, size_t *begin, size_t *end)
{
	const char *dot = memchr(host.p, '.', host.len);

	*end = dot ? (size_t)(dot - host.p) : host.len;
	while (*end && !is_digit(host.p[*end - 1]))
		--*end;
	for (*begin = *end; *begin && is_digit(host.p[*begin - 1]);)
		--*begin;
}

/*
 * Where a host stands on the circle that the parts share. Those that differ in their
 * number only are multiples of the golden ratio apart, which leaves no part with much
 * more of them than another, whatever the steps between the numbers (D. E. Knuth,
 * TAOCP 6.4, on Fibonacci hashing); a hash of the whole would leave that to chance.
 */
static uint64_t place_of(struct sh_span host)
{
	uint64_t number = 0, name;
	size_t begin, end;

	find_number(host, &begin, &end);
	for (size_t i = begin; i < end; i++)
		number = number * 10 + (uint64_t)(host.p[i] - '0');
	name = sh_hash64(host.p, begin) ^ sh_hash64(host.p + end, host.len - end) << 1;
	return name + number * UINT64_C(0x9E3779B97F4A7C15);
}

bool sh_part_has(const struct sh_part *p, struct sh_span host)
{
	return p->of < 2 || ((place_of(host) >> 32) * p->of) >> 32 == p->number;
}

/* Whether the host stands where a glance finds it. */
static bool is_third(const struct sh_record *r)
{
	const struct sh_index *ix = &r->index;

	if (r->shape)
		return r->shape->n > 2 &&
		       sh_shape_at(r->leaf, r->shape->member[2].value) + 1 == r->host.p;
	return ix->n > 2 && ix->member[2].value.text.p + 1 == r->host.p;
}

bool sh_part_finds_record(const struct sh_part *p, const struct sh_record *r)
{
	struct glance g;

	/* A glance finds the third member, which mostly is the host: no need to look again. */
	if (is_third(r))
		return sh_part_has(p, r->host);
	/* Where it says so twice, the first counts: others do not look further. */
	return sh_part_has(p, glance(&g, r->line) ? g.host : r->host);
}

bool sh_part_has_bad(const struct sh_part *p, struct sh_span line)
{
	struct glance g;

	if (p->of < 2)
		return true;
	return glance(&g, line) ? sh_part_has(p, g.host) : p->number == 0;
}

static void remember(struct sh_foreign *f, const struct glance *g, struct sh_span line)
{
	f->head_len = (size_t)(g->time.p - line.p);
	f->time_len = g->time.len;
	f->tail_len = (size_t)(g->host.p + g->host.len + 1 - g->time.p) - g->time.len;
	if (f->head_len > sizeof(f->head) || f->tail_len > sizeof(f->tail)) {
		f->tail_len = 0;
		return;
	}
	memcpy(f->head, line.p, f->head_len);
	memcpy(f->tail, g->time.p + g->time.len, f->tail_len);
}

bool sh_part_is_foreign(const struct sh_part *p, struct sh_foreign *f, struct sh_span line)
{
	struct glance g;

	if (sh_foreign_is_like_last(f, line)) {
		if (f->ours)
			return false;
		if (sh_time_is_near(&f->near, line.p + f->head_len, f->time_len, &f->time))
			return true;
	}
	f->ours = false;
	if (!glance(&g, line)) {
		f->tail_len = 0;
		return false;
	}
	f->ours = sh_part_has(p, g.host);
	f->kind = sh_kind_from(g.kind);
	remember(f, &g, line);
	return !f->ours && sh_time_parse_near(&f->near, g.time.p, g.time.len, &f->time) == 0;
}

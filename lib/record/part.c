/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "record/part.h"

#include <string.h>

#include "base/clock.h"
#include "base/hash.h"
#include "base/mem.h"
#include "base/num.h"
#include "record/text.h"

#define PARTS_MAX 65536

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

bool sh_glance(struct sh_glance *g, struct sh_span line)
{
	return TAKE(&line, "{\"kind\":\"") && take_string(&line, &g->kind) &&
	       TAKE(&line, ",\"time\":\"") && take_string(&line, &g->time) &&
	       TAKE(&line, ",\"host\":\"") && take_string(&line, &g->host);
}

bool sh_glance_time(struct sh_glance_time *t, struct sh_span text)
{
	if (t->len && text.len == t->len && !memcmp(text.p, t->text, text.len))
		return true;
	t->len = 0;
	if (text.len > sizeof(t->text) || sh_time_parse(text.p, text.len, &t->time) < 0)
		return false;
	memcpy(t->text, text.p, text.len);
	t->len = text.len;
	return true;
}

bool sh_part_has(const struct sh_part *p, struct sh_span host)
{
	return p->of < 2 || sh_hash64(host.p, host.len) % p->of == p->number;
}

bool sh_part_has_record(const struct sh_part *p, const struct sh_record *r)
{
	const struct sh_index *ix = &r->index;
	struct sh_glance g;

	if (p->of < 2)
		return true;
	/* A glance finds the third member, which mostly is the host: no need to look again. */
	if (ix->n > 2 && ix->member[2].value.text.p + 1 == r->host.p)
		return sh_part_has(p, r->host);
	/* Where it says so twice, the first counts: others do not look further. */
	return sh_part_has(p, sh_glance(&g, r->line) ? g.host : r->host);
}

bool sh_part_has_bad(const struct sh_part *p, struct sh_span line)
{
	struct sh_glance g;

	if (p->of < 2)
		return true;
	return sh_glance(&g, line) ? sh_part_has(p, g.host) : p->number == 0;
}

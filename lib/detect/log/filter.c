/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "detect/log/filter.h"

#include <string.h>

#include "base/mem.h"
#include "detect/log/literal.h"

#define STATES 32767 /* beyond: patterns are always asked */
#define HIT 0x8000   /* of an edge: words end in its state or fall from it */

/* A word that ends in a state; the words of a state are a list. */
struct end {
	int pattern; /* -1: all patterns */
	int next;    /* index, -1 none */
};

struct state {
	int end;   /* its first word, -1 none */
	int fall;  /* where its longest proper end leads */
	int other; /* the nearest state along the falls that has words, -1 none */
};

struct sh_filter {
	unsigned char class[256]; /* of bytes that the words know; 0: no word has it */
	size_t classes;
	struct state *state;
	size_t n, cap;
	int *edge;	  /* n * 256 while words are added; -1 none */
	uint16_t *packed; /* n * classes when built */
	struct end *end;
	size_t n_ends, cap_ends;
	int patterns;
	struct sh_filter_set always; /* of no known word */
};

static int add_state(struct sh_filter *f)
{
	sh_grow(f->state, f->n, f->cap);
	f->edge = sh_reallocn(f->edge, f->cap, 256 * sizeof(f->edge[0]));
	for (size_t i = 0; i < 256; i++)
		f->edge[f->n * 256 + i] = -1;
	f->state[f->n] = (struct state){ -1, 0, -1 };
	return (int)f->n++;
}

static unsigned char lower(char c)
{
	return (unsigned char)(c >= 'A' && c <= 'Z' ? c + 32 : c);
}

static void add_word(struct sh_filter *f, const char *word, int pattern)
{
	size_t at = 0;

	for (; *word; word++) {
		unsigned char c = lower(*word);
		int next = f->edge[at * 256 + c];

		if (!f->class[c])
			f->class[c] = (unsigned char)f->classes++;
		if (next < 0) {
			next = add_state(f);
			f->edge[at * 256 + c] = next;
		}
		at = (size_t)next;
	}
	sh_grow(f->end, f->n_ends, f->cap_ends);
	f->end[f->n_ends] = (struct end){ pattern, f->state[at].end };
	f->state[at].end = (int)f->n_ends++;
}

/*
 * Two signs beyond ASCII are letters of ASCII where case does not count: the
 * Kelvin sign (k) and the long s.
 */
struct sh_filter *sh_filter_new(void)
{
	struct sh_filter *f = sh_calloc(1, sizeof(*f));

	f->classes = 1;
	add_state(f);
	add_word(f, "\xe2\x84\xaa", -1);
	add_word(f, "\xc5\xbf", -1);
	return f;
}

void sh_filter_free(struct sh_filter *f)
{
	if (!f)
		return;
	free(f->state);
	free(f->edge);
	free(f->packed);
	free(f->end);
	free(f);
}

static void set_bit(struct sh_filter_set *set, int i)
{
	set->bits[i / 64] |= UINT64_C(1) << i % 64;
}

int sh_filter_add(struct sh_filter *f, struct sh_span pattern)
{
	struct sh_literals words;

	if (f->patterns == SH_FILTER_PATTERNS)
		return -1;
	if (f->n > STATES - SH_LITERALS * SH_LITERAL_MAX || !sh_literals_of(pattern, &words))
		set_bit(&f->always, f->patterns);
	else
		for (size_t i = 0; i < words.n; i++)
			add_word(f, words.text[i], f->patterns);
	return f->patterns++;
}

/* By breadth: a state's fall is nearer to the root than it. */
static void build_falls(struct sh_filter *f, size_t *queue)
{
	size_t first = 0, last = 0;

	queue[last++] = 0;
	while (first < last) {
		size_t at = queue[first++];

		for (size_t c = 0; c < 256; c++) {
			int *next = &f->edge[at * 256 + c], fall;

			if (!f->class[c]) /* of no word: no column is made of it */
				continue;
			fall = at ? f->edge[(size_t)f->state[at].fall * 256 + c] : 0;
			if (*next < 0) {
				*next = fall;
				continue;
			}
			f->state[*next].fall = fall;
			f->state[*next].other =
				f->state[fall].end >= 0 ? fall : f->state[fall].other;
			queue[last++] = (size_t)*next;
		}
	}
}

static bool has_words(const struct sh_filter *f, int at)
{
	return f->state[at].end >= 0 || f->state[at].other >= 0;
}

/* One column a class in place of 256, capitals with the small letters. */
static void pack(struct sh_filter *f)
{
	f->packed = sh_calloc(f->n * f->classes, sizeof(f->packed[0]));
	for (size_t c = 0; c < 256; c++)
		for (size_t i = 0; f->class[c] && i < f->n; i++) {
			int to = f->edge[i * 256 + c];

			f->packed[i * f->classes + f->class[c]] =
				(uint16_t)(to | (has_words(f, to) ? HIT : 0));
		}
	free(f->edge);
	f->edge = NULL;
	for (int c = 'A'; c <= 'Z'; c++)
		f->class[c] = f->class[c + 32];
}

void sh_filter_build(struct sh_filter *f)
{
	size_t *queue = sh_calloc(f->n, sizeof(*queue));

	build_falls(f, queue);
	pack(f);
	free(queue);
}

static void note(const struct sh_filter *f, int at, struct sh_filter_set *out)
{
	for (; at >= 0; at = f->state[at].other)
		for (int e = f->state[at].end; e >= 0; e = f->end[e].next) {
			if (f->end[e].pattern < 0)
				memset(out, 0xff, sizeof(*out));
			else
				set_bit(out, f->end[e].pattern);
		}
}

bool sh_filter_look(const struct sh_filter *f, struct sh_span text, struct sh_filter_set *out)
{
	const unsigned char *p = (const unsigned char *)text.p, *end = p + text.len;
	uint64_t any = 0;
	size_t at = 0;

	*out = f->always;
	for (; p < end; p++) {
		unsigned to = f->packed[at * f->classes + f->class[*p]];

		at = to & ~(unsigned)HIT;
		if (to & HIT)
			note(f, (int)at, out);
	}
	for (size_t i = 0; i < SH_FILTER_SETS; i++)
		any |= out->bits[i];
	return any;
}

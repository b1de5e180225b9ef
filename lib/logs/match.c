/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "logs/parts.h"

#define ALIKE 0.7   /* of the words, at least so many are equal */
#define CONSTANT 64 /* lines after which a word that did not vary is constant */
#define WORDS 2	    /* that are no variables and may be widened at once */

struct likeness {
	size_t equal, general; /* words that are equal; that are <*> in the template */
	size_t unlike, words;  /* that would have to be widened; of them no variables */
};

static struct likeness compare(const struct sh_log_template *t, const struct sh_log_tokens *line)
{
	struct likeness l = { 0, 0, 0, 0 };

	for (size_t i = 0; i < t->n; i++) {
		uint64_t a = t->hash[i], b = line->token[i].hash;

		l.general += a == SH_LOG_ANY;
		if (a == b) {
			l.equal++;
		} else if (a != SH_LOG_ANY) {
			l.unlike++;
			l.words += !sh_log_token_varies(a) && !sh_log_token_varies(b);
		}
	}
	return l;
}

static bool takes(const struct sh_log_template *t, const struct likeness *l)
{
	return !l->unlike || (t->steady < CONSTANT && l->words <= WORDS &&
			      (double)l->equal >= ALIKE * (double)t->n - 1e-9);
}

/* The older one where both are alike: the order in the bucket decides nothing. */
static bool is_better(const struct sh_log_template *t, const struct likeness *l,
		      const struct sh_log_template *best, const struct likeness *b)
{
	if (!best || l->equal != b->equal)
		return !best || l->equal > b->equal;
	if (l->general != b->general)
		return l->general > b->general;
	return t->serial < best->serial;
}

static void widen(struct sh_log_miner *m, struct sh_log_template *t,
		  const struct sh_log_tokens *line)
{
	m->bytes -= sh_log_template_bytes(t);
	for (size_t i = 0; i < t->n; i++) {
		if (t->hash[i] == line->token[i].hash || t->hash[i] == SH_LOG_ANY)
			continue;
		t->hash[i] = SH_LOG_ANY;
		t->text = sh_log_words_widen(t->text, i);
	}
	t->steady = 0;
	m->bytes += sh_log_template_bytes(t);
}

struct sh_log_template *sh_log_match(struct sh_log_miner *m, const struct sh_log_bucket *b,
				     const struct sh_log_tokens *line)
{
	struct sh_log_template *best = NULL;
	struct likeness most = { 0, 0, 0, 0 };

	for (struct sh_log_template *t = b->head; t; t = t->next) {
		struct likeness l = compare(t, line);

		if (takes(t, &l) && is_better(t, &l, best, &most)) {
			best = t;
			most = l;
		}
	}
	if (best && most.unlike)
		widen(m, best, line);
	return best;
}

/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "detect/candidates.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "detect/host.h"
#include "detect/judge.h"
#include "detect/past.h"

static struct sh_value recall(const struct sh_look *l, const struct sh_call *call)
{
	const struct sh_detector *d = l->user;
	long number = sh_recalls_find(&d->book.recalls, call, l->rule->eager);
	struct sh_past_answer a;

	if (number < 0)
		return sh_value_unknown();
	a = sh_past_ask(&d->book, l->subject, (uint32_t)number, l->now);
	if (!a.known && !call->eval->missing[0])
		snprintf(call->eval->missing, sizeof(call->eval->missing), "%s: %s",
			 d->book.recalls.item[number].shown, a.why);
	return sh_recall_value(d->book.recalls.item[number].terms.kind, &a);
}

/* A value of a function in the vector: times in nanoseconds, as the programs want them. */
static double as_value(const struct sh_past_kind *kind, const struct sh_past_answer *a)
{
	struct sh_value v = sh_recall_value(kind, a);

	switch (v.type) {
	case SH_VALUE_BOOL:
		return v.u.b;
	case SH_VALUE_DURATION:
		return (double)v.u.i;
	case SH_VALUE_DOUBLE:
		return v.u.d;
	default:
		return NAN;
	}
}

static void ask_calls(struct sh_detector *d, const struct sh_look *l, const struct sh_planned *p)
{
	for (size_t i = 0; i < p->recalls; i++) {
		uint32_t number = p->recall[i];
		struct sh_past_answer a;

		if (d->asked[number] == d->looks)
			continue;
		d->asked[number] = d->looks;
		a = sh_past_ask(&d->book, l->subject, number, l->now);
		d->value[sh_rulebook_recall(&d->book, number)] =
			as_value(d->book.recalls.item[number].terms.kind, &a);
	}
}

void sh_candidates_judge(struct sh_detector *d, struct sh_look *l)
{
	bool has_host = false;

	d->looks++;
	for (size_t w = 0; w < d->book.words; w++) {
		for (uint64_t set = d->candidate[w]; set; set &= set - 1) {
			size_t rule = w * 64 + (size_t)__builtin_ctzll(set);
			const struct sh_planned *p = &d->book.rule[rule];

			if (p->reads_host && !has_host) {
				sh_host_read(&d->book, l->subject->host, l->now, d->value);
				has_host = true;
			}
			ask_calls(d, l, p);
			sh_judge_rule(d, l, rule);
		}
	}
	sh_watched_prune(&l->subject->watch);
}

struct sh_look sh_candidates_look(struct sh_detector *d, const struct sh_record *r, struct sh_subject *s,
			      int64_t now)
{
	return (struct sh_look){ .record = r,	     .subject = s,	.about = s,	.store = &d->store, .peers = &d->peers,
				 .now = now,
				 .arena = &d->arena, .recall = recall, .user = d };
}

/* The rules that have something to say about what was picked. */
static void find_candidates(struct sh_detector *d, const struct sh_route *route)
{
	size_t words = d->book.words;
	const uint64_t *always = route->rules + d->book.picks * words;

	memcpy(d->candidate, always, words * sizeof(*always));
	memset(d->quiet, 0, words * sizeof(*d->quiet));
	memset(d->met, 0, SH_NEEDS * words * sizeof(*d->met));
	for (size_t i = 0; i < d->book.pick.n; i++) {
		size_t slot = d->book.pick.found[i];
		const uint64_t *row = route->rules + slot * words;

		for (size_t w = 0; w < words; w++)
			d->candidate[w] |= row[w];
		sh_gates_pass(&route->gates, slot, d->book.pick.value[slot], d->quiet);
		sh_needs_meet(&route->needs, slot, d->met);
	}
}

static void settle(struct sh_detector *d, size_t word, uint64_t rules)
{
	d->settled[word] |= rules;
	for (; rules; rules &= rules - 1)
		d->fared[word * 64 + (size_t)__builtin_ctzll(rules)].known = true;
}

/* Of a word of rules those of which something is remembered. */
static uint64_t watched_in(const struct sh_subject *s, size_t word)
{
	uint64_t rules = 0;

	for (const struct sh_watched *w = s->watch; w; w = w->next)
		if (w->rule / 64 == word)
			rules |= UINT64_C(1) << (w->rule % 64);
	return rules;
}

/* Of rules that lack something those that need not say again what it is. */
static uint64_t heard_of(struct sh_detector *d, size_t word, uint64_t rules)
{
	for (uint64_t set = rules & ~d->heard[word]; set; set &= set - 1) {
		const struct sh_fared *f = &d->fared[word * 64 + (size_t)__builtin_ctzll(set)];

		if (f->known || f->missing[0])
			d->heard[word] |= set & -set;
	}
	return rules & d->heard[word];
}

/*
 * A rule that is false, or not to be known, needs no look where nothing is remembered of it.
 * Returns whether it is the same next time: all that lack something have been heard of.
 */
static bool leave_quiet(struct sh_detector *d, const struct sh_subject *s)
{
	bool is_final = true;

	for (size_t w = 0; w < d->book.words; w++) {
		uint64_t found = d->candidate[w] & ~watched_in(s, w);
		uint64_t left = found & d->quiet[w];
		uint64_t lacking = found & ~left & sh_needs_lacking(&s->route->needs, d->met, w);

		if (left & ~d->settled[w])
			settle(d, w, left & ~d->settled[w]);
		if (lacking) {
			uint64_t heard = heard_of(d, w, lacking);

			is_final = is_final && heard == lacking;
			left |= heard;
		}
		d->candidate[w] &= ~left;
	}
	return is_final;
}

/* What is known of the metrics that were picked; NULL where it depends on more than them. */
static struct sh_gathered *gathered_of(struct sh_detector *d, const struct sh_subject *s)
{
	return d->book.pick.set && !s->watch ?
		       sh_gathered_of(&s->route->gathered, &d->book.pick, &s->route->gates) : NULL;
}

/* The rules that are to be judged; false where there is none. */
static bool choose(struct sh_detector *d, const struct sh_subject *s)
{
	const struct sh_pick *pick = &d->book.pick;
	struct sh_gathered *g;

	if (s->params || d->explain || d->score) {
		find_candidates(d, s->route);
		return true;
	}
	g = gathered_of(d, s);
	if (g && !sh_gathered_is_within(g, pick))
		g = NULL;
	if (g && g->is_known) {
		memcpy(d->candidate, g->left, d->book.words * sizeof(*g->left));
		return !g->is_empty;
	}
	find_candidates(d, s->route);
	if (leave_quiet(d, s) && g)
		sh_gathered_learn(g, d->candidate, d->book.words);
	return true;
}

void sh_candidates_judge_sample(struct sh_detector *d, const struct sh_record *r, struct sh_subject *s)
{
	const struct sh_pick *pick = &d->book.pick;
	struct sh_look l;

	if (!choose(d, s))
		return;
	l = sh_candidates_look(d, r, s, r->time);
	for (size_t i = 0; i < pick->n; i++)
		d->value[pick->found[i]] = pick->value[pick->found[i]];
	sh_candidates_judge(d, &l);
	for (size_t i = 0; i < pick->n; i++)
		d->value[pick->found[i]] = NAN;
	sh_look_release(&l);
}

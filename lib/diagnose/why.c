/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "diagnose/why.h"

#include <string.h>

#include "base/nls.h"
#include "diagnose/explain.h"
#include "diagnose/say.h"
#include "diagnose/suspect.h"
#include "record/json.h"

#define SUSPECTS 1000
#define STEPS 20 /* of the trail */
#define CLUES 8	 /* of one entity */
#define OTHERS 5
#define CHANGED 0.1 /* a clue of less is no reason to go somewhere */

struct walk {
	const struct sh_why *w;
	const struct sh_tell *t;
	struct sh_suspects suspects;
	uint32_t trail[STEPS];
	size_t steps;
};

static const struct sh_suspect *suspect_of(const struct walk *k, uint32_t node)
{
	for (size_t i = 0; i < k->suspects.n; i++)
		if (k->suspects.suspect[i].node == node)
			return &k->suspects.suspect[i];
	return NULL;
}

static const char *name_of(const struct walk *k, uint32_t node)
{
	return sh_graph_name(k->w->graph, node);
}

static bool is_on_trail(const struct walk *k, uint32_t node)
{
	for (size_t i = 0; i < k->steps; i++)
		if (k->trail[i] == node)
			return true;
	return false;
}

static const char *status_word(enum sh_fault_status status)
{
	static const char *const words[] = {
		[SH_FAULT_PENDING] = SH_TR_LATER("pending"),
		[SH_FAULT_OPEN] = SH_TR_LATER("open"),
		[SH_FAULT_ONGOING] = SH_TR_LATER("ongoing"),
		[SH_FAULT_RESOLVED] = SH_TR_LATER("resolved"),
		[SH_FAULT_FLAPPING] = SH_TR_LATER("flapping"),
		[SH_FAULT_STALE] = SH_TR_LATER("not heard of any more"),
	};

	return sh_tr(words[status]);
}

/* What the rules say, each opinion once. */
static void tell_opinions(const struct walk *k)
{
	const struct sh_diagnosis *d = k->w->diagnosis;
	SH_CLEANUP_BUF struct sh_buf text = SH_BUF_INIT;
	size_t i, j;
	json_t *entry, *item;

	json_array_foreach(d->ranking, i, entry)
		json_array_foreach(json_object_get(entry, "evidence"), j, item)
			if (!strcmp(sh_json_str(item, "source", ""), "rule") &&
			    sh_explain_evidence(d, entry, item, &text))
				sh_tell(k->t, 2, "%s", sh_buf_str(&text));
}

static void tell_fault(const struct walk *k)
{
	SH_CLEANUP_BUF struct sh_buf time = SH_BUF_INIT;
	const struct sh_fault *f;

	sh_tell(k->t, 0, "%s", k->w->entity);
	sh_tell_time(&time, k->w->onset);
	if (!k->w->diagnosis) {
		sh_tell(k->t, 1, sh_tr("No fault of it is known; before %1$s is compared with after."),
			time.data);
		return;
	}
	f = &k->w->diagnosis->fault;
	sh_tell(k->t, 1, sh_tr("%1$s since %2$s, %3$s; %4$s."), f->fault_type, time.data,
		status_word(f->status), sh_explain_severity(f->severity));
	tell_opinions(k);
}

/* What one entity shows. */
static void tell_clues(const struct walk *k, const struct sh_suspect *s)
{
	SH_CLEANUP_BUF struct sh_buf text = SH_BUF_INIT;

	if (!s || !s->clues.n) {
		sh_tell(k->t, 1, sh_tr("Nothing is known to have changed there."));
		return;
	}
	for (size_t i = 0; i < s->clues.n && i < CLUES; i++) {
		json_t *item = sh_say_clue(&s->clues.clue[i], k->w->onset);

		if (sh_explain_clue(name_of(k, s->node), k->w->onset, item, &text))
			sh_tell(k->t, 2, "%s", sh_buf_str(&text));
		json_decref(item);
	}
	if (s->clues.n > CLUES)
		sh_tell(k->t, 2,
			sh_tr_n("and %zu more piece of evidence", "and %zu more pieces of evidence",
				s->clues.n - CLUES),
			s->clues.n - CLUES);
}

/* The names of what a node needs, as many as are told. */
static size_t needs_of(const struct walk *k, uint32_t node, struct sh_buf *out)
{
	uint32_t i = SH_GRAPH_NONE;
	struct sh_graph_step step;
	json_t *names = json_array();
	size_t n;

	while (sh_graph_next(k->w->graph, node, true, &i, &step))
		if (step.type != SH_EDGE_IMPLIED)
			json_array_append_new(names, json_string(name_of(k, step.node)));
	n = json_array_size(names);
	sh_tell_names(out, names);
	json_decref(names);
	return n;
}

/* Where the trail goes on from a node; SH_GRAPH_NONE: it ends. */
static uint32_t next_of(const struct walk *k, uint32_t node, const struct sh_suspect *s)
{
	SH_CLEANUP_BUF struct sh_buf names = SH_BUF_INIT;
	size_t needs = needs_of(k, node, &names);

	if (!needs) {
		sh_tell(k->t, 1, sh_tr("It needs nothing else, as far as is known."));
		return SH_GRAPH_NONE;
	}
	sh_tell(k->t, 1, sh_tr("It needs %s."), names.data);
	if (!s || s->explained_by == SH_GRAPH_NONE) {
		sh_tell(k->t, 1, sh_tr("None of that shows what could spread to it: the trail ends here."));
		return SH_GRAPH_NONE;
	}
	if (is_on_trail(k, s->explained_by) || k->steps == STEPS) {
		sh_tell(k->t, 1, sh_tr("The worst of that is %s, which was looked at before: they need each "
				       "other."), name_of(k, s->explained_by));
		return SH_GRAPH_NONE;
	}
	if (s->own > CHANGED)
		sh_tell(k->t, 1, sh_tr("The worst of that is %s, which explains part of it:"),
			name_of(k, s->explained_by));
	else
		sh_tell(k->t, 1, sh_tr("The worst of that is %s, which explains all of it:"),
			name_of(k, s->explained_by));
	return s->explained_by;
}

/* From the entity to what needs nothing worse; the first of it was told. */
static void walk_trail(struct walk *k, uint32_t node)
{
	while (node != SH_GRAPH_NONE) {
		const struct sh_suspect *s = suspect_of(k, node);

		k->trail[k->steps++] = node;
		if (k->steps > 1)
			sh_tell(k->t, 0, "%s", name_of(k, node));
		tell_clues(k, s);
		node = next_of(k, node, s);
	}
}

/* Whether the entity that was asked about has a fault, or anything of it changed. */
static bool shows_anything(const struct walk *k)
{
	const struct sh_suspect *s = suspect_of(k, k->trail[0]);

	return k->w->diagnosis || (s && s->clues.n);
}

static void tell_root(const struct walk *k)
{
	const struct sh_suspect *best = k->suspects.n ? &k->suspects.suspect[0] : NULL;
	uint32_t end = k->trail[k->steps - 1];

	sh_tell(k->t, 0, sh_tr("Where it comes from"));
	if (!best || !best->clues.n) {
		sh_tell(k->t, 1, sh_tr("Nothing that was seen tells: no metric, log line or change stands "
				       "out."));
		return;
	}
	if (!shows_anything(k))
		sh_tell(k->t, 1, sh_tr("It shows nothing itself. Near it changed most %1$s: %2$s, %3$.0f %%."),
			name_of(k, best->node), sh_say_cause(best), best->confidence * 100);
	else
		sh_tell(k->t, 1, sh_tr("By all evidence together from %1$s: %2$s, %3$.0f %%."),
			name_of(k, best->node), sh_say_cause(best), best->confidence * 100);
	if (best->node == end)
		return;
	if (shows_anything(k))
		sh_tell(k->t, 1, sh_tr("The trail led to %s; this weighs more:"), name_of(k, end));
	tell_clues(k, best);
}

/* One that it is not, and why. */
static void tell_other(const struct walk *k, const struct sh_suspect *s)
{
	const struct sh_suspect *best = &k->suspects.suspect[0];
	const char *name = name_of(k, s->node);

	if (!s->clues.n)
		sh_tell(k->t, 2, sh_tr("%s: nothing is known to have changed there."), name);
	else if (s->explained_by != SH_GRAPH_NONE && s->own < CHANGED)
		sh_tell(k->t, 2, sh_tr("%1$s: what it shows comes from %2$s, which it needs."), name,
			name_of(k, s->explained_by));
	else
		sh_tell(k->t, 2, sh_tr("%1$s: it changed as well, but weighs %2$.2g, and %3$s %4$.2g."), name,
			s->score, name_of(k, best->node), best->score);
}

static void tell_others(const struct walk *k)
{
	size_t told = 0, n = k->suspects.n;

	if (n < 2 || !k->suspects.suspect[0].clues.n || !shows_anything(k))
		return;
	sh_tell(k->t, 1, sh_tr("Why not the others:"));
	for (size_t i = 1; i < n && told < OTHERS; i++, told++)
		tell_other(k, &k->suspects.suspect[i]);
	if (n > OTHERS + 1)
		sh_tell(k->t, 2, sh_tr_n("and %zu more that weighs less", "and %zu more that weigh less",
					 n - OTHERS - 1), n - OTHERS - 1);
}

static struct sh_span host_of(const struct sh_why *w)
{
	const struct sh_past_entity *e = sh_history_find(w->history, sh_span_of(w->entity));

	if (w->diagnosis)
		return sh_span_of(w->diagnosis->host);
	return e ? sh_span_of(e->host) : SH_SPAN_NONE;
}

bool sh_why(const struct sh_why *w, const struct sh_tell *t)
{
	const json_t *metrics = w->diagnosis ? w->diagnosis->fault.affected_metrics : NULL;
	struct sh_symptom s = { .entity = sh_span_of(w->entity),
				.host = host_of(w),
				.metric = json_string_value(json_array_get(metrics, 0)),
				.onset = w->onset };
	struct sh_inquiry *inquiry = sh_inquiry_new(w->graph, w->history);
	struct walk k = { .w = w, .t = t };
	bool shown;

	sh_suspects_find(&k.suspects, inquiry, &s, SUSPECTS);
	tell_fault(&k);
	walk_trail(&k, sh_graph_find(w->graph, s.entity));
	if (k.steps) {
		tell_root(&k);
		tell_others(&k);
	}
	shown = w->diagnosis || (k.suspects.n && k.suspects.suspect[0].clues.n);
	sh_suspects_release(&k.suspects);
	sh_inquiry_free(inquiry);
	return shown;
}

/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "diagnose/explain.h"

#include <stdbool.h>
#include <string.h>

#include "base/nls.h"
#include "diagnose/explain_impact.h"
#include "record/json.h"

#define EVIDENCE 8 /* pieces for the likeliest cause */
#define VALUES 5
#define OTHERS 3 /* causes besides */
#define CLOSE 0.15 /* a confidence so near the first's leaves it open which it is */

int64_t sh_explain_onset(const struct sh_diagnosis *d)
{
	return d->onset ? d->onset : sh_fault_onset(&d->fault);
}

const char *sh_explain_severity(enum sh_severity severity)
{
	static const char *const words[] = {
		[SH_SEVERITY_INFO] = SH_TR_LATER("information only"),
		[SH_SEVERITY_LOW] = SH_TR_LATER("low severity"),
		[SH_SEVERITY_MEDIUM] = SH_TR_LATER("medium severity"),
		[SH_SEVERITY_HIGH] = SH_TR_LATER("high severity"),
		[SH_SEVERITY_CRITICAL] = SH_TR_LATER("critical"),
	};

	return sh_tr(words[severity]);
}

static const char *sureness(double confidence)
{
	if (confidence >= 0.9)
		return sh_tr("almost certain");
	if (confidence >= 0.7)
		return sh_tr("likely");
	if (confidence >= 0.4)
		return sh_tr("possible");
	return confidence >= 0.1 ? sh_tr("doubtful") : sh_tr("hardly more than a guess");
}

static void tell_values(const struct sh_fault *f, const struct sh_tell *t)
{
	SH_CLEANUP_BUF struct sh_buf list = SH_BUF_INIT;
	const char *name;
	json_t *value;
	size_t told = 0;

	json_object_foreach(f->evidence.values, name, value) {
		char number[SH_TELL_NUMBER];

		if (!json_is_number(value) || told++ >= VALUES)
			continue;
		sh_buf_addstr(&list, list.len ? sh_tr(", ") : "");
		sh_tell_number(number, json_number_value(value));
		sh_buf_addf(&list, "%s = %s", name, number);
	}
	if (list.len)
		sh_tell(t, 1, sh_tr("Measured: %s."), list.data);
}

/* What is wrong, since when, how badly. */
static void tell_fault(const struct sh_diagnosis *d, const struct sh_tell *t)
{
	const struct sh_fault *f = &d->fault;
	SH_CLEANUP_BUF struct sh_buf text = SH_BUF_INIT, since = SH_BUF_INIT, span = SH_BUF_INIT;
	SH_CLEANUP_BUF struct sh_buf entity = SH_BUF_INIT;
	unsigned long hits = f->total_hits > 0 ? (unsigned long)f->total_hits : 0;

	sh_tell_cut(&entity, f->entity);
	if (f->description && *f->description)
		sh_tell(t, 0, sh_tr("%1$s on %2$s: %3$s"), f->fault_type, sh_buf_str(&entity),
			sh_tell_cut(&text, f->description));
	else
		sh_tell(t, 0, sh_tr("%1$s on %2$s"), f->fault_type, sh_buf_str(&entity));
	sh_tell_time(&since, sh_explain_onset(d));
	sh_tell_span(&span, f->time - sh_explain_onset(d));
	if (hits)
		sh_tell(t, 1,
			sh_tr_n("Since %1$s, that is for %2$s, seen %3$lu time; %4$s.",
				"Since %1$s, that is for %2$s, seen %3$lu times; %4$s.", hits),
			since.data, span.data, hits, sh_explain_severity(f->severity));
	else
		sh_tell(t, 1, sh_tr("Since %1$s, that is for %2$s; %3$s."), since.data, span.data,
			sh_explain_severity(f->severity));
	tell_values(f, t);
}

/* What a rule says of a cause, NULL when none does. */
static const struct sh_cause *opinion_of(const struct sh_diagnosis *d, const char *cause)
{
	for (size_t i = 0; i < d->results; i++)
		if (!strcmp(d->result[i].root_cause, cause))
			return &d->result[i];
	return NULL;
}

static const char *first_cause(const struct sh_diagnosis *d)
{
	return sh_json_str(json_array_get(d->ranking, 0), "root_cause", "unknown");
}

/* Of the likeliest cause, else of what the rules say alone. */
static const struct sh_cause *advice(const struct sh_diagnosis *d)
{
	const struct sh_cause *c = opinion_of(d, first_cause(d));

	return c ? c : sh_diagnosis_cause(d);
}

/* "the log of a service fills its disk (log_flood) of filesystem:/var@h", as far as it is known. */
static void add_cause(const struct sh_diagnosis *d, const json_t *entry, struct sh_buf *out)
{
	const char *cause = sh_json_str(entry, "root_cause", "unknown");
	const char *entity = sh_json_str(entry, "entity", "");
	const struct sh_cause *opinion = opinion_of(d, cause);
	SH_CLEANUP_BUF struct sh_buf cut = SH_BUF_INIT;

	if (opinion && opinion->title && *opinion->title)
		sh_buf_addf(out, sh_tr("%1$s (%2$s)"), sh_tell_cut(&cut, opinion->title), cause);
	else
		sh_buf_addstr(out, cause);
	if (*entity)
		sh_buf_addf(out, sh_tr(" of %s"), entity);
}

static void tell_evidence(const struct sh_diagnosis *d, const json_t *entry, const struct sh_tell *t)
{
	const json_t *evidence = json_object_get(entry, "evidence");
	SH_CLEANUP_BUF struct sh_buf text = SH_BUF_INIT;
	size_t n = json_array_size(evidence);

	for (size_t i = 0; i < n && i < EVIDENCE; i++)
		if (sh_explain_evidence(d, entry, json_array_get(evidence, i), &text))
			sh_tell(t, 2, "%s", sh_buf_str(&text));
	if (n > EVIDENCE)
		sh_tell(t, 2,
			sh_tr_n("and %zu more piece of evidence", "and %zu more pieces of evidence",
				n - EVIDENCE),
			n - EVIDENCE);
}

static void tell_first(const struct sh_diagnosis *d, const struct sh_tell *t)
{
	const json_t *first = json_array_get(d->ranking, 0);
	SH_CLEANUP_BUF struct sh_buf cause = SH_BUF_INIT;
	double sure = sh_json_num(first, "confidence", 0);

	if (!first) {
		sh_tell(t, 1, sh_tr("The cause is unknown: nothing speaks for any."));
		return;
	}
	add_cause(d, first, &cause);
	sh_tell(t, 1, sh_tr("Most likely cause: %1$s; %2$s, %3$.0f %%, because"), cause.data,
		sureness(sure), sure * 100);
	tell_evidence(d, first, t);
}

/* The rules alone may be of another opinion than all evidence together. */
static void tell_rules(const struct sh_diagnosis *d, const struct sh_tell *t)
{
	const struct sh_cause *merged = sh_diagnosis_cause(d);

	if (!d->results)
		sh_tell(t, 1, sh_tr("About this, no rule has an opinion on '%s'."),
			d->fault.fault_type);
	else if (strcmp(first_cause(d), merged->root_cause) != 0)
		sh_tell(t, 1, sh_tr("By the rules alone it would be %1$s, %2$.0f %%."),
			merged->root_cause, merged->confidence * 100);
}

/* What speaks for one of the others most, and what against it. */
static void tell_pro_and_con(const struct sh_diagnosis *d, const json_t *entry,
			     const struct sh_tell *t)
{
	const json_t *evidence = json_object_get(entry, "evidence"), *item;
	SH_CLEANUP_BUF struct sh_buf text = SH_BUF_INIT;
	size_t i;

	if (sh_explain_evidence(d, entry, json_array_get(evidence, 0), &text))
		sh_tell(t, 2, "%s", sh_buf_str(&text));
	json_array_foreach(evidence, i, item) {
		const char *worse = sh_json_str(item, "explained_by", "");

		if (i && *worse)
			sh_tell(t, 2, sh_tr("but it needs %s, which explains part of that"), worse);
	}
}

/* What else it could be. */
static void tell_others(const struct sh_diagnosis *d, const struct sh_tell *t)
{
	double first = sh_json_num(json_array_get(d->ranking, 0), "confidence", 0);
	size_t n = json_array_size(d->ranking);

	if (n == 1)
		sh_tell(t, 1, sh_tr("Nothing else came into question."));
	for (size_t i = 1; i < n && i <= OTHERS; i++) {
		const json_t *entry = json_array_get(d->ranking, i);
		SH_CLEANUP_BUF struct sh_buf cause = SH_BUF_INIT;
		double sure = sh_json_num(entry, "confidence", 0);

		add_cause(d, entry, &cause);
		if (first - sure < CLOSE)
			sh_tell(t, 1, sh_tr("Hardly less likely: %1$s; %2$.0f %%."), cause.data, sure * 100);
		else
			sh_tell(t, 1, sh_tr("Less likely: %1$s; %2$.0f %%."), cause.data, sure * 100);
		tell_pro_and_con(d, entry, t);
	}
	if (n > OTHERS + 1)
		sh_tell(t, 1, sh_tr_n("%zu more cause was considered and is less likely still.",
				      "%zu more causes were considered and are less likely still.",
				      n - OTHERS - 1), n - OTHERS - 1);
}

static void tell_affected(const struct sh_diagnosis *d, const struct sh_tell *t)
{
	const json_t *needing = json_object_get(json_array_get(d->ranking, 0), "affected");
	const json_t *named = advice(d)->affected_resources;
	SH_CLEANUP_BUF struct sh_buf names = SH_BUF_INIT;

	if (json_array_size(needing))
		sh_tell(t, 1, sh_tr("Affected, as it changed as well: %s."), sh_tell_names(&names, needing));
	if (json_array_size(named))
		sh_tell(t, 1, sh_tr("Affected, as the rule says: %s."), sh_tell_names(&names, named));
	sh_explain_impact(d->impact, t);
}

/* The playbooks' names, each once. A new reference; earlier versions told only these. */
static json_t *playbooks(const json_t *candidates)
{
	json_t *names = json_object(), *list = json_array(), *entry;
	const char *name;
	size_t i;

	json_array_foreach(candidates, i, entry) {
		name = json_is_string(entry) ? json_string_value(entry) : sh_json_str(entry, "playbook", "?");
		if (json_object_get(names, name))
			continue;
		json_object_set_new(names, name, json_true());
		json_array_append_new(list, json_string(name));
	}
	json_decref(names);
	return list;
}

static void tell_marks(const json_t *candidates, const struct sh_tell *t)
{
	SH_CLEANUP_BUF struct sh_buf playbook = SH_BUF_INIT, target = SH_BUF_INIT, group = SH_BUF_INIT;
	const json_t *entry, *mark;
	size_t i, k;

	json_array_foreach(candidates, i, entry)
		json_array_foreach(json_object_get(entry, "marks"), k, mark)
			if (!strcmp(sh_json_str(mark, "mark", ""), "takes_down"))
				sh_tell(t, 1, sh_tr("Mind that %s on %s takes down %s."),
					sh_tell_cut(&playbook, sh_json_str(entry, "playbook", "?")),
					sh_tell_cut(&target, sh_json_str(entry, "target", "?")),
					sh_tell_cut(&group, sh_json_str(mark, "entity", "?")));
}

static void tell_remedy(const struct sh_diagnosis *d, const struct sh_tell *t)
{
	const struct sh_cause *cause = advice(d);
	SH_CLEANUP_BUF struct sh_buf names = SH_BUF_INIT, cut = SH_BUF_INIT;
	json_auto_t *list = playbooks(d->candidates);

	if (cause->recommendation && *cause->recommendation)
		sh_tell(t, 1, sh_tr("Recommended: %s."),
			sh_tell_cut(&cut, cause->recommendation));
	if (json_array_size(list))
		sh_tell(t, 1, sh_tr("Playbooks that could mend it: %s."), sh_tell_names(&names, list));
	else
		sh_tell(t, 1, sh_tr("No playbook is made for this cause: a person has to act."));
	tell_marks(d->candidates, t);
}

static bool has_source(const struct sh_diagnosis *d, const char *a, const char *b)
{
	size_t i, j;
	json_t *entry, *item;

	json_array_foreach(d->ranking, i, entry)
		json_array_foreach(json_object_get(entry, "evidence"), j, item) {
			const char *source = sh_json_str(item, "source", "");

			if (!strcmp(source, a) || !strcmp(source, b))
				return true;
		}
	return false;
}

static void tell_unknown(const struct sh_diagnosis *d, const struct sh_tell *t)
{
	if (!json_array_size(d->moved))
		sh_tell(t, 1, sh_tr("Not known: how the metrics of %s moved; too few of its measurements "
				    "from before and after were seen."), d->entity);
	if (!has_source(d, "event", "log"))
		sh_tell(t, 1, sh_tr("Not known: what was changed or logged shortly before; nothing that "
				    "was seen speaks of it."));
	if (!has_source(d, "graph", "trace"))
		sh_tell(t, 1, sh_tr("Not known: what %s needs and what needs it; no relation that was seen "
				    "speaks of it."), d->entity);
}

void sh_explain(const struct sh_diagnosis *d, const struct sh_tell *t)
{
	tell_fault(d, t);
	tell_first(d, t);
	tell_rules(d, t);
	tell_others(d, t);
	tell_affected(d, t);
	tell_remedy(d, t);
	tell_unknown(d, t);
}

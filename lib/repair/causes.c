/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "repair/causes.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "record/entity.h"
#include "record/json.h"

#define LEAST 0.5 /* of confidence, to act on */
#define MOST 16   /* causes of a diagnosis that are looked at */

struct cause {
	const char *name;
	const char *entity; /* where it is; NULL: at the target */
	double confidence;
};

/* A playbook that lacks what the site does not say. */
struct unfit {
	const struct sh_playbook *book;
	const struct cause *cause; /* NULL: for the type of the fault */
};

static char *type_of(const char *entity)
{
	struct sh_entity parts = { sh_span_of(""), sh_span_of(entity), SH_SPAN_NONE };

	sh_entity_split(sh_span_of(entity), &parts);
	return sh_strndup(parts.type.p, parts.type.len);
}

static struct cause read_cause(const json_t *item, const struct sh_request *q)
{
	struct cause c = { sh_json_str(item, "root_cause", ""), sh_json_str(item, "entity", NULL),
			   sh_json_num(item, "confidence", 0) };

	if (c.entity && !strcmp(c.entity, q->target))
		c.entity = NULL;
	return c;
}

static size_t list_causes(const struct sh_request *q, struct cause out[static MOST])
{
	const json_t *ranking = json_object_get(q->diagnosis, "ranking"), *item;
	size_t i, n = 0;

	json_array_foreach(ranking, i, item) {
		struct cause c = read_cause(item, q);

		if (n < MOST && *c.name && strcmp(c.name, "unknown") && c.confidence >= LEAST)
			out[n++] = c;
	}
	if (!n && q->cause)
		out[n++] = (struct cause){ q->cause, NULL, q->confidence };
	return n;
}

/* The first of the N causes that the playbook is not for; NULL none. */
static const char *forbidden(const struct sh_playbook *book, const struct cause *c, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (sh_playbook_names(book->not_for, c[i].name))
			return c[i].name;
	return NULL;
}

/* Whether the playbook would be for the entity that has the cause, and not for the target. */
static bool is_for_other(const struct sh_playbook *book, const char *entity)
{
	SH_CLEANUP_FREE char *type = entity ? type_of(entity) : NULL;

	return entity && (!book->targets || sh_playbook_names(book->targets, type));
}

/* Keep of the playbooks for cause I those that may repair the target; why the last may not. */
static void keep_allowed(struct sh_choice *out, const struct cause *c, size_t i)
{
	size_t kept = 0;

	for (size_t k = 0; k < out->n; k++) {
		const struct sh_playbook *b = out->book[k];
		const char *likelier = forbidden(b, c, i);

		if (is_for_other(b, c[i].entity))
			continue;
		if (!likelier)
			out->book[kept++] = b;
		else if (!out->why_none)
			out->why_none = sh_asprintf("playbook '%s' is not for cause '%s', which is likelier than '%s'",
						    b->id, likelier, c[i].name);
	}
	out->n = kept;
}

/* The first that does not fit is kept for the case that none ever does. */
static void keep_fitting(struct sh_choice *out, const struct cause *c, struct unfit *unfit)
{
	size_t kept = 0;

	for (size_t k = 0; k < out->n; k++)
		if (!out->fits || out->fits(out->arg, out->book[k]))
			out->book[kept++] = out->book[k];
		else if (!unfit->book)
			*unfit = (struct unfit){ out->book[k], c };
	out->n = kept;
}

static void take(struct sh_choice *out, const struct cause *c)
{
	out->cause = c->name;
	out->confidence = c->confidence;
	free(out->why_none);
	out->why_none = NULL;
}

/* True when the search ends with this cause. */
static bool try_cause(const struct sh_playbooks *p, const struct sh_request *q, const char *type,
		      const struct cause *c, size_t i, struct unfit *unfit, struct sh_choice *out)
{
	out->n = sh_playbooks_for_cause(p, c[i].name, type, out->book, out->most);
	keep_allowed(out, c, i);
	keep_fitting(out, &c[i], unfit);
	if (out->n) {
		take(out, &c[i]);
		return true;
	}
	if (!c[i].entity)
		return false;
	free(out->why_none);
	out->why_none = sh_asprintf("the cause '%s' is at '%s', and no playbook for it repairs '%s'", c[i].name,
				    c[i].entity, q->target);
	return true;
}

/* Of those that do not fit the reason why is the answer. */
static void take_unfit(const struct unfit *unfit, struct sh_choice *out)
{
	if (unfit->cause)
		take(out, unfit->cause);
	out->book[0] = unfit->book;
	out->n = 1;
}

/* True when some cause has a playbook, or nothing else may be tried. */
static bool try_causes(const struct sh_playbooks *p, const struct sh_request *q, const char *type,
		       const struct cause *c, size_t n, struct sh_choice *out)
{
	struct unfit unfit = { 0 };
	bool ended = false;

	for (size_t i = 0; !ended && i < n; i++)
		ended = try_cause(p, q, type, c, i, &unfit, out);
	if (!out->n && unfit.book)
		take_unfit(&unfit, out);
	return out->n || out->why_none;
}

void sh_choose_playbooks(const struct sh_playbooks *p, const struct sh_request *q, struct sh_choice *out)
{
	SH_CLEANUP_FREE char *type = type_of(q->target);
	struct cause c[MOST];
	size_t n = list_causes(q, c);
	struct unfit unfit = { 0 };

	out->n = 0;
	out->cause = q->cause;
	out->confidence = q->confidence;
	out->why_none = NULL;
	if (try_causes(p, q, type, c, n, out))
		return;
	out->n = sh_playbooks_for_fault(p, q->fault_type, type, out->book, out->most);
	keep_fitting(out, NULL, &unfit);
	if (!out->n && unfit.book)
		take_unfit(&unfit, out);
	if (!out->n)
		out->why_none = sh_asprintf("no playbook for %s '%s' of '%s'", n ? "cause" : "fault",
					    n ? c[0].name : q->fault_type, q->target);
}

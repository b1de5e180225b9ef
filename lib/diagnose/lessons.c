/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "diagnose/lessons.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/mem.h"
#include "diagnose/ranking.h"
#include "record/entity.h"
#include "record/json.h"
#include "series/success.h"
#include "state/ledger.h"

#define PAIRS 32 /* of cause and playbook, for one fault */

struct lesson {
	char *fingerprint, *fault_type, *type, *cause, *playbook; /* owned; NULL not known */
	enum { FIXED, NOT_FIXED, UNKNOWN } outcome;
	int64_t ended;
};

struct look_of_file {
	ino_t inode;
	off_t size;
	struct timespec time;
};

struct sh_lessons {
	char *dir, *file, *wal; /* owned; NULL none */
	struct look_of_file seen[2];
	int64_t looked;
	struct lesson *lesson; /* owned, the newest first */
	size_t n, cap;
};

struct sh_lessons *sh_lessons_new(const char *dir)
{
	struct sh_lessons *l = sh_calloc(1, sizeof(*l));

	l->dir = sh_strdup_or_null(dir);
	l->file = dir ? sh_asprintf("%s/ledger.db", dir) : NULL;
	l->wal = dir ? sh_asprintf("%s/ledger.db-wal", dir) : NULL;
	return l;
}

static void forget(struct sh_lessons *l)
{
	while (l->n) {
		struct lesson *x = &l->lesson[--l->n];

		free(x->fingerprint);
		free(x->fault_type);
		free(x->type);
		free(x->cause);
		free(x->playbook);
	}
}

void sh_lessons_free(struct sh_lessons *l)
{
	if (!l)
		return;
	forget(l);
	free(l->lesson);
	free(l->dir);
	free(l->file);
	free(l->wal);
	free(l);
}

static bool has_changed(struct look_of_file *seen, const char *path)
{
	struct look_of_file now = { 0 };
	struct stat st;
	bool same;

	if (stat(path, &st) == 0)
		now = (struct look_of_file){ st.st_ino, st.st_size, st.st_mtim };
	same = now.inode == seen->inode && now.size == seen->size &&
	       now.time.tv_sec == seen->time.tv_sec && now.time.tv_nsec == seen->time.tv_nsec;
	*seen = now;
	return !same;
}

static void learn(void *arg, const struct sh_lesson *x)
{
	const char *outcome = x->outcome ? x->outcome : "";
	struct sh_entity target = { 0 };
	struct sh_lessons *l = arg;
	struct lesson *to;

	if (!x->cause || !x->playbook || !strcmp(outcome, "not_begun"))
		return;
	sh_grow(l->lesson, l->n, l->cap);
	to = &l->lesson[l->n++];
	*to = (struct lesson){ .fingerprint = sh_strdup_or_null(x->fingerprint),
			       .fault_type = sh_strdup_or_null(x->fault_type),
			       .cause = sh_strdup(x->cause),
			       .playbook = sh_strdup(x->playbook),
			       .outcome = UNKNOWN,
			       .ended = x->ended };
	if (x->target && sh_entity_split(sh_span_of(x->target), &target))
		to->type = sh_strndup(target.type.p, target.type.len);
	if (!strcmp(outcome, "fixed"))
		to->outcome = FIXED;
	else if (!strcmp(outcome, "not_fixed") || !strcmp(outcome, "rolled_back"))
		to->outcome = NOT_FIXED;
}

int sh_lessons_follow(struct sh_lessons *l, int64_t time, struct sh_error *err)
{
	struct sh_ledger *ledger;
	bool db, wal;
	int rc;

	if (!l->dir || (l->looked && time < l->looked + SH_LESSON_PAUSE))
		return 0;
	l->looked = time;
	db = has_changed(&l->seen[0], l->file);
	wal = has_changed(&l->seen[1], l->wal);
	if (!db && !wal)
		return 0;
	if (sh_ledger_open_readonly(&ledger, l->dir, err) < 0) {
		if (err->code != SH_ERRC_UNAVAILABLE)
			return -1;
		sh_error_clear(err);
		forget(l);
		return 0;
	}
	forget(l);
	rc = sh_ledger_lessons(ledger, SH_LESSONS, learn, l, err);
	sh_ledger_close(ledger);
	return rc;
}

/* What is known of a cause and a playbook for one fault. */
struct pair {
	const char *cause, *playbook;
	double fixed_weight, not_fixed_weight, confidence;
	int64_t count[3]; /* by outcome */
	int64_t last;
	bool same_fault;
};

struct pairs {
	struct pair pair[PAIRS];
	size_t n;
};

static struct pair *pair_of(struct pairs *p, const struct lesson *x)
{
	for (size_t i = 0; i < p->n; i++)
		if (!strcmp(p->pair[i].cause, x->cause) &&
		    !strcmp(p->pair[i].playbook, x->playbook))
			return &p->pair[i];
	if (p->n == PAIRS)
		return NULL;
	p->pair[p->n] = (struct pair){ .cause = x->cause, .playbook = x->playbook };
	return &p->pair[p->n++];
}

/* 0: it has nothing to say of this fault. */
static double weight(const struct lesson *x, const struct sh_fault *f, struct sh_span type)
{
	double decay = sh_success_weight(f->time - x->ended);

	if (x->ended > f->time)
		return 0;
	if (x->fingerprint && !strcmp(x->fingerprint, f->fingerprint))
		return decay;
	if (x->fault_type && x->type && !strcmp(x->fault_type, f->fault_type) &&
	    sh_span_is(type, x->type))
		return decay * SH_LESSON_KIND;
	return 0;
}

static void gather(const struct sh_lessons *l, const struct sh_fault *f, struct pairs *p)
{
	struct sh_entity entity = { 0 };

	sh_entity_split(sh_span_of(f->entity), &entity);
	for (size_t i = 0; i < l->n; i++) {
		const struct lesson *x = &l->lesson[i];
		double w = weight(x, f, entity.type);
		struct pair *pair = w > 0 ? pair_of(p, x) : NULL;

		if (!pair)
			continue;
		pair->fixed_weight += x->outcome == FIXED ? w : 0;
		pair->not_fixed_weight += x->outcome == NOT_FIXED ? w : 0;
		pair->count[x->outcome]++;
		pair->last = x->ended > pair->last ? x->ended : pair->last;
		pair->same_fault |= x->fingerprint && !strcmp(x->fingerprint, f->fingerprint);
	}
	for (size_t i = 0; i < p->n; i++) {
		struct pair *x = &p->pair[i];
		double mean = sh_success_mean(x->fixed_weight, x->not_fixed_weight);

		x->confidence = SH_LESSON_MOST * fmax(0, 2 * mean - 1);
	}
}

static bool is_better(const struct pair *a, const struct pair *b)
{
	if (a->confidence < b->confidence || a->confidence > b->confidence)
		return a->confidence > b->confidence;
	if (a->last != b->last)
		return a->last > b->last;
	return strcmp(a->playbook, b->playbook) < 0;
}

static bool is_best_of_cause(const struct pairs *p, const struct pair *x)
{
	for (size_t i = 0; i < p->n; i++)
		if (&p->pair[i] != x && !strcmp(p->pair[i].cause, x->cause) &&
		    is_better(&p->pair[i], x))
			return false;
	return true;
}

static json_t *say(const struct pair *x, const struct sh_fault *f)
{
	int64_t tried = x->count[FIXED] + x->count[NOT_FIXED] + x->count[UNKNOWN];
	char last[SH_TIME_TEXT], age[SH_DURATION_TEXT];
	SH_CLEANUP_FREE char *text = NULL;

	sh_time_format(last, x->last);
	sh_duration_format(age, (f->time - x->last) / SH_MIN * SH_MIN);
	text = sh_asprintf("%s fixed %s %lld of %lld time%s, the last %s before", x->playbook,
			   x->same_fault ? "the same fault" : "faults of the kind",
			   (long long)x->count[FIXED], (long long)tried, tried == 1 ? "" : "s",
			   age);
	return json_pack("{s:s,s:s,s:s,s:I,s:I,s:I,s:I,s:s,s:s,s:f,s:s}", "source", "ledger",
			 "cause", x->cause, "playbook", x->playbook, "fixed",
			 (json_int_t)x->count[FIXED], "not_fixed", (json_int_t)x->count[NOT_FIXED],
			 "unknown", (json_int_t)x->count[UNKNOWN], "tried", (json_int_t)tried,
			 "last", last, "same", x->same_fault ? "fault" : "kind", "confidence",
			 x->confidence, "text", text);
}

void sh_lessons_speak(const struct sh_lessons *l, const struct sh_fault *f, json_t *ranking)
{
	struct pairs p = { .n = 0 };

	gather(l, f, &p);
	for (size_t i = 0; i < p.n; i++) {
		const struct pair *x = &p.pair[i];
		json_t *entry;

		if (!is_best_of_cause(&p, x))
			continue;
		entry = sh_ranking_find(ranking, x->cause, x->confidence > 0);
		if (!entry)
			continue; /* nothing ever spoke for it with success, and nothing does now */
		sh_ranking_raise(entry, x->confidence);
		json_array_append_new(json_object_get(entry, "evidence"), say(x, f));
	}
}

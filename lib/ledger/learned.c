/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "ledger/learned.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "record/entity.h"
#include "record/sample.h"
#include "series/success.h"

struct row {
	char *cause, *playbook, *type; /* owned */
	int64_t fixed, not_fixed, unknown;
	double fixed_weight, not_fixed_weight;
};

struct table {
	int64_t now;
	struct row *row;
	size_t n, cap;
};

static struct row *row_of(struct table *t, const struct sh_lesson *x)
{
	const char *cause = x->cause ? x->cause : x->fault_type ? x->fault_type : "unknown";
	struct sh_entity target = { 0 };

	sh_entity_split(sh_span_of(x->target), &target);
	for (size_t i = 0; i < t->n; i++)
		if (!strcmp(t->row[i].cause, cause) && !strcmp(t->row[i].playbook, x->playbook) &&
		    sh_span_is(target.type, t->row[i].type))
			return &t->row[i];
	sh_grow(t->row, t->n, t->cap);
	t->row[t->n] = (struct row){ .cause = sh_strdup(cause), .playbook = sh_strdup(x->playbook),
				     .type = sh_strndup(target.type.p ? target.type.p : "", target.type.len) };
	return &t->row[t->n++];
}

static void learn(void *arg, const struct sh_lesson *x)
{
	const char *outcome = x->outcome ? x->outcome : "";
	struct table *t = arg;
	struct row *to;

	if (!x->playbook || !x->target || x->ended > t->now || !strcmp(outcome, "not_begun"))
		return;
	to = row_of(t, x);
	if (!strcmp(outcome, "fixed")) {
		to->fixed++;
		to->fixed_weight += sh_success_weight(t->now - x->ended);
	} else if (!strcmp(outcome, "not_fixed") || !strcmp(outcome, "rolled_back")) {
		to->not_fixed++;
		to->not_fixed_weight += sh_success_weight(t->now - x->ended);
	} else {
		to->unknown++;
	}
}

static int by_name(const void *a, const void *b)
{
	const struct row *x = a, *y = b;
	int c = strcmp(x->cause, y->cause);

	c = c ? c : strcmp(x->type, y->type);
	return c ? c : strcmp(x->playbook, y->playbook);
}

static void write_row(const struct sh_show *s, const struct row *x)
{
	double chance = sh_success_mean(x->fixed_weight, x->not_fixed_weight);
	SH_CLEANUP_FREE char *text =
		sh_asprintf("%s of %s: %s fixed %" PRId64 ", did not fix %" PRId64 ", unknown %" PRId64
			    "; chance %.2f", x->cause, x->type, x->playbook, x->fixed, x->not_fixed, x->unknown,
			    chance);
	json_auto_t *extra = json_pack("{s:s,s:s,s:s,s:I,s:I,s:I,s:f}", "cause", x->cause, "playbook",
				       x->playbook, "target_type", x->type, "fixed", (json_int_t)x->fixed,
				       "not_fixed", (json_int_t)x->not_fixed, "unknown",
				       (json_int_t)x->unknown, "chance", chance);
	SH_CLEANUP_BUF struct sh_buf line = SH_BUF_INIT;

	sh_notice_write_with(&line, s->host, s->now, "info", text, NULL, extra);
	sh_writer_lines(s->out, line.data, line.len);
}

int64_t sh_learned_show(const struct sh_show *s, struct sh_error *err)
{
	struct table t = { .now = s->now };
	int rc = sh_ledger_lessons(s->ledger, SH_LEARNED_LESSONS, learn, &t, err);

	if (t.n)
		qsort(t.row, t.n, sizeof(*t.row), by_name);
	for (size_t i = 0; i < t.n; i++) {
		if (rc == 0)
			write_row(s, &t.row[i]);
		free(t.row[i].cause);
		free(t.row[i].playbook);
		free(t.row[i].type);
	}
	free(t.row);
	return rc < 0 ? -1 : (int64_t)t.n;
}

/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "cli/text_parts.h"
#include "record/plan.h"

static void add_head(struct sh_text *t, const struct sh_plan *p)
{
	sh_text_add(t, p->playbook ? p->playbook : "no playbook");
	sh_buf_addstr(t->out, " on ");
	sh_text_add(t, p->entity);
	if (p->fault_type) {
		sh_buf_addstr(t->out, " for ");
		sh_text_add(t, p->fault_type);
	}
	if (p->cause) {
		sh_buf_addstr(t->out, p->fault_type ? ", " : " for ");
		sh_text_add(t, p->cause);
	}
}

/* Those that pass share a line: what they say is that there is nothing to say. */
static void add_passing_guards(struct sh_text *t, const struct sh_plan *p)
{
	const char *before = SH_TEXT_INDENT "guards pass: ";

	for (size_t i = 0; i < p->guards; i++) {
		if (p->guard[i].answer != SH_ANSWER_PASS || p->guard[i].reason)
			continue;
		sh_buf_addstr(t->out, before);
		sh_text_add(t, p->guard[i].guard);
		before = ", ";
	}
	if (*before == ',')
		sh_buf_addch(t->out, '\n');
}

static void add_guards(struct sh_text *t, const struct sh_plan *p)
{
	static const char *const word[] = { "passes", "refuses", "waits", "skipped" };
	static const enum sh_text_color color[] = { SH_TEXT_GOOD, SH_TEXT_BAD, SH_TEXT_MEDIUM,
						    SH_TEXT_DIM };

	add_passing_guards(t, p);
	for (size_t i = 0; i < p->guards; i++) {
		const struct sh_guard_answer *g = &p->guard[i];

		if (g->answer == SH_ANSWER_PASS && !g->reason)
			continue;
		sh_buf_addstr(t->out, SH_TEXT_INDENT "guard ");
		sh_text_add(t, g->guard);
		sh_buf_addch(t->out, ' ');
		sh_text_colored(t, color[g->answer], word[g->answer]);
		if (g->reason) {
			sh_buf_addstr(t->out, ": ");
			sh_text_add(t, g->reason);
		}
		sh_buf_addch(t->out, '\n');
	}
}

/* An argument as a shell would want it, for people to read. */
static void add_argument(struct sh_text *t, const char *s)
{
	if (*s && !s[strcspn(s, " \t\n'\"\\$`*?[]{}()<>|&;#~!")]) {
		sh_text_add(t, s);
		return;
	}
	sh_buf_addch(t->out, '\'');
	for (; *s; s++) {
		size_t n = strcspn(s, "'");
		const struct sh_span part = { s, n };

		sh_text_span(t, part);
		s += n;
		if (!*s)
			break;
		sh_buf_addstr(t->out, "'\\''");
	}
	sh_buf_addch(t->out, '\'');
}

static void add_argv(struct sh_text *t, const json_t *argv)
{
	for (size_t i = 0; i < json_array_size(argv); i++) {
		const json_t *arg = json_array_get(argv, i);

		sh_buf_addch(t->out, ' ');
		if (json_is_string(arg))
			add_argument(t, json_string_value(arg));
		else
			sh_text_value(t, arg);
	}
}

static void add_step_state(struct sh_text *t, const struct sh_step_record *s)
{
	switch (s->state) {
	case SH_STEP_PLANNED:
		break;
	case SH_STEP_SKIPPED:
		sh_text_colored(t, SH_TEXT_DIM, " skipped");
		break;
	case SH_STEP_DONE:
		sh_text_colored(t, SH_TEXT_GOOD, " done");
		break;
	case SH_STEP_FAILED:
		sh_text_colored(t, SH_TEXT_BAD, " failed");
		break;
	case SH_STEP_UNKNOWN:
		sh_text_colored(t, SH_TEXT_BAD, " unknown");
		break;
	case SH_STEP_UNDONE:
		sh_text_colored(t, SH_TEXT_MEDIUM, " undone");
		break;
	}
	if (s->started && s->ended >= s->started) {
		sh_buf_addstr(t->out, " in ");
		sh_text_duration(t, s->ended - s->started);
	}
	if (s->tries > 1)
		sh_buf_addf(t->out, ", %" PRId64 " tries", s->tries);
	if (s->error) {
		sh_buf_addstr(t->out, ": ");
		sh_text_add(t, s->error);
	}
}

static void add_steps(struct sh_text *t, const struct sh_plan *p)
{
	for (size_t i = 0; i < p->steps; i++) {
		const struct sh_step_record *s = &p->step[i];

		sh_buf_addf(t->out, SH_TEXT_INDENT "step %zu ", i + 1);
		sh_text_add(t, s->name);
		if (s->argv) {
			sh_buf_addch(t->out, ':');
			add_argv(t, s->argv);
		} else if (s->action) {
			sh_buf_addstr(t->out, ": ");
			sh_text_add(t, s->action);
		}
		add_step_state(t, s);
		sh_buf_addch(t->out, '\n');
	}
}

static void add_decision(struct sh_text *t, const struct sh_plan *p)
{
	if (!p->decision)
		return;
	sh_buf_addstr(t->out, SH_TEXT_INDENT "decision: ");
	sh_text_add(t, p->decision);
	if (p->reason) {
		sh_buf_addstr(t->out, ", ");
		sh_text_add(t, p->reason);
	}
	sh_buf_addch(t->out, '\n');
}

static void add_plan(struct sh_text *t, const struct sh_plan *p)
{
	sh_buf_addstr(t->out, "plan ");
	sh_text_add(t, p->id);
	sh_buf_addstr(t->out, ": ");
	add_head(t, p);
	sh_buf_addstr(t->out, " (");
	if (p->risk) {
		sh_text_add(t, p->risk);
		sh_buf_addstr(t->out, " risk, ");
	}
	if (p->mode) {
		sh_buf_addstr(t->out, "mode ");
		sh_text_add(t, p->mode);
		sh_buf_addstr(t->out, ", ");
	}
	sh_buf_addf(t->out, "attempt %" PRId64 ")\n", p->attempt);
	add_guards(t, p);
	add_steps(t, p);
	if (p->verify) {
		sh_buf_addstr(t->out, SH_TEXT_INDENT "proved by ");
		sh_text_add(t, p->verify);
		sh_buf_addch(t->out, '\n');
	}
	add_decision(t, p);
}

static void add_outcome(struct sh_text *t, const struct sh_plan *p)
{
	if (p->undone) {
		sh_text_colored(t, SH_TEXT_MEDIUM, "ROLLED BACK");
		return;
	}
	if (!p->success) {
		sh_text_colored(t, SH_TEXT_BAD, "FAILED");
		return;
	}
	switch (p->verified) {
	case SH_VERIFIED_NONE:
		sh_text_colored(t, SH_TEXT_GOOD, "DONE");
		break;
	case SH_VERIFIED_FIXED:
		sh_text_colored(t, SH_TEXT_GOOD, "FIXED");
		break;
	case SH_VERIFIED_NOT_FIXED:
		sh_text_colored(t, SH_TEXT_BAD, "NOT FIXED");
		break;
	case SH_VERIFIED_UNKNOWN:
		sh_text_colored(t, SH_TEXT_MEDIUM, "UNKNOWN");
		break;
	}
}

static void add_figures(struct sh_text *t, const struct sh_plan *p)
{
	int64_t end = p->verified_at ? p->verified_at : p->ended;

	if (p->started && end >= p->started) {
		sh_buf_addstr(t->out, " in ");
		sh_text_duration(t, end - p->started);
	}
	if (!isnan(p->freed_space_bytes)) {
		sh_buf_addstr(t->out, ", freed ");
		sh_text_bytes(t, p->freed_space_bytes);
	}
	if (!isnan(p->performance_improvement))
		sh_buf_addf(t->out, ", %.0f %% better", p->performance_improvement);
}

/* Nothing was known to do, or nothing that could be planned. */
static bool never_began(const struct sh_plan *p)
{
	return !p->playbook || !*p->playbook || (p->decision && !strcmp(p->decision, "none"));
}

static void add_no_repair(struct sh_text *t, const struct sh_plan *p)
{
	sh_text_colored(t, SH_TEXT_MEDIUM, "NO REPAIR");
	sh_buf_addstr(t->out, " of ");
	sh_text_add(t, p->entity);
	if (p->fault_type) {
		sh_buf_addstr(t->out, " for ");
		sh_text_add(t, p->fault_type);
	}
	if (p->error || p->reason) {
		sh_buf_addstr(t->out, ": ");
		sh_text_add(t, p->error ? p->error : p->reason);
	}
	sh_buf_addch(t->out, '\n');
}

/* Only what differs from a plain success needs its steps shown. */
static void add_repair(struct sh_text *t, const struct sh_plan *p)
{
	bool fine = p->success && !p->undone &&
		    (p->verified == SH_VERIFIED_FIXED || p->verified == SH_VERIFIED_NONE);

	if (never_began(p)) {
		add_no_repair(t, p);
		return;
	}
	add_outcome(t, p);
	sh_buf_addch(t->out, ' ');
	add_head(t, p);
	add_figures(t, p);
	if (p->error) {
		sh_buf_addstr(t->out, ": ");
		sh_text_add(t, p->error);
	}
	sh_buf_addch(t->out, '\n');
	if (!fine) {
		add_guards(t, p);
		add_steps(t, p);
		if (!p->error || !p->reason || strcmp(p->error, p->reason) != 0)
			add_decision(t, p);
	}
	if (p->next) {
		sh_buf_addstr(t->out, SH_TEXT_INDENT "next: ");
		sh_text_add(t, p->next);
		sh_buf_addch(t->out, '\n');
	}
}

void sh_text_plan(struct sh_text *t, const struct sh_record *r, const json_t *object)
{
	struct sh_error err = SH_ERROR_INIT;
	struct sh_plan p;

	sh_plan_init(&p);
	if (sh_plan_from_json(&p, object, &err)) {
		sh_text_other(t, r, object);
		return;
	}
	sh_text_time(t, r->time);
	if (p.is_repair)
		add_repair(t, &p);
	else
		add_plan(t, &p);
	sh_plan_release(&p);
}

/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "expr/quick.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

#include "base/mem.h"
#include "expr/quick_op.h"
#include "expr/typed.h"

#define MAX_OPS   4096
#define MAX_STACK 8 /* numbers that wait for another */

/* The program is written from its end: everything knows where it goes next. */
struct writer {
	struct sh_op *op; /* owned */
	size_t n, cap;
	double *set; /* owned */
	size_t n_set, set_cap;
	bool has_stack, failed;
};

/* Where a truth goes on. */
struct ways {
	unsigned no, yes, unknown;
};

static unsigned put(struct writer *w, struct sh_op op)
{
	if (w->n == MAX_OPS)
		w->failed = true;
	if (w->failed)
		return SH_QUICK_PUNT;
	sh_grow(w->op, w->n, w->cap);
	w->op[w->n] = op;
	return (unsigned)w->n++ + SH_QUICK_ANSWERS;
}

static struct sh_op test_op(enum sh_opcode code, struct ways to)
{
	return (struct sh_op){ .code = (uint8_t)code,
			    .to = { (uint16_t)to.no, (uint16_t)to.yes, (uint16_t)to.unknown } };
}

static struct sh_op step_op(enum sh_opcode code, unsigned next)
{
	return (struct sh_op){ .code = (uint8_t)code, .to = { [SH_QUICK_TRUE] = (uint16_t)next } };
}

static void set_operand(struct sh_op *op, const struct sh_typed *t)
{
	op->from = t->kind == SH_TYPED_SLOT ? SH_FROM_SLOT : SH_FROM_CONST;
	op->slot = (uint32_t)t->slot;
	op->c = t->c;
}

static bool is_leaf(const struct sh_typed *t)
{
	return t->kind == SH_TYPED_SLOT || t->kind == SH_TYPED_CONST;
}

static unsigned write_truth(struct writer *w, const struct sh_typed *t, struct ways to,
			    unsigned depth);
static unsigned write_number(struct writer *w, const struct sh_typed *t, unsigned next,
			     unsigned depth);

/* LEFT on the stack, then OP with RIGHT, which goes with it. */
static unsigned write_pair(struct writer *w, struct sh_op op, const struct sh_typed *left,
			   const struct sh_typed *right, unsigned depth)
{
	if (is_leaf(right)) {
		set_operand(&op, right);
		return write_number(w, left, put(w, op), depth);
	}
	return write_number(w, left, write_number(w, right, put(w, op), depth + 1), depth);
}

static enum sh_opcode arith_code(int op)
{
	return op == '+' ? SH_OP_ADD : op == '-' ? SH_OP_SUBTRACT : op == '*' ? SH_OP_MULTIPLY : SH_OP_DIVIDE;
}

/* Of several the last is compared last, so that the first of equals stays. */
static unsigned write_extreme(struct writer *w, const struct sh_typed *t, unsigned next,
			      unsigned depth)
{
	enum sh_opcode code = t->kind == SH_TYPED_GREATEST ? SH_OP_GREATEST : SH_OP_LEAST;

	for (size_t i = t->n; i-- > 1;) {
		struct sh_op op = step_op(code, next);

		if (is_leaf(t->arg[i])) {
			set_operand(&op, t->arg[i]);
			next = put(w, op);
		} else {
			next = write_number(w, t->arg[i], put(w, op), depth + 1);
		}
	}
	return write_number(w, t->arg[0], next, depth);
}

static unsigned write_choice(struct writer *w, const struct sh_typed *t, unsigned next,
			     unsigned depth)
{
	struct sh_op absent = step_op(SH_OP_PUSH, next);
	struct ways to;

	absent.from = SH_FROM_CONST;
	absent.c = NAN;
	to.unknown = put(w, absent);
	to.no = write_number(w, t->arg[2], next, depth);
	to.yes = write_number(w, t->arg[1], next, depth);
	return write_truth(w, t->arg[0], to, depth);
}

/* Code that leaves T on the stack, above DEPTH others. Returns where it begins. */
static unsigned write_number(struct writer *w, const struct sh_typed *t, unsigned next,
			     unsigned depth)
{
	struct sh_op op = step_op(SH_OP_PUSH, next);

	w->has_stack = true;
	if (depth >= MAX_STACK)
		w->failed = true;
	if (w->failed)
		return SH_QUICK_PUNT;
	switch (t->kind) {
	case SH_TYPED_ARITH:
		return write_pair(w, step_op(arith_code(t->op), next), t->arg[0], t->arg[1], depth);
	case SH_TYPED_NEGATE:
		return write_number(w, t->arg[0], put(w, step_op(SH_OP_NEGATE, next)), depth);
	case SH_TYPED_ABS:
		return write_number(w, t->arg[0], put(w, step_op(SH_OP_ABS, next)), depth);
	case SH_TYPED_GREATEST:
	case SH_TYPED_LEAST:
		return write_extreme(w, t, next, depth);
	case SH_TYPED_CONDITION:
		return write_choice(w, t, next, depth);
	default:
		set_operand(&op, t);
		return put(w, op);
	}
}

/*
 * The operands of && in a row: a false one decides, and after an unknown one
 * nothing but a false one can. || is the same with true and false changed about.
 */
static unsigned write_logic(struct writer *w, const struct sh_typed *t, struct ways to,
			    unsigned depth)
{
	bool is_and = t->kind == SH_TYPED_AND;
	unsigned decided = is_and ? to.no : to.yes;
	unsigned clean = is_and ? to.yes : to.no, spoilt = to.unknown;

	for (size_t i = t->n; i-- > 0;) {
		struct ways go = { decided, clean, spoilt }, doubt = { decided, spoilt, spoilt };
		bool same = clean == spoilt;

		if (!is_and) {
			go = (struct ways){ clean, decided, spoilt };
			doubt = (struct ways){ spoilt, decided, spoilt };
		}
		clean = write_truth(w, t->arg[i], go, depth);
		if (same)
			spoilt = clean;
		else if (i)
			spoilt = write_truth(w, t->arg[i], doubt, depth);
	}
	return clean;
}

/* x == y of truths. */
static unsigned write_same(struct writer *w, const struct sh_typed *t, struct ways to, unsigned depth)
{
	struct ways turned = { to.yes, to.no, to.unknown }, first = { .unknown = to.unknown };

	first.yes = write_truth(w, t->arg[1], to, depth);
	first.no = write_truth(w, t->arg[1], turned, depth);
	return write_truth(w, t->arg[0], first, depth);
}

/* x >= y is not x < y, but for what is unknown, which goes its own way. */
static unsigned write_compare(struct writer *w, const struct sh_typed *t, struct ways to,
			      unsigned depth)
{
	const struct sh_typed *left = t->arg[0], *right = t->arg[1];
	bool turn = t->op == SH_TOKEN_GT || t->op == SH_TOKEN_GE || t->op == SH_TOKEN_NE;
	enum sh_opcode code = t->op == SH_TOKEN_EQ || t->op == SH_TOKEN_NE   ? SH_OP_EQUAL
			 : t->op == SH_TOKEN_LT || t->op == SH_TOKEN_GE ? SH_OP_LESS
									: SH_OP_AT_MOST;
	struct sh_op op;

	if (left->kind == SH_TYPED_CONST) { /* c < x is not x <= c */
		left = t->arg[1];
		right = t->arg[0];
		if (code != SH_OP_EQUAL) {
			code = code == SH_OP_LESS ? SH_OP_AT_MOST : SH_OP_LESS;
			turn = !turn;
		}
	}
	if (turn)
		to = (struct ways){ to.yes, to.no, to.unknown };
	if (left->type == SH_TYPED_TRUTH)
		return write_same(w, t, to, depth);
	if (left->kind == SH_TYPED_SLOT && right->kind == SH_TYPED_CONST) {
		op = test_op(code, to);
		op.slot = (uint32_t)left->slot;
		op.c = right->c;
		return put(w, op);
	}
	return write_pair(w, test_op(code + SH_OP_TOP_LESS, to), left, right, depth);
}

static unsigned write_in(struct writer *w, const struct sh_typed *t, struct ways to, unsigned depth)
{
	struct sh_op op = test_op(SH_OP_IN, to);

	op.slot = (uint32_t)w->n_set;
	op.count = (uint32_t)t->n_set;
	for (size_t i = 0; i < t->n_set; i++) {
		sh_grow(w->set, w->n_set, w->set_cap);
		w->set[w->n_set++] = t->set[i];
	}
	return write_number(w, t->arg[0], put(w, op), depth);
}

static unsigned write_slot(struct writer *w, enum sh_opcode code, size_t slot, struct ways to)
{
	struct sh_op op = test_op(code, to);

	op.slot = (uint32_t)slot;
	return put(w, op);
}

/* Code that decides T and goes its way; the stack stays as it is. Returns where it begins. */
static unsigned write_truth(struct writer *w, const struct sh_typed *t, struct ways to, unsigned depth)
{
	if (w->failed)
		return SH_QUICK_PUNT;
	if (to.no == to.yes && to.yes == to.unknown)
		return to.unknown;
	switch (t->kind) {
	case SH_TYPED_CONST:
		return t->c != 0 ? to.yes : to.no;
	case SH_TYPED_SLOT:
		return write_slot(w, SH_OP_TRUTH, t->slot, to);
	case SH_TYPED_HAS:
		return write_slot(w, SH_OP_HAS, t->slot, to);
	case SH_TYPED_NOT:
		return write_truth(w, t->arg[0], (struct ways){ to.yes, to.no, to.unknown }, depth);
	case SH_TYPED_AND:
	case SH_TYPED_OR:
		return write_logic(w, t, to, depth);
	case SH_TYPED_COMPARE:
		return write_compare(w, t, to, depth);
	case SH_TYPED_IN:
		return write_in(w, t, to, depth);
	case SH_TYPED_CONDITION:
		return write_truth(w, t->arg[0],
				   (struct ways){ write_truth(w, t->arg[2], to, depth),
						  write_truth(w, t->arg[1], to, depth), to.unknown },
				   depth);
	case SH_TYPED_OTHER:
		return SH_QUICK_PUNT;
	default:
		w->failed = true; /* typed gives no other truths */
		return SH_QUICK_PUNT;
	}
}

static struct sh_quick *seal(const struct writer *w, unsigned entry)
{
	struct sh_quick *q = sh_malloc(sizeof(*q) + w->n * sizeof(q->op[0]) +
				       w->n_set * sizeof(q->set[0]));
	double *set = (double *)(void *)&q->op[w->n];

	q->entry = (uint16_t)entry;
	q->has_stack = w->has_stack;
	q->set = set;
	if (w->n)
		memcpy(q->op, w->op, w->n * sizeof(q->op[0]));
	if (w->n_set)
		memcpy(set, w->set, w->n_set * sizeof(q->set[0]));
	return q;
}

struct sh_quick *sh_quick_compile(const struct sh_expr *e, const struct sh_quick_binder *b)
{
	static const struct ways answers = { SH_QUICK_FALSE, SH_QUICK_TRUE, SH_QUICK_UNKNOWN };
	struct sh_arena arena = SH_ARENA_INIT;
	const struct sh_typed *t = sh_typed_build(e, b, &arena);
	struct writer w = { .op = NULL };
	struct sh_quick *q = NULL;
	unsigned entry;

	if (t && t->type == SH_TYPED_TRUTH) {
		entry = write_truth(&w, t, answers, 0);
		if (!w.failed)
			q = seal(&w, entry);
	}
	free(w.op);
	free(w.set);
	sh_arena_release(&arena);
	return q;
}

void sh_quick_free(struct sh_quick *q)
{
	free(q);
}

static inline unsigned less(double a, double b)
{
	return a < b ? SH_QUICK_TRUE : a >= b ? SH_QUICK_FALSE : SH_QUICK_UNKNOWN;
}

static inline unsigned at_most(double a, double b)
{
	return a <= b ? SH_QUICK_TRUE : a > b ? SH_QUICK_FALSE : SH_QUICK_UNKNOWN;
}

static inline unsigned equal(double a, double b)
{
	return isunordered(a, b) ? SH_QUICK_UNKNOWN : a == b ? SH_QUICK_TRUE : SH_QUICK_FALSE;
}

static unsigned is_in(double v, const double *set, size_t n)
{
	if (isnan(v))
		return SH_QUICK_UNKNOWN;
	for (size_t i = 0; i < n; i++)
		if (set[i] == v)
			return SH_QUICK_TRUE;
	return SH_QUICK_FALSE;
}

/* Whether A op B is a NaN that was not unknown before: infinity less infinity. */
static inline bool is_broken(double result, double a, double b)
{
	return isnan(result) && !isunordered(a, b);
}

/* The truth at one place; only for what needs no stack. */
static inline unsigned run_test(const struct sh_op *o, const double *value)
{
	double v = value[o->slot];

	switch (o->code) {
	case SH_OP_LESS:
		return o->to[less(v, o->c)];
	case SH_OP_AT_MOST:
		return o->to[at_most(v, o->c)];
	case SH_OP_EQUAL:
		return o->to[equal(v, o->c)];
	case SH_OP_TRUTH:
		return o->to[isnan(v) ? SH_QUICK_UNKNOWN : v != 0];
	default:
		return o->to[!isnan(v)];
	}
}

static inline double operand(const struct sh_op *o, const double *value, double **top)
{
	if (o->from == SH_FROM_CONST)
		return o->c;
	return o->from == SH_FROM_SLOT ? value[o->slot] : *(*top)--;
}

/* The top of the stack with its right operand. Returns false for what is an error. */
static inline bool calculate(const struct sh_op *o, double *top, double b)
{
	double a = *top;

	switch (o->code) {
	case SH_OP_ADD:
		*top = a + b;
		break;
	case SH_OP_SUBTRACT:
		*top = a - b;
		break;
	case SH_OP_MULTIPLY:
		*top = a * b;
		break;
	case SH_OP_DIVIDE:
		if (b == 0 && !isnan(a))
			return false;
		*top = b == 0 ? NAN : a / b;
		break;
	case SH_OP_GREATEST:
		*top = isunordered(a, b) ? NAN : b > a ? b : a;
		break;
	default:
		*top = isunordered(a, b) ? NAN : b < a ? b : a;
		break;
	}
	return !is_broken(*top, a, b);
}

/* One step with the stack, whose top moves. */
static inline unsigned run_step(const struct sh_quick *q, const struct sh_op *o, const double *value,
				double **top)
{
	double b;

	switch (o->code) {
	case SH_OP_IN:
		return o->to[is_in(*(*top)--, q->set + o->slot, o->count)];
	case SH_OP_NEGATE:
		**top = -**top;
		return o->to[SH_QUICK_TRUE];
	case SH_OP_ABS:
		**top = fabs(**top);
		return o->to[SH_QUICK_TRUE];
	default:
		b = operand(o, value, top);
	}
	switch (o->code) {
	case SH_OP_PUSH:
		*++*top = b;
		return o->to[SH_QUICK_TRUE];
	case SH_OP_TOP_LESS:
		return o->to[less(*(*top)--, b)];
	case SH_OP_TOP_AT_MOST:
		return o->to[at_most(*(*top)--, b)];
	case SH_OP_TOP_EQUAL:
		return o->to[equal(*(*top)--, b)];
	default:
		return calculate(o, *top, b) ? o->to[SH_QUICK_TRUE] : SH_QUICK_PUNT;
	}
}

/* Apart, so that only programs with arithmetic pay for the room. */
static unsigned __attribute__((noinline)) run_stack(const struct sh_quick *q, const double *value, double *out)
{
	double stack[MAX_STACK + 1] = { 0 }, *top = stack;
	unsigned at = q->entry;

	while (at >= SH_QUICK_ANSWERS) {
		const struct sh_op *o = &q->op[at - SH_QUICK_ANSWERS];

		at = o->code <= SH_OP_HAS ? run_test(o, value) : run_step(q, o, value, &top);
	}
	*out = *top;
	return at;
}

enum sh_quick_answer sh_quick_truth(const struct sh_quick *q, const double *value)
{
	unsigned at = q->entry;
	double unused;

	if (q->has_stack)
		return (enum sh_quick_answer)run_stack(q, value, &unused);
	while (at >= SH_QUICK_ANSWERS)
		at = run_test(&q->op[at - SH_QUICK_ANSWERS], value);
	return (enum sh_quick_answer)at;
}

/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "record/pick_shape.h"

#include <math.h>
#include <stdlib.h>

#include "base/hash.h"
#include "base/mem.h"
#include "record/json.h"
#include "record/number.h"
#include "record/shape.h"
#include "record/text.h"

struct want {
	uint32_t leaf, slot;
};

struct text {
	struct sh_shape_place name, name_end, object, object_end;
	bool escaped;
};

struct sh_pick_plan {
	uint64_t low, high; /* of the shape */
	uint64_t set;       /* all of its wants */
	uint32_t leaves;
	bool useless;       /* names come twice: it has to be walked through */
	struct want *want;  /* owned, in the order of the line */
	struct text *text;  /* owned */
	size_t wants, texts;
};

static void free_plan(struct sh_pick_plan *plan)
{
	if (!plan)
		return;
	free(plan->want);
	free(plan->text);
	free(plan);
}

void sh_pick_plans_release(struct sh_pick *p)
{
	for (size_t i = 0; p->plan && i < SH_SHAPE_MOST; i++)
		free_plan(p->plan[i]);
	free(p->plan);
	p->plan = NULL;
}

/* N digits, 1 to 8, at the beginning of 8 bytes (D. Lemire, "Quickly parsing eight digits"). */
static inline uint64_t digits8(const char *p, unsigned n)
{
	uint64_t v = (sh_text_word(p) - SH_TEXT_ONES * '0') << (64 - 8 * n);

	v = v * 10 + (v >> 8);
	return ((v & UINT64_C(0x000000FF000000FF)) * UINT64_C(0x000F424000000064) +
		(v >> 16 & UINT64_C(0x000000FF000000FF)) * UINT64_C(0x0000271000000001)) >> 32;
}

/* Up to 16 of them; of the 8 bytes from P on none is beyond END. */
static inline uint64_t digits(const char *p, unsigned n)
{
	if (n <= 8)
		return digits8(p, n);
	return digits8(p, n - 8) * 100000000 + digits8(p + n - 8, 8);
}

static double odd_number(const struct sh_leaf *leaf)
{
	struct sh_number n;
	double v;

	sh_number_split(leaf->p, leaf->end, &n);
	v = sh_number_double(&n, leaf->p, (size_t)(leaf->end - leaf->p));
	return n.integer ? v + 0.0 : v;
}

/* Nothing beyond END is touched. The same as what a walk finds, see pick.c. */
static inline double number_of(const struct sh_leaf *leaf, const char *end)
{
	static const uint64_t ten[] = { 1,      10,      100,      1000,      10000,     100000,     1000000,
					10000000, 100000000, 1000000000, 10000000000, 100000000000, 1000000000000,
					10000000000000, 100000000000000, 1000000000000000, 10000000000000000 };
	unsigned len = (unsigned)(leaf->end - leaf->p), minus = *leaf->p == '-', whole, after;
	struct sh_number n = { .negative = minus, .integer = !leaf->point };
	double v;

	whole = (leaf->point ? leaf->point : len) - minus;
	after = leaf->point ? len - leaf->point - 1 : 0;
	if (leaf->point == SH_LEAF_ODD || whole > 16 || whole + after > 18 || after > 16 ||
	    end - leaf->end < 8)
		return odd_number(leaf);
	n.digits = digits(leaf->p + minus, whole);
	if (after) {
		n.digits = n.digits * ten[after] + digits(leaf->p + leaf->point + 1, after);
		n.scale = -(int)after;
	}
	v = sh_number_double(&n, leaf->p, len);
	return n.integer ? v + 0.0 : v;
}

static double text_of(struct sh_pick *p, const struct sh_leaf *leaf)
{
	struct sh_span s = { leaf->p, (size_t)(leaf->end - leaf->p) };

	if (leaf->escaped) {
		sh_buf_clear(&p->decoded);
		sh_json_decode(s, &p->decoded);
		s = (struct sh_span){ p->decoded.data, p->decoded.len };
	}
	return (double)(sh_hash64(s.p, s.len) >> 12);
}

static inline void take(struct sh_pick *p, const struct sh_leaf *leaf, uint32_t slot, const char *end)
{
	double value = NAN, text = NAN;

	switch (leaf->type) {
	case SH_JSON_NUMBER:
		value = number_of(leaf, end);
		if (!isfinite(value))
			return;
		break;
	case SH_JSON_STRING:
		text = text_of(p, leaf);
		break;
	case SH_JSON_TRUE:
	case SH_JSON_FALSE:
		text = leaf->type == SH_JSON_TRUE;
		break;
	default:
		return;
	}
	p->value[slot] = value;
	p->text[slot] = text;
	p->found[p->n++] = slot;
}

static inline struct sh_span between(const struct sh_leaf *leaf, struct sh_shape_place start, struct sh_shape_place end)
{
	const char *p = sh_shape_at(leaf, start);

	return (struct sh_span){ p, (size_t)(sh_shape_at(leaf, end) - p) };
}

/* The plan for the shape; NULL: there is none yet. */
static inline __attribute__((always_inline)) struct sh_pick_plan *plan_of(const struct sh_pick *p, const struct sh_shape *shape)
{
	struct sh_pick_plan *plan = p->plan ? p->plan[shape->number] : NULL;

	return plan && plan->low == shape->low && plan->high == shape->high &&
	       plan->leaves == shape->leaves ? plan : NULL;
}

bool sh_pick_take_shaped(struct sh_pick *p, const struct sh_record *r)
{
	const struct sh_pick_plan *plan = r->shape ? plan_of(p, r->shape) : NULL;
	const char *end = r->line.p + r->line.len;

	if (!plan || plan->useless)
		return false;
	for (size_t i = 0; i < plan->wants; i++)
		take(p, &r->leaf[plan->want[i].leaf], plan->want[i].slot, end);
	p->set = p->n == plan->wants ? plan->set : 0;
	while (p->text_cap < plan->texts) {
		p->text_cap = p->text_cap ? p->text_cap * 2 : 8;
		p->text_of = sh_reallocn(p->text_of, p->text_cap, sizeof(*p->text_of));
	}
	for (; p->texts < plan->texts; p->texts++) {
		const struct text *t = &plan->text[p->texts];

		p->text_of[p->texts] = (struct sh_pick_text){ between(r->leaf, t->name, t->name_end),
							      t->escaped,
							      between(r->leaf, t->object, t->object_end) };
	}
	return true;
}

/* The leaf that begins at AT, quotes included; 0 none. */
static uint32_t leaf_at(const struct sh_record *r, const char *at)
{
	for (uint32_t i = 1; i <= r->shape->leaves; i++)
		if (r->leaf[i].p - (r->leaf[i].type == SH_JSON_STRING) == at)
			return i;
	return 0;
}

static void plan_wants(struct sh_pick_plan *plan, const struct sh_pick *p, const struct sh_record *r)
{
	plan->want = sh_reallocn(NULL, p->spots + 1, sizeof(*plan->want));
	for (size_t i = 0; i < p->spots; i++) {
		uint32_t leaf = leaf_at(r, p->spot[i].at);

		for (size_t k = 0; k < i; k++)
			plan->useless = plan->useless || p->spot[k].slot == p->spot[i].slot;
		if (leaf)
			plan->want[plan->wants++] = (struct want){ leaf, p->spot[i].slot };
	}
}

static void plan_texts(struct sh_pick_plan *plan, const struct sh_pick *p, const struct sh_record *r)
{
	plan->text = sh_reallocn(NULL, p->texts + 1, sizeof(*plan->text));
	for (size_t i = 0; i < p->texts; i++) {
		const struct sh_pick_text *t = &p->text_of[i];

		plan->text[plan->texts++] = (struct text){
			.name = sh_shape_place(r->shape, r->leaf, t->name.p),
			.name_end = sh_shape_place(r->shape, r->leaf, t->name.p + t->name.len),
			.object = sh_shape_place(r->shape, r->leaf, t->object.p),
			.object_end = sh_shape_place(r->shape, r->leaf, t->object.p + t->object.len),
			.escaped = t->escaped,
		};
	}
}

void sh_pick_plan_make(struct sh_pick *p, const struct sh_record *r)
{
	struct sh_pick_plan *plan = plan_of(p, r->shape);

	if (plan)
		return;
	if (!p->plan)
		p->plan = sh_calloc(SH_SHAPE_MOST, sizeof(struct sh_pick_plan *));
	free_plan(p->plan[r->shape->number]);
	plan = sh_calloc(1, sizeof(*plan));
	*plan = (struct sh_pick_plan){ .low = r->shape->low,
				       .high = r->shape->high,
				       .set = ++p->sets,
				       .leaves = r->shape->leaves,
				       .useless = p->repeated };
	plan_wants(plan, p, r);
	plan_texts(plan, p, r);
	p->plan[r->shape->number] = plan;
}

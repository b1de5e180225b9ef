/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "expr/collect.h"
#include "expr/compare.h"
#include "expr/run.h"

static bool is_text(const struct sh_value *v)
{
	return v->type == SH_VALUE_STRING || v->type == SH_VALUE_BYTES;
}

/* Whether every key can stand before or after every other. */
static bool have_order(struct sh_run *run, const struct sh_ast *at, const struct sh_value_entry *pair,
		       size_t n, struct sh_value *bad)
{
	for (size_t i = 0; i < n; i++) {
		enum sh_order o = sh_value_order(&pair[0].key, &pair[i].key);

		if (o == SH_ORDER_NO_TYPES)
			*bad = sh_run_error(run, at, "no order of %s and %s",
					    sh_value_type_name(pair[0].key.type),
					    sh_value_type_name(pair[i].key.type));
		else if (o == SH_ORDER_NONE)
			*bad = sh_run_error(run, at, "NaN has no place in an order");
		else
			continue;
		return false;
	}
	return true;
}

/* Merge the sorted runs FROM..MIDDLE and MIDDLE..TO. Returns the work done. */
static size_t merge(const struct sh_value_entry *in, struct sh_value_entry *out, size_t from,
		    size_t middle, size_t to)
{
	size_t a = from, b = middle, work = to - from;

	for (size_t i = from; i < to; i++) {
		bool right = a == middle;

		if (!right && b < to) {
			right = sh_value_order(&in[b].key, &in[a].key) == SH_ORDER_LESS;
			work += is_text(&in[a].key) ? in[a].key.u.s.len / 64 : 0;
		}
		out[i] = in[right ? b++ : a++];
	}
	return work;
}

static struct sh_value listed(struct sh_run *run, const struct sh_ast *at,
			      const struct sh_value_entry *pair, size_t n)
{
	struct sh_value_list *list = sh_run_list(run, n);

	if (!list)
		return sh_run_too_large(run, at);
	for (; list->n < n; list->n++)
		list->item[list->n] = pair[list->n].value;
	return sh_run_seal(run, at, list);
}

struct sh_value sh_run_sort(struct sh_run *run, const struct sh_ast *at, struct sh_value_entry *pair,
			    size_t n)
{
	struct sh_value_entry *spare = sh_run_alloc(run, n * sizeof(*spare)), *swap;
	struct sh_value bad;
	size_t work;

	if (!spare)
		return sh_run_too_large(run, at);
	if (!have_order(run, at, pair, n, &bad))
		return bad;
	for (size_t width = 1; width < n; width *= 2) {
		work = 0;
		for (size_t i = 0; i < n; i += 2 * width)
			work += merge(pair, spare, i, i + width < n ? i + width : n,
				      i + 2 * width < n ? i + 2 * width : n);
		if (!sh_run_charge(run, work))
			return sh_run_error(run, at, "too much work");
		swap = pair;
		pair = spare;
		spare = swap;
	}
	return listed(run, at, pair, n);
}

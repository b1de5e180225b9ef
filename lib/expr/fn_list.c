/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "expr/builtin.h"
#include "expr/collect.h"
#include "expr/compare.h"
#include "expr/run.h"

static struct sh_value slice(const struct sh_call *call, size_t from, size_t to)
{
	struct sh_value_list *list = sh_run_list(call->run, to - from);

	if (!list)
		return sh_builtin_too_large(call);
	for (size_t i = from; i < to; i++)
		list->item[list->n++] = sh_value_item(&call->arg[0], i);
	return sh_run_seal(call->run, call->at, list);
}

static struct sh_value fn_slice(const struct sh_call *call)
{
	int64_t n, from, to;

	if (!sh_builtin_are(call, "lnn"))
		return sh_builtin_no_types(call);
	n = (int64_t)sh_value_count(&call->arg[0]);
	from = sh_builtin_whole(call, 1);
	to = sh_builtin_whole(call, 2);
	if (from < 0 || to > n || from > to)
		return sh_value_error(call, "slice: outside the list of %lld", (long long)n);
	return slice(call, (size_t)from, (size_t)to);
}

struct sh_value sh_builtin_reverse_list(const struct sh_call *call)
{
	size_t n = sh_value_count(&call->arg[0]);
	struct sh_value_list *list = sh_run_list(call->run, n);

	if (!list)
		return sh_builtin_too_large(call);
	while (n-- > 0)
		list->item[list->n++] = sh_value_item(&call->arg[0], n);
	return sh_run_seal(call->run, call->at, list);
}

/* How many items V has when lists in it are opened to DEPTH; more than the bound when too many. */
static size_t count_flat(const struct sh_value *v, int64_t depth)
{
	size_t n = sh_value_count(v), total = 0;

	for (size_t i = 0; i < n && total <= SH_RUN_MAX_ITEMS; i++) {
		struct sh_value item = sh_value_item(v, i);

		total += item.type == SH_VALUE_LIST && depth ? count_flat(&item, depth - 1) : 1;
	}
	return total;
}

static void add_flat(struct sh_value_list *list, const struct sh_value *v, int64_t depth)
{
	size_t n = sh_value_count(v);

	for (size_t i = 0; i < n; i++) {
		struct sh_value item = sh_value_item(v, i);

		if (item.type == SH_VALUE_LIST && depth)
			add_flat(list, &item, depth - 1);
		else
			list->item[list->n++] = item;
	}
}

static struct sh_value fn_flatten(const struct sh_call *call)
{
	struct sh_value_list *list;
	int64_t depth = 1;

	if (!sh_builtin_are(call, "ln"))
		return sh_builtin_no_types(call);
	if (call->n == 2)
		depth = sh_builtin_whole(call, 1);
	if (depth < 0)
		return sh_value_error(call, "flatten: a depth below 0");
	if (!sh_run_charge(call->run, sh_value_weight(&call->arg[0])))
		return sh_value_error(call, "too much work");
	list = sh_run_list(call->run, count_flat(&call->arg[0], depth));
	if (!list)
		return sh_builtin_too_large(call);
	add_flat(list, &call->arg[0], depth);
	return sh_run_seal(call->run, call->at, list);
}

static bool is_listed(const struct sh_value_list *list, const struct sh_value *v)
{
	for (size_t i = 0; i < list->n; i++)
		if (sh_value_equal(&list->item[i], v))
			return true;
	return false;
}

static struct sh_value fn_distinct(const struct sh_call *call)
{
	struct sh_value_list *list;
	size_t n;

	if (!sh_builtin_are(call, "l"))
		return sh_builtin_no_types(call);
	n = sh_value_count(&call->arg[0]);
	list = sh_run_list(call->run, n);
	if (!list)
		return sh_builtin_too_large(call);
	for (size_t i = 0; i < n; i++) {
		struct sh_value item = sh_value_item(&call->arg[0], i);

		if (!sh_run_charge(call->run, list->n * sh_value_weight(&item)))
			return sh_value_error(call, "too much work");
		if (!is_listed(list, &item))
			list->item[list->n++] = item;
	}
	return sh_run_seal(call->run, call->at, list);
}

static struct sh_value fn_range(const struct sh_call *call)
{
	struct sh_value_list *list;
	int64_t n;

	if (!sh_builtin_are(call, "n"))
		return sh_builtin_no_types(call);
	n = sh_builtin_whole(call, 0);
	list = sh_run_list(call->run, n > 0 ? (size_t)n : 0);
	if (!list)
		return sh_builtin_too_large(call);
	for (int64_t i = 0; i < n; i++)
		list->item[list->n++] = sh_value_int(i);
	return sh_run_seal(call->run, call->at, list);
}

/* CEL gives an optional; what is not there is unknown here. */
static struct sh_value fn_first(const struct sh_call *call)
{
	if (!sh_builtin_are(call, "l"))
		return sh_builtin_no_types(call);
	return sh_value_count(&call->arg[0]) ? sh_value_item(&call->arg[0], 0) : sh_value_unknown();
}

static struct sh_value fn_last(const struct sh_call *call)
{
	size_t n;

	if (!sh_builtin_are(call, "l"))
		return sh_builtin_no_types(call);
	n = sh_value_count(&call->arg[0]);
	return n ? sh_value_item(&call->arg[0], n - 1) : sh_value_unknown();
}

static struct sh_value fn_sort(const struct sh_call *call)
{
	struct sh_value_entry *pair;
	size_t n;

	if (!sh_builtin_are(call, "l"))
		return sh_builtin_no_types(call);
	n = sh_value_count(&call->arg[0]);
	pair = n <= SH_RUN_MAX_ITEMS ? sh_builtin_alloc(call, n * sizeof(*pair)) : NULL;
	if (!pair)
		return sh_builtin_too_large(call);
	for (size_t i = 0; i < n; i++) {
		pair[i].value = sh_value_item(&call->arg[0], i);
		pair[i].key = pair[i].value;
	}
	return sh_run_sort(call->run, call->at, pair, n);
}

const struct sh_builtin sh_builtin_list[] = {
	SH_BUILTIN("slice", 3, 3, fn_slice, SH_STYLE_METHOD),
	SH_BUILTIN("flatten", 1, 2, fn_flatten, SH_STYLE_METHOD),
	SH_BUILTIN("distinct", 1, 1, fn_distinct, SH_STYLE_METHOD),
	SH_BUILTIN("lists.range", 1, 1, fn_range, SH_STYLE_FUNCTION),
	SH_BUILTIN("first", 1, 1, fn_first, SH_STYLE_METHOD),
	SH_BUILTIN("last", 1, 1, fn_last, SH_STYLE_METHOD),
	SH_BUILTIN("sort", 1, 1, fn_sort, SH_STYLE_METHOD),
	SH_BUILTIN_END,
};

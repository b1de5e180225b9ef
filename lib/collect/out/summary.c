/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "collect/out/summary.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/num.h"

static const char *const names[] = { "avg", "min", "max", "sum", "first", "last", NULL };

static int parse_function(struct sh_summary_function *f, const char *name)
{
	int64_t q;

	for (size_t i = 0; names[i]; i++)
		if (!strcmp(name, names[i])) {
			snprintf(f->name, sizeof(f->name), "%s", name);
			return 0;
		}
	if (*name != 'p' || sh_parse_i64(name + 1, &q) < 0 || q < 1 || q > 99)
		return -1;
	snprintf(f->name, sizeof(f->name), "p%d", (int)q);
	f->quantile = (int)q;
	return 0;
}

int sh_summary_plan_parse(struct sh_summary_plan *plan, const char *text, struct sh_error *err)
{
	SH_CLEANUP_FREE char *copy = sh_strdup(text);
	char *rest = copy, *name;

	memset(plan, 0, sizeof(*plan));
	while ((name = strsep(&rest, ","))) {
		if (plan->n == SH_SUMMARY_FUNCTIONS || parse_function(&plan->function[plan->n], name) < 0)
			return sh_error_set(err, SH_ERRC_USAGE,
					    "'%s' is none of avg, min, max, sum, first, last, p1 to p99", name);
		plan->keeps = plan->keeps || plan->function[plan->n].quantile;
		plan->n++;
	}
	return 0;
}

/* Every second of those that are kept goes, and of those to come. */
static void halve(struct sh_summary *t)
{
	size_t n = 0;

	for (size_t i = 0; i < t->keeps; i += 2)
		t->kept[n++] = t->kept[i];
	t->keeps = n;
	t->stride *= 2;
}

static void keep(struct sh_summary *t, double value, size_t limit)
{
	if (!t->stride)
		t->stride = 1;
	if (t->n % t->stride)
		return;
	while (t->keeps >= limit)
		halve(t);
	if (t->n % t->stride)
		return;
	sh_grow(t->kept, t->keeps, t->cap);
	t->kept[t->keeps++] = value;
}

void sh_summary_add(struct sh_summary *t, const struct sh_summary_plan *plan, double value, size_t limit)
{
	if (plan->keeps)
		keep(t, value, limit);
	if (!t->n)
		t->first = t->min = t->max = value;
	t->min = value < t->min ? value : t->min;
	t->max = value > t->max ? value : t->max;
	t->sum += value;
	t->last = value;
	t->n++;
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* Between the two nearest values, as most tools do (Hyndman and Fan's type 7). */
static double quantile(struct sh_summary *t, int percent)
{
	double at = (double)(t->keeps - 1) * percent / 100;
	size_t i = (size_t)at;

	sh_sort(t->kept, t->keeps, sizeof(*t->kept), compare);
	if (i + 1 >= t->keeps)
		return t->kept[t->keeps - 1];
	return t->kept[i] + (t->kept[i + 1] - t->kept[i]) * (at - (double)i);
}

double sh_summary_get(struct sh_summary *t, const struct sh_summary_function *f)
{
	if (f->quantile)
		return quantile(t, f->quantile);
	switch (f->name[0] == 'm' ? f->name[1] : f->name[0]) {
	case 'i':
		return t->min;
	case 'a':
		return f->name[0] == 'a' ? t->sum / (double)t->n : t->max;
	case 's':
		return t->sum;
	case 'f':
		return t->first;
	default:
		return t->last;
	}
}

void sh_summary_release(struct sh_summary *t)
{
	free(t->kept);
}

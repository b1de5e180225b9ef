/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "schedule/calendar_chain.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

#define MAX_LINKS  240
#define MAX_NUMBER 10000

static bool take_number(const char **p, int64_t *out)
{
	const char *start = *p;

	for (*out = 0; **p >= '0' && **p <= '9' && *out <= MAX_NUMBER; (*p)++)
		*out = *out * 10 + (**p - '0');
	return *p > start && *out <= MAX_NUMBER;
}

/* With up to six decimals that count, where UNIT allows; ".." is no decimal point. */
static bool take_value(const char **p, int64_t unit, int64_t *out)
{
	int64_t digit = unit / 10;
	const char *start;

	if (!take_number(p, out))
		return false;
	*out *= unit;
	if (unit == 1 || **p != '.' || (*p)[1] == '.')
		return true;
	for (start = ++*p; **p >= '0' && **p <= '9'; (*p)++, digit /= 10)
		*out += (**p - '0') * digit;
	return *p > start;
}

static bool take_link(struct sh_chain_link *l, const char **p, int64_t unit)
{
	*l = (struct sh_chain_link){ 0, -1, 0 };
	if (!take_value(p, unit, &l->start))
		return false;
	if ((*p)[0] == '.' && (*p)[1] == '.') {
		*p += 2;
		if (!take_value(p, unit, &l->stop))
			return false;
		l->repeat = unit;
	}
	if (**p != '/')
		return unit == 1 || l->stop < 0 || l->start + l->repeat <= l->stop;
	(*p)++;
	return take_value(p, unit, &l->repeat) && l->repeat > 0;
}

bool sh_chain_parse(struct sh_chain *c, const char **p, int64_t unit)
{
	*c = (struct sh_chain){ 0 };
	if (**p == '*') {
		(*p)++;
		if (unit != 1) {
			sh_chain_set(c, 0);
			c->link[0].repeat = unit;
		}
		return true;
	}
	for (;; (*p)++) {
		if (c->n == MAX_LINKS)
			return false;
		sh_grow(c->link, c->n, c->cap);
		if (!take_link(&c->link[c->n++], p, unit))
			return false;
		if (**p != ',')
			return !**p || strchr(" -~:", **p);
	}
}

void sh_chain_set(struct sh_chain *c, int64_t only)
{
	*c = (struct sh_chain){ 0 };
	sh_grow(c->link, c->n, c->cap);
	c->link[c->n++] = (struct sh_chain_link){ only, -1, 0 };
}

void sh_chain_release(struct sh_chain *c)
{
	free(c->link);
	*c = (struct sh_chain){ 0 };
}

static int by_value(const void *a, const void *b)
{
	const struct sh_chain_link *x = a, *y = b;

	if (x->start != y->start)
		return x->start < y->start ? -1 : 1;
	if (x->stop != y->stop)
		return x->stop < y->stop ? -1 : 1;
	return x->repeat < y->repeat ? -1 : x->repeat > y->repeat;
}

void sh_chain_normalize(struct sh_chain *c)
{
	size_t kept = 0;

	for (size_t i = 0; i < c->n; i++) {
		struct sh_chain_link *l = &c->link[i];

		if (l->stop > l->start && l->repeat > 0)
			l->stop -= (l->stop - l->start) % l->repeat;
	}
	if (c->n)
		qsort(c->link, c->n, sizeof(*c->link), by_value);
	for (size_t i = 0; i < c->n; i++)
		if (!kept || by_value(&c->link[kept - 1], &c->link[i]) != 0)
			c->link[kept++] = c->link[i];
	c->n = kept;
}

static bool is_valid(const struct sh_chain_link *l, int64_t min, int64_t max, bool from_end)
{
	if (l->start < min || l->start > max || l->repeat > max - min)
		return false;
	if (l->stop >= 0)
		return l->stop >= min && l->stop <= max && l->start + l->repeat <= l->stop;
	return from_end ? l->start - l->repeat >= min : l->start + l->repeat <= max;
}

bool sh_chain_is_valid(const struct sh_chain *c, int64_t min, int64_t max, bool from_end)
{
	/* A day that not every month has cannot be counted from its end. */
	for (size_t i = 0; i < c->n; i++)
		if (!is_valid(&c->link[i], min, from_end ? max - 3 : max, from_end))
			return false;
	return true;
}

int64_t sh_chain_next(const struct sh_chain *c, int64_t v)
{
	int64_t best = c->n ? -1 : v;

	for (size_t i = 0; i < c->n; i++) {
		const struct sh_chain_link *l = &c->link[i];
		int64_t found = l->start;

		if (found < v) {
			if (!l->repeat)
				continue;
			found += (v - found + l->repeat - 1) / l->repeat * l->repeat;
			if (l->stop >= 0 && found > l->stop)
				continue;
		}
		if (best < 0 || found < best)
			best = found;
	}
	return best;
}

static void add_value(struct sh_buf *out, int width, int64_t v, int64_t unit)
{
	sh_buf_addf(out, "%0*" PRId64, width, v / unit);
	if (v % unit)
		sh_buf_addf(out, ".%06" PRId64, v % unit);
}

void sh_chain_format(const struct sh_chain *c, struct sh_buf *out, int width, int64_t unit)
{
	if (!c->n || (unit != 1 && c->n == 1 && !c->link[0].start && c->link[0].repeat == unit && c->link[0].stop < 0))
		sh_buf_addch(out, '*');
	else
		for (size_t i = 0; i < c->n; i++) {
			const struct sh_chain_link *l = &c->link[i];

			if (i)
				sh_buf_addch(out, ',');
			add_value(out, width, l->start, unit);
			if (l->stop > 0) {
				sh_buf_addstr(out, "..");
				add_value(out, width, l->stop, unit);
			}
			if (l->repeat > 0 && !(l->stop > 0 && l->repeat == unit)) {
				sh_buf_addch(out, '/');
				add_value(out, 1, l->repeat, unit);
			}
		}
}

/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "series/recent.h"

#include <math.h>
#include <string.h>

#include "base/mem.h"

#define FORMAT 1
/* Cells begin at least a width apart: 60 in the window, one on its edge, one for the rounding. */
#define CELL_SLOTS 64
_Static_assert(SH_RECENT_CELLS + 2 <= CELL_SLOTS, "the ring holds every cell of a window");

static size_t cell_size(const struct sh_tally *tally)
{
	return offsetof(struct sh_cell, is) + tally->parts * sizeof(double);
}

static struct sh_point *point_at(const struct sh_recent *r, size_t i)
{
	return (struct sh_point *)r->slot + ((r->first + i) & (r->cap - 1U));
}

static struct sh_cell *cell_at(const struct sh_recent *r, const struct sh_tally *tally, size_t i)
{
	size_t slot = (r->first + i) & (r->cap - 1U);

	return (struct sh_cell *)(void *)((char *)r->slot + slot * cell_size(tally));
}

/* The newest time of slot I. */
static int64_t end_of(const struct sh_recent *r, const struct sh_tally *tally, size_t i)
{
	return r->has_cells ? cell_at(r, tally, i)->last : point_at(r, i)->time;
}

static int64_t cell_width(int64_t window)
{
	return (window - 1) / SH_RECENT_CELLS + 1;
}

int64_t sh_recent_start(int64_t now, int64_t window)
{
	int64_t start;

	return __builtin_sub_overflow(now, window, &start) ? INT64_MIN : start;
}

void sh_recent_release(struct sh_recent *r)
{
	free(r->slot);
	*r = (struct sh_recent){ 0 };
}

static void add(const struct sh_tally *tally, struct sh_cell *c, const struct sh_point *p, size_t n)
{
	if (!c->n)
		c->first = p->time;
	tally->add(c, p, n);
	c->n += n;
	c->last = p[n - 1].time;
}

static void join(const struct sh_tally *tally, struct sh_cell *all, const struct sh_cell *c)
{
	tally->merge(all, c);
	all->n += c->n;
	all->last = c->last;
}

/* Returns whether something was. */
static bool forget(struct sh_recent *r, const struct sh_tally *tally, int64_t start)
{
	uint8_t had = r->n;

	while (r->n && end_of(r, tally, 0) < start) {
		r->first = (uint8_t)((r->first + 1U) & (r->cap - 1U));
		r->n--;
	}
	return r->n < had;
}

/* Double the ring of points and put its oldest first. */
static void grow(struct sh_recent *r)
{
	size_t cap = r->cap ? r->cap * 2U : 4;
	struct sh_point *ring = sh_reallocn(NULL, cap, sizeof(*ring));

	for (size_t i = 0; i < r->n; i++)
		ring[i] = *point_at(r, i);
	free(r->slot);
	r->slot = ring;
	r->cap = (uint8_t)cap;
	r->first = 0;
}

static void keep_point(struct sh_recent *r, const struct sh_point *p)
{
	if (r->n == r->cap)
		grow(r);
	*point_at(r, r->n) = *p;
	r->n++;
}

/* Tally the cells FROM <= i < TO, which are some. */
static void fold(const struct sh_recent *r, const struct sh_tally *tally, size_t from, size_t to,
		 struct sh_cell *all)
{
	memcpy(all, cell_at(r, tally, from), cell_size(tally));
	for (size_t i = from + 1; i < to; i++)
		join(tally, all, cell_at(r, tally, i));
}

/* Behind the ring: the tally of all cells but the newest, so that asking does not walk them. */
static struct sh_cell *settled(const struct sh_recent *r, const struct sh_tally *tally)
{
	return (struct sh_cell *)(void *)((char *)r->slot + CELL_SLOTS * cell_size(tally));
}

static void settle(struct sh_recent *r, const struct sh_tally *tally)
{
	if (r->n > 1)
		fold(r, tally, 0, r->n - 1U, settled(r, tally));
}

/* Returns whether it began a cell. */
static bool tally_point(struct sh_recent *r, const struct sh_tally *tally, int64_t width,
			const struct sh_point *p)
{
	struct sh_cell *c = r->n ? cell_at(r, tally, r->n - 1U) : NULL;
	bool begins = !c || (uint64_t)p->time - (uint64_t)c->first >= (uint64_t)width;

	if (begins) {
		c = cell_at(r, tally, r->n);
		memset(c, 0, cell_size(tally));
		r->n++;
	}
	add(tally, c, p, 1);
	return begins;
}

static void make_cells(struct sh_recent *r, const struct sh_tally *tally)
{
	r->slot = sh_reallocn(NULL, CELL_SLOTS + 1, cell_size(tally));
	r->cap = CELL_SLOTS;
	r->has_cells = true;
}

/* More points than are kept: from now on cells. */
static void condense(struct sh_recent *r, const struct sh_tally *tally, int64_t width)
{
	struct sh_recent cells = { .since = r->since };

	make_cells(&cells, tally);
	for (size_t i = 0; i < r->n; i++)
		tally_point(&cells, tally, width, point_at(r, i));
	settle(&cells, tally);
	free(r->slot);
	*r = cells;
}

void sh_recent_note(struct sh_recent *r, const struct sh_tally *tally, int64_t window, int64_t time,
		    double value)
{
	struct sh_point p = { time, value };
	bool forgot = forget(r, tally, sh_recent_start(time, window));

	if (!r->n) {
		if (r->has_cells)
			sh_recent_release(r);
		r->since = time;
	}
	if (!r->has_cells && r->n == SH_RECENT_POINTS)
		condense(r, tally, cell_width(window));
	if (!r->has_cells)
		keep_point(r, &p);
	else if (tally_point(r, tally, cell_width(window), &p) || forgot)
		settle(r, tally);
}

bool sh_recent_is_full(const struct sh_recent *r, int64_t window, int64_t time)
{
	return r->n == SH_RECENT_POINTS && point_at(r, 0)->time >= sh_recent_start(time, window);
}

const struct sh_point *sh_recent_point(const struct sh_recent *r, size_t i)
{
	return point_at(r, i);
}

static void tally_points(const struct sh_recent *r, const struct sh_tally *tally, size_t from,
			 struct sh_cell *all)
{
	size_t begin = (r->first + from) & (r->cap - 1U), n = r->n - from;
	size_t straight = n < r->cap - begin ? n : r->cap - begin;
	const struct sh_point *ring = r->slot;

	if (straight)
		add(tally, all, ring + begin, straight);
	if (n > straight)
		add(tally, all, ring, n - straight);
}

static void tally_cells(const struct sh_recent *r, const struct sh_tally *tally, size_t from,
			struct sh_cell *all)
{
	if (from || r->n == 1) {
		fold(r, tally, from, r->n, all);
	} else {
		memcpy(all, settled(r, tally), cell_size(tally));
		join(tally, all, cell_at(r, tally, r->n - 1U));
	}
}

void sh_recent_tally(const struct sh_recent *r, const struct sh_tally *tally, int64_t window,
		     int64_t now, struct sh_cell *all)
{
	int64_t start = sh_recent_start(now, window);
	size_t from = 0;

	memset(all, 0, sizeof(*all));
	while (from < r->n && end_of(r, tally, from) < start)
		from++;
	if (from < r->n)
		(r->has_cells ? tally_cells : tally_points)(r, tally, from, all);
}

bool sh_recent_covers(const struct sh_recent *r, const struct sh_tally *tally, int64_t window)
{
	return r->n && r->since <= sh_recent_start(end_of(r, tally, r->n - 1U), window);
}

void sh_recent_store(const struct sh_recent *r, const struct sh_tally *tally, int64_t window,
		     struct sh_buf *out)
{
	sh_bytes_put(out, FORMAT, 1);
	sh_bytes_put(out, (uint64_t)window, 8);
	sh_bytes_put(out, (uint64_t)r->since, 8);
	sh_bytes_put(out, r->has_cells ? tally->parts : 0, 1);
	sh_bytes_put(out, r->n, 1);
	for (size_t i = 0; i < r->n; i++) {
		if (r->has_cells) {
			const struct sh_cell *c = cell_at(r, tally, i);

			sh_bytes_put(out, (uint64_t)c->first, 8);
			sh_bytes_put(out, (uint64_t)c->last, 8);
			sh_bytes_put(out, c->n, 8);
			for (size_t k = 0; k < tally->parts; k++)
				sh_bytes_put_double(out, c->is[k]);
		} else {
			sh_bytes_put(out, (uint64_t)point_at(r, i)->time, 8);
			sh_bytes_put_double(out, point_at(r, i)->value);
		}
	}
}

static bool take_point(struct sh_recent *r, struct sh_bytes *in)
{
	uint64_t time;
	double value;

	if (!sh_bytes_take(in, 8, &time) || !sh_bytes_take_double(in, &value) || !isfinite(value) ||
	    (r->n && (int64_t)time <= point_at(r, r->n - 1U)->time))
		return false;
	keep_point(r, &(struct sh_point){ (int64_t)time, value });
	return true;
}

static bool take_cell(struct sh_recent *r, const struct sh_tally *tally, int64_t width,
		      struct sh_bytes *in)
{
	const struct sh_cell *before = r->n ? cell_at(r, tally, r->n - 1U) : NULL;
	struct sh_cell c = { 0 };
	uint64_t first, last;

	if (!sh_bytes_take(in, 8, &first) || !sh_bytes_take(in, 8, &last) ||
	    !sh_bytes_take(in, 8, &c.n) || !c.n)
		return false;
	for (size_t k = 0; k < tally->parts; k++)
		if (!sh_bytes_take_double(in, &c.is[k]))
			return false;
	c.first = (int64_t)first;
	c.last = (int64_t)last;
	/* As far apart as they are made: so a window never has more of them than there are slots. */
	if (c.last < c.first || last - first >= (uint64_t)width ||
	    (before && (c.first <= before->last || first - (uint64_t)before->first < (uint64_t)width)))
		return false;
	memcpy(cell_at(r, tally, r->n), &c, cell_size(tally));
	r->n++;
	return true;
}

static bool take_slots(struct sh_recent *r, const struct sh_tally *tally, int64_t width, size_t n,
		       struct sh_bytes *in)
{
	for (size_t i = 0; i < n; i++)
		if (!(r->has_cells ? take_cell(r, tally, width, in) : take_point(r, in)))
			return false;
	return true;
}

int sh_recent_load(struct sh_recent *r, const struct sh_tally *tally, int64_t window,
		   struct sh_bytes *in, struct sh_error *err)
{
	uint64_t version, of, since, parts, n;

	if (!sh_bytes_take(in, 1, &version) || !version)
		return sh_error_set(err, SH_ERRC_STATE, "a stored window is damaged");
	if (version > FORMAT)
		return sh_error_set(err, SH_ERRC_STATE, "a stored window is of version %d, newer than %d",
				    (int)version, FORMAT);
	if (!sh_bytes_take(in, 8, &of) || !sh_bytes_take(in, 8, &since) ||
	    !sh_bytes_take(in, 1, &parts) || !sh_bytes_take(in, 1, &n) ||
	    (parts && parts != tally->parts) || n > (parts ? CELL_SLOTS - 1 : SH_RECENT_POINTS))
		return sh_error_set(err, SH_ERRC_STATE, "a stored window is damaged");
	if ((int64_t)of != window)
		return sh_error_set(err, SH_ERRC_STATE, "a stored window is of another length");
	if (parts)
		make_cells(r, tally);
	r->since = (int64_t)since;
	if (take_slots(r, tally, cell_width(window), n, in)) {
		if (r->has_cells)
			settle(r, tally);
		return 0;
	}
	sh_recent_release(r);
	return sh_error_set(err, SH_ERRC_STATE, "a stored window is damaged");
}

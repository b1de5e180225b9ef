/* SPDX-License-Identifier: MIT */
/* An entity of many metrics: when it is far from usual, which metrics are, and its bytes. */
#include "config.h"

#include "series/level.h"

#include <math.h>
#include <string.h>

#include "stream.h"
#include "tap.h"

#define METRICS 20

struct machine {
	struct sh_level_entity entity;
	struct sh_level metric[METRICS];
	struct sh_level_row row;
	uint64_t seed;
};

/* One record; metric FAR, if any, is off by OFF. */
static double record(struct machine *m, int far, double off, bool is_learned)
{
	m->row = (struct sh_level_row){ 0 };
	for (int i = 0; i < METRICS; i++) {
		double v = 100 * i + fraction(&m->seed) + (i == far ? off : 0), z;

		if (is_learned)
			z = sh_level_note(&m->metric[i], &sh_level_of_entity, v);
		else
			z = sh_level_judge(&m->metric[i], &sh_level_of_entity, v);
		sh_level_row_add(&m->row, (size_t)i, z);
	}
	return sh_level_entity_note(&m->entity, &sh_level_of_entity, &m->row, is_learned);
}

static void test_entity(void)
{
	struct machine m = { .seed = 31 };
	double usual = 0, far;
	struct sh_level before[METRICS];
	bool ordered = true;

	for (int i = 0; i < SH_LEVEL_ROWS; i++)
		usual = fmax(usual, record(&m, -1, 0, true));
	OK(usual == 0, "the first %d rows say nothing", SH_LEVEL_ROWS);
	for (int i = 0; i < 1000; i++)
		usual = fmax(usual, record(&m, -1, 0, true));
	far = record(&m, 0, 50, true);
	OK(usual < 1 && far > 3 * usual, "one metric far off is seen: %g, usually %g at most", far,
	   usual);
	OK(m.row.top[0].metric == 0 && m.row.top[0].z > 10 && m.row.tops == SH_LEVEL_TOP,
	   "and named first: metric %zu, z %g", m.row.top[0].metric, m.row.top[0].z);
	for (size_t i = 1; i < m.row.tops; i++)
		ordered &= m.row.top[i].z <= m.row.top[i - 1].z;
	OK(ordered, "the others follow by how far they are");
	memcpy(before, m.metric, sizeof(before));
	for (int i = 0; i < 500; i++)
		far = record(&m, 3, 5000, false);
	OK(far > 5 && !memcmp(before, m.metric, sizeof(before)) && m.row.top[0].metric == 3,
	   "what is judged stays far and is not learned: %g", far);
	for (int i = 0; i < 300; i++)
		far = record(&m, -1, 0, false);
	OK(far < 1, "and ends: %g", far);
}

static void test_bytes(void)
{
	struct machine m = { .seed = 37 };
	SH_CLEANUP_BUF struct sh_buf b = SH_BUF_INIT;
	struct sh_level l;
	struct sh_level_entity e;
	struct sh_bytes in;
	size_t taken = 0;

	for (int i = 0; i < 300; i++)
		record(&m, i % 7, i, true);
	sh_level_store(&m.metric[2], &b);
	sh_level_entity_store(&m.entity, &b);
	in = (struct sh_bytes){ (unsigned char *)b.data, b.len };
	OK(sh_level_load(&l, &in) && sh_level_entity_load(&e, &in) && in.len == 0 &&
		   !memcmp(&l, &m.metric[2], sizeof(l)) && !memcmp(&e, &m.entity, sizeof(e)),
	   "bytes come back as they were");
	for (size_t len = 0; len < b.len; len++) {
		in = (struct sh_bytes){ (unsigned char *)b.data, len };
		taken += sh_level_load(&l, &in) && sh_level_entity_load(&e, &in);
	}
	OK(taken == 0, "cut ones are refused");
}

static void test_hard_values(void)
{
	static const double hard[] = { 1.7e308, -1.7e308, 0, 4e-324, 1e18, 1, 1, 1 };
	struct sh_level l = { 0 };
	bool wild = false;
	double z = 0;

	for (int i = 0; i < 4000; i++) {
		z = sh_level_note(&l, &sh_level_of_entity, hard[i % 8]);
		wild |= !(z >= 0 && z <= SH_LEVEL_MAX) || !isfinite(l.mean) || !isfinite(l.var);
	}
	OK(!wild, "the largest values do no harm");
	l = (struct sh_level){ 0 };
	for (int i = 0; i < 500; i++)
		z = fmax(z * (i > 0), sh_level_note(&l, &sh_level_of_metric, 20));
	OK(z == 0, "a constant is never far from itself");
}

int main(void)
{
	test_entity();
	test_bytes();
	test_hard_values();
	return plan_done();
}

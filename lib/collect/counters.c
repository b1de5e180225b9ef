/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "collect/counters.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "collect/text.h"

struct reading {
	int64_t time;
	uint64_t seen; /* number of the reading */
	size_t n;
	uint64_t value[SH_COUNTERS_MAX];
};

void sh_counters_init(struct sh_counters *c)
{
	memset(c, 0, sizeof(*c));
	sh_map_init(&c->map, free);
}

void sh_counters_release(struct sh_counters *c)
{
	sh_map_release(&c->map);
}

void sh_counters_begin(struct sh_counters *c, int64_t now)
{
	c->previous = c->now;
	c->now = now;
	c->reading++;
}

void sh_counters_end(struct sh_counters *c)
{
	const struct sh_map_entry *e;
	size_t i = 0;

	while ((e = sh_map_next(&c->map, &i))) {
		const struct reading *r = e->value;

		if (r->seen != c->reading)
			sh_map_remove(&c->map, e->key, e->len);
	}
}

bool sh_counters_delta(struct sh_counters *c, const char *key, const uint64_t *value, size_t n,
		       uint64_t *delta, double *seconds)
{
	struct reading *r = sh_map_gets(&c->map, key);
	bool good = r && r->n == n && r->time < c->now;

	if (!r) {
		r = sh_calloc(1, sizeof(*r));
		sh_map_puts(&c->map, key, r);
	}
	for (size_t i = 0; i < n && good; i++) {
		good = value[i] >= r->value[i];
		delta[i] = value[i] - r->value[i];
	}
	*seconds = (double)(c->now - r->time) / (double)SH_SEC;
	r->time = c->now;
	r->seen = c->reading;
	r->n = n;
	memcpy(r->value, value, n * sizeof(*value));
	return good;
}

void sh_counters_dump(const struct sh_counters *c, struct sh_buf *out)
{
	const struct sh_map_entry *e;
	size_t i = 0;

	sh_buf_addf(out, "%" PRId64 "\n", c->now);
	while ((e = sh_map_next(&c->map, &i))) {
		const struct reading *r = e->value;

		sh_buf_addf(out, "%" PRId64, r->time);
		for (size_t k = 0; k < r->n; k++)
			sh_buf_addf(out, " %" PRIu64, r->value[k]);
		/* The key comes last: it may hold anything but a newline. */
		sh_buf_addf(out, "\t%s\n", e->key);
	}
}

static bool load_line(struct sh_counters *c, struct sh_span line)
{
	const char *tab = memchr(line.p, '\t', line.len);
	struct sh_span rest = { line.p, tab ? (size_t)(tab - line.p) : 0 };
	struct reading r = { .seen = c->reading };
	struct reading *kept;
	uint64_t time;

	if (!tab || sh_text_u64s(&rest, &time, 1) != 1 || time > INT64_MAX)
		return false;
	r.time = (int64_t)time;
	r.n = sh_text_u64s(&rest, r.value, SH_COUNTERS_MAX);
	if (r.n == 0)
		return false;
	kept = sh_malloc(sizeof(*kept));
	*kept = r;
	sh_map_put(&c->map, tab + 1, line.len - (size_t)(tab + 1 - line.p), kept);
	return true;
}

bool sh_counters_load(struct sh_counters *c, const char *text, size_t len)
{
	struct sh_span rest = { text, len }, line;
	uint64_t now;
	bool good = sh_text_line(&rest, &line) && sh_text_u64(line, &now) && now <= INT64_MAX;

	if (good)
		c->now = (int64_t)now;
	while (good && sh_text_line(&rest, &line))
		good = load_line(c, line);
	if (!good) {
		sh_counters_release(c);
		sh_counters_init(c);
	}
	return good;
}

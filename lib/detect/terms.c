/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "detect/terms.h"

#include <stdio.h>
#include <string.h>

#include "base/num.h"
#include "series/hits.h"

#define MAX_COUNT    1000000
#define FLAP_OF      20
#define FLAP_HIGH    30.0
#define FLAP_LOW     20.0
#define NEVER_STALE  (-1)

/* "3 of 5": 1 and both, 0 when absent. */
static int load_n_of_m(const struct sh_node *map, const char *key, int64_t *n, uint8_t *m,
		       struct sh_error *err)
{
	const struct sh_node *at = sh_node_get(map, key);
	unsigned hits = 0, of = 0;
	int end = 0;

	if (!at)
		return 0;
	if (at->type == SH_NODE_STRING && strlen(at->text) <= sizeof("64 of 64") - 1 &&
	    sscanf(at->text, "%2u of %2u%n", &hits, &of, &end) == 2 && !at->text[end] &&
	    hits >= 1 && hits <= of && of <= SH_HITS_MAX_OF) {
		*n = hits;
		*m = (uint8_t)of;
		return 1;
	}
	return sh_node_fail(at, err, "%s must be such as 3 of 5, of %d at most", key, SH_HITS_MAX_OF);
}

/* By a count in a row or by N of M. */
static int load_count(const struct sh_node *n, const char *row, const char *among, int64_t *count,
		      uint8_t *of, struct sh_error *err)
{
	int given = sh_node_int(n, row, 1, MAX_COUNT, count, err);
	int rc = given < 0 ? -1 : load_n_of_m(n, among, count, of, err);

	if (rc > 0 && given)
		return sh_node_fail(sh_node_get(n, among), err, "'%s' and '%s' exclude each other", row,
				    among);
	return rc;
}

/* "30 %", "30%" or 30. */
static int load_percent(const struct sh_node *map, const char *key, double *out,
			struct sh_error *err)
{
	const struct sh_node *at = sh_node_get(map, key);
	char number[16];
	size_t len;

	if (!at)
		return 0;
	len = at->type == SH_NODE_STRING || at->type == SH_NODE_NUMBER ? strlen(at->text) : 0;
	if (len && at->text[len - 1] == '%')
		len--;
	while (len && at->text[len - 1] == ' ')
		len--;
	if (len && len < sizeof(number)) {
		snprintf(number, sizeof(number), "%.*s", (int)len, at->text);
		if (sh_parse_double(number, out) == 0 && *out >= 0 && *out <= 100)
			return 1;
	}
	return sh_node_fail(at, err, "%s must be a percentage such as 30 %%", key);
}

static int load_flap_map(struct sh_watch_damping *d, const struct sh_node *n, struct sh_error *err)
{
	static const char *const known[] = { "of", "high", "low", NULL };
	int64_t of = FLAP_OF;

	if (sh_node_check_keys(n, "flap", known, err) < 0 ||
	    sh_node_int(n, "of", 2, SH_HITS_MAX_OF, &of, err) < 0 ||
	    load_percent(n, "high", &d->flap_high, err) < 0 ||
	    load_percent(n, "low", &d->flap_low, err) < 0)
		return -1;
	d->flap_of = (uint8_t)of;
	/* A score of 0 must end it, and no change at all must not begin it. */
	if (d->flap_low > 0 && d->flap_low <= d->flap_high)
		return 0;
	return sh_node_fail(n, err, "flap: low must be above 0 and not above high");
}

static int load_flap(struct sh_watch_damping *d, const struct sh_node *rule, struct sh_error *err)
{
	const struct sh_node *n = sh_node_get(rule, "flap");
	bool on = false;

	if (!n)
		return 0;
	d->flap_high = FLAP_HIGH;
	d->flap_low = FLAP_LOW;
	if (n->type == SH_NODE_MAP)
		return load_flap_map(d, n, err);
	if (sh_node_bool(rule, "flap", &on, err) < 0)
		return -1;
	d->flap_of = on ? FLAP_OF : 0;
	return 0;
}

static int load_stale(struct sh_watch_damping *d, const struct sh_node *rule, struct sh_error *err)
{
	int rc = sh_node_duration(rule, "stale_after", &d->stale_after, err);

	if (rc > 0 && d->stale_after == 0)
		d->stale_after = NEVER_STALE;
	return rc < 0 ? -1 : 0;
}

int sh_terms_load(struct sh_watch_terms *terms, struct sh_watch_damping *damping,
		  const struct sh_node *rule, struct sh_error *err)
{
	*terms = (struct sh_watch_terms){ .count = 3 };
	*damping = (struct sh_watch_damping){ 0 };
	if (load_count(rule, "count", "hits", &terms->count, &damping->hits_of, err) < 0)
		return -1;
	terms->clear_count = terms->count;
	if (load_count(rule, "clear_count", "clear_hits", &terms->clear_count, &damping->clear_of,
		       err) < 0 ||
	    sh_node_duration(rule, "for", &terms->for_time, err) < 0 ||
	    sh_node_duration(rule, "repeat", &terms->repeat, err) < 0 ||
	    sh_node_duration(rule, "clear_for", &damping->clear_for, err) < 0 ||
	    sh_node_duration(rule, "keep_firing", &damping->keep_firing, err) < 0 ||
	    sh_node_duration(rule, "warmup", &damping->warmup, err) < 0 ||
	    load_flap(damping, rule, err) < 0)
		return -1;
	return load_stale(damping, rule, err);
}

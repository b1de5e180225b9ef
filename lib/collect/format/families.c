/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "collect/format/families.h"

#include <math.h>
#include <string.h>

enum type { GAUGE, COUNTER, SUMMARY, HISTOGRAM, GAUGEHISTOGRAM, INFO, STATESET, UNKNOWN, TYPES };

/* Names and the suffixes of samples; "" is the name alone. */
static const struct {
	const char *name;
	const char *suffix[5];
} types[TYPES] = {
	[GAUGE] = { "gauge", { "" } },
	[COUNTER] = { "counter", { "_total", "_created" } },
	[SUMMARY] = { "summary", { "", "_count", "_sum", "_created" } },
	[HISTOGRAM] = { "histogram", { "_count", "_sum", "_bucket", "_created" } },
	[GAUGEHISTOGRAM] = { "gaugehistogram", { "_gcount", "_gsum", "_bucket" } },
	[INFO] = { "info", { "_info" } },
	[STATESET] = { "stateset", { "" } },
	[UNKNOWN] = { "unknown", { "" } },
};

static const char taken; /* the value of names that are in a map */

static bool fail(struct sh_families *f, const char *why)
{
	if (!f->why)
		f->why = why;
	return false;
}

static int type_of(const struct sh_families *f)
{
	return f->type < 0 ? UNKNOWN : f->type;
}

static void clear(struct sh_map *m)
{
	if (m->n) {
		sh_map_release(m);
		sh_map_init(m, NULL);
	}
}

static bool claim(struct sh_families *f, const char *suffix)
{
	sh_buf_clear(&f->key);
	sh_buf_add(&f->key, f->name.data, f->name.len);
	sh_buf_addstr(&f->key, suffix);
	if (sh_map_get(&f->names, f->key.data, f->key.len))
		return fail(f, "the name was used by another family");
	sh_map_put(&f->names, f->key.data, f->key.len, (void *)(uintptr_t)&taken);
	return true;
}

static bool claim_names(struct sh_families *f)
{
	const char *const *suffix = types[type_of(f)].suffix;
	bool bare = false, good = true;

	for (int i = 0; i < 5 && suffix[i]; i++) {
		bare |= !*suffix[i];
		good &= claim(f, suffix[i]);
	}
	return (bare || claim(f, "")) && good;
}

static bool check_unit(struct sh_families *f)
{
	size_t unit = f->unit.len, name = f->name.len;

	if (!unit)
		return true;
	if (name <= unit || f->name.data[name - unit - 1] != '_' ||
	    memcmp(f->name.data + name - unit, f->unit.data, unit) != 0)
		return fail(f, "the name does not end in the unit");
	if (f->type == INFO || f->type == STATESET)
		return fail(f, "this type has no unit");
	return true;
}

static bool end_histogram(struct sh_families *f)
{
	struct sh_histogram h = f->histogram;

	f->histogram = (struct sh_histogram){ 0 };
	if (!h.open)
		return true;
	if (!h.buckets || !isinf(h.bucket) || h.bucket < 0)
		return fail(f, "the bucket +Inf is missing");
	if (h.counts && h.value != h.count)
		return fail(f, "the count is not that of the bucket +Inf");
	if (h.negative_buckets && h.sums)
		return fail(f, "a sum beside negative buckets");
	if (!h.negative_buckets && h.negative_gsum)
		return fail(f, "a negative sum without negative buckets");
	if ((h.sums || h.gsums) != h.counts)
		return fail(f, "count and sum come together or not at all");
	return true;
}

static bool end_family(struct sh_families *f)
{
	bool good = true;

	if (!f->any)
		return true;
	good &= end_histogram(f);
	good &= claim_names(f);
	good &= check_unit(f);
	f->any = false;
	return good;
}

static void begin_family(struct sh_families *f, struct sh_span name, int type)
{
	sh_buf_clear(&f->name);
	sh_buf_add(&f->name, name.p, name.len);
	sh_buf_clear(&f->unit);
	f->any = true;
	f->type = type;
	f->sampled = f->has_type = f->has_help = f->has_unit = f->grouped = false;
	clear(&f->groups);
	clear(&f->series);
}

static struct sh_span name_of(const struct sh_families *f)
{
	return (struct sh_span){ sh_buf_str(&f->name), f->name.len };
}

static int find_type(struct sh_span word)
{
	for (int i = 0; i < TYPES; i++)
		if (sh_span_is(word, types[i].name))
			return i;
	return UNKNOWN;
}

static bool once(struct sh_families *f, bool *had)
{
	bool again = *had;

	*had = true;
	return !again || fail(f, "TYPE, HELP and UNIT come once");
}

static bool describe(struct sh_families *f, const struct sh_expo_line *l)
{
	bool good = true, same = f->any && sh_span_equal(l->name, name_of(f));

	if (same && f->sampled)
		return fail(f, "TYPE, HELP and UNIT come before the samples");
	if (!same) {
		good = end_family(f);
		begin_family(f, l->name, -1);
	}
	switch (l->kind) {
	case SH_EXPO_TYPE:
		f->type = find_type(l->rest);
		return once(f, &f->has_type) && good;
	case SH_EXPO_HELP:
		return once(f, &f->has_help) && good;
	default:
		sh_buf_clear(&f->unit);
		sh_buf_add(&f->unit, l->rest.p, l->rest.len);
		return once(f, &f->has_unit) && good;
	}
}

/* The suffix of a sample of the open family; NULL when it is of another one. */
static const char *suffix_of(const struct sh_families *f, const struct sh_expo_line *l)
{
	const char *const *suffix = types[type_of(f)].suffix;
	struct sh_span rest;

	if (!f->any || l->name.len < f->name.len || memcmp(l->name.p, f->name.data, f->name.len) != 0)
		return NULL;
	if (l->native && l->name.len == f->name.len)
		return "";
	rest = (struct sh_span){ l->name.p + f->name.len, l->name.len - f->name.len };
	for (int i = 0; i < 5 && suffix[i]; i++)
		if (sh_span_is(rest, suffix[i]))
			return suffix[i];
	return NULL;
}

static bool is(const char *suffix, const char *word)
{
	return !strcmp(suffix, word);
}

static bool is_whole(double v)
{
	return isfinite(v) && v == floor(v);
}

/* "+Inf" alone must be written in its one form. */
static bool is_canonical(struct sh_span s, double *out)
{
	if (!s.p || !sh_expo_number(s, out) || isnan(*out))
		return false;
	return !(isinf(*out) && *out > 0) || sh_span_is(s, "+Inf");
}

static bool check_labels(struct sh_families *f, const struct sh_expo_line *l, const char *suffix)
{
	double v;

	if (f->type == STATESET && !sh_expo_label_value(l, name_of(f)).p)
		return fail(f, "a stateset has a label of its name");
	if (is(suffix, "_bucket") && !is_canonical(sh_expo_label_value(l, sh_span_of("le")), &v))
		return fail(f, "a bucket has a label 'le' with a number");
	if (f->type == SUMMARY && !*suffix &&
	    (!is_canonical(sh_expo_label_value(l, sh_span_of("quantile")), &v) || v < 0 || v > 1))
		return fail(f, "a quantile has a label 'quantile' from 0 to 1");
	return true;
}

static bool counts(const char *suffix)
{
	return is(suffix, "_total") || is(suffix, "_sum") || is(suffix, "_count") ||
	       is(suffix, "_bucket") || is(suffix, "_gcount");
}

static bool check_value(struct sh_families *f, const struct sh_expo_line *l, const char *suffix)
{
	double v = l->value;

	if ((is(suffix, "_bucket") || is(suffix, "_count") || is(suffix, "_gcount")) && !isnan(v) &&
	    !is_whole(v))
		return fail(f, "a count is a whole number");
	if (f->type == STATESET && v != 0 && v != 1)
		return fail(f, "a stateset has the values 0 and 1");
	if (f->type == INFO && v != 1)
		return fail(f, "an info has the value 1");
	if (f->type == SUMMARY && !*suffix && v < 0)
		return fail(f, "a quantile is not negative");
	if ((counts(suffix) || is(suffix, "_gsum")) && isnan(v))
		return fail(f, "what counts is never NaN");
	if (counts(suffix) && v < 0)
		return fail(f, "what counts is never negative");
	return true;
}

static bool check_exemplar(struct sh_families *f, const struct sh_expo_line *l, const char *suffix)
{
	bool bucket = (f->type == HISTOGRAM || f->type == GAUGEHISTOGRAM) && is(suffix, "_bucket");

	if (l->exemplar && !bucket && !(f->type == COUNTER && is(suffix, "_total")))
		return fail(f, "only buckets and counters have exemplars");
	return true;
}

static void make_group(struct sh_families *f, const struct sh_expo_line *l, const char *suffix)
{
	struct sh_span but = SH_SPAN_NONE;

	sh_buf_clear(&f->key);
	sh_buf_addch(&f->key, 'g'); /* never empty */
	if (f->type == INFO)
		return;
	if (f->type == SUMMARY && !*suffix)
		but = sh_span_of("quantile");
	else if (f->type == STATESET)
		but = name_of(f);
	else if (is(suffix, "_bucket"))
		but = sh_span_of("le");
	sh_expo_put_labels(&f->key, l, but);
}

static bool same_time(const struct sh_families *f, const struct sh_expo_line *l)
{
	if (!f->timed || !l->timestamp.p)
		return !f->timed && !l->timestamp.p;
	return l->timed ? l->time == f->time : l->seconds == f->seconds;
}

static bool goes_back(const struct sh_families *f, const struct sh_expo_line *l)
{
	if (!f->timed || f->type == INFO)
		return false;
	return l->timed ? l->time < f->time : l->seconds < f->seconds;
}

/* Whether the series of this sample is new in its group; the map is made for the second sample. */
static bool is_new_series(struct sh_families *f, const struct sh_expo_line *l, bool first)
{
	sh_buf_clear(&f->id);
	sh_buf_add(&f->id, l->name.p, l->name.len);
	sh_buf_addch(&f->id, '\0');
	sh_expo_put_labels(&f->id, l, SH_SPAN_NONE);
	if (first) {
		sh_buf_clear(&f->first);
		sh_buf_add(&f->first, f->id.data, f->id.len);
		return true;
	}
	if (!f->series.n)
		sh_map_put(&f->series, f->first.data, f->first.len, (void *)(uintptr_t)&taken);
	if (sh_map_get(&f->series, f->id.data, f->id.len))
		return false;
	sh_map_put(&f->series, f->id.data, f->id.len, (void *)(uintptr_t)&taken);
	return true;
}

static bool enter_group(struct sh_families *f, const struct sh_expo_line *l, const char *suffix,
			bool *keep)
{
	bool same, good = true, fresh;

	make_group(f, l, suffix);
	same = f->grouped && f->key.len == f->group.len &&
	       !memcmp(f->key.data, f->group.data, f->key.len);
	if (f->grouped && !same && sh_map_get(&f->groups, f->key.data, f->key.len))
		good = fail(f, "the samples of a group stand together");
	if (same && f->timed != (l->timestamp.p != NULL))
		good = fail(f, "a group has timestamps at all its samples or at none");
	else if (same && goes_back(f, l))
		good = fail(f, "the timestamps of a group go back");
	if (!same) {
		clear(&f->series);
		if (!sh_map_get(&f->groups, f->key.data, f->key.len))
			sh_map_put(&f->groups, f->key.data, f->key.len, (void *)(uintptr_t)&taken);
		sh_buf_clear(&f->group);
		sh_buf_add(&f->group, f->key.data, f->key.len);
	}
	fresh = is_new_series(f, l, !same);
	*keep = fresh || !same_time(f, l);
	if (!same || !same_time(f, l))
		good &= end_histogram(f);
	f->grouped = true;
	f->timed = l->timestamp.p != NULL;
	f->time = l->time;
	f->seconds = l->seconds;
	return good;
}

static bool add_bucket(struct sh_families *f, const struct sh_expo_line *l)
{
	struct sh_histogram *h = &f->histogram;
	double le = 0;

	sh_expo_number(sh_expo_label_value(l, sh_span_of("le")), &le);
	if (h->buckets && le <= h->bucket)
		return fail(f, "the buckets are out of order");
	if (h->buckets && l->value < h->value)
		return fail(f, "the counts of the buckets are out of order");
	h->negative_buckets |= le < 0;
	h->buckets = true;
	h->bucket = le;
	h->value = l->value;
	return true;
}

static bool add_to_histogram(struct sh_families *f, const struct sh_expo_line *l, const char *suffix)
{
	struct sh_histogram *h = &f->histogram;

	if ((f->type != HISTOGRAM && f->type != GAUGEHISTOGRAM) || l->native)
		return true;
	h->open = true;
	if (is(suffix, "_bucket"))
		return add_bucket(f, l);
	if (is(suffix, "_count") || is(suffix, "_gcount")) {
		h->counts = true;
		h->count = l->value;
	}
	h->sums |= is(suffix, "_sum");
	h->gsums |= is(suffix, "_gsum");
	h->negative_gsum |= is(suffix, "_gsum") && l->value < 0;
	return true;
}

static bool take_sample(struct sh_families *f, const struct sh_expo_line *l, bool *keep)
{
	const char *suffix = suffix_of(f, l);
	bool good = true;

	if (!suffix) {
		good = end_family(f);
		begin_family(f, l->name, UNKNOWN);
		suffix = "";
	}
	f->sampled = true;
	if (!check_labels(f, l, suffix) || (!l->native && !check_value(f, l, suffix)) ||
	    !check_exemplar(f, l, suffix))
		return *keep = false;
	if (l->native)
		return good;
	good &= enter_group(f, l, suffix, keep);
	return (!*keep || add_to_histogram(f, l, suffix)) && good;
}

bool sh_families_take(struct sh_families *f, const struct sh_expo_line *l, bool *keep)
{
	*keep = false;
	if (f->eof)
		return fail(f, "something follows '# EOF'");
	switch (l->kind) {
	case SH_EXPO_SAMPLE:
		*keep = !l->native;
		return take_sample(f, l, keep);
	case SH_EXPO_TYPE:
	case SH_EXPO_HELP:
	case SH_EXPO_UNIT:
		return describe(f, l);
	case SH_EXPO_EOF:
		f->eof = true;
		return end_family(f);
	case SH_EXPO_NOTHING:
		break;
	}
	return true;
}

bool sh_families_end(struct sh_families *f)
{
	bool good = end_family(f);

	return (f->eof || fail(f, "'# EOF' is missing at the end: the text is not whole")) && good;
}

void sh_families_init(struct sh_families *f)
{
	memset(f, 0, sizeof(*f));
	sh_map_init(&f->names, NULL);
	sh_map_init(&f->groups, NULL);
	sh_map_init(&f->series, NULL);
}

void sh_families_release(struct sh_families *f)
{
	sh_map_release(&f->names);
	sh_map_release(&f->groups);
	sh_map_release(&f->series);
	sh_buf_release(&f->name);
	sh_buf_release(&f->unit);
	sh_buf_release(&f->group);
	sh_buf_release(&f->id);
	sh_buf_release(&f->first);
	sh_buf_release(&f->key);
}

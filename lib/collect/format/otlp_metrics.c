/* SPDX-License-Identifier: MIT */
/*
 * Data points as samples: metric NAME is otlp.NAME, its attributes are dimensions.
 * A histogram is told as in Prometheus: NAME_count, NAME_sum, and NAME_bucket with
 * the dimension le, each bucket with all that is below it.
 */
#include "config.h"

#include <inttypes.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/num.h"
#include "collect/format/otlp.h"
#include "record/json.h"

#define NO_VALUE 1 /* of flags: the series ended */

/* Name, value pairs; the values are owned. */
struct pairs {
	const char **p;
	char **owned;
	size_t n, cap, owned_cap;
};

struct point {
	struct sh_import *in;
	const char *service;     /* NULL none */
	const char *metric;
	struct pairs labels, dims;
	size_t extra;            /* where dims of one value alone begin */
};

static bool has_pair(const struct pairs *in, const char *name)
{
	for (size_t i = 0; i < in->n; i++)
		if (!strcmp(in->p[2 * i], name))
			return true;
	return false;
}

static void add_pair(struct pairs *to, const char *name, const char *value)
{
	size_t n = to->n;

	sh_grow(to->owned, n, to->owned_cap);
	to->owned[n] = sh_strdup(value);
	to->p = sh_reallocn(to->p, 2 * n + 3, sizeof(*to->p));
	to->p[2 * n] = name;
	to->p[2 * n + 1] = to->owned[n];
	to->p[2 * n + 2] = NULL;
	to->n++;
}

static void cut_pairs(struct pairs *to, size_t n)
{
	while (to->n > n)
		free(to->owned[--to->n]);
	if (to->p)
		to->p[2 * n] = NULL;
}

static void release_pairs(struct pairs *to)
{
	cut_pairs(to, 0);
	free(to->p);
	free(to->owned);
	*to = (struct pairs){ 0 };
}

static void add_attribute(struct pairs *to, const char *name, const json_t *value)
{
	SH_CLEANUP_BUF struct sh_buf text = SH_BUF_INIT;

	if (has_pair(to, name)) /* of the resource */
		return;
	if (!json_is_string(value))
		sh_json_dump(&text, value);
	add_pair(to, name, json_is_string(value) ? json_string_value(value) : sh_buf_str(&text));
}

static void write_value(struct point *p, const char *suffix, double v)
{
	SH_CLEANUP_BUF struct sh_buf name = SH_BUF_INIT;
	struct sh_sample_writer w;

	sh_buf_addf(&name, "%s%s", p->metric, suffix);
	sh_import_begin(p->in, &w, p->service ? "service" : NULL, p->service,
			p->dims.n ? p->dims.p : NULL, p->labels.n ? p->labels.p : NULL);
	sh_sample_group(&w, "otlp");
	sh_sample_number(&w, sh_buf_str(&name), v);
	sh_sample_end(&w);
}

static void write_named(struct point *p, const json_t *from, const char *key, const char *suffix)
{
	write_value(p, suffix, sh_otlp_number(json_object_get(from, key)));
}

static void write_buckets(struct point *p, const json_t *from)
{
	const json_t *counts = json_object_get(from, "bucketCounts");
	const json_t *bounds = json_object_get(from, "explicitBounds");
	char le[SH_DOUBLE_MAX_TEXT];
	double below = 0;

	/* With an attribute of that name the buckets could not be told apart. */
	if (json_array_size(counts) != json_array_size(bounds) + 1 || has_pair(&p->dims, "le"))
		return;
	for (size_t i = 0; i < json_array_size(counts); i++) {
		double bound = i < json_array_size(bounds) ? sh_otlp_number(json_array_get(bounds, i)) :
							     (double)INFINITY;

		below += sh_otlp_number(json_array_get(counts, i));
		if (isnan(bound))
			return;
		if (isfinite(bound))
			sh_format_double(le, bound);
		add_pair(&p->dims, "le", isfinite(bound) ? le : "+Inf");
		write_value(p, "_bucket", below);
		cut_pairs(&p->dims, p->extra);
	}
}

static void write_quantiles(struct point *p, const json_t *from)
{
	const json_t *item;
	size_t i;

	if (has_pair(&p->dims, "quantile"))
		return;
	json_array_foreach(json_object_get(from, "quantileValues"), i, item) {
		/* This JSON leaves out what is 0. */
		const json_t *quantile = json_object_get(item, "quantile");
		const json_t *value = json_object_get(item, "value");
		char text[SH_DOUBLE_MAX_TEXT] = "0";

		if (quantile && !isfinite(sh_otlp_number(quantile)))
			continue;
		if (quantile)
			sh_format_double(text, sh_otlp_number(quantile));
		add_pair(&p->dims, "quantile", text);
		write_value(p, "", value ? sh_otlp_number(value) : 0);
		cut_pairs(&p->dims, p->extra);
	}
}

static void write_point(struct point *p, const json_t *from)
{
	if (json_object_get(from, "asDouble"))
		write_named(p, from, "asDouble", "");
	else
		write_named(p, from, "asInt", "");
	write_named(p, from, "count", "_count");
	write_named(p, from, "sum", "_sum");
	write_named(p, from, "min", "_min");
	write_named(p, from, "max", "_max");
	write_buckets(p, from);
	write_quantiles(p, from);
}

static void read_point(struct point *p, const json_t *from)
{
	json_t *attributes = sh_otlp_attributes(json_object_get(from, "attributes")), *value;
	int64_t time = p->in->time, own = sh_otlp_time(from, "timeUnixNano");
	size_t keep = p->dims.n;
	const char *key;

	if (!(sh_json_int(from, "flags", 0) & NO_VALUE)) {
		json_object_foreach(attributes, key, value)
			add_attribute(&p->dims, key, value);
		p->extra = p->dims.n;
		if (own)
			p->in->time = own;
		write_point(p, from);
		p->in->time = time;
	}
	cut_pairs(&p->dims, keep);
	json_decref(attributes);
}

static void read_metric(struct point *p, const json_t *metric)
{
	static const char *const kinds[] = { "gauge", "sum", "histogram", "exponentialHistogram",
					     "summary", NULL };
	const char *unit = sh_json_str(metric, "unit", "");
	size_t keep = p->labels.n, i;
	const json_t *point;

	p->metric = sh_json_str(metric, "name", "");
	if (!*p->metric)
		return;
	if (*unit && !has_pair(&p->labels, "unit"))
		add_pair(&p->labels, "unit", unit);
	for (const char *const *kind = kinds; *kind; kind++)
		json_array_foreach(json_object_get(json_object_get(metric, *kind), "dataPoints"), i, point)
			read_point(p, point);
	cut_pairs(&p->labels, keep);
}

/* What tells two instances of a service apart is a dimension, the rest selects. */
static void read_resource(struct point *p, json_t *attributes)
{
	const char *key;
	json_t *value;

	json_object_foreach(attributes, key, value) {
		if (!strcmp(key, "service.name") && *sh_json_str(attributes, key, ""))
			p->service = json_string_value(value);
		else if (!strcmp(key, "service.instance.id") || !strcmp(key, "service.namespace"))
			add_attribute(&p->dims, key, value);
		else
			add_attribute(&p->labels, key, value);
	}
}

void sh_otlp_metrics(struct sh_import *in, const json_t *resource)
{
	json_t *attributes = sh_otlp_attributes(
		json_object_get(json_object_get(resource, "resource"), "attributes"));
	const char *here = sh_import_host(in, sh_json_str(attributes, "host.name", NULL));
	struct point p = { .in = in };
	const json_t *scope, *metric;
	size_t i, k;

	read_resource(&p, attributes);
	json_array_foreach(json_object_get(resource, "scopeMetrics"), i, scope)
		json_array_foreach(json_object_get(scope, "metrics"), k, metric)
			read_metric(&p, metric);
	release_pairs(&p.labels);
	release_pairs(&p.dims);
	in->c->host = here;
	json_decref(attributes);
}

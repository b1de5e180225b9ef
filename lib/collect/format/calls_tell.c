/* SPDX-License-Identifier: MIT */
/* Calls as samples, a pair of services and a minute each, and as edges. */
#include "config.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "collect/format/calls_parts.h"

static int compare_texts(const char *a, const char *b)
{
	return strcmp(a ? a : "", b ? b : "");
}

/* Those of one sample side by side, the fastest first. */
static int by_sample(const void *a, const void *b)
{
	const struct sh_call *x = a, *y = b;
	int order = (x->minute > y->minute) - (x->minute < y->minute);

	if (!order)
		order = compare_texts(x->callee, y->callee);
	if (!order)
		order = compare_texts(x->caller, y->caller);
	if (!order)
		order = (x->waited > y->waited) - (x->waited < y->waited);
	return order ? order : (x->ms > y->ms) - (x->ms < y->ms);
}

static bool same_sample(const struct sh_call *a, const struct sh_call *b)
{
	return a->minute == b->minute && a->callee == b->callee && a->caller == b->caller &&
	       a->waited == b->waited;
}

/* Nearest rank. */
static double quantile(const struct sh_call *call, size_t n, double q)
{
	return call[(size_t)ceil(q * (double)n) - 1].ms;
}

static void tell_sample(struct sh_import *in, const struct sh_call *call, size_t n)
{
	SH_CLEANUP_FREE char *caller = call->caller ? sh_import_name_fleet("service", call->caller) : NULL;
	const char *const dims[] = { "caller", caller, NULL };
	struct sh_sample_writer w;
	int64_t last = 0;
	size_t errors = 0;

	for (size_t i = 0; i < n; i++) {
		last = call[i].end > last ? call[i].end : last;
		errors += call[i].failed;
	}
	in->time = last;
	sh_import_begin_fleet(in, &w, "service", call->callee, caller ? dims : NULL, NULL);
	sh_sample_group(&w, "calls");
	sh_sample_number(&w, "requests", (double)n);
	sh_sample_number(&w, "errors", (double)errors);
	sh_sample_number(&w, "error_percent", 100.0 * (double)errors / (double)n);
	sh_sample_number(&w, call->waited ? "waited_latency_p50_ms" : "own_latency_p50_ms",
			 quantile(call, n, 0.5));
	sh_sample_number(&w, call->waited ? "waited_latency_p90_ms" : "own_latency_p90_ms",
			 quantile(call, n, 0.9));
	sh_sample_end(&w);
}

static void tell_edge(struct sh_import *in, const struct sh_call *call)
{
	SH_CLEANUP_FREE char *from = NULL, *to = NULL;

	if (!call->caller || call->caller == call->callee)
		return;
	from = sh_import_name_fleet("service", call->caller);
	to = sh_import_name_fleet("service", call->callee);
	sh_import_link(in, from, "depends_on", to);
}

/* What runs on a host, as a member of what runs anywhere. */
static void tell_place(struct sh_import *in, const char *key)
{
	SH_CLEANUP_FREE char *service = sh_strdup(key), *member = NULL, *all = NULL;
	char *host = strchr(service, '\t');
	const char *here;

	*host++ = '\0';
	here = sh_import_host(in, host);
	member = sh_import_name(in, "service", service);
	in->c->host = here;
	all = sh_import_name_fleet("service", service);
	sh_import_member(in, member, all, 0);
}

static void tell_places(const struct sh_calls *c, struct sh_import *in)
{
	const struct sh_map_entry *e;
	size_t i = 0;

	while ((e = sh_map_next(&c->places, &i))) {
		in->time = *(const int64_t *)e->value;
		tell_place(in, e->key);
	}
}

void sh_calls_tell(struct sh_calls *c, struct sh_import *in)
{
	int64_t time = in->time;
	size_t samples = 0;

	sh_calls_find(c);
	if (c->calls)
		qsort(c->call, c->calls, sizeof(*c->call), by_sample);
	for (size_t i = 0, n; i < c->calls && samples < SH_CALLS_SAMPLES; i += n, samples++) {
		for (n = 1; i + n < c->calls && same_sample(&c->call[i], &c->call[i + n]);)
			n++;
		tell_sample(in, &c->call[i], n);
		tell_edge(in, &c->call[i]);
	}
	tell_places(c, in);
	in->time = time;
	if (samples == SH_CALLS_SAMPLES) {
		struct sh_error err = SH_ERROR_INIT;

		(void)sh_error_set(&err, SH_ERRC_INPUT, "more than %d pairs of services and minutes",
				   SH_CALLS_SAMPLES);
		sh_import_bad(in, 0, &err);
	}
}

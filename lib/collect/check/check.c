/* SPDX-License-Identifier: MIT */
/* Checks of services and stand-alone ones: all are begun, then all are awaited. */
#include "config.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "collect/check/connect.h"
#include "collect/check/fetch.h"
#include "collect/table.h"

bool sh_check_applies(const struct sh_site *site)
{
	if (site && site->checks)
		return true;
	for (size_t i = 0; site && i < site->services; i++)
		if (site->service[i].checks)
			return true;
	return false;
}

struct job {
	const struct sh_check *check; /* borrowed */
	const char *type, *name;      /* of the entity; borrowed */
	char label[32];               /* its dimension "check", "" for a stand-alone check */
	bool begun;
	struct sh_connect tcp;
	struct sh_fetch http;
};

struct jobs {
	struct job *item;
	size_t n, cap;
};

/* What came out; the error is empty when all is well. */
struct outcome {
	double time_ms, status; /* NaN: none */
	char error[200];
};

static struct job *add_job(struct jobs *jobs, const char *type, const char *name,
			   const struct sh_check *check)
{
	struct job *j;

	sh_grow(jobs->item, jobs->n, jobs->cap);
	j = &jobs->item[jobs->n++];
	memset(j, 0, sizeof(*j));
	j->check = check;
	j->type = type;
	j->name = name;
	return j;
}

static const char *kind_name(const struct sh_check *k)
{
	return k->kind == SH_CHECK_HTTP ? "http" : "tcp";
}

/* "http", and "http:2" for the second of the kind. */
static void add_service(struct jobs *jobs, const struct sh_service *s)
{
	for (size_t i = 0; i < s->checks; i++) {
		struct job *j = add_job(jobs, "service", s->id, &s->check[i]);
		size_t nth = 1;

		for (size_t k = 0; k < i; k++)
			nth += s->check[k].kind == s->check[i].kind;
		if (nth == 1)
			snprintf(j->label, sizeof(j->label), "%s", kind_name(j->check));
		else
			snprintf(j->label, sizeof(j->label), "%s:%zu", kind_name(j->check), nth);
	}
}

static void add_all(struct sh_collect *c, struct jobs *jobs)
{
	const struct sh_site *site = c->site;

	for (size_t i = 0; site && i < site->services; i++)
		if (sh_collect_wants(c, site->service[i].id))
			add_service(jobs, &site->service[i]);
	for (size_t i = 0; site && i < site->checks; i++)
		if (sh_collect_wants(c, site->check[i].id))
			add_job(jobs, "check", site->check[i].id, &site->check[i].check);
}

static void begin(struct sh_collect *c, struct job *j)
{
	struct sh_error e = SH_ERROR_INIT;
	int rc;

	if (j->check->kind == SH_CHECK_TCP)
		rc = sh_connect_start(&j->tcp, j->check->address, j->check->timeout, &e);
	else
		rc = sh_fetch_start(&j->http, c->libexec, j->check->address, j->check->match,
				    j->check->timeout, &e);
	j->begun = rc == 0;
	if (rc < 0)
		sh_collect_fail(c, j->name, &e);
}

static void end_tcp(struct job *j, struct outcome *out)
{
	struct sh_connect_result r;

	sh_connect_finish(&j->tcp, &r);
	if (r.ok)
		out->time_ms = r.time_ms;
	else
		snprintf(out->error, sizeof(out->error), "%s: %s", j->check->address, r.error);
}

static int end_http(struct job *j, struct outcome *out, struct sh_error *err)
{
	const struct sh_check *k = j->check;
	struct sh_fetch_result r;
	bool right;

	if (sh_fetch_finish(&j->http, &r, err) < 0)
		return -1;
	out->time_ms = r.time_ms;
	if (r.status)
		out->status = (double)r.status;
	right = k->status ? r.status == k->status : r.status > 0 && r.status < 400;
	if (r.error[0])
		snprintf(out->error, sizeof(out->error), "%s", r.error);
	else if (!right)
		snprintf(out->error, sizeof(out->error), "answered with status %d", (int)r.status);
	else if (k->match && !r.matched)
		snprintf(out->error, sizeof(out->error), "the answer does not hold the wanted text");
	return 0;
}

static void write_outcome(struct sh_collect *c, const struct job *j, const struct outcome *o)
{
	const char *dims[] = { "check", j->label, NULL };
	struct sh_sample_writer w;

	sh_collect_begin(c, &w, j->type, j->name, j->name, j->label[0] ? dims : NULL, NULL);
	sh_sample_group(&w, "check");
	sh_sample_number(&w, "ok", o->error[0] ? 0 : 1);
	sh_sample_number(&w, "time_ms", o->time_ms);
	sh_sample_number(&w, "status", o->status);
	if (o->error[0])
		sh_sample_text(&w, "error", o->error);
	sh_sample_end(&w);
}

static void end(struct sh_collect *c, struct job *j)
{
	struct outcome o = { .time_ms = (double)NAN, .status = (double)NAN };
	struct sh_error e = SH_ERROR_INIT;

	if (!j->begun)
		return;
	if (j->check->kind == SH_CHECK_TCP)
		end_tcp(j, &o);
	else if (end_http(j, &o, &e) < 0) {
		sh_collect_fail(c, j->name, &e);
		return;
	}
	write_outcome(c, j, &o);
}

int sh_collect_check(struct sh_collect *c, struct sh_error *err)
{
	struct jobs jobs = { 0 };

	(void)err;
	if (c->discard)
		return 0;
	add_all(c, &jobs);
	for (size_t i = 0; i < jobs.n; i++)
		begin(c, &jobs.item[i]);
	for (size_t i = 0; i < jobs.n; i++)
		end(c, &jobs.item[i]);
	free(jobs.item);
	return 0;
}

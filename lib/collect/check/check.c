/* SPDX-License-Identifier: MIT */
/* Checks of services and stand-alone ones, each for each of its targets. */
#include "config.h"

#include <stdio.h>

#include "base/clock.h"
#include "base/mem.h"
#include "collect/check/targets.h"
#include "collect/check/together.h"
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

static void add_job(struct sh_collect *c, const struct sh_job *like, const char *target)
{
	struct sh_job j = *like;

	j.target = target ? sh_strdup(target) : NULL;
	sh_together_add(c->checks, &j);
}

static void add_jobs(struct sh_collect *c, const struct sh_job *like)
{
	const struct sh_check *k = like->check;
	struct sh_error e = SH_ERROR_INIT;
	char **target;
	size_t n;

	for (const char **host = k->hosts; host && *host; host++)
		add_job(c, like, *host);
	if (!k->hosts && !k->targets)
		add_job(c, like, NULL);
	if (!k->targets)
		return;
	target = sh_targets_read(k->targets, &n, &e);
	if (!target) {
		sh_collect_fail(c, like->name, &e);
		return;
	}
	for (size_t i = 0; i < n; i++)
		add_job(c, like, target[i]);
	sh_targets_free(target, n);
}

/* "http", and "http:2" for the second of the kind. */
static void add_service(struct sh_collect *c, const struct sh_service *s)
{
	for (size_t i = 0; i < s->checks; i++) {
		struct sh_job j = { .check = &s->check[i], .type = "service", .name = s->id };
		const char *kind = sh_check_rows[j.check->kind].name;
		size_t nth = 1;

		for (size_t k = 0; k < i; k++)
			nth += s->check[k].kind == s->check[i].kind;
		if (nth == 1)
			snprintf(j.label, sizeof(j.label), "%s", kind);
		else
			snprintf(j.label, sizeof(j.label), "%s:%zu", kind, nth);
		add_jobs(c, &j);
	}
}

static void add_all(struct sh_collect *c)
{
	const struct sh_site *site = c->site;

	for (size_t i = 0; site && i < site->services; i++)
		if (sh_collect_wants(c, site->service[i].id))
			add_service(c, &site->service[i]);
	for (size_t i = 0; site && i < site->checks; i++) {
		struct sh_job j = { .check = &site->check[i].check, .type = "check",
				    .name = site->check[i].id };

		if (sh_collect_wants(c, j.name))
			add_jobs(c, &j);
	}
}

/* With a round to come, what is slow may end in that one: the schedule goes on meanwhile. */
int sh_collect_check(struct sh_collect *c, struct sh_error *err)
{
	int64_t until = c->interval && !c->last ? sh_clock_mono() + c->interval / 2 : 0;

	(void)err;
	if (c->discard)
		return 0;
	if (!c->checks)
		c->checks = sh_together_new();
	add_all(c);
	sh_together_run(c, c->checks, until);
	return 0;
}

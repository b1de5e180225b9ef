/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "collect/host/kv.h"
#include "collect/table.h"

#define CLASS "sys/class/powercap"
#define MAX_TEXT 64

/* "package-0" is number 0 of "package"; a name without number is its own number 0. */
static void split_name(char *name, const char **index)
{
	char *dash = strrchr(name, '-');

	*index = "0";
	if (!dash || !dash[1] || dash[1 + strspn(dash + 1, "0123456789")])
		return;
	*dash = '\0';
	*index = dash + 1;
}

static void write_detail(struct sh_collect *c, const char *zone, char *name, double joules)
{
	const char *dims[] = { "index", NULL, "path", NULL, NULL };
	char path[2 * MAX_TEXT], metric[MAX_TEXT + 32];

	split_name(name, &dims[1]);
	if (!sh_kv_is_word(name))
		return;
	snprintf(path, sizeof(path), "/" CLASS "/%.64s", zone);
	dims[3] = path;
	snprintf(metric, sizeof(metric), "%s_joules_total", name);
	for (char *p = metric; *p; p++)
		if (*p == '-')
			*p = '_';
	sh_collect_number(c, "rapl", zone, dims, NULL, "rapl", metric, joules);
}

/* One zone of Intel's or AMD's energy counters. Only root may read them. */
static void look_at(struct sh_collect *c, const char *zone)
{
	const char *labels[] = { "zone", NULL, NULL };
	struct sh_sample_writer w;
	char name[MAX_TEXT];
	double micro, seconds;
	uint64_t v, d;

	if (!sh_collect_wants(c, zone) ||
	    !sh_kv_text(c->root, name, sizeof(name), CLASS "/%s/name", zone) ||
	    !sh_kv_number(c->root, &micro, CLASS "/%s/energy_uj", zone) || micro < 0)
		return;
	labels[1] = name;
	v = (uint64_t)micro;
	/* The counter turns over at max_energy_range_uj, after minutes or hours: that round says nothing. */
	if (sh_counters_delta(c->counters, zone, &v, 1, &d, &seconds)) {
		sh_collect_begin(c, &w, "rapl", zone, zone, NULL, labels);
		sh_sample_group(&w, "power");
		sh_sample_number(&w, "watts", (double)d / 1e6 / seconds);
		sh_sample_end(&w);
	}
	if (c->detail)
		write_detail(c, zone, name, micro / 1e6);
}

int sh_collect_rapl(struct sh_collect *c, struct sh_error *err)
{
	SH_CLEANUP_NAMES struct sh_kv_names names = { 0 };

	(void)err;
	if (!sh_collect_class(c, &names, CLASS, NULL))
		return 0;
	/* "intel-rapl" alone is the control type, zones have numbers. */
	for (size_t i = 0; i < names.n; i++)
		if (strstr(names.name[i], "rapl") && strchr(names.name[i], ':'))
			look_at(c, names.name[i]);
	return 0;
}

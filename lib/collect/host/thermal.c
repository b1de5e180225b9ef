/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <math.h>
#include <string.h>

#include "collect/host/kv.h"
#include "collect/table.h"

#define CLASS "sys/class/thermal"
#define MAX_TRIPS 12 /* THERMAL_MAX_TRIPS */
#define MAX_TEXT 64

/* The temperature at which the kernel turns the machine off; NaN where no trip point is that. */
static double critical(struct sh_collect *c, const char *zone)
{
	char type[MAX_TEXT];
	double v;

	for (int i = 0; i < MAX_TRIPS; i++) {
		if (!sh_kv_text(c->root, type, sizeof(type), CLASS "/%s/trip_point_%d_type", zone, i))
			break;
		if (!strcmp(type, "critical") &&
		    sh_kv_number(c->root, &v, CLASS "/%s/trip_point_%d_temp", zone, i))
			return v / 1000;
	}
	return (double)NAN;
}

static void write_zone(struct sh_collect *c, const char *zone)
{
	const char *number = zone + strlen("thermal_zone");
	const char *labels[] = { "type", NULL, NULL };
	struct sh_sample_writer w;
	char type[MAX_TEXT];
	double v;

	/* One that is switched off or has no sensor cannot be read. */
	if (!sh_collect_wants(c, number) ||
	    !sh_kv_number(c->root, &v, CLASS "/%s/temp", zone))
		return;
	if (sh_kv_text(c->root, type, sizeof(type), CLASS "/%s/type", zone))
		labels[1] = type;
	sh_collect_begin(c, &w, "thermal_zone", number, number, NULL, labels[1] ? labels : NULL);
	sh_sample_group(&w, "temperature");
	sh_sample_number(&w, "celsius", v / 1000);
	sh_sample_number(&w, "critical_celsius", critical(c, zone));
	sh_sample_end(&w);
	if (c->detail)
		sh_collect_number(c, "thermal_zone", number, labels[1] ? labels : NULL, NULL,
				  "thermal", "zone_temp", v / 1000);
}

static void write_cooling(struct sh_collect *c, const char *device)
{
	const char *number = device + strlen("cooling_device");
	const char *dims[] = { "type", NULL, NULL };
	struct sh_sample_writer w;
	char type[MAX_TEXT];
	double v;

	if (!sh_kv_text(c->root, type, sizeof(type), CLASS "/%s/type", device) ||
	    !sh_collect_wants(c, number))
		return;
	dims[1] = type;
	sh_collect_begin(c, &w, "cooling_device", number, number, dims, NULL);
	sh_sample_group(&w, "cooling");
	if (sh_kv_number(c->root, &v, CLASS "/%s/cur_state", device))
		sh_sample_number(&w, "device_cur_state", v);
	if (sh_kv_number(c->root, &v, CLASS "/%s/max_state", device))
		sh_sample_number(&w, "device_max_state", v);
	sh_sample_end(&w);
}

int sh_collect_thermal(struct sh_collect *c, struct sh_error *err)
{
	SH_CLEANUP_NAMES struct sh_kv_names names = { 0 };

	(void)err;
	if (!sh_collect_class(c, &names, CLASS, NULL))
		return 0;
	for (size_t i = 0; i < names.n; i++) {
		if (!strncmp(names.name[i], "thermal_zone", 12))
			write_zone(c, names.name[i]);
		else if (c->detail && !strncmp(names.name[i], "cooling_device", 14))
			write_cooling(c, names.name[i]);
	}
	return 0;
}

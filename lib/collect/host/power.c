/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "collect/host/kv.h"
#include "collect/table.h"

#define CLASS "sys/class/power_supply"
#define MAX_TEXT 128

/* Files of a supply, what node_exporter calls their numbers, and the kernel's unit. */
static const struct { const char *file, *name; double unit; } number[] = {
	{ "authentic", "authentic", 1 }, { "calibrate", "calibrate", 1 },
	{ "capacity", "capacity", 1 }, { "capacity_alert_max", "capacity_alert_max", 1 },
	{ "capacity_alert_min", "capacity_alert_min", 1 }, { "cycle_count", "cyclecount", 1 },
	{ "online", "online", 1 }, { "present", "present", 1 },
	{ "time_to_empty_now", "time_to_empty_seconds", 1 },
	{ "time_to_full_now", "time_to_full_seconds", 1 },
	{ "current_boot", "current_boot", 1e6 }, { "current_max", "current_max", 1e6 },
	{ "current_now", "current_ampere", 1e6 }, { "energy_empty", "energy_empty", 1e6 },
	{ "energy_empty_design", "energy_empty_design", 1e6 },
	{ "energy_full", "energy_full", 1e6 }, { "energy_full_design", "energy_full_design", 1e6 },
	{ "energy_now", "energy_watthour", 1e6 }, { "voltage_boot", "voltage_boot", 1e6 },
	{ "voltage_max", "voltage_max", 1e6 }, { "voltage_max_design", "voltage_max_design", 1e6 },
	{ "voltage_min", "voltage_min", 1e6 }, { "voltage_min_design", "voltage_min_design", 1e6 },
	{ "voltage_now", "voltage_volt", 1e6 }, { "voltage_ocv", "voltage_ocv", 1e6 },
	{ "charge_control_limit", "charge_control_limit", 1e6 },
	{ "charge_control_limit_max", "charge_control_limit_max", 1e6 },
	{ "charge_counter", "charge_counter", 1e6 }, { "charge_empty", "charge_empty", 1e6 },
	{ "charge_empty_design", "charge_empty_design", 1e6 },
	{ "charge_full", "charge_full", 1e6 }, { "charge_full_design", "charge_full_design", 1e6 },
	{ "charge_now", "charge_ampere", 1e6 }, { "charge_term_current", "charge_term_current", 1e6 },
	{ "constant_charge_current", "constant_charge_current", 1e6 },
	{ "constant_charge_current_max", "constant_charge_current_max", 1e6 },
	{ "constant_charge_voltage", "constant_charge_voltage", 1e6 },
	{ "constant_charge_voltage_max", "constant_charge_voltage_max", 1e6 },
	{ "precharge_current", "precharge_current", 1e6 },
	{ "input_current_limit", "input_current_limit", 1e6 }, { "power_now", "power_watt", 1e6 },
	{ "temp", "temp_celsius", 10 }, { "temp_alert_max", "temp_alert_max_celsius", 10 },
	{ "temp_alert_min", "temp_alert_min_celsius", 10 },
	{ "temp_ambient", "temp_ambient_celsius", 10 },
	{ "temp_ambient_max", "temp_ambient_max_celsius", 10 },
	{ "temp_ambient_min", "temp_ambient_min_celsius", 10 },
	{ "temp_max", "temp_max_celsius", 10 }, { "temp_min", "temp_min_celsius", 10 },
};

static const char *const text[] = {
	"capacity_level", "charge_type", "health", "manufacturer", "model_name", "serial_number",
	"status", "technology", "type", "usb_type", "scope",
};

#define TEXTS (sizeof(text) / sizeof(*text))

static void write_health(struct sh_collect *c, const char *name)
{
	char type[MAX_TEXT], status[MAX_TEXT];
	const char *labels[] = { "type", NULL, NULL };
	struct sh_sample_writer w;
	double v;

	if (sh_kv_text(c->root, type, sizeof(type), CLASS "/%s/type", name))
		labels[1] = type;
	sh_collect_begin(c, &w, "power_supply", name, name, NULL, labels[1] ? labels : NULL);
	sh_sample_group(&w, "power");
	if (sh_kv_number(c->root, &v, CLASS "/%s/online", name))
		sh_sample_number(&w, "online", v != 0);
	if (sh_kv_number(c->root, &v, CLASS "/%s/capacity", name))
		sh_sample_number(&w, "capacity", v);
	if (sh_kv_text(c->root, status, sizeof(status), CLASS "/%s/status", name) &&
	    sh_kv_is_word(status))
		sh_sample_number(&w, "discharging", !strcmp(status, "Discharging"));
	sh_sample_end(&w);
}

static void write_info(struct sh_collect *c, const char *name)
{
	const char *dims[2 * TEXTS + 1] = { NULL };
	char value[TEXTS][MAX_TEXT];
	size_t n = 0;

	for (size_t i = 0; i < TEXTS; i++) {
		if (!sh_kv_text(c->root, value[i], MAX_TEXT, CLASS "/%s/%s", name, text[i]) ||
		    !*value[i])
			continue;
		dims[n++] = text[i];
		dims[n++] = value[i];
	}
	sh_collect_number(c, "power_supply", name, dims, NULL, "power", "supply_info", 1);
}

static void write_numbers(struct sh_collect *c, const char *name)
{
	SH_CLEANUP_NAMES struct sh_kv_names files = { 0 };
	char path[MAX_TEXT], metric[64];
	struct sh_sample_writer w;
	double v;

	snprintf(path, sizeof(path), CLASS "/%.64s", name);
	if (!sh_collect_names(c, &files, path, NULL))
		return;
	sh_collect_begin(c, &w, "power_supply", name, name, NULL, NULL);
	sh_sample_group(&w, "power");
	for (size_t i = 0; i < files.n; i++)
		for (size_t j = 0; j < sizeof(number) / sizeof(*number); j++) {
			if (strcmp(files.name[i], number[j].file) != 0 ||
			    !sh_kv_number(c->root, &v, "%s/%s", path, files.name[i]))
				continue;
			snprintf(metric, sizeof(metric), "supply_%s", number[j].name);
			sh_sample_number(&w, metric, v / number[j].unit);
		}
	sh_sample_end(&w);
}

int sh_collect_power(struct sh_collect *c, struct sh_error *err)
{
	SH_CLEANUP_NAMES struct sh_kv_names names = { 0 };

	(void)err;
	if (c->discard || !sh_collect_class(c, &names, CLASS, NULL))
		return 0;
	for (size_t i = 0; i < names.n; i++) {
		if (!sh_collect_wants(c, names.name[i]))
			continue;
		write_health(c, names.name[i]);
		if (!c->detail)
			continue;
		write_info(c, names.name[i]);
		write_numbers(c, names.name[i]);
	}
	return 0;
}

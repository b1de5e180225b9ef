/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <fcntl.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "collect/host/hwmon.h"
#include "collect/host/kv.h"
#include "collect/table.h"

#define CLASS "sys/class/hwmon"

struct chip {
	int dir;                       /* its files; owned */
	char own[SH_HWMON_NAME];       /* "coretemp", "" */
	char name[2 * SH_HWMON_NAME];
};

static bool open_chip(struct sh_collect *c, const char *name, struct chip *k)
{
	char path[sizeof(CLASS) + NAME_MAX + 1];

	snprintf(path, sizeof(path), CLASS "/%s", name);
	k->dir = openat(c->root, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (k->dir < 0)
		return false;
	if (!sh_kv_text(k->dir, k->own, sizeof(k->own), "name"))
		*k->own = '\0';
	sh_hwmon_chip(k->dir, name, k->own, k->name, sizeof(k->name));
	return sh_collect_wants(c, k->name);
}

/* The kind of sensor that operators watch. */
static const struct {
	const char *type, *group, *value;
	double divisor;
	const char *input, *other; /* files of the value; OTHER where INPUT is missing */
} kind[] = {
	{ "temp", "temperature", "celsius", 1000, "input", NULL },
	{ "fan", "fan", "rpm", 1, "input", NULL },
	{ "power", "power", "watts", 1e6, "input", "average" },
};

#define KINDS (sizeof(kind) / sizeof(*kind))

static double read_property(const struct chip *k, const char *sensor, const char *property,
			    double divisor)
{
	double v;

	return sh_kv_number(k->dir, &v, "%s_%s", sensor, property) ? v / divisor : (double)NAN;
}

static bool has(const struct sh_kv_names *names, const char *sensor, const char *property)
{
	char file[SH_HWMON_NAME];

	snprintf(file, sizeof(file), "%.64s_%.32s", sensor, property);
	for (size_t i = 0; i < names->n; i++)
		if (!strcmp(names->name[i], file))
			return true;
	return false;
}

static void write_limits(const struct chip *k, const struct sh_kv_names *names, const char *sensor,
			 struct sh_sample_writer *w)
{
	static const struct { const char *property, *name; } limit[] = {
		{ "max", "high_celsius" }, { "crit", "critical_celsius" },
	};

	for (size_t i = 0; i < 2; i++)
		if (has(names, sensor, limit[i].property))
			sh_sample_number(w, limit[i].name,
					 read_property(k, sensor, limit[i].property, 1000));
}

static void write_flags(const struct chip *k, const struct sh_kv_names *names, const char *sensor,
			struct sh_sample_writer *w)
{
	static const char *const flag[] = { "alarm", "crit_alarm", "fault" };

	for (size_t i = 0; i < 3; i++)
		if (has(names, sensor, flag[i]))
			sh_sample_number(w, flag[i], read_property(k, sensor, flag[i], 1));
}

static void write_sensor(struct sh_collect *c, const struct chip *k, const struct sh_kv_names *names,
			 const struct sh_hwmon_file *f, size_t of_kind)
{
	const char *dims[] = { "sensor", f->sensor, NULL };
	const char *labels[] = { "chip", k->own, "label", NULL, NULL };
	double v = read_property(k, f->sensor, f->property, kind[of_kind].divisor);
	struct sh_sample_writer w;
	char label[SH_HWMON_NAME];

	/* A faulty or absent sensor cannot be read; its flags can. */
	if (has(names, f->sensor, "label") &&
	    sh_kv_text(k->dir, label, sizeof(label), "%s_label", f->sensor))
		labels[3] = label;
	else
		labels[2] = NULL;
	sh_collect_begin(c, &w, "chip", k->name, k->name, dims, *k->own ? labels : labels + 2);
	sh_sample_group(&w, kind[of_kind].group);
	sh_sample_number(&w, kind[of_kind].value, v);
	if (!strcmp(kind[of_kind].type, "temp"))
		write_limits(k, names, f->sensor, &w);
	write_flags(k, names, f->sensor, &w);
	sh_sample_end(&w);
}

static void write_health(struct sh_collect *c, const struct chip *k, const struct sh_kv_names *names)
{
	struct sh_hwmon_file f;

	for (size_t i = 0; i < names->n; i++) {
		if (!sh_hwmon_parse(names->name[i], &f))
			continue;
		for (size_t j = 0; j < KINDS; j++) {
			if (!sh_span_is(f.type, kind[j].type))
				continue;
			if (!strcmp(f.property, kind[j].input) ||
			    (kind[j].other && !strcmp(f.property, kind[j].other) &&
			     !has(names, f.sensor, kind[j].input)))
				write_sensor(c, k, names, &f, j);
		}
	}
}

static bool is_in(const struct sh_kv_names *names, const char *file)
{
	for (size_t i = 0; i < names->n; i++)
		if (!strcmp(names->name[i], file))
			return true;
	return false;
}

/* One file of a sensor, under the name that node_exporter gives it. */
static void write_file(struct sh_collect *c, const struct chip *k, const struct sh_kv_names *names,
		       const char *dir, const char *file)
{
	char metric[2 * SH_HWMON_NAME], label[SH_HWMON_NAME], clean[SH_HWMON_NAME];
	const char *dims[] = { "sensor", NULL, NULL, NULL, NULL };
	struct sh_hwmon_file f;
	double v, divisor;

	if (!sh_hwmon_parse(file, &f))
		return;
	dims[1] = f.sensor;
	if (!strcmp(f.property, "label")) {
		if (!sh_kv_text(k->dir, label, sizeof(label), "%s/%s", dir, file))
			return;
		dims[2] = "label";
		dims[3] = label;
		sh_collect_number(c, "chip", k->name, dims, NULL, "hwmon", "sensor_label", 1);
		return;
	}
	/* The frequencies of graphics are known by their labels only. */
	if (sh_span_is(f.type, "freq") && !strcmp(f.property, "input")) {
		if (!sh_kv_text(k->dir, label, sizeof(label), "%s/%s_label", dir, f.sensor))
			return;
		sh_hwmon_clean(label, clean, sizeof(clean));
		dims[1] = clean;
	}
	if (sh_hwmon_metric(&f, is_in(names, f.sensor), metric, sizeof(metric), &divisor) &&
	    sh_kv_number(k->dir, &v, "%s/%s", dir, file))
		sh_collect_number(c, "chip", k->name, dims, NULL, "hwmon", metric, v / divisor);
}

static void write_files(struct sh_collect *c, const struct chip *k, const char *dir)
{
	SH_CLEANUP_NAMES struct sh_kv_names names = { 0 };

	if (sh_kv_names_read(&names, k->dir, dir, NULL))
		for (size_t i = 0; i < names.n; i++)
			write_file(c, k, &names, dir, names.name[i]);
}

static void write_detail(struct sh_collect *c, const struct chip *k)
{
	char clean[SH_HWMON_NAME];

	sh_hwmon_clean(k->own, clean, sizeof(clean));
	if (*clean)
		sh_collect_number(c, "chip", k->name, (const char *[]){ "chip_name", clean, NULL },
				  NULL, "hwmon", "chip_names", 1);
	write_files(c, k, ".");
	/* Old drivers have their files there. */
	write_files(c, k, "device");
}

static void look_at(struct sh_collect *c, const struct chip *k)
{
	SH_CLEANUP_NAMES struct sh_kv_names names = { 0 };

	if (!sh_kv_names_read(&names, k->dir, ".", NULL))
		return;
	write_health(c, k, &names);
	if (c->detail)
		write_detail(c, k);
}

int sh_collect_hwmon(struct sh_collect *c, struct sh_error *err)
{
	SH_CLEANUP_NAMES struct sh_kv_names chips = { 0 };
	struct chip k;

	(void)err;
	if (c->discard || !sh_collect_class(c, &chips, CLASS, "hwmon"))
		return 0;
	for (size_t i = 0; i < chips.n; i++) {
		if (open_chip(c, chips.name[i], &k))
			look_at(c, &k);
		if (k.dir >= 0)
			close(k.dir);
	}
	return 0;
}

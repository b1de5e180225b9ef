/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "collect/host/hwmon.h"

#include <ctype.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "collect/host/kv.h"

static const char *const types[] = {
	"beep_enable", "cpu", "curr", "energy", "fan", "freq", "humidity", "in", "intrusion",
	"power", "pwm", "temp", "update_interval", "vrm", NULL,
};

static bool is_type(struct sh_span s)
{
	for (const char *const *t = types; *t; t++)
		if (sh_span_is(s, *t))
			return true;
	return false;
}

bool sh_hwmon_parse(const char *name, struct sh_hwmon_file *out)
{
	size_t type = strcspn(name, "0123456789");
	size_t number = strspn(name + type, "0123456789");
	const char *rest = name + type + number;
	int n;

	/* Without a number the property is cut at an underscore, unless all of it is a type. */
	if (!number && !is_type((struct sh_span){ name, type })) {
		const char *cut = strchr(name, '_');

		if (!cut)
			return false;
		type = (size_t)(cut - name);
		rest = cut;
	}
	if (number > 9 || (*rest && *rest != '_') || !is_type((struct sh_span){ name, type }))
		return false;
	out->type = (struct sh_span){ name, type };
	out->property = *rest ? rest + 1 : "";
	n = snprintf(out->sensor, sizeof(out->sensor), "%.*s%.*s", (int)type, name,
		     number ? (int)number : 1, number ? name + type : "0");
	return n > 0 && (size_t)n < sizeof(out->sensor);
}

void sh_hwmon_clean(const char *s, char *out, size_t size)
{
	size_t n = 0;

	for (; *s && n + 1 < size; s++) {
		char c = (char)tolower((unsigned char)*s);
		bool good = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == ':';

		if (good || n)
			out[n++] = good ? c : '_';
	}
	while (n && out[n - 1] == '_')
		n--;
	out[n] = '\0';
}

/* The last two parts of the real path of the chip's device. */
static bool device_name(int dir, char *out, size_t size)
{
	char path[64], real[PATH_MAX], bus[SH_HWMON_NAME], device[SH_HWMON_NAME], *cut;
	SH_CLEANUP_FD int fd = -1;
	ssize_t n;

	fd = openat(dir, "device", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return false;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	n = readlink(path, real, sizeof(real) - 1);
	if (n <= 0)
		return false;
	real[n] = '\0';
	cut = strrchr(real, '/');
	if (!cut)
		return false;
	*cut = '\0';
	sh_hwmon_clean(cut + 1, device, sizeof(device));
	cut = strrchr(real, '/');
	sh_hwmon_clean(cut ? cut + 1 : "", bus, sizeof(bus));
	snprintf(out, size, "%s%s%s", bus, *bus && *device ? "_" : "", device);
	return *device != '\0';
}

static size_t count_chips(int dir)
{
	SH_CLEANUP_NAMES struct sh_kv_names names = { 0 };

	return sh_kv_names_read(&names, dir, "device/hwmon", "hwmon") ? names.n : 0;
}

void sh_hwmon_chip(int dir, const char *numbered, const char *own, char *out, size_t size)
{
	char device[2 * SH_HWMON_NAME], clean[SH_HWMON_NAME];

	sh_hwmon_clean(own, clean, sizeof(clean));
	if (!device_name(dir, device, sizeof(device)))
		snprintf(out, size, "%s", *clean ? clean : numbered);
	else if (*clean && count_chips(dir) > 1)
		snprintf(out, size, "%.127s_%.127s", device, clean);
	else
		snprintf(out, size, "%s", device);
}

/* By the kernel's units: thousandths, but millionths of watts and joules, and of hertz nothing. */
static const struct {
	const char *type, *property; /* NULL: every other */
	const char *unit;            /* appended to the name */
	double divisor;
} unit[] = {
	{ "vrm", NULL, "", 1 },
	{ "in", NULL, "_volts", 1000 }, { "cpu", NULL, "_volts", 1000 },
	{ "temp", "type", "", 1 }, { "temp", NULL, "_celsius", 1000 },
	{ "curr", NULL, "_amps", 1000 },
	{ "energy", NULL, "_joule_total", 1e6 },
	{ "power", "accuracy", "", 1e6 }, { "power", "average_interval", "_seconds", 1000 },
	{ "power", "average_interval_min", "_seconds", 1000 },
	{ "power", "average_interval_max", "_seconds", 1000 }, { "power", NULL, "_watt", 1e6 },
	{ "humidity", NULL, "", 1e6 },
	{ "fan", "input", "_rpm", 1 }, { "fan", "min", "_rpm", 1 }, { "fan", "max", "_rpm", 1 },
	{ "fan", "target", "_rpm", 1 }, { "freq", "input", "_freq_mhz", 1e6 },
};

static void find_unit(const struct sh_hwmon_file *f, const char **suffix, double *divisor)
{
	*suffix = "";
	*divisor = 1;
	if (!strcmp(f->property, "fault") || !strcmp(f->property, "alarm"))
		return;
	if (!strcmp(f->property, "beep")) {
		*suffix = "_enabled";
		return;
	}
	for (size_t i = 0; i < sizeof(unit) / sizeof(*unit); i++)
		if (sh_span_is(f->type, unit[i].type) &&
		    (!unit[i].property || !strcmp(f->property, unit[i].property))) {
			*suffix = unit[i].unit;
			*divisor = unit[i].divisor;
			return;
		}
}

bool sh_hwmon_metric(const struct sh_hwmon_file *f, bool has_bare, char *out, size_t size,
		     double *divisor)
{
	char property[SH_HWMON_NAME];
	const char *suffix;
	int n;

	if (!strcmp(f->property, "label"))
		return false;
	if (sh_span_is(f->type, "beep_enable") || sh_span_is(f->type, "vrm") ||
	    sh_span_is(f->type, "update_interval")) {
		bool ms = sh_span_is(f->type, "update_interval");

		if (*f->property)
			return false;
		*divisor = ms ? 1000 : 1;
		snprintf(out, size, "%s", ms ? "update_interval_seconds" :
			 sh_span_is(f->type, "vrm") ? "voltage_regulator_version" : "beep_enabled");
		return true;
	}
	find_unit(f, &suffix, divisor);
	sh_hwmon_clean(f->property, property, sizeof(property));
	/* "input" is the value itself, unless a file without property is. */
	if (!strcmp(property, "input") && !has_bare)
		*property = '\0';
	n = snprintf(out, size, "%.*s%s%s%s", (int)f->type.len, f->type.p, *property ? "_" : "",
		     property, suffix);
	return n > 0 && (size_t)n < size;
}

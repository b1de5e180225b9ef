/* SPDX-License-Identifier: MIT */
/*
 * hwmon - the sensors of one chip (Documentation/hwmon/sysfs-interface.rst)
 *
 * A file "temp1_input" is property "input" of sensor "temp1". The name of a chip
 * comes from its device, because the numbers of hwmon7 change with every boot.
 */
#ifndef SH_COLLECT_HWMON_H
#define SH_COLLECT_HWMON_H

#include <stdbool.h>
#include <stddef.h>

#include "base/span.h"

#define SH_HWMON_NAME 128

struct sh_hwmon_file {
	struct sh_span type;           /* "temp"; of the file's name */
	char sensor[SH_HWMON_NAME];    /* "temp1"; what has no number has 0 */
	const char *property;          /* "input", "" */
};

/* Whether the file's name is one of a sensor's. */
bool sh_hwmon_parse(const char *name, struct sh_hwmon_file *out);
/* Lower-case letters, digits, ":" and "_"; the rest becomes "_", and none of it at either end. */
void sh_hwmon_clean(const char *s, char *out, size_t size);
/*
 * The chip in the directory DIR, which is called NUMBERED ("hwmon7"): bus and
 * device, with the chip's own name where its device has several; without a
 * device its own name, or else that of the directory.
 */
void sh_hwmon_chip(int dir, const char *numbered, const char *own, char *out, size_t size);

/*
 * What node_exporter calls the property of a sensor, and by what its number is
 * divided; false for what has no number. LABEL of the sensor may be "".
 */
bool sh_hwmon_metric(const struct sh_hwmon_file *f, bool has_bare, char *out, size_t size,
		     double *divisor);

#endif

/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "collect/out/unit.h"

#include <stddef.h>
#include <string.h>

enum measure { COUNT, BYTES, TIME, SHARE };

struct unit {
	const char *name;
	enum measure measure;
	double size; /* in the first of its measure */
};

static const struct unit units[] = {
	{ "", COUNT, 1 },        { "count", COUNT, 1 },  { "k", COUNT, 1e3 },    { "M", COUNT, 1e6 },
	{ "bytes", BYTES, 1 },   { "B", BYTES, 1 },      { "kB", BYTES, 1e3 },   { "MB", BYTES, 1e6 },
	{ "GB", BYTES, 1e9 },    { "TB", BYTES, 1e12 },  { "KiB", BYTES, 0x1p10 }, { "MiB", BYTES, 0x1p20 },
	{ "GiB", BYTES, 0x1p30 }, { "TiB", BYTES, 0x1p40 }, { "bit", BYTES, 1.0 / 8 }, { "kbit", BYTES, 1e3 / 8 },
	{ "Mbit", BYTES, 1e6 / 8 }, { "Gbit", BYTES, 1e9 / 8 },
	{ "s", TIME, 1 },        { "ms", TIME, 1e-3 },   { "us", TIME, 1e-6 },   { "ns", TIME, 1e-9 },
	{ "min", TIME, 60 },     { "h", TIME, 3600 },    { "d", TIME, 86400 },
	{ "ratio", SHARE, 1 },   { "%", SHARE, 1e-2 },
};

static const struct unit *find(const char *name, size_t len)
{
	for (size_t i = 0; i < sizeof(units) / sizeof(*units); i++)
		if (strlen(units[i].name) == len && !memcmp(units[i].name, name, len))
			return &units[i];
	return NULL;
}

/* "MiB/s": the unit, and the seconds it is counted in, 0 none. */
static const struct unit *parse(const char *text, double *per)
{
	const char *slash = strchr(text, '/');
	const struct unit *time = slash ? find(slash + 1, strlen(slash + 1)) : NULL;

	*per = 0;
	if (!slash)
		return *text ? find(text, strlen(text)) : NULL;
	if (!time || time->measure != TIME)
		return NULL;
	*per = time->size;
	return find(text, (size_t)(slash - text));
}

bool sh_unit_factor(const char *from, const char *to, double *factor)
{
	double per_from, per_to;
	const struct unit *a = parse(from, &per_from), *b = parse(to, &per_to);

	if (!a || !b || a->measure != b->measure || (per_from > 0) != (per_to > 0))
		return false;
	*factor = a->size / b->size;
	if (per_from > 0)
		*factor *= per_to / per_from;
	return true;
}

/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "base/zone.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/zone_rule.h"

#define MAX_FILE (1 << 20)
#define HEADER	 44

struct sh_zone {
	int64_t *at;     /* when each change happens, rising */
	int32_t *offset; /* from then on */
	size_t n;
	int32_t first;   /* before all changes */
	struct sh_zone_rule rule; /* after them */
	bool has_rule;
};

static int64_t big_endian(const unsigned char *p, size_t n)
{
	uint64_t v = p[0] & 0x80 ? ~UINT64_C(0) : 0;

	while (n--)
		v = v << 8 | *p++;
	return (int64_t)v;
}

/* The counts of a header, in the order of the file. */
struct counts {
	size_t utc, standard, leap, time, type, chars;
};

static bool read_counts(const unsigned char *p, size_t len, struct counts *c)
{
	if (len < HEADER || memcmp(p, "TZif", 4) != 0)
		return false;
	c->utc = (size_t)big_endian(p + 20, 4);
	c->standard = (size_t)big_endian(p + 24, 4);
	c->leap = (size_t)big_endian(p + 28, 4);
	c->time = (size_t)big_endian(p + 32, 4);
	c->type = (size_t)big_endian(p + 36, 4);
	c->chars = (size_t)big_endian(p + 40, 4);
	return c->utc <= MAX_FILE && c->standard <= MAX_FILE && c->leap <= MAX_FILE &&
	       c->time <= MAX_FILE && c->type <= MAX_FILE && c->chars <= MAX_FILE && c->type > 0;
}

/* Of the data behind a header whose times take WIDTH bytes. */
static size_t data_size(const struct counts *c, size_t width)
{
	return c->time * width + c->time + c->type * 6 + c->chars + c->leap * (width + 4) +
	       c->standard + c->utc;
}

static bool read_changes(struct sh_zone *z, const unsigned char *p, const struct counts *c)
{
	const unsigned char *kind = p + c->time * 8, *type = kind + c->time;

	z->at = sh_calloc(c->time + 1, sizeof(*z->at));
	z->offset = sh_calloc(c->time + 1, sizeof(*z->offset));
	z->first = (int32_t)big_endian(type, 4);
	for (z->n = 0; z->n < c->time; z->n++) {
		if (kind[z->n] >= c->type)
			return false;
		z->at[z->n] = big_endian(p + z->n * 8, 8);
		z->offset[z->n] = (int32_t)big_endian(type + 6 * (size_t)kind[z->n], 4);
	}
	return true;
}

static bool read_zone(struct sh_zone *z, const unsigned char *p, size_t len)
{
	struct counts c;
	size_t skip;

	if (!read_counts(p, len, &c) || p[4] < '2')
		return false;
	skip = HEADER + data_size(&c, 4); /* of the first version: times of 32 bits */
	if (len < skip || !read_counts(p + skip, len - skip, &c))
		return false;
	p += skip + HEADER;
	len -= skip + HEADER;
	if (len < data_size(&c, 8) || !read_changes(z, p, &c))
		return false;
	skip = data_size(&c, 8);
	z->has_rule = len > skip + 1 && p[skip] == '\n' &&
		      sh_zone_rule_parse(&z->rule, (const char *)p + skip + 1, len - skip - 1);
	return true;
}

/* A path below the directory of zones, and nothing else. */
static bool is_name(const char *name)
{
	return *name && strlen(name) < 64 && *name != '/' && !strstr(name, "..") &&
	       strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_+-/") ==
		       strlen(name);
}

int sh_zone_open(struct sh_zone **out, const char *name, struct sh_error *err)
{
	const char *dir = getenv("TZDIR");
	SH_CLEANUP_FREE char *path = sh_asprintf("%s/%s", dir ? dir : ZONEINFO_DIR, name);
	SH_CLEANUP_BUF struct sh_buf file = SH_BUF_INIT;
	struct sh_error ignored = SH_ERROR_INIT;
	struct sh_zone *z = sh_calloc(1, sizeof(*z));

	*out = z;
	if (!strcmp(name, "UTC"))
		return 0;
	if (is_name(name) && sh_file_read(AT_FDCWD, path, MAX_FILE, &file, &ignored) == 0 &&
	    read_zone(z, (const unsigned char *)sh_buf_str(&file), file.len))
		return 0;
	sh_zone_free(z);
	*out = NULL;
	return sh_error_set(err, SH_ERRC_CONFIG, "'%.64s' is no time zone that this system knows", name);
}

void sh_zone_free(struct sh_zone *z)
{
	if (!z)
		return;
	free(z->at);
	free(z->offset);
	free(z);
}

/* How many changes of the table are at T or before. */
static size_t passed(const struct sh_zone *z, int64_t t)
{
	size_t low = 0, high = z->n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (z->at[middle] <= t)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static bool is_ruled(const struct sh_zone *z, int64_t t)
{
	return z->has_rule && (!z->n || t >= z->at[z->n - 1]);
}

int32_t sh_zone_offset(const struct sh_zone *z, int64_t t)
{
	size_t n;

	if (is_ruled(z, t))
		return sh_zone_rule_offset(&z->rule, t);
	n = passed(z, t);
	return n ? z->offset[n - 1] : z->first;
}

/* Some rows of a table change the name alone. */
static bool is_change(const struct sh_zone *z, size_t i)
{
	return z->offset[i] != (i ? z->offset[i - 1] : z->first);
}

int64_t sh_zone_next_change(const struct sh_zone *z, int64_t t)
{
	for (size_t i = passed(z, t); i < z->n; i++)
		if (is_change(z, i))
			return z->at[i];
	if (!z->has_rule)
		return INT64_MAX;
	return sh_zone_rule_next_change(&z->rule, z->n && t < z->at[z->n - 1] ? z->at[z->n - 1] : t);
}

int64_t sh_zone_last_change(const struct sh_zone *z, int64_t t)
{
	if (is_ruled(z, t)) {
		int64_t ruled = sh_zone_rule_last_change(&z->rule, t);

		if (!z->n || ruled > z->at[z->n - 1])
			return ruled;
	}
	for (size_t i = passed(z, t); i-- > 0;)
		if (is_change(z, i))
			return z->at[i];
	return INT64_MIN;
}

void sh_zone_local_name(char *out, size_t len)
{
	const char *tz = getenv("TZ"), *name = tz;
	char link[256] = "";

	if (tz && *tz == ':')
		name = ++tz;
	if (!tz) {
		ssize_t n = readlink("/etc/localtime", link, sizeof(link) - 1);

		name = n > 0 ? strstr(link, "zoneinfo/") : NULL;
		name = name ? name + strlen("zoneinfo/") : NULL;
	}
	snprintf(out, len, "%s", name && *name ? name : "UTC");
}

int64_t sh_zone_instant(const struct sh_zone *z, int64_t local, bool later)
{
	int32_t before = sh_zone_offset(z, local - 86400), after = sh_zone_offset(z, local + 86400);
	int64_t first = local - before, second = local - after;
	bool first_is = sh_zone_offset(z, first) == before;

	if (sh_zone_offset(z, second) == after && (!first_is || later))
		return second;
	return first;
}

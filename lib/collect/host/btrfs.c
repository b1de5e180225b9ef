/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "collect/host/kv.h"
#include "collect/table.h"
#include "collect/text.h"

#define CLASS "sys/fs/btrfs"
#define SECTOR 512
#define MAX_TEXT 256
#define TYPES 3
#define UUID_TEXT 36

static const char *const group_type[TYPES] = { "data", "metadata", "system" };

/* One file system at work. */
struct fs {
	const char *dir;  /* name below sys/fs/btrfs */
	char uuid[64], label[MAX_TEXT];
	size_t devices;
	double size;      /* of all devices; NaN when one does not say */
	double allocated; /* on them, for data of any kind; NaN: not said */
};

static double read_type(struct sh_collect *c, const struct fs *f, int type, const char *file)
{
	double v;

	return sh_kv_number(c->root, &v, CLASS "/%s/allocation/%s/%s", f->dir, group_type[type],
			    file) ? v : (double)NAN;
}

static void look_at_devices(struct sh_collect *c, struct fs *f)
{
	SH_CLEANUP_NAMES struct sh_kv_names names = { 0 };
	char path[MAX_TEXT];
	double v;

	snprintf(path, sizeof(path), CLASS "/%.64s/devices", f->dir);
	if (!sh_collect_names(c, &names, path, NULL))
		return;
	f->devices = names.n;
	for (size_t i = 0; i < names.n; i++) {
		const char *dims[] = { "device", names.name[i], NULL };

		if (!sh_kv_number(c->root, &v, "%s/%s/size", path, names.name[i])) {
			f->size = (double)NAN;
			continue;
		}
		f->size += v * SECTOR;
		if (c->detail)
			sh_collect_number(c, "btrfs", f->uuid, dims, NULL, "btrfs",
					  "device_size_bytes", v * SECTOR);
	}
}

/* "write_errs 0" and so on, since the counters were set to 0; NaN where none is told. */
static double sum_errors(struct sh_span text)
{
	struct sh_span key, value;
	double sum = 0;
	uint64_t v;
	int found = 0;

	while (sh_kv_line(&text, &key, &value))
		if (sh_text_u64(value, &v)) {
			sum += (double)v;
			found++;
		}
	return found ? sum : (double)NAN;
}

/* Kernels since 5.14 tell the errors of each device. */
static void read_errors(struct sh_collect *c, const struct fs *f, double *missing, double *errors)
{
	SH_CLEANUP_NAMES struct sh_kv_names names = { 0 };
	struct sh_error gone = SH_ERROR_INIT;
	char path[2 * MAX_TEXT];
	double v, all_missing = 0, all_errors = 0;

	*missing = *errors = (double)NAN;
	snprintf(path, sizeof(path), CLASS "/%.64s/devinfo", f->dir);
	if (!sh_collect_names(c, &names, path, NULL))
		return;
	for (size_t i = 0; i < names.n; i++) {
		if (!sh_kv_number(c->root, &v, CLASS "/%s/devinfo/%s/missing", f->dir, names.name[i]))
			v = (double)NAN;
		all_missing += v;
		if (v > 0)
			continue; /* and its errors are gone with it */
		snprintf(path, sizeof(path), CLASS "/%.64s/devinfo/%.64s/error_stats", f->dir,
			 names.name[i]);
		v = (double)NAN;
		if (sh_collect_read(c, path, &gone) == 0)
			v = sum_errors(sh_text_of(&c->text));
		all_errors += v;
		sh_error_clear(&gone);
	}
	/* Of a device that says nothing of itself nothing is known, so neither of all. */
	*missing = names.n ? all_missing : (double)NAN;
	*errors = names.n ? all_errors : (double)NAN;
}

static double percent(double part, double whole)
{
	return whole > 0 ? 100 * part / whole : (double)NAN;
}

static void write_health(struct sh_collect *c, const struct fs *f)
{
	const char *labels[] = { "label", f->label, NULL };
	double allocated = 0, missing, errors;
	struct sh_sample_writer w;

	for (int i = 0; i < TYPES; i++)
		allocated += read_type(c, f, i, "disk_total");
	read_errors(c, f, &missing, &errors);
	sh_collect_begin(c, &w, "btrfs", f->uuid, f->uuid, NULL, *f->label ? labels : NULL);
	sh_sample_group(&w, "btrfs");
	sh_sample_number(&w, "allocated", percent(allocated, f->size));
	sh_sample_number(&w, "data_usage", percent(read_type(c, f, 0, "bytes_used"),
						   read_type(c, f, 0, "total_bytes")));
	sh_sample_number(&w, "metadata_usage", percent(read_type(c, f, 1, "bytes_used"),
						       read_type(c, f, 1, "total_bytes")));
	sh_sample_number(&w, "devices_missing", missing);
	sh_sample_number(&w, "device_errors", errors);
	sh_sample_end(&w);
}

/* Bytes on disk for a byte of data. */
static double ratio(const struct fs *f, const char *mode)
{
	static const struct { const char *mode; double copies; } fixed[] = {
		{ "single", 1 }, { "raid0", 1 }, { "dup", 2 }, { "raid1", 2 }, { "raid10", 2 },
		{ "raid1c3", 3 }, { "raid1c4", 4 },
	};
	size_t parity = !strcmp(mode, "raid5") ? 1 : !strcmp(mode, "raid6") ? 2 : 0;

	for (size_t i = 0; i < sizeof(fixed) / sizeof(*fixed); i++)
		if (!strcmp(mode, fixed[i].mode))
			return fixed[i].copies;
	return parity && f->devices > parity ? (double)f->devices / (double)(f->devices - parity) :
					       (double)NAN;
}

static void write_mode(struct sh_collect *c, const struct fs *f, int type, const char *mode)
{
	const char *dims[] = { "block_group_type", group_type[type], "mode", mode, NULL };
	struct sh_sample_writer w;
	double size, used;

	/* A directory with these files is a profile, anything else is not. */
	if (!sh_kv_number(c->root, &size, CLASS "/%s/allocation/%s/%s/total_bytes", f->dir,
			  group_type[type], mode) ||
	    !sh_kv_number(c->root, &used, CLASS "/%s/allocation/%s/%s/used_bytes", f->dir,
			  group_type[type], mode))
		return;
	sh_collect_begin(c, &w, "btrfs", f->uuid, f->uuid, dims, NULL);
	sh_sample_group(&w, "btrfs");
	sh_sample_number(&w, "used_bytes", used);
	sh_sample_number(&w, "size_bytes", size);
	sh_sample_number(&w, "allocation_ratio", ratio(f, mode));
	sh_sample_end(&w);
}

static void write_type(struct sh_collect *c, const struct fs *f, int type)
{
	const char *dims[] = { "block_group_type", group_type[type], NULL };
	SH_CLEANUP_NAMES struct sh_kv_names modes = { 0 };
	char path[MAX_TEXT];

	sh_collect_number(c, "btrfs", f->uuid, dims, NULL, "btrfs", "reserved_bytes",
			  read_type(c, f, type, "bytes_reserved"));
	snprintf(path, sizeof(path), CLASS "/%.64s/allocation/%s", f->dir, group_type[type]);
	if (sh_collect_names(c, &modes, path, NULL))
		for (size_t i = 0; i < modes.n; i++)
			write_mode(c, f, type, modes.name[i]);
}

static void write_commits(struct sh_collect *c, const struct fs *f, struct sh_sample_writer *w)
{
	static const struct { const char *key, *name; double unit; } part[] = {
		{ "commits", "commits_total", 1 }, { "last_commit_ms", "last_commit_seconds", 1000 },
		{ "max_commit_ms", "max_commit_seconds", 1000 },
		{ "total_commit_ms", "commit_seconds_total", 1000 },
	};
	struct sh_span rest, key, value;
	struct sh_error gone = SH_ERROR_INIT;
	char path[MAX_TEXT];
	uint64_t v;

	/* Since Linux 6.0. */
	snprintf(path, sizeof(path), CLASS "/%.64s/commit_stats", f->dir);
	if (sh_collect_read(c, path, &gone) < 0)
		return;
	rest = sh_text_of(&c->text);
	while (sh_kv_line(&rest, &key, &value))
		for (size_t i = 0; i < 4; i++)
			if (sh_span_is(key, part[i].key) && sh_text_u64(value, &v))
				sh_sample_number(w, part[i].name, (double)v / part[i].unit);
}

static void write_detail(struct sh_collect *c, const struct fs *f)
{
	struct sh_sample_writer w;
	double v;

	sh_collect_number(c, "btrfs", f->uuid, (const char *[]){ "label", f->label, NULL }, NULL,
			  "btrfs", "info", 1);
	sh_collect_begin(c, &w, "btrfs", f->uuid, f->uuid, NULL, NULL);
	sh_sample_group(&w, "btrfs");
	if (sh_kv_number(c->root, &v, CLASS "/%s/allocation/global_rsv_size", f->dir))
		sh_sample_number(&w, "global_rsv_size_bytes", v);
	write_commits(c, f, &w);
	sh_sample_end(&w);
	for (int i = 0; i < TYPES; i++)
		write_type(c, f, i);
}

int sh_collect_btrfs(struct sh_collect *c, struct sh_error *err)
{
	SH_CLEANUP_NAMES struct sh_kv_names names = { 0 };
	bool found = false;

	(void)err;
	if (!sh_collect_class(c, &names, CLASS, NULL))
		return 0;
	for (size_t i = 0; i < names.n; i++) {
		struct fs f = { .dir = names.name[i], .label = "" };

		/* Beside the file systems there are directories of the module's own. */
		if (strlen(f.dir) != UUID_TEXT)
			continue;
		found = true;
		if (!sh_kv_text(c->root, f.uuid, sizeof(f.uuid), CLASS "/%s/metadata_uuid", f.dir))
			sh_kv_copy(sh_span_of(f.dir), f.uuid, sizeof(f.uuid));
		if (!sh_collect_wants(c, f.uuid))
			continue;
		if (!sh_kv_text(c->root, f.label, sizeof(f.label), CLASS "/%s/label", f.dir))
			*f.label = '\0';
		look_at_devices(c, &f);
		write_health(c, &f);
		if (c->detail)
			write_detail(c, &f);
	}
	if (!found)
		sh_collect_note_absent(c, CLASS);
	return 0;
}

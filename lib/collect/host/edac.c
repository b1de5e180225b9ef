/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "collect/host/kv.h"
#include "collect/table.h"

#define CONTROLLERS "sys/devices/system/edac/mc"
#define TYPE "memory_controller"
#define MAX_TEXT 128

static double read_count(struct sh_collect *c, const char *dir, const char *file)
{
	double v;

	return sh_kv_number(c->root, &v, "%s/%s", dir, file) ? v : (double)NAN;
}

static void write_controller(struct sh_collect *c, const char *dir, const char *name)
{
	double ce = read_count(c, dir, "ce_count"), ue = read_count(c, dir, "ue_count"), seconds;
	uint64_t v[2] = { ce > 0 ? (uint64_t)ce : 0, ue > 0 ? (uint64_t)ue : 0 }, d[2];
	struct sh_sample_writer w;

	if (isnan(ce) && isnan(ue))
		return;
	sh_collect_begin(c, &w, TYPE, name, name, NULL, NULL);
	sh_sample_group(&w, "edac");
	if (sh_counters_delta(c->counters, name, v, 2, d, &seconds)) {
		sh_sample_number(&w, "correctable", isnan(ce) ? ce : (double)d[0] / seconds);
		sh_sample_number(&w, "uncorrectable", isnan(ue) ? ue : (double)d[1] / seconds);
	}
	sh_sample_number(&w, "correctable_errors_total", ce);
	sh_sample_number(&w, "uncorrectable_errors_total", ue);
	sh_sample_end(&w);
}

static void write_row(struct sh_collect *c, const char *name, const char *row, double ce, double ue)
{
	struct sh_sample_writer w;

	sh_collect_begin(c, &w, TYPE, name, name, (const char *[]){ "csrow", row, NULL }, NULL);
	sh_sample_group(&w, "edac");
	sh_sample_number(&w, "csrow_correctable_errors_total", ce);
	sh_sample_number(&w, "csrow_uncorrectable_errors_total", ue);
	sh_sample_end(&w);
}

/* "mc#0csrow#1channel#0" is mc0_csrow1_channel0. */
static void tidy_label(const char *raw, char *out, size_t size)
{
	size_t n = 0;

	for (const char *p = raw; *p && n + 2 < size; p++) {
		if (n && (!strncmp(p, "csrow", 5) || !strncmp(p, "channel", 7)))
			out[n++] = '_';
		if (*p != '#')
			out[n++] = *p;
	}
	out[n] = '\0';
}

static void write_channel(struct sh_collect *c, const char *name, const char *row, const char *dir,
			  unsigned channel)
{
	char raw[MAX_TEXT], label[2 * MAX_TEXT] = "unknown", number[16];
	const char *dims[] = { "csrow", row, "channel", number, "dimm_label", label, NULL };
	struct sh_sample_writer w;
	double v;

	snprintf(number, sizeof(number), "%u", channel);
	if (sh_kv_text(c->root, raw, sizeof(raw), "%s/ch%u_dimm_label", dir, channel))
		tidy_label(raw, label, sizeof(label));
	sh_collect_begin(c, &w, TYPE, name, name, dims, NULL);
	sh_sample_group(&w, "edac");
	if (sh_kv_number(c->root, &v, "%s/ch%u_ce_count", dir, channel))
		sh_sample_number(&w, "channel_correctable_errors_total", v);
	if (sh_kv_number(c->root, &v, "%s/ch%u_ue_count", dir, channel))
		sh_sample_number(&w, "channel_uncorrectable_errors_total", v);
	sh_sample_end(&w);
}

/* The channels are those that count corrected errors: "ch0_ce_count". */
static void write_channels(struct sh_collect *c, const char *name, const char *row, const char *dir)
{
	SH_CLEANUP_NAMES struct sh_kv_names files = { 0 };
	unsigned channel;
	char rest[16];

	if (sh_collect_names(c, &files, dir, "ch"))
		for (size_t i = 0; i < files.n; i++)
			if (sscanf(files.name[i], "ch%5u%15s", &channel, rest) == 2 &&
			    !strcmp(rest, "_ce_count"))
				write_channel(c, name, row, dir, channel);
}

static void write_rows(struct sh_collect *c, const char *dir, const char *name)
{
	SH_CLEANUP_NAMES struct sh_kv_names rows = { 0 };
	char path[MAX_TEXT];

	write_row(c, name, "unknown", read_count(c, dir, "ce_noinfo_count"),
		  read_count(c, dir, "ue_noinfo_count"));
	if (!sh_collect_names(c, &rows, dir, "csrow"))
		return;
	for (size_t i = 0; i < rows.n; i++) {
		const char *row = rows.name[i] + strlen("csrow");

		snprintf(path, sizeof(path), "%.64s/%.32s", dir, rows.name[i]);
		write_row(c, name, row, read_count(c, path, "ce_count"),
			  read_count(c, path, "ue_count"));
		write_channels(c, name, row, path);
	}
}

int sh_collect_edac(struct sh_collect *c, struct sh_error *err)
{
	SH_CLEANUP_NAMES struct sh_kv_names names = { 0 };
	char dir[64];

	(void)err;
	if (!sh_collect_class(c, &names, CONTROLLERS, "mc"))
		return 0;
	for (size_t i = 0; i < names.n; i++) {
		const char *name = names.name[i] + 2;

		if (*name < '0' || *name > '9' || !sh_collect_wants(c, name))
			continue;
		snprintf(dir, sizeof(dir), CONTROLLERS "/mc%.20s", name);
		write_controller(c, dir, name);
		if (c->detail)
			write_rows(c, dir, name);
	}
	return 0;
}

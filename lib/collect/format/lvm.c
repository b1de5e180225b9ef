/* SPDX-License-Identifier: MIT */
/* `lvs`, `vgs` and `pvs` with --reportformat json (or json_std). */
#include "config.h"

#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "collect/format/document.h"
#include "collect/format/formats.h"
#include "collect/format/units.h"

/*
 * "<4.00g": lower-case units are powers of 1024, upper-case ones of 1000, and a
 * size that was rounded has a sign before it.
 */
static double size_of(const json_t *v, const char *path)
{
	static const char units[] = "bkmgtpe";
	const char *text = sh_document_text(v, path), *at;
	struct sh_span s = sh_unit_trim(sh_span_of(text));
	double base = 1024;
	char unit;

	if (!s.len)
		return sh_document_number(v, path);
	if (*s.p == '<' || *s.p == '>') {
		s.p++;
		s.len--;
	}
	if (!s.len)
		return NAN;
	unit = s.p[s.len - 1];
	if (unit >= '0' && unit <= '9')
		return sh_unit_number(s);
	if (unit >= 'A' && unit <= 'Z') {
		base = 1000;
		unit = (char)(unit + ('a' - 'A'));
	}
	at = strchr(units, unit);
	s.len--;
	return at ? sh_unit_number(s) * pow(base, (double)(at - units)) : NAN;
}

static bool flag(const char *attr, size_t at, const char *letters)
{
	return attr && strlen(attr) > at && strchr(letters, attr[at]);
}

static double flag_or_nan(const char *attr, size_t at, const char *letters)
{
	return attr && strlen(attr) > at ? flag(attr, at, letters) : NAN;
}

/*
 * How full is told of thin pools and snapshots: these cannot be written any more
 * at 100 %. A thin volume is fully allocated without any harm.
 */
static void logical(struct sh_import *in, const json_t *lv)
{
	SH_CLEANUP_BUF struct sh_buf name = SH_BUF_INIT;
	const char *vg = sh_document_text(lv, "vg_name"), *attr = sh_document_text(lv, "lv_attr");
	const char *lv_name = sh_document_text(lv, "lv_name");
	double data = sh_first_number(sh_document_numeric(lv, "data_percent"),
				      sh_document_numeric(lv, "snap_percent"));
	struct sh_sample_writer s;

	if (!lv_name)
		return;
	sh_buf_addf(&name, "%s%s%s", vg ? vg : "", vg ? "/" : "", lv_name);
	sh_document_begin(&s, in, "lv", sh_buf_str(&name), NULL, NULL);
	sh_sample_group(&s, "storage");
	if (flag(attr, 0, "tsS"))
		sh_sample_number(&s, "utilization", data);
	sh_sample_group(&s, "lv");
	sh_sample_number(&s, "size_bytes", size_of(lv, "lv_size"));
	sh_sample_number(&s, "data", data);
	sh_sample_number(&s, "metadata", sh_document_numeric(lv, "metadata_percent"));
	sh_sample_number(&s, "synchronised",
			sh_first_number(sh_document_numeric(lv, "copy_percent"),
					sh_document_numeric(lv, "sync_percent")));
	sh_sample_number(&s, "active", flag_or_nan(attr, 4, "aiSsmMX"));
	sh_sample_number(&s, "invalid", flag_or_nan(attr, 4, "IS"));
	/* partial, refresh needed, mismatches, failed, out of data or metadata space */
	sh_sample_number(&s, "unhealthy", flag_or_nan(attr, 8, "prmXFDME"));
	sh_sample_end(&s);
}

static void group(struct sh_import *in, const json_t *vg)
{
	const char *name = sh_document_text(vg, "vg_name"), *attr = sh_document_text(vg, "vg_attr");
	double size = size_of(vg, "vg_size"), free_bytes = size_of(vg, "vg_free");
	struct sh_sample_writer s;

	if (!name)
		return;
	sh_document_begin(&s, in, "vg", name, NULL, NULL);
	sh_sample_group(&s, "vg");
	sh_sample_number(&s, "size_bytes", size);
	sh_sample_number(&s, "free_bytes", free_bytes);
	sh_sample_number(&s, "allocated", sh_percent(size - free_bytes, size));
	sh_sample_number(&s, "partial", flag_or_nan(attr, 3, "p"));
	sh_sample_number(&s, "missing_devices", sh_document_numeric(vg, "vg_missing_pv_count"));
	sh_sample_number(&s, "devices", sh_document_numeric(vg, "pv_count"));
	sh_sample_number(&s, "volumes", sh_document_numeric(vg, "lv_count"));
	sh_sample_number(&s, "snapshots", sh_document_numeric(vg, "snap_count"));
	sh_sample_end(&s);
}

static void physical(struct sh_import *in, const json_t *pv)
{
	const char *name = sh_document_text(pv, "pv_name"), *attr = sh_document_text(pv, "pv_attr");
	double size = size_of(pv, "pv_size"), free_bytes = size_of(pv, "pv_free");
	struct sh_sample_writer s;

	if (!name)
		return;
	sh_document_begin(&s, in, "pv", name, NULL, NULL);
	sh_sample_group(&s, "pv");
	sh_sample_number(&s, "size_bytes", size);
	sh_sample_number(&s, "free_bytes", free_bytes);
	sh_sample_number(&s, "allocated", sh_percent(size - free_bytes, size));
	sh_sample_number(&s, "missing", flag_or_nan(attr, 2, "m"));
	sh_sample_end(&s);
}

/* A volume is in its group, the group on its devices; both of which one row may name. */
static void link_volume(struct sh_import *in, const json_t *row)
{
	const char *vg = sh_document_text(row, "vg_name"), *lv = sh_document_text(row, "lv_name");
	const char *pv = sh_document_text(row, "pv_name");
	SH_CLEANUP_FREE char *both = vg && lv ? sh_asprintf("%s/%s", vg, lv) : NULL;
	SH_CLEANUP_FREE char *volume = both ? sh_import_name(in, "lv", both) : NULL;
	SH_CLEANUP_FREE char *group = vg ? sh_import_name(in, "vg", vg) : NULL;
	SH_CLEANUP_FREE char *device = pv ? sh_import_name(in, "pv", pv) : NULL;
	SH_CLEANUP_FREE char *disk = NULL;

	sh_import_link(in, volume, "stores_on", group);
	sh_import_link(in, group, "stores_on", device);
	/* A name of the kernel's, not one that stands for another. */
	if (!pv || strncmp(pv, "/dev/", 5) != 0 || strchr(pv + 5, '/'))
		return;
	disk = sh_import_name(in, "disk", pv + 5);
	sh_import_link(in, device, "stores_on", disk);
}

static const struct {
	const char *section;
	void (*convert)(struct sh_import *in, const json_t *row);
} sections[] = {
	{ "lv", logical },
	{ "vg", group },
	{ "pv", physical },
};

static void convert_row(struct sh_import *in, size_t section, const json_t *row)
{
	sections[section].convert(in, row);
	link_volume(in, row);
}

static bool convert(struct sh_import *in, const json_t *doc)
{
	const json_t *reports = sh_document_at(doc, "report");
	size_t i, r;
	json_t *report, *row;

	if (!json_is_array(reports))
		return false;
	json_array_foreach(reports, i, report)
		for (size_t k = 0; k < sizeof(sections) / sizeof(sections[0]); k++)
			json_array_foreach(sh_document_at(report, sections[k].section), r, row)
				convert_row(in, k, row);
	return true;
}

int sh_format_lvm(struct sh_import *in, struct sh_span text, struct sh_error *err)
{
	return sh_document_each(in, text, convert, err);
}

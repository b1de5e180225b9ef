/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "collect/host/diskinfo.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "collect/host/kv.h"
#include "collect/text.h"

#define MAX_FILE ((size_t)256 << 10)
#define MAX_TEXT 128
#define MAX_LABELS 8

/* A label and the properties of udev that it may come from: the first that says something. */
struct property {
	const char *label;
	const char *name[3];
};

static const struct property identity[] = {
	{ "path", { "ID_PATH" } },
	{ "wwn", { "ID_WWN" } },
	{ "model", { "ID_MODEL" } },
	{ "serial", { "SCSI_IDENT_SERIAL", "ID_SERIAL_SHORT", "ID_SERIAL" } },
	{ "revision", { "ID_REVISION" } },
	{ NULL, { NULL } },
};

static const struct property filesystem[] = {
	{ "type", { "ID_FS_TYPE" } },
	{ "usage", { "ID_FS_USAGE" } },
	{ "uuid", { "ID_FS_UUID" } },
	{ "version", { "ID_FS_VERSION" } },
	{ NULL, { NULL } },
};

static const struct property mapper[] = {
	{ "name", { "DM_NAME" } },
	{ "uuid", { "DM_UUID" } },
	{ "vg_name", { "DM_VG_NAME" } },
	{ "lv_name", { "DM_LV_NAME" } },
	{ "lv_layer", { "DM_LV_LAYER" } },
	{ NULL, { NULL } },
};

/* Lines "E:NAME=VALUE" are the properties. */
static struct sh_span find(struct sh_span rest, const char *name)
{
	struct sh_span line, value;

	while (sh_text_line(&rest, &line)) {
		value = sh_text_after(sh_text_after(line, "E:"), name);
		if (value.len && *value.p == '=')
			return (struct sh_span){ value.p + 1, value.len - 1 };
	}
	return SH_SPAN_NONE;
}

struct labels {
	const char *pair[2 * MAX_LABELS + 1];
	char text[MAX_LABELS][MAX_TEXT];
	size_t n;
};

static void add(struct labels *l, const char *name, struct sh_span value)
{
	if (!value.len || l->n == MAX_LABELS || !sh_kv_copy(value, l->text[l->n], MAX_TEXT))
		return;
	l->pair[2 * l->n] = name;
	l->pair[2 * l->n + 1] = l->text[l->n];
	l->n++;
	l->pair[2 * l->n] = NULL;
}

static void add_all(struct labels *l, const struct property *p, struct sh_span udev)
{
	for (; p->label; p++) {
		struct sh_span value = SH_SPAN_NONE;

		for (size_t i = 0; !value.len && i < 3 && p->name[i]; i++)
			value = find(udev, p->name[i]);
		add(l, p->label, value);
	}
}

static void write_info(struct sh_collect *c, const char *name, uint64_t major, uint64_t minor,
		       struct sh_span udev)
{
	char text[3][24];
	struct labels l = { .n = 0 };
	double rotational;

	snprintf(text[0], sizeof(text[0]), "%" PRIu64, major);
	snprintf(text[1], sizeof(text[1]), "%" PRIu64, minor);
	add(&l, "major", sh_span_of(text[0]));
	add(&l, "minor", sh_span_of(text[1]));
	if (sh_kv_number(c->root, &rotational, "sys/block/%s/queue/rotational", name)) {
		snprintf(text[2], sizeof(text[2]), "%.0f", rotational);
		add(&l, "rotational", sh_span_of(text[2]));
	}
	add_all(&l, identity, udev);
	sh_collect_number(c, "disk", name, NULL, l.pair, "disk", "info", 1);
}

static void write_part(struct sh_collect *c, const char *name, const struct property *p,
		       struct sh_span udev, const char *member)
{
	struct labels l = { .n = 0 };

	if (!find(udev, p->name[0]).len)
		return;
	add_all(&l, p, udev);
	sh_collect_number(c, "disk", name, NULL, l.pair, "disk", member, 1);
}

static void write_ata(struct sh_collect *c, const char *name, struct sh_span udev)
{
	static const struct { const char *property, *member; } number[] = {
		{ "ID_ATA_WRITE_CACHE", "ata_write_cache" },
		{ "ID_ATA_WRITE_CACHE_ENABLED", "ata_write_cache_enabled" },
		{ "ID_ATA_ROTATION_RATE_RPM", "ata_rotation_rate_rpm" },
	};
	struct sh_sample_writer w;
	double v;

	if (!find(udev, "ID_ATA").len)
		return;
	sh_collect_begin(c, &w, "disk", name, name, NULL, NULL);
	sh_sample_group(&w, "disk");
	for (size_t i = 0; i < sizeof(number) / sizeof(*number); i++)
		if (sh_kv_double(find(udev, number[i].property), &v))
			sh_sample_number(&w, number[i].member, v);
	sh_sample_end(&w);
}

/* Captured trees may have udev's data where its root was given. */
static bool read_udev(struct sh_collect *c, uint64_t major, uint64_t minor, struct sh_buf *text)
{
	static const char *const place[] = { "run/udev/data", "udev/data" };
	char path[96];

	for (size_t i = 0; i < (c->machine ? 1 : 2); i++) {
		struct sh_error missing = SH_ERROR_INIT;

		snprintf(path, sizeof(path), "%s/b%" PRIu64 ":%" PRIu64, place[i], major, minor);
		if (sh_file_read(c->root, path, MAX_FILE, text, &missing) == 0)
			return true;
	}
	return false;
}

void sh_diskinfo_write(struct sh_collect *c, const char *name, uint64_t major, uint64_t minor)
{
	SH_CLEANUP_BUF struct sh_buf text = SH_BUF_INIT; /* the collector's holds diskstats */
	struct sh_span udev = SH_SPAN_NONE;

	if (read_udev(c, major, minor, &text))
		udev = sh_text_of(&text);
	write_info(c, name, major, minor, udev);
	write_part(c, name, filesystem, udev, "filesystem_info");
	write_part(c, name, mapper, udev, "device_mapper_info");
	write_ata(c, name, udev);
}

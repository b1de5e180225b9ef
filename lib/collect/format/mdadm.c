/* SPDX-License-Identifier: MIT */
/*
 * `mdadm --detail`, as text or with --export, and `mdadm --examine`: arrays and
 * what is written on their members. Entity array:NAME@HOST, or disk:NAME@HOST.
 */
#include "config.h"

#include <math.h>
#include <string.h>

#include "collect/format/document.h"
#include "collect/format/formats.h"
#include "collect/format/units.h"
#include "collect/text.h"

struct array {
	struct sh_import *in;
	char name[256];
	json_t *numbers;      /* owned: metric -> value */
	bool open, member;    /* a member: what --examine found on a device */
	size_t known;
};

static void put(struct array *a, const char *name, double v)
{
	if (!isnan(v))
		json_object_set_new(a->numbers, name, json_real(v));
}

static void end_array(struct array *a)
{
	struct sh_sample_writer s;

	if (!a->open)
		return;
	a->open = false;
	sh_document_begin(&s, a->in, a->member ? "disk" : "array", a->name, NULL, NULL);
	sh_sample_group(&s, a->member ? "member" : "array");
	sh_document_put_all(&s, a->numbers);
	sh_sample_end(&s);
	a->known++;
	json_object_clear(a->numbers);
	a->member = false;
}

static void begin_array(struct array *a, struct sh_span name)
{
	size_t n;

	end_array(a);
	if (sh_text_after(name, "/dev/").p)
		name = sh_text_after(name, "/dev/");
	n = name.len < sizeof(a->name) - 1 ? name.len : sizeof(a->name) - 1;
	memcpy(a->name, name.p, n);
	a->name[n] = '\0';
	a->open = true;
}

static bool has_word(struct sh_span s, const char *word)
{
	return s.len && memmem(s.p, s.len, word, strlen(word));
}

/* "clean, degraded, recovering". */
static void state(struct array *a, struct sh_span v)
{
	put(a, "degraded", has_word(v, "degraded"));
	put(a, "failed", has_word(v, "FAILED") || has_word(v, "broken"));
	put(a, "recovering", has_word(v, "recovering") || has_word(v, "resyncing") ||
				     has_word(v, "reshaping"));
	put(a, "inactive", has_word(v, "inactive") || has_word(v, "Not Started"));
	put(a, "dirty", has_word(v, "dirty"));
}

static double first_number(struct sh_span v)
{
	struct sh_span field;

	return sh_text_field(&v, &field) ? sh_unit_percent(field) : NAN;
}

static const struct {
	const char *key, *name;
	double scale;
} counts[] = {
	{ "Array Size", "size_bytes", 1024 },	  { "Raid Devices", "devices", 1 },
	{ "Active Devices", "devices_active", 1 }, { "Working Devices", "devices_working", 1 },
	{ "Failed Devices", "devices_failed", 1 }, { "Spare Devices", "devices_spare", 1 },
	{ "Rebuild Status", "progress", 1 },	  { "Resync Status", "progress", 1 },
	{ "Reshape Status", "progress", 1 },	  { "Check Status", "progress", 1 },
	{ "Events", "events", 1 },		  { "MD_DEVICES", "devices", 1 },
};

/* "AA.A": a member knows which were there when it was written last. */
static void members(struct array *a, struct sh_span v)
{
	struct sh_span field;
	double all = 0, active = 0;

	if (!sh_text_field(&v, &field))
		return;
	for (size_t i = 0; i < field.len; i++) {
		all++;
		active += field.p[i] == 'A' || field.p[i] == 'R';
	}
	put(a, "devices", all);
	put(a, "devices_active", active);
}

static void pair(struct array *a, struct sh_span key, struct sh_span value)
{
	for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++)
		if (sh_span_is(key, counts[i].key))
			put(a, counts[i].name, counts[i].scale * first_number(value));
	if (sh_span_is(key, "Magic"))
		a->member = true;
	if (sh_span_is(key, "State") && !a->member)
		state(a, value);
	if (sh_span_is(key, "State") && a->member)
		put(a, "clean", has_word(value, "clean") || has_word(value, "active"));
	if (sh_span_is(key, "Array State"))
		members(a, value);
}

/* MD_DEVNAME=0, or /dev/md/0: what --export calls the array; it has no line of its own before. */
static bool exported(struct array *a, struct sh_span line)
{
	struct sh_span key = sh_unit_before(line, '='), value = sh_unit_behind(line, '=');

	if (!key.p || !sh_text_after(key, "MD_").p)
		return false;
	if (sh_span_is(key, "MD_LEVEL")) {
		end_array(a);
		a->open = true;
		a->name[0] = '\0';
	}
	if (a->open && !a->name[0] && sh_span_is(key, "MD_DEVNAME")) {
		size_t n = value.len < sizeof(a->name) - 1 ? value.len : sizeof(a->name) - 1;

		memcpy(a->name, value.p, n);
		a->name[n] = '\0';
	}
	if (a->open)
		pair(a, key, value);
	return true;
}

static void line(struct array *a, struct sh_span text)
{
	struct sh_span trimmed = sh_unit_trim(text);
	const char *separator = trimmed.len ? memmem(trimmed.p, trimmed.len, " : ", 3) : NULL;
	size_t key;

	if (exported(a, trimmed))
		return;
	/* "/dev/md0:" begins at the margin. */
	if (text.len > 1 && text.p[0] == '/' && trimmed.p[trimmed.len - 1] == ':') {
		begin_array(a, (struct sh_span){ trimmed.p, trimmed.len - 1 });
		return;
	}
	/* ARRAY lines of --scan measure nothing. */
	if (sh_text_after(trimmed, "ARRAY ").p)
		a->known++;
	if (!a->open || !separator)
		return;
	key = (size_t)(separator - trimmed.p);
	pair(a, sh_unit_trim((struct sh_span){ trimmed.p, key }),
	     sh_unit_trim((struct sh_span){ separator + 3, trimmed.len - key - 3 }));
}

int sh_format_mdadm(struct sh_import *in, struct sh_span text, struct sh_error *err)
{
	struct array a = { .in = in, .numbers = json_object() };
	struct sh_span one;

	while (sh_text_line(&text, &one))
		line(&a, one);
	end_array(&a);
	json_decref(a.numbers);
	if (!a.known)
		return sh_error_set(err, SH_ERRC_INPUT, "no document of mdadm");
	return 0;
}

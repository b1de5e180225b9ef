/* SPDX-License-Identifier: MIT */
/*
 * What `smartctl --json` says of a disk, ATA, NVMe and SCSI alike. Also several
 * documents after each other, and arrays of them; the list of `--scan` measures
 * nothing. Messages of an error stand beside the exit status.
 */
#include "config.h"

#include <jansson.h>
#include <math.h>
#include <string.h>

#include "base/num.h"
#include "collect/format/document.h"
#include "collect/format/formats.h"

#define MAX_ATTRIBUTES 256
/* What a "data unit" of NVMe is: a thousand blocks of 512 bytes. */
#define DATA_UNIT 512000

/* ATA attributes of one meaning with all vendors: what disks that are about to fail count. */
static const struct {
	int id;
	const char *name;
} known[] = {
	{ 5, "reallocated_sectors" },	{ 10, "spin_retries" },
	{ 187, "reported_uncorrectable" }, { 188, "command_timeouts" },
	{ 196, "reallocation_events" }, { 197, "pending_sectors" },
	{ 198, "offline_uncorrectable" }, { 199, "crc_errors" },
};

/* Metric -> where it is in the document. */
struct place {
	const char *name, *path;
};

static const struct place places[] = {
	{ "passed", "smart_status.passed" },
	{ "exit_status", "smartctl.exit_status" },
	{ "power_on_hours", "power_on_time.hours" },
	{ "power_cycles", "power_cycle_count" },
	{ "grown_defects", "scsi_grown_defect_list" },
	{ "read_uncorrected", "scsi_error_counter_log.read.total_uncorrected_errors" },
	{ "write_uncorrected", "scsi_error_counter_log.write.total_uncorrected_errors" },
	{ "verify_uncorrected", "scsi_error_counter_log.verify.total_uncorrected_errors" },
	{ "critical_warning", "nvme_smart_health_information_log.critical_warning" },
	{ "media_errors", "nvme_smart_health_information_log.media_errors" },
	{ "available_spare", "nvme_smart_health_information_log.available_spare" },
	{ "available_spare_threshold",
	  "nvme_smart_health_information_log.available_spare_threshold" },
	{ "unsafe_shutdowns", "nvme_smart_health_information_log.unsafe_shutdowns" },
	{ "warning_temperature_minutes", "nvme_smart_health_information_log.warning_temp_time" },
	{ "critical_temperature_minutes", "nvme_smart_health_information_log.critical_comp_time" },
	{ "self_test_passed", "ata_smart_data.self_test.status.passed" },
};

static double first_of(const json_t *doc, const char *a, const char *b)
{
	return sh_first_number(sh_document_number(doc, a), sh_document_number(doc, b));
}

static const json_t *attributes(const json_t *doc)
{
	const json_t *table = sh_document_at(doc, "ata_smart_attributes.table");

	return json_is_array(table) && json_array_size(table) <= MAX_ATTRIBUTES ? table : NULL;
}

static double raw_of(const json_t *table, int id)
{
	size_t i;
	json_t *a;

	json_array_foreach(table, i, a)
		if (sh_document_number(a, "id") == id)
			return sh_document_number(a, "raw.value");
	return NAN;
}

/* How many attributes are at or below their threshold, now or once; NaN without attributes. */
static double failing(const json_t *table, const char *when)
{
	double n = 0;
	size_t i;
	json_t *a;

	if (!table)
		return NAN;
	json_array_foreach(table, i, a) {
		const char *failed = sh_document_text(a, "when_failed");

		n += failed && !strcmp(failed, when);
	}
	return n;
}

static void put_smart(struct sh_sample_writer *s, const json_t *doc)
{
	const json_t *table = attributes(doc);

	sh_sample_group(s, "smart");
	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++)
		sh_sample_number(s, places[i].name, sh_document_number(doc, places[i].path));
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		sh_sample_number(s, known[i].name, raw_of(table, known[i].id));
	sh_sample_number(s, "failing_attributes", failing(table, "now"));
	sh_sample_number(s, "failed_attributes", failing(table, "past"));
	sh_sample_number(s, "percentage_used",
			first_of(doc, "nvme_smart_health_information_log.percentage_used",
				 "endurance_used.current_percent"));
	sh_sample_number(s, "error_log_entries",
			sh_first_number(first_of(doc, "ata_smart_error_log.extended.count",
						 "ata_smart_error_log.summary.count"),
					sh_document_number(doc, "nvme_smart_health_information_log."
								"num_err_log_entries")));
	sh_sample_number(s, "self_test_errors",
			first_of(doc, "ata_smart_self_test_log.extended.error_count_total",
				 "ata_smart_self_test_log.standard.error_count_total"));
	sh_sample_number(s, "read_bytes",
			DATA_UNIT * sh_document_number(doc, "nvme_smart_health_information_log."
							    "data_units_read"));
	sh_sample_number(s, "written_bytes",
			DATA_UNIT * sh_document_number(doc, "nvme_smart_health_information_log."
							    "data_units_written"));
}

static bool name_is_taken(const json_t *table, size_t at, const char *name)
{
	for (size_t i = 0; i < at; i++) {
		const char *other = sh_document_text(json_array_get(table, i), "name");

		if (other && !strcmp(other, name))
			return true;
	}
	return false;
}

/* The name of attribute AT; the number goes with names that say nothing or come twice. */
static const char *attribute_name(const json_t *table, size_t at, struct sh_buf *out)
{
	const json_t *a = json_array_get(table, at);
	const char *name = sh_document_text(a, "name");
	double id = sh_document_number(a, "id");

	sh_buf_clear(out);
	if (!name || !(id >= 0 && id <= 255))
		return NULL;
	sh_metric_name(out, name);
	if (strstr(name, "nknown") || name_is_taken(table, at, name))
		sh_buf_addf(out, "_%d", (int)id);
	return sh_buf_str(out);
}

static void put_attributes(struct sh_sample_writer *s, const json_t *table, const char *group,
			   const char *member)
{
	SH_CLEANUP_BUF struct sh_buf name = SH_BUF_INIT;
	size_t i;
	json_t *a;

	sh_sample_group(s, group);
	json_array_foreach(table, i, a)
		if (attribute_name(table, i, &name))
			sh_sample_number(s, sh_buf_str(&name), sh_document_number(a, member));
}

/* "megaraid,3" and its like: several disks behind one device. */
static const char *unit_of(const json_t *doc)
{
	const char *type = sh_document_text(doc, "device.type");

	return type && strchr(type, ',') ? type : NULL;
}

static const char *error_of(const json_t *doc)
{
	const json_t *messages = sh_document_at(doc, "smartctl.messages");
	size_t i;
	json_t *m;

	json_array_foreach(messages, i, m) {
		const char *severity = sh_document_text(m, "severity");

		if (severity && !strcmp(severity, "error"))
			return sh_document_text(m, "string");
	}
	return NULL;
}

/* Without its "/dev/". A device that could not be opened is only in the command line. */
static const char *device_of(const json_t *doc)
{
	const json_t *argv = sh_document_at(doc, "smartctl.argv");
	const char *name = sh_document_text(doc, "device.name");

	if (!name && json_array_size(argv)) {
		name = json_string_value(json_array_get(argv, json_array_size(argv) - 1));
		if (name && strncmp(name, "/dev/", 5) != 0)
			name = NULL;
	}
	return name && !strncmp(name, "/dev/", 5) ? name + 5 : name;
}

static void disk(struct sh_import *in, const json_t *doc)
{
	const char *name = device_of(doc);
	const char *unit = unit_of(doc), *model = sh_document_text(doc, "model_name");
	const char *serial = sh_document_text(doc, "serial_number");
	const char *dims[] = { "unit", unit, NULL }, *labels[5] = { NULL };
	struct sh_sample_writer s;
	size_t n = 0;

	if (!model)
		model = sh_document_text(doc, "scsi_model_name");
	if (model) {
		labels[n++] = "model";
		labels[n++] = model;
	}
	if (serial) {
		labels[n++] = "serial";
		labels[n] = serial;
	}
	sh_document_begin(&s, in, "disk", name, unit ? dims : NULL, labels);
	put_smart(&s, doc);
	sh_sample_group(&s, "temperature");
	sh_sample_number(&s, "celsius", sh_document_number(doc, "temperature.current"));
	sh_sample_group(&s, "disk");
	sh_sample_number(&s, "size_bytes",
			first_of(doc, "user_capacity.bytes", "nvme_total_capacity"));
	put_attributes(&s, attributes(doc), "smart_raw", "raw.value");
	if (in->c->detail) {
		put_attributes(&s, attributes(doc), "smart_value", "value");
		put_attributes(&s, attributes(doc), "smart_worst", "worst");
		put_attributes(&s, attributes(doc), "smart_threshold", "thresh");
	}
	sh_document_put_text(&s, "error", error_of(doc));
	sh_sample_end(&s);
}

static bool convert(struct sh_import *in, const json_t *doc)
{
	bool any = json_is_array(doc) && json_array_size(doc) == 0;
	size_t i;
	json_t *item;

	json_array_foreach(doc, i, item)
		any = (!json_is_array(item) && convert(in, item)) || any;
	if (json_is_array(doc))
		return any;
	if (!json_is_object(sh_document_at(doc, "smartctl")) &&
	    !json_is_object(sh_document_at(doc, "device")))
		return false;
	if (!json_is_array(sh_document_at(doc, "devices")))
		disk(in, doc);
	return true;
}

int sh_format_smartctl(struct sh_import *in, struct sh_span text, struct sh_error *err)
{
	return sh_document_each(in, text, convert, err);
}

/* SPDX-License-Identifier: MIT */
/*
 * fuzz_document - documents of other tools, in every format: samples and edges come out
 *
 * The first byte chooses the format and whether details are wanted. Each record
 * is one valid line, a sample with an entity, whose metrics are groups of finite
 * numbers (JSON has no others), or an edge between two entities.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collect/format/format.h"
#include "record/entity.h"
#include "record/json.h"
#include "record/record.h"
#include "record/stream.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define MUST(cond)                                                           \
	do {                                                                 \
		if (!(cond)) {                                               \
			fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #cond); \
			abort();                                             \
		}                                                            \
	} while (0)

static const char *const names[] = { "gluster", "zpool", "mdadm",   "haproxy", "nginx",
				     "redis",	"domstats", "lvm",  "ceph",    "smartctl",
				     "docker",	"kubectl", "kubelet", "nats" };
#define NAMES (sizeof(names) / sizeof(names[0]))

static void check_metrics(const json_t *record)
{
	json_t *groups = json_object_get(record, "metrics"), *group, *value;
	const char *name, *metric;

	MUST(!groups || json_object_size(groups) > 0);
	json_object_foreach(groups, name, group) {
		MUST(json_is_object(group) && json_object_size(group) > 0);
		json_object_foreach(group, metric, value)
			MUST(json_is_number(value));
	}
}

static void check_end(const json_t *record, const char *name)
{
	struct sh_entity parts;

	MUST(json_is_string(json_object_get(record, name)));
	MUST(sh_entity_split(sh_span_of(json_string_value(json_object_get(record, name))), &parts));
}

static void check_edge(const json_t *record)
{
	check_end(record, "from");
	check_end(record, "to");
	MUST(json_is_string(json_object_get(record, "type")));
	MUST(!json_equal(json_object_get(record, "from"), json_object_get(record, "to")));
}

static void check_records(const struct sh_buf *out)
{
	struct sh_record r = SH_RECORD_INIT;
	const char *p = sh_buf_str(out), *end = p + out->len;

	while (p < end) {
		const char *newline = memchr(p, '\n', (size_t)(end - p));
		struct sh_error err = SH_ERROR_INIT;
		json_t *record;

		MUST(newline);
		MUST(sh_record_view(&r, p, (size_t)(newline - p), "h", 1, &err) == 0);
		MUST((r.kind == SH_KIND_SAMPLE || r.kind == SH_KIND_EDGE) && r.has_time);
		record = sh_json_parse(p, (size_t)(newline - p), &err);
		MUST(record);
		if (r.kind == SH_KIND_EDGE)
			check_edge(record);
		else
			check_metrics(record);
		json_decref(record);
		p = newline + 1;
	}
	sh_record_release(&r);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sh_collect c;
	struct sh_error err = SH_ERROR_INIT;
	struct sh_import in = { .c = &c, .file = "-", .time = 1 };

	if (size < 1)
		return 0;
	MUST(sh_collect_init(&c, NULL, "h", &err) == 0);
	c.detail = data[0] & 0x80;
	in.format = sh_format_find(names[(data[0] & 0x7f) % NAMES]);
	MUST(in.format);
	sh_import_text(&in, (struct sh_span){ (const char *)data + 1, size - 1 }, NULL);
	check_records(&c.out);
	MUST(!in.state);
	sh_collect_release(&c);
	return 0;
}

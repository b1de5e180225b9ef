/* SPDX-License-Identifier: MIT */
/* Zones of memory: free blocks by size, and the pages of each zone. */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "collect/host/kv.h"
#include "collect/table.h"
#include "collect/text.h"

struct zone {
	char node[16], name[32];
};

/* "Node 0, zone   Normal": the rest of the line is left in *line. */
static bool parse_zone(struct sh_span *line, struct zone *z)
{
	struct sh_span word, node, zone, name;

	if (!sh_text_field(line, &word) || !sh_span_is(word, "Node") || !sh_text_field(line, &node) ||
	    node.len < 2 || node.p[node.len - 1] != ',' || !sh_text_field(line, &zone) ||
	    !sh_span_is(zone, "zone") || !sh_text_field(line, &name))
		return false;
	node.len--;
	return sh_kv_copy(node, z->node, sizeof(z->node)) && sh_kv_copy(name, z->name, sizeof(z->name));
}

static void write_blocks(struct sh_collect *c, const struct zone *z, struct sh_span rest)
{
	struct sh_span field;
	char size[24];
	double v;

	for (uint64_t order = 0; sh_text_field(&rest, &field); order++) {
		const char *dims[] = { "zone", z->name, "size", size, NULL };

		snprintf(size, sizeof(size), "%" PRIu64, order);
		if (sh_kv_double(field, &v))
			sh_collect_number(c, "numa", z->node, dims, NULL, "buddyinfo", "blocks", v);
	}
}

static void write_buddyinfo(struct sh_collect *c)
{
	struct sh_error missing = SH_ERROR_INIT;
	struct sh_span text, line;
	struct zone z;

	if (sh_collect_read(c, "proc/buddyinfo", &missing) < 0)
		return;
	text = sh_text_of(&c->text);
	while (sh_text_line(&text, &line))
		if (parse_zone(&line, &z))
			write_blocks(c, &z, line);
}

/* Most of zoneinfo counts pages now; these count what happened, and are not of pages. */
static const char *suffix(struct sh_span key)
{
	static const char *const events[] = { "nr_dirtied", "nr_written", "nr_vmscan_write" };

	if (sh_text_after(key, "numa_").p)
		return "_total";
	for (size_t i = 0; i < sizeof(events) / sizeof(*events); i++)
		if (sh_span_is(key, events[i]))
			return "_total";
	if (sh_span_is(key, "nr_anon_transparent_hugepages"))
		return "";
	return sh_span_is(key, "nr_kernel_stack") ? "s" : "_pages";
}

/* "(0, 2039, 31932)" */
static void write_protection(struct sh_sample_writer *w, struct sh_span rest)
{
	struct sh_span field;
	char member[32];
	uint64_t v;

	for (int i = 0; sh_text_field(&rest, &field); i++) {
		while (field.len && (*field.p == '(' || *field.p == ','))
			field = (struct sh_span){ field.p + 1, field.len - 1 };
		while (field.len && (field.p[field.len - 1] == ')' || field.p[field.len - 1] == ','))
			field.len--;
		snprintf(member, sizeof(member), "protection_%d", i);
		if (sh_text_u64(field, &v))
			sh_sample_number(w, member, (double)v);
	}
}

static void write_member(struct sh_sample_writer *w, struct sh_span key, struct sh_span value)
{
	struct sh_span field;
	char name[64], member[80];
	uint64_t v;

	if (!sh_kv_copy(key, name, sizeof(name)) || !sh_kv_is_name(name) ||
	    !sh_text_field(&value, &field) || !sh_text_u64(field, &v))
		return;
	snprintf(member, sizeof(member), "%s%s", name, suffix(key));
	sh_sample_number(w, member, (double)v);
}

/* The lines of one zone, up to the pagesets of its processors; *text goes to the next "Node". */
static void write_zone(struct sh_collect *c, const struct zone *z, struct sh_span *text)
{
	const char *dims[] = { "zone", z->name, NULL };
	struct sh_sample_writer w;
	struct sh_span key, value, before;
	bool told = false;

	sh_collect_begin(c, &w, "numa", z->node, z->node, dims, NULL);
	sh_sample_group(&w, "zoneinfo");
	for (;;) {
		before = *text;
		if (!sh_kv_line(text, &key, &value))
			break;
		if (sh_span_is(key, "Node")) {
			*text = before;
			break;
		}
		told = told || sh_span_is(key, "pagesets");
		/* "pages free 2949" is told again as nr_free_pages by kernels since 2.6.16 */
		if (told || sh_span_is(key, "pages") || sh_span_is(key, "per-node"))
			continue;
		if (sh_span_is(key, "protection"))
			write_protection(&w, value);
		else if (sh_span_is(key, "nr_free_pages"))
			write_member(&w, (struct sh_span){ key.p, key.len - strlen("_pages") }, value);
		else if (sh_text_after(key, "nr_").p && key.len > 6 && !memcmp(key.p + key.len - 6, "_pages", 6))
			write_member(&w, (struct sh_span){ key.p, key.len - 6 }, value);
		else
			write_member(&w, key, value);
	}
	sh_sample_end(&w);
}

int sh_collect_zones(struct sh_collect *c, struct sh_error *err)
{
	struct sh_span text, line;
	struct zone z;

	write_buddyinfo(c);
	if (sh_collect_read(c, "proc/zoneinfo", err) < 0)
		return -1;
	text = sh_text_of(&c->text);
	while (sh_text_line(&text, &line))
		if (parse_zone(&line, &z))
			write_zone(c, &z, &text);
	return 0;
}

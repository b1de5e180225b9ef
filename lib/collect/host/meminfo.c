/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "collect/host/meminfo.h"

#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "collect/host/kv.h"
#include "collect/text.h"

#define NODES "sys/devices/system/node"
#define MAX_KEY 64

/* "Active(anon):" is Active_anon; false for what cannot be a name. */
static bool make_name(struct sh_span key, char *out, size_t size)
{
	size_t n = 0;

	if (!key.len || key.len + 1 > size)
		return false;
	for (size_t i = 0; i < key.len; i++) {
		if (key.p[i] == '(')
			out[n++] = '_';
		else if (key.p[i] != ')')
			out[n++] = key.p[i];
	}
	out[n] = '\0';
	return sh_kv_is_name(out);
}

/* "16 kB": in bytes; "0", of pages that are counted, as it is. */
static bool read_amount(struct sh_span value, double *out, bool *bytes)
{
	struct sh_span number, unit;
	uint64_t v;

	if (!sh_text_field(&value, &number) || !sh_text_u64(number, &v))
		return false;
	*bytes = sh_text_field(&value, &unit) && sh_span_is(unit, "kB");
	*out = (double)v * (*bytes ? 1024 : 1);
	return true;
}

void sh_meminfo_write(struct sh_sample_writer *w, struct sh_span meminfo)
{
	char name[MAX_KEY], member[MAX_KEY + 16];
	struct sh_span key, value;
	bool bytes;
	double v;

	while (sh_kv_line(&meminfo, &key, &value)) {
		if (!make_name(key, name, sizeof(name)) || !read_amount(value, &v, &bytes))
			continue;
		snprintf(member, sizeof(member), "%s%s", name, bytes ? "_bytes" : "");
		sh_sample_number(w, member, v);
	}
}

/* "Node 0 MemTotal: 16 kB" */
static void write_node_meminfo(struct sh_sample_writer *w, struct sh_span rest)
{
	char name[MAX_KEY], member[MAX_KEY + 16];
	struct sh_span line, key, value;
	bool bytes;
	double v;

	while (sh_text_line(&rest, &line)) {
		if (!sh_text_skip(&line, 2) || !sh_kv_line(&line, &key, &value) ||
		    !make_name(key, name, sizeof(name)) || !read_amount(value, &v, &bytes))
			continue;
		snprintf(member, sizeof(member), "numa_%s", name);
		sh_sample_number(w, member, v);
	}
}

static void write_numastat(struct sh_sample_writer *w, struct sh_span rest)
{
	char name[MAX_KEY], member[MAX_KEY + 16];
	struct sh_span key, value;
	bool bytes;
	double v;

	while (sh_kv_line(&rest, &key, &value)) {
		if (!make_name(key, name, sizeof(name)) || !read_amount(value, &v, &bytes))
			continue;
		snprintf(member, sizeof(member), "numa_%s_total", name);
		sh_sample_number(w, member, v);
	}
}

static void write_node(struct sh_collect *c, const char *dir)
{
	struct sh_error missing = SH_ERROR_INIT;
	struct sh_sample_writer w;
	char path[128];

	sh_collect_begin(c, &w, "numa", dir + 4, dir + 4, NULL, NULL);
	sh_sample_group(&w, "memory");
	snprintf(path, sizeof(path), NODES "/%.60s/meminfo", dir);
	if (sh_collect_read(c, path, &missing) == 0)
		write_node_meminfo(&w, sh_text_of(&c->text));
	missing = (struct sh_error)SH_ERROR_INIT;
	snprintf(path, sizeof(path), NODES "/%.60s/numastat", dir);
	if (sh_collect_read(c, path, &missing) == 0)
		write_numastat(&w, sh_text_of(&c->text));
	sh_sample_end(&w);
}

void sh_numa_write(struct sh_collect *c)
{
	SH_CLEANUP_NAMES struct sh_kv_names nodes = { 0 };

	sh_collect_names(c, &nodes, NODES, "node");
	for (size_t i = 0; i < nodes.n; i++)
		if (nodes.name[i][4] >= '0' && nodes.name[i][4] <= '9')
			write_node(c, nodes.name[i]);
}

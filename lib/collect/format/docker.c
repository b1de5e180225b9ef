/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "collect/format/docker.h"

#include <string.h>

#include "collect/format/formats.h"

void sh_docker_begin(struct sh_sample_writer *s, struct sh_import *in, const char *name,
		     const char *const *dims, const char *image)
{
	const char *labels[] = { "image", image, NULL };

	if (name && *name == '/')
		name++;
	sh_document_begin(s, in, "container", name, dims, image ? labels : NULL);
}

void sh_docker_put_state(struct sh_sample_writer *s, const char *state)
{
	static const char *const words[] = { "running", "paused", "restarting", "dead" };

	for (size_t i = 0; state && i < sizeof(words) / sizeof(words[0]); i++)
		sh_sample_number(s, words[i], !strcmp(state, words[i]));
}

static const char *first_name(const json_t *doc)
{
	const json_t *names = json_object_get(doc, "Names");

	if (json_is_array(names))
		return json_string_value(json_array_get(names, 0));
	return json_string_value(names);
}

/* "Up 4 hours (healthy)". */
static void put_health(struct sh_sample_writer *s, const char *status)
{
	if (status && strstr(status, "(healthy)"))
		sh_sample_number(s, "healthy", 1);
	else if (status && strstr(status, "(unhealthy)"))
		sh_sample_number(s, "healthy", 0);
}

/* One of `ps`, or of the API's list. */
static void listed(struct sh_import *in, const json_t *doc)
{
	const char *name = first_name(doc), *image = sh_document_text(doc, "Image");
	struct sh_sample_writer s;

	sh_docker_begin(&s, in, name ? name : sh_document_text(doc, "Id"), NULL, image);
	sh_sample_group(&s, "container");
	sh_docker_put_state(&s, sh_document_text(doc, "State"));
	put_health(&s, sh_document_text(doc, "Status"));
	sh_sample_number(&s, "restarts", sh_document_number(doc, "Restarts"));
	if (json_is_true(sh_document_at(doc, "Exited")))
		sh_sample_number(&s, "exit_code", sh_document_number(doc, "ExitCode"));
	sh_sample_number(&s, "size_bytes", sh_document_number(doc, "SizeRootFs"));
	sh_sample_end(&s);
}

static bool has(const json_t *doc, const char *member)
{
	return json_object_get(doc, member) != NULL;
}

static bool is_listed(const json_t *doc)
{
	return first_name(doc) && json_is_string(json_object_get(doc, "State"));
}

static bool is_stats(const json_t *doc)
{
	return has(doc, "cpu_stats") || has(doc, "memory_stats");
}

static bool is_stats_line(const json_t *doc)
{
	return has(doc, "CPUPerc") || has(doc, "cpu_percent") || has(doc, "MemUsage") ||
	       has(doc, "mem_usage");
}

static bool is_inspect(const json_t *doc)
{
	return json_is_object(json_object_get(doc, "State")) && has(doc, "Id");
}

static bool is_info(const json_t *doc)
{
	return has(doc, "ContainersRunning") || json_is_object(sh_document_at(doc, "store.containerStore"));
}

static bool is_disk(const json_t *doc)
{
	return has(doc, "LayersSize");
}

/* A node of a swarm. */
static bool is_node(const json_t *doc)
{
	return json_is_object(json_object_get(doc, "Description")) &&
	       json_is_string(sh_document_at(doc, "Status.State"));
}

static void swarm(struct sh_import *in, const json_t *nodes)
{
	struct sh_sample_writer s;
	double ready = 0, all = 0;
	size_t i;
	json_t *node;

	json_array_foreach(nodes, i, node) {
		const char *state = sh_document_text(node, "Status.State");

		all += is_node(node);
		ready += is_node(node) && !strcmp(state, "ready");
	}
	sh_document_begin_fleet(&s, in, "cluster", sh_import_cluster(in, "swarm"), NULL, NULL);
	sh_sample_group(&s, "cluster");
	sh_sample_number(&s, "online_nodes", ready);
	sh_sample_number(&s, "total_nodes", all);
	sh_sample_end(&s);
}

static const struct {
	bool (*is)(const json_t *doc);
	void (*convert)(struct sh_import *in, const json_t *doc);
} kinds[] = {
	{ is_stats, sh_docker_stats },	   { is_stats_line, sh_docker_stats_line },
	{ is_inspect, sh_docker_inspect }, { is_info, sh_docker_info },
	{ is_disk, sh_docker_disk },	   { is_listed, listed },
};

static bool one(struct sh_import *in, const json_t *doc)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (kinds[i].is(doc)) {
			kinds[i].convert(in, doc);
			return true;
		}
	}
	return false;
}

static bool convert(struct sh_import *in, const json_t *doc)
{
	bool any = json_is_array(doc) && json_array_size(doc) == 0;
	size_t i;
	json_t *item;

	if (!json_is_array(doc))
		return one(in, doc);
	if (is_node(json_array_get(doc, 0))) {
		swarm(in, doc);
		return true;
	}
	json_array_foreach(doc, i, item)
		any = one(in, item) || any;
	return any;
}

int sh_format_docker(struct sh_import *in, struct sh_span text, struct sh_error *err)
{
	return sh_document_each(in, text, convert, err);
}

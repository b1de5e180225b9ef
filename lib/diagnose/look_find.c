/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <string.h>

#include "base/clock.h"
#include "diagnose/look_parts.h"
#include "record/entity.h"
#include "record/json.h"

#define TOP 3	/* of each kind */
#define LEAST_FILES 10 /* percent of the inodes */
#define LINES 5 /* of the kernel, the latest */

static bool is_from(const json_t *record, const char *collector)
{
	return !strcmp(sh_json_str(json_object_get(record, "source"), "collector", ""), collector);
}

static double metric(const json_t *record, const char *group, const char *name)
{
	return sh_json_num(json_object_get(json_object_get(record, "metrics"), group), name, 0);
}

static bool is_of_type(const json_t *record, const char *type)
{
	struct sh_entity parts;

	return sh_entity_split(sh_span_of(sh_json_str(record, "entity", "")), &parts) &&
	       sh_span_is(parts.type, type);
}

/* What the processes use of one thing, all of one name together. */
static double sum_of(const json_t *records, const char *name)
{
	double sum = 0;
	size_t i;
	json_t *r;

	json_array_foreach(records, i, r)
		if (is_of_type(r, "process") && is_from(r, "process"))
			sum += metric(r, "process", name);
	return sum;
}

/* The one that uses most of all that use less than BELOW; NULL none. */
static const json_t *most(const json_t *records, const char *name, double below)
{
	const json_t *best = NULL, *r;
	size_t i;

	json_array_foreach(records, i, r) {
		double v = metric(r, "process", name);

		if (is_of_type(r, "process") && is_from(r, "process") && v > 0 && v < below &&
		    (!best || v > metric(best, "process", name)))
			best = r;
	}
	return best;
}

static void top(const json_t *records, const char *name, const char *what, double all, json_t *found)
{
	double below = 1e300;
	const json_t *r;

	for (size_t i = 0; i < TOP && all > 0 && (r = most(records, name, below)); i++) {
		below = metric(r, "process", name);
		json_array_append_new(found, json_pack("{s:s,s:s,s:f,s:f}", "what", what, "entity",
						       sh_json_str(r, "entity", ""), "value", below,
						       "share", 100 * below / all));
	}
}

void sh_look_processes(const json_t *records, json_t *found)
{
	double memory = 0;
	size_t i;
	json_t *r;

	json_array_foreach(records, i, r)
		if (is_from(r, "memory") && is_of_type(r, "host"))
			memory = metric(r, "memory", "total_bytes");
	top(records, "cpu", "process_cpu", sum_of(records, "cpu"), found);
	top(records, "memory_bytes", "process_memory", memory, found);
	top(records, "io_bytes", "process_io", sum_of(records, "io_bytes"), found);
}

void sh_look_deleted(const json_t *records, double used, json_t *found)
{
	size_t i, told = 0;
	json_t *r;

	json_array_foreach(records, i, r) {
		const json_t *dims = json_object_get(r, "dims");
		double bytes = metric(r, "deleted", "file_bytes");

		if (bytes <= 0 || told++ >= TOP)
			continue;
		json_array_append_new(found,
				      json_pack("{s:s,s:s,s:s,s:s,s:f,s:f}", "what", "deleted_file",
						"entity", sh_json_str(r, "entity", ""), "pid",
						sh_json_str(dims, "pid", "?"), "path",
						sh_json_str(dims, "path", "?"), "value", bytes, "share",
						used > 0 ? 100 * bytes / used : 0));
	}
}

/* What is in the top itself, or in too small parts below it, tells nothing. */
static bool is_top(const json_t *record, const char *top)
{
	const char *name = strchr(sh_json_str(record, "entity", ":"), ':');

	return name && !strcmp(name, top);
}

/* The file that is the most of it, and who writes it. */
static void name_largest(const json_t *record, json_t *item)
{
	const json_t *labels = json_object_get(record, "labels");
	const char *writer = sh_json_str(labels, "writer", NULL);
	struct sh_buf entity = SH_BUF_INIT;

	json_object_set(item, "path", json_object_get(json_object_get(record, "dims"), "largest"));
	if (!writer)
		return;
	sh_entity_add(&entity, "process", writer, sh_json_str(record, "host", NULL));
	json_object_set_new(item, "writer", json_string(sh_buf_str(&entity)));
	json_object_set(item, "pid", json_object_get(labels, "writer_pid"));
	sh_buf_release(&entity);
}

double sh_look_space(const json_t *records, json_t *found)
{
	const char *root = "";
	double used = 0;
	size_t i, told = 0;
	json_t *r;

	json_array_foreach(records, i, r) {
		double bytes = metric(r, "space", "bytes");

		if (is_of_type(r, "filesystem")) {
			used = metric(r, "space", "used_bytes");
			root = strchr(sh_json_str(r, "entity", ":"), ':');
		}
		json_t *item;

		if (!is_of_type(r, "directory") || is_top(r, root) || bytes <= 0 || used <= 0 || told++ >= TOP)
			continue;
		item = json_pack("{s:s,s:s,s:f,s:f,s:f}", "what", "directory", "entity",
				 sh_json_str(r, "entity", ""), "value", bytes, "share",
				 100 * bytes / used, "recent", metric(r, "space", "recent_bytes"));
		if (metric(r, "space", "largest_bytes") > bytes / 2)
			name_largest(r, item);
		json_array_append_new(found, item);
	}
	return used;
}

/* The collector tells the filesystem first. */
void sh_look_files(const json_t *records, json_t *found)
{
	double used = 0;
	size_t i, told = 0;
	json_t *r;

	json_array_foreach(records, i, r) {
		double files = metric(r, "space", "files");

		if (is_of_type(r, "filesystem"))
			used = metric(r, "space", "used_files");
		if (!is_of_type(r, "directory") || files <= 0 || used <= 0 || 100 * files < LEAST_FILES * used ||
		    told++ >= TOP)
			continue;
		json_array_append_new(found, json_pack("{s:s,s:s,s:f,s:f}", "what", "directory_files",
						       "entity", sh_json_str(r, "entity", ""), "value",
						       files, "share", 100 * files / used));
	}
}

void sh_look_sockets(const json_t *records, json_t *found)
{
	static const struct {
		const char *group, *name, *what;
	} losses[] = {
		{ "tcp", "listen_overflows", "connections_lost" },
		{ "udp", "receive_buffer_errors", "datagrams_lost" },
	};
	size_t i;
	json_t *r;

	json_array_foreach(records, i, r)
		for (size_t k = 0; k < sizeof(losses) / sizeof(losses[0]); k++) {
			double v = metric(r, losses[k].group, losses[k].name);

			if (v > 0)
				json_array_append_new(found, json_pack("{s:s,s:s,s:f}", "what",
								       losses[k].what, "entity",
								       sh_json_str(r, "entity", ""),
								       "value", v));
		}
}

static bool is_error(const json_t *record)
{
	const char *severity = sh_json_str(record, "severity", "");

	return !strcmp(severity, "high") || !strcmp(severity, "critical") ||
	       !strcmp(severity, "medium");
}

/* What follows an error: registers ("R13: …"), the stack, the code. */
static bool is_dump(const char *line)
{
	static const char *const begin[] = { " ", "\t", "</", "Call Trace", "Code:", "CS:", "FS:", "CR2:",
					     "Modules linked" };

	for (size_t i = 0; i < sizeof(begin) / sizeof(begin[0]); i++)
		if (!strncmp(line, begin[i], strlen(begin[i])))
			return true;
	return line[0] == 'R' && line[1] && line[2] && line[3] == ':';
}

void sh_look_kernel(const json_t *records, int64_t since, json_t *found)
{
	size_t told = 0;

	for (size_t i = json_array_size(records); i-- > 0 && told < LINES;) {
		const json_t *r = json_array_get(records, i);
		const char *time = sh_json_str(r, "time", ""), *line = sh_json_str(r, "text", "");
		int64_t t;

		if (is_dump(line) || sh_time_parse(time, strlen(time), &t) < 0 || t < since || !is_error(r))
			continue;
		told++;
		json_array_append_new(found, json_pack("{s:s,s:s,s:s,s:s}", "what", "kernel_log",
						       "entity", sh_json_str(r, "entity", ""), "time",
						       time, "line", line));
	}
}

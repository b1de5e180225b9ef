/* SPDX-License-Identifier: MIT */
/* What containers use: `docker stats`, by the API and by the command. */
#include "config.h"

#include <math.h>
#include <string.h>

#include "collect/format/docker.h"
#include "collect/format/units.h"

/* In percent of one processor, since the reading before; NaN in the first answer of the API. */
static double cpu_percent(const json_t *doc)
{
	double used = sh_document_number(doc, "cpu_stats.cpu_usage.total_usage") -
		      sh_document_number(doc, "precpu_stats.cpu_usage.total_usage");
	double before = sh_document_number(doc, "precpu_stats.system_cpu_usage");
	double time = sh_document_number(doc, "cpu_stats.system_cpu_usage") - before;
	double cpus = sh_document_number(doc, "cpu_stats.online_cpus");

	if (!(cpus > 0))
		cpus = sh_document_count(doc, "cpu_stats.cpu_usage.percpu_usage");
	if (!(before > 0) || !(used >= 0) || !(cpus > 0))
		return NAN;
	return sh_percent(used, time) * cpus;
}

/*
 * Without pages of files that can be dropped at once, as the command shows it:
 * cgroup 1 counts those of the whole tree in another place than cgroup 2.
 */
static double memory_used(const json_t *memory)
{
	double used = sh_document_number(memory, "usage");
	double files = sh_first_number(sh_document_number(memory, "stats.total_inactive_file"),
				       sh_document_number(memory, "stats.inactive_file"));

	if (isnan(used))
		return sh_document_number(memory, "privateworkingset");
	return files > 0 && files < used ? used - files : used;
}

static void put_memory(struct sh_sample_writer *s, double used, double limit)
{
	sh_sample_group(s, "memory");
	sh_sample_number(s, "usage", sh_percent(used, limit));
	sh_sample_number(s, "used_bytes", used);
	sh_sample_number(s, "limit_bytes", limit);
}

static void networks(struct sh_import *in, const char *name, const json_t *all)
{
	struct sh_sample_writer s;

	for (void *i = sh_members(all); i; i = sh_members_next(all, i)) {
		const char *dims[] = { "interface", json_object_iter_key(i), NULL };

		sh_docker_begin(&s, in, name, dims, NULL);
		sh_sample_group(&s, "network");
		sh_document_put_all(&s, json_object_iter_value(i));
		sh_sample_end(&s);
	}
}

static void devices(struct sh_import *in, const char *name, const json_t *all)
{
	static const char *const lists[][2] = { { "io_service_bytes_recursive", "bytes_total" },
						{ "io_serviced_recursive", "ops_total" } };
	SH_CLEANUP_BUF struct sh_buf device = SH_BUF_INIT;
	struct sh_sample_writer s;
	size_t i;
	json_t *item;

	for (size_t l = 0; l < 2; l++) {
		json_array_foreach(sh_document_at(all, lists[l][0]), i, item) {
			const char *op = sh_document_text(item, "op");
			const char *dims[] = { "device", NULL, "op", op, NULL };

			if (!op)
				continue;
			sh_buf_clear(&device);
			sh_buf_addf(&device, "%.0f:%.0f", sh_document_number(item, "major"),
				    sh_document_number(item, "minor"));
			dims[1] = sh_buf_str(&device);
			sh_docker_begin(&s, in, name, dims, NULL);
			sh_sample_group(&s, "blkio");
			sh_sample_number(&s, lists[l][1], sh_document_number(item, "value"));
			sh_sample_end(&s);
		}
	}
}

void sh_docker_stats(struct sh_import *in, const json_t *doc)
{
	const json_t *memory = sh_document_at(doc, "memory_stats");
	const char *name = sh_document_text(doc, "name");
	struct sh_sample_writer s;

	sh_docker_begin(&s, in, name, NULL, NULL);
	put_memory(&s, memory_used(memory), sh_document_number(memory, "limit"));
	sh_sample_number(&s, "max_bytes", sh_document_number(memory, "max_usage"));
	sh_sample_number(&s, "limit_hits", sh_document_number(memory, "failcnt"));
	sh_sample_group(&s, "container");
	sh_sample_number(&s, "cpu", cpu_percent(doc));
	sh_sample_number(&s, "processes", sh_document_number(doc, "pids_stats.current"));
	if (in->c->detail) {
		sh_sample_group(&s, "memory_stats");
		sh_document_put_all(&s, sh_document_at(memory, "stats"));
		sh_sample_group(&s, "cpu_stats");
		sh_document_put_all(&s, sh_document_at(doc, "cpu_stats"));
	}
	sh_sample_end(&s);
	if (in->c->detail) {
		networks(in, name, sh_document_at(doc, "networks"));
		devices(in, name, sh_document_at(doc, "blkio_stats"));
	}
}

static struct sh_span text_of(const json_t *doc, const char *docker, const char *podman)
{
	const char *text = sh_document_text(doc, docker);

	return sh_span_of(text ? text : sh_document_text(doc, podman));
}

/* A line of `docker stats --format json`, an item of `podman stats --format json`. */
void sh_docker_stats_line(struct sh_import *in, const json_t *doc)
{
	struct sh_span memory = text_of(doc, "MemUsage", "mem_usage");
	const char *name = sh_document_text(doc, "Name");
	struct sh_sample_writer s;

	sh_docker_begin(&s, in, name ? name : sh_document_text(doc, "name"), NULL, NULL);
	sh_sample_group(&s, "memory");
	sh_sample_number(&s, "usage", sh_unit_percent(text_of(doc, "MemPerc", "mem_percent")));
	sh_sample_number(&s, "used_bytes", sh_unit_bytes(sh_unit_before(memory, '/')));
	sh_sample_number(&s, "limit_bytes", sh_unit_bytes(sh_unit_behind(memory, '/')));
	sh_sample_group(&s, "container");
	sh_sample_number(&s, "cpu", sh_unit_percent(text_of(doc, "CPUPerc", "cpu_percent")));
	sh_sample_number(&s, "processes",
			sh_first_number(sh_unit_number(text_of(doc, "PIDs", "pids")),
					sh_document_number(doc, "pids")));
	sh_sample_end(&s);
}

/* SPDX-License-Identifier: MIT */
/* What the engine says of one container, and of itself. */
#include "config.h"

#include <math.h>
#include <string.h>
#include <strings.h>

#include "base/mem.h"
#include "collect/format/docker.h"
#include "collect/format/units.h"

static double is_healthy(const json_t *state)
{
	const char *status = sh_document_text(state, "Health.Status");

	if (!status || (strcasecmp(status, "healthy") != 0 && strcasecmp(status, "unhealthy") != 0))
		return NAN; /* none, or still starting */
	return !strcasecmp(status, "healthy");
}

/* A container that never ended has no exit code yet, though one is written. */
static void put_end(struct sh_sample_writer *s, const json_t *state)
{
	double from = sh_document_time(state, "StartedAt"), to = sh_document_time(state, "FinishedAt");
	const char *status = sh_document_text(state, "Status");
	bool ended = status && (!strcmp(status, "exited") || !strcmp(status, "dead"));

	if (ended)
		sh_sample_number(s, "exit_code", sh_document_number(state, "ExitCode"));
	sh_sample_number(s, "oom_killed", sh_document_number(state, "OOMKilled"));
	if (ended && to >= from)
		sh_sample_number(s, "ran_s", to - from);
}

#define ID 64 /* digits */

/* "container:NAME" shares the network of another; of an id the name is not known. */
static char *sharer(const struct sh_import *in, const json_t *doc)
{
	struct sh_span other = sh_span_of(sh_document_text(doc, "HostConfig.NetworkMode"));

	if (other.len <= 10 || memcmp(other.p, "container:", 10) != 0 || other.len == 10 + ID)
		return NULL;
	return sh_import_name(in, "container", other.p + 10);
}

static void link_others(struct sh_import *in, const json_t *doc)
{
	const char *name = sh_document_text(doc, "Name");
	SH_CLEANUP_FREE char *shared = sharer(in, doc);
	SH_CLEANUP_FREE char *self = name ? sh_import_name(in, "container", name + (*name == '/')) : NULL;
	SH_CLEANUP_FREE char *host = sh_import_name(in, "host", in->c->host);
	const json_t *links = sh_document_at(doc, "HostConfig.Links");
	size_t i;
	json_t *link;

	sh_import_link(in, self, "runs_on", host);
	sh_import_link(in, self, "depends_on", shared);
	/* "/db:/web/database" */
	json_array_foreach(links, i, link) {
		const char *text = json_string_value(link);
		SH_CLEANUP_FREE char *which = text ? sh_strndup(text + (*text == '/'),
								strcspn(text + (*text == '/'), ":")) : NULL;
		SH_CLEANUP_FREE char *other = which ? sh_import_name(in, "container", which) : NULL;

		sh_import_link(in, self, "depends_on", other);
	}
}

void sh_docker_inspect(struct sh_import *in, const json_t *doc)
{
	const json_t *state = sh_document_at(doc, "State");
	struct sh_sample_writer s;

	sh_docker_begin(&s, in, sh_document_text(doc, "Name"), NULL, sh_document_text(doc, "Config.Image"));
	sh_sample_group(&s, "container");
	sh_docker_put_state(&s, sh_document_text(state, "Status"));
	sh_sample_number(&s, "healthy", is_healthy(state));
	sh_sample_number(&s, "failing_streak", sh_document_number(state, "Health.FailingStreak"));
	put_end(&s, state);
	sh_sample_number(&s, "restarts", sh_document_number(doc, "RestartCount"));
	sh_sample_number(&s, "pid", sh_document_number(state, "Pid"));
	sh_sample_number(&s, "size_bytes", sh_document_number(doc, "SizeRootFs"));
	sh_sample_number(&s, "started_time", sh_document_time(state, "StartedAt"));
	sh_sample_number(&s, "finished_time", sh_document_time(state, "FinishedAt"));
	sh_sample_end(&s);
	link_others(in, doc);
}

/* [["Data Space Used", "17.3 GB"], ...]: what is a size. */
static void put_driver(struct sh_sample_writer *s, const json_t *pairs)
{
	SH_CLEANUP_BUF struct sh_buf name = SH_BUF_INIT;
	size_t i;
	json_t *pair;

	json_array_foreach(pairs, i, pair) {
		const char *key = json_string_value(json_array_get(pair, 0));
		struct sh_span value = sh_span_of(json_string_value(json_array_get(pair, 1)));

		if (!key || !*key || !value.len || value.p[value.len - 1] != 'B')
			continue;
		sh_buf_clear(&name);
		sh_buf_addstr(&name, "driver_");
		sh_metric_name(&name, key);
		sh_buf_addstr(&name, "_bytes");
		sh_sample_number(s, sh_buf_str(&name), sh_unit_bytes(value));
	}
}

static double either(const json_t *doc, const char *docker, const char *podman)
{
	return sh_first_number(sh_document_number(doc, docker), sh_document_number(doc, podman));
}

/* `docker info` and `podman info`, each in JSON. */
void sh_docker_info(struct sh_import *in, const json_t *doc)
{
	struct sh_sample_writer s;

	sh_document_begin(&s, in, NULL, NULL, NULL, NULL);
	sh_sample_group(&s, "containers");
	sh_sample_number(&s, "total", either(doc, "Containers", "store.containerStore.number"));
	sh_sample_number(&s, "running", either(doc, "ContainersRunning", "store.containerStore.running"));
	sh_sample_number(&s, "paused", either(doc, "ContainersPaused", "store.containerStore.paused"));
	sh_sample_number(&s, "stopped", either(doc, "ContainersStopped", "store.containerStore.stopped"));
	sh_sample_number(&s, "images", either(doc, "Images", "store.imageStore.number"));
	sh_sample_group(&s, "engine");
	sh_sample_number(&s, "cpus", either(doc, "NCPU", "host.cpus"));
	sh_sample_number(&s, "memory_bytes", either(doc, "MemTotal", "host.memTotal"));
	sh_sample_number(&s, "goroutines", sh_document_number(doc, "NGoroutines"));
	sh_sample_number(&s, "descriptors", sh_document_number(doc, "NFd"));
	sh_sample_number(&s, "listeners", sh_document_number(doc, "NEventsListener"));
	put_driver(&s, sh_document_at(doc, "DriverStatus"));
	sh_sample_end(&s);
}

static double sum_of(const json_t *list, const char *path)
{
	double sum = NAN;
	size_t i;
	json_t *item;

	json_array_foreach(list, i, item) {
		double v = sh_document_number(item, path);

		if (v >= 0) /* -1: not known */
			sum = sh_first_number(sum, 0) + v;
	}
	return sum;
}

/* The API's /system/df. */
void sh_docker_disk(struct sh_import *in, const json_t *doc)
{
	struct sh_sample_writer s;

	sh_document_begin(&s, in, NULL, NULL, NULL, NULL);
	sh_sample_group(&s, "engine");
	sh_sample_number(&s, "layers_bytes", sh_document_number(doc, "LayersSize"));
	sh_sample_number(&s, "volumes_bytes", sum_of(sh_document_at(doc, "Volumes"), "UsageData.Size"));
	sh_sample_number(&s, "containers_bytes", sum_of(sh_document_at(doc, "Containers"), "SizeRw"));
	sh_sample_end(&s);
}

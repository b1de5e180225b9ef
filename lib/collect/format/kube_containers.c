/* SPDX-License-Identifier: MIT */
/* The containers of a pod, each a dimension. */
#include "config.h"

#include <math.h>
#include <string.h>

#include "collect/format/kube.h"

/* Metrics of containers, and of init containers, have the same names but for this. */
struct part {
	const char *prefix; /* "container", "init_container" */
	const char *specs, *statuses;
};

static const struct part parts[] = {
	{ "container", "spec.containers", "status.containerStatuses" },
	{ "init_container", "spec.initContainers", "status.initContainerStatuses" },
};

static const char *name_of(struct sh_buf *out, const struct part *p, const char *rest)
{
	sh_buf_clear(out);
	sh_buf_addf(out, "%s_%s", p->prefix, rest);
	return sh_buf_str(out);
}

static const json_t *named(const json_t *list, const char *name)
{
	size_t i;
	json_t *item;

	json_array_foreach(list, i, item) {
		const char *is = sh_document_text(item, "name");

		if (is && !strcmp(is, name))
			return item;
	}
	return NULL;
}

static void info(struct sh_kube *k, const struct part *p, const json_t *c, struct sh_buf *b)
{
	const char *name = sh_document_text(c, "name");
	const json_t *spec = named(sh_document_at(k->doc, p->specs), name);

	sh_kube_fact(k, name_of(b, p, "info"), 1, "container", name, "image",
		     sh_document_text(c, "image"), "image_id", sh_document_text(c, "imageID"),
		     "image_spec", sh_document_text(spec, "image"), "container_id",
		     sh_document_text(c, "containerID"), NULL);
}

/* waiting, running, terminated: one of them is there. */
static void state(struct sh_kube *k, const struct part *p, const json_t *c, struct sh_buf *b)
{
	static const char *const states[] = { "waiting", "running", "terminated" };
	const char *name = sh_document_text(c, "name");

	for (size_t i = 0; i < 3; i++) {
		const json_t *in = json_object_get(sh_document_at(c, "state"), states[i]);
		const char *reason = sh_document_text(in, "reason");

		sh_buf_clear(b);
		sh_buf_addf(b, "%s_status_%s", p->prefix, states[i]);
		sh_kube_fact(k, sh_buf_str(b), json_is_object(in), "container", name, NULL);
		sh_buf_addstr(b, "_reason");
		if (reason)
			sh_kube_fact(k, sh_buf_str(b), 1, "container", name, "reason", reason, NULL);
	}
	sh_kube_fact(k, name_of(b, p, "state_started"),
		     sh_first_number(sh_document_time(c, "state.running.startedAt"),
				     sh_document_time(c, "state.terminated.startedAt")),
		     "container", name, NULL);
}

static void last(struct sh_kube *k, const struct part *p, const json_t *c, struct sh_buf *b)
{
	const char *name = sh_document_text(c, "name");
	const json_t *ended = sh_document_at(c, "lastState.terminated");
	const char *reason = sh_document_text(ended, "reason");

	if (reason)
		sh_kube_fact(k, name_of(b, p, "status_last_terminated_reason"), 1, "container", name,
			     "reason", reason, NULL);
	sh_kube_fact(k, name_of(b, p, "status_last_terminated_exitcode"),
		     sh_document_number(ended, "exitCode"), "container", name, NULL);
	sh_kube_fact(k, name_of(b, p, "status_last_terminated_timestamp"),
		     sh_document_time(ended, "finishedAt"), "container", name, NULL);
}

static void statuses(struct sh_kube *k, const struct part *p, struct sh_buf *b)
{
	size_t i;
	json_t *c;

	json_array_foreach(sh_document_at(k->doc, p->statuses), i, c) {
		const char *name = sh_document_text(c, "name");

		if (!name)
			continue;
		info(k, p, c, b);
		state(k, p, c, b);
		last(k, p, c, b);
		/* Both are written always; what is not there in a document by hand is their zero. */
		sh_kube_fact(k, name_of(b, p, "status_ready"),
			     json_is_true(sh_document_at(c, "ready")), "container", name, NULL);
		sh_kube_fact(k, name_of(b, p, "status_restarts_total"),
			     sh_first_number(sh_document_number(c, "restartCount"), 0), "container",
			     name, NULL);
	}
}

static void specs(struct sh_kube *k, const struct part *p, struct sh_buf *b)
{
	const char *node = sh_document_text(k->doc, "spec.nodeName");
	size_t i;
	json_t *c;

	json_array_foreach(sh_document_at(k->doc, p->specs), i, c) {
		const char *name = sh_document_text(c, "name");

		if (!name)
			continue;
		sh_kube_resources(k, name_of(b, p, "resource_requests"),
				  sh_document_at(c, "resources.requests"), name, node);
		sh_kube_resources(k, name_of(b, p, "resource_limits"),
				  sh_document_at(c, "resources.limits"), name, node);
	}
}

void sh_kube_containers(struct sh_kube *k)
{
	SH_CLEANUP_BUF struct sh_buf b = SH_BUF_INIT;

	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		statuses(k, &parts[i], &b);
		specs(k, &parts[i], &b);
	}
}

/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <math.h>
#include <string.h>

#include "collect/format/kube.h"

static const char *const phases[] = { "Pending", "Succeeded", "Failed", "Unknown", "Running", NULL };
static const char *const classes[] = { "BestEffort", "Burstable", "Guaranteed", NULL };
static const char *const conditions[] = { "true", "false", "unknown", NULL };

struct tally {
	double containers, ready, restarts, crash_loop, image_error, oom_killed;
};

static bool is(const json_t *v, const char *path, const char *word)
{
	const char *text = sh_document_text(v, path);

	return text && !strcmp(text, word);
}

static void count(struct tally *t, const json_t *statuses)
{
	size_t i;
	json_t *c;

	json_array_foreach(statuses, i, c) {
		double restarts = sh_document_number(c, "restartCount");

		t->containers++;
		t->ready += json_is_true(sh_document_at(c, "ready"));
		t->restarts += isnan(restarts) ? 0 : restarts;
		t->crash_loop += is(c, "state.waiting.reason", "CrashLoopBackOff");
		t->image_error += is(c, "state.waiting.reason", "ImagePullBackOff") ||
				  is(c, "state.waiting.reason", "ErrImagePull");
		t->oom_killed += is(c, "lastState.terminated.reason", "OOMKilled") ||
				 is(c, "state.terminated.reason", "OOMKilled");
	}
}

static void put_containers(struct sh_sample_writer *s, const json_t *status)
{
	const json_t *all = sh_document_at(status, "containerStatuses");
	struct tally t = { 0 };

	if (!json_is_array(all))
		return;
	count(&t, all);
	sh_sample_number(s, "containers", t.containers);
	sh_sample_number(s, "containers_ready", t.ready);
	count(&t, sh_document_at(status, "initContainerStatuses"));
	sh_sample_number(s, "restarts", t.restarts);
	sh_sample_number(s, "crash_loop", t.crash_loop);
	sh_sample_number(s, "image_error", t.image_error);
	sh_sample_number(s, "oom_killed", t.oom_killed);
}

static double phase_is(const char *phase, const char *word)
{
	return phase ? !strcmp(phase, word) : NAN;
}

static void condition(struct sh_kube *k, const char *type, const char *metric, const char *time)
{
	static const char *const upper[] = { "True", "False", "Unknown" };
	const json_t *c = sh_kube_condition_of(k->doc, type);

	for (size_t i = 0; metric && i < 3; i++)
		if (is(c, "status", upper[i]))
			sh_kube_enum(k, metric, "condition", conditions[i], conditions);
	if (time && is(c, "status", "True"))
		sh_kube_fact(k, time, sh_document_time(c, "lastTransitionTime"), NULL);
}

static void owners(struct sh_kube *k)
{
	const json_t *all = sh_document_at(k->doc, "metadata.ownerReferences");
	size_t i;
	json_t *o;

	if (json_array_size(all) == 0)
		sh_kube_fact(k, "owner", 1, "owner_kind", "", "owner_name", "",
			     "owner_is_controller", "", NULL);
	json_array_foreach(all, i, o)
		sh_kube_fact(k, "owner", 1, "owner_kind", sh_document_text(o, "kind"), "owner_name",
			     sh_document_text(o, "name"), "owner_is_controller",
			     json_is_true(sh_document_at(o, "controller")) ? "true" : "false", NULL);
}

/* Who made it: the owner that controls it. */
static const json_t *controller(const json_t *doc)
{
	size_t i;
	json_t *o;

	json_array_foreach(sh_document_at(doc, "metadata.ownerReferences"), i, o)
		if (json_is_true(sh_document_at(o, "controller")))
			return o;
	return NULL;
}

static void info(struct sh_kube *k)
{
	const json_t *spec = sh_document_at(k->doc, "spec"), *status = sh_document_at(k->doc, "status");
	const json_t *by = controller(k->doc);
	size_t i;
	json_t *ip;

	sh_kube_fact(k, "info", 1, "host_ip", sh_document_text(status, "hostIP"), "pod_ip",
		     sh_document_text(status, "podIP"), "node", sh_document_text(spec, "nodeName"),
		     "created_by_kind", sh_document_text(by, "kind"), "created_by_name",
		     sh_document_text(by, "name"), "priority_class",
		     sh_document_text(spec, "priorityClassName"), "host_network",
		     json_is_true(sh_document_at(spec, "hostNetwork")) ? "true" : "false", NULL);
	json_array_foreach(sh_document_at(status, "podIPs"), i, ip) {
		const char *text = sh_document_text(ip, "ip");

		if (text)
			sh_kube_fact(k, "ips", 1, "ip", text, "ip_family",
				     strchr(text, ':') ? "6" : "4", NULL);
	}
}

static void volumes(struct sh_kube *k)
{
	size_t i;
	json_t *v;

	json_array_foreach(sh_document_at(k->doc, "spec.volumes"), i, v) {
		const json_t *claim = sh_document_at(v, "persistentVolumeClaim");
		const char *name = sh_document_text(claim, "claimName");

		if (!name)
			continue;
		sh_kube_fact(k, "spec_volumes_persistentvolumeclaims_info", 1,
			     "persistentvolumeclaim", name, "volume", sh_document_text(v, "name"), NULL);
		sh_kube_fact(k, "spec_volumes_persistentvolumeclaims_readonly",
			     json_is_true(sh_document_at(claim, "readOnly")),
			     "persistentvolumeclaim", name, "volume", sh_document_text(v, "name"), NULL);
	}
}

static void tolerations(struct sh_kube *k)
{
	static const char *const members[] = { "key", "operator", "value", "effect" };
	size_t i;
	json_t *t;

	json_array_foreach(sh_document_at(k->doc, "spec.tolerations"), i, t) {
		const char *p[11] = { NULL };
		const json_t *s = sh_document_at(t, "tolerationSeconds");
		SH_CLEANUP_BUF struct sh_buf seconds = SH_BUF_INIT;
		size_t n = 0;

		for (size_t m = 0; m < 4; m++) {
			if (!sh_document_text(t, members[m]))
				continue;
			p[n++] = members[m];
			p[n++] = sh_document_text(t, members[m]);
		}
		if (json_is_integer(s)) {
			sh_buf_addf(&seconds, "%lld", json_integer_value(s));
			p[n++] = "toleration_seconds";
			p[n++] = sh_buf_str(&seconds);
		}
		sh_kube_fact(k, "tolerations", 1, p[0], p[1], p[2], p[3], p[4], p[5], p[6], p[7],
			     p[8], p[9], NULL);
	}
}

static void specification(struct sh_kube *k)
{
	const json_t *spec = sh_document_at(k->doc, "spec");
	const char *word;

	if ((word = sh_document_text(spec, "restartPolicy")))
		sh_kube_fact(k, "restart_policy", 1, "type", word, NULL);
	if ((word = sh_document_text(spec, "serviceAccountName")))
		sh_kube_fact(k, "service_account", 1, "service_account", word, NULL);
	if ((word = sh_document_text(spec, "runtimeClassName")))
		sh_kube_fact(k, "runtimeclass_name_info", 1, "runtimeclass_name", word, NULL);
	if ((word = sh_document_text(spec, "schedulerName")))
		sh_kube_fact(k, "scheduler", 1, "name", word, NULL);
	sh_kube_map(k, "nodeselectors", "nodeselector", sh_document_at(spec, "nodeSelector"));
	sh_kube_fact(k, "overhead_cpu_cores", sh_kube_quantity(sh_document_at(spec, "overhead.cpu")), NULL);
	sh_kube_fact(k, "overhead_memory_bytes",
		     sh_kube_quantity(sh_document_at(spec, "overhead.memory")), NULL);
	tolerations(k);
	volumes(k);
}

static double later(double a, double b)
{
	return fmax(a, b); /* what is NaN does not count */
}

/* A pod that has ended did so when its last container had. */
static double completion(const json_t *doc)
{
	double t = NAN;
	size_t i;
	json_t *c;

	json_array_foreach(sh_document_at(doc, "status.containerStatuses"), i, c)
		t = later(t, sh_document_time(c, "state.terminated.finishedAt"));
	return t;
}

/* The phase of a pod that is to be deleted on a node that was lost is not known any more. */
static const char *phase_of(const json_t *doc)
{
	bool lost = sh_document_text(doc, "metadata.deletionTimestamp") &&
		    is(doc, "status.reason", "NodeLost");

	return lost ? "Unknown" : sh_document_text(doc, "status.phase");
}

static void facts(struct sh_kube *k)
{
	const json_t *status = sh_document_at(k->doc, "status");
	const json_t *scheduled = sh_kube_condition_of(k->doc, "PodScheduled");
	const char *reason = sh_document_text(status, "reason");

	sh_kube_metadata(k);
	info(k);
	owners(k);
	sh_kube_enum(k, "status_phase", "phase", phase_of(k->doc), phases);
	sh_kube_enum(k, "status_qos_class", "qos_class", sh_document_text(status, "qosClass"), classes);
	condition(k, "Ready", "status_ready", "status_ready_time");
	condition(k, "PodScheduled", "status_scheduled", "status_scheduled_time");
	condition(k, "Initialized", NULL, "status_initialized_time");
	condition(k, "ContainersReady", NULL, "status_container_ready_time");
	if (is(scheduled, "status", "False") && is(scheduled, "reason", "Unschedulable"))
		sh_kube_fact(k, "status_unschedulable", 1, NULL);
	if (reason)
		sh_kube_fact(k, "status_reason", 1, "reason", reason, NULL);
	sh_kube_fact(k, "start_time", sh_document_time(status, "startTime"), NULL);
	sh_kube_fact(k, "completion_time", completion(k->doc), NULL);
	specification(k);
	sh_kube_containers(k);
}

void sh_kube_pod(struct sh_kube *k)
{
	const json_t *status = sh_document_at(k->doc, "status");
	const char *phase = sh_document_text(status, "phase");
	struct sh_sample_writer s;

	sh_kube_begin(k, &s);
	sh_sample_number(&s, "running", phase_is(phase, "Running"));
	sh_sample_number(&s, "pending", phase_is(phase, "Pending"));
	sh_sample_number(&s, "failed", phase_is(phase, "Failed"));
	sh_sample_number(&s, "succeeded", phase_is(phase, "Succeeded"));
	sh_sample_number(&s, "evicted", phase ? is(status, "reason", "Evicted") : NAN);
	sh_sample_number(&s, "ready", sh_kube_condition(k->doc, "Ready"));
	sh_sample_number(&s, "scheduled", sh_kube_condition(k->doc, "PodScheduled"));
	put_containers(&s, status);
	sh_sample_end(&s);
	if (k->in->c->detail)
		facts(k);
}

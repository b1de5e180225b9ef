/* SPDX-License-Identifier: MIT */
/* What keeps pods running: deployments, daemon sets and their kin. */
#include "config.h"

#include <math.h>
#include <string.h>

#include "collect/format/kube.h"

/*
 * Numbers of the status and the specification. The API server leaves out those
 * that are 0 (ZERO) where the status itself is there; others are always written.
 */
static const struct {
	const char *type, *name, *path;
	bool zero;
} numbers[] = {
	{ "daemonset", "status_current_number_scheduled", "status.currentNumberScheduled", true },
	{ "daemonset", "status_desired_number_scheduled", "status.desiredNumberScheduled", true },
	{ "daemonset", "status_number_available", "status.numberAvailable", true },
	{ "daemonset", "status_number_misscheduled", "status.numberMisscheduled", true },
	{ "daemonset", "status_number_ready", "status.numberReady", true },
	{ "daemonset", "status_number_unavailable", "status.numberUnavailable", true },
	{ "daemonset", "status_observed_generation", "status.observedGeneration", true },
	{ "daemonset", "status_updated_number_scheduled", "status.updatedNumberScheduled", true },
	{ "deployment", "status_replicas", "status.replicas", true },
	{ "deployment", "status_replicas_ready", "status.readyReplicas", true },
	{ "deployment", "status_replicas_available", "status.availableReplicas", true },
	{ "deployment", "status_replicas_unavailable", "status.unavailableReplicas", true },
	{ "deployment", "status_replicas_updated", "status.updatedReplicas", true },
	{ "deployment", "status_observed_generation", "status.observedGeneration", true },
	{ "deployment", "spec_replicas", "spec.replicas", false },
	{ "deployment", "spec_paused", "spec.paused", true },
	{ "statefulset", "replicas", "spec.replicas", false },
	{ "statefulset", "status_replicas", "status.replicas", true },
	{ "statefulset", "status_replicas_ready", "status.readyReplicas", true },
	{ "statefulset", "status_replicas_available", "status.availableReplicas", true },
	{ "statefulset", "status_replicas_current", "status.currentReplicas", true },
	{ "statefulset", "status_replicas_updated", "status.updatedReplicas", true },
	{ "statefulset", "status_observed_generation", "status.observedGeneration", true },
	{ "replicaset", "spec_replicas", "spec.replicas", false },
	{ "replicaset", "status_replicas", "status.replicas", true },
	{ "replicaset", "status_ready_replicas", "status.readyReplicas", true },
	{ "replicaset", "status_fully_labeled_replicas", "status.fullyLabeledReplicas", true },
	{ "replicaset", "status_observed_generation", "status.observedGeneration", true },
	{ "job", "spec_completions", "spec.completions", false },
	{ "job", "spec_parallelism", "spec.parallelism", false },
	{ "job", "status_active", "status.active", true },
	{ "job", "status_succeeded", "status.succeeded", true },
	{ "job", "status_failed", "status.failed", true },
};

static double value(const json_t *doc, const char *path, bool zero)
{
	const char *part = strncmp(path, "spec.", 5) ? "status" : "spec";

	if (zero && json_is_object(json_object_get(doc, part)))
		return sh_first_number(sh_document_number(doc, path), 0);
	return sh_document_number(doc, path);
}

static void facts(struct sh_kube *k)
{
	sh_kube_metadata(k);
	sh_kube_fact(k, "metadata_generation", sh_document_number(k->doc, "metadata.generation"), NULL);
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		if (!strcmp(numbers[i].type, k->type))
			sh_kube_fact(k, numbers[i].name,
				     value(k->doc, numbers[i].path, numbers[i].zero), NULL);
}

static void job(struct sh_kube *k, struct sh_sample_writer *s)
{
	sh_sample_number(s, "active", value(k->doc, "status.active", true));
	sh_sample_number(s, "succeeded", value(k->doc, "status.succeeded", true));
	sh_sample_number(s, "failures", value(k->doc, "status.failed", true));
	sh_sample_number(s, "failed", sh_kube_condition(k->doc, "Failed"));
	sh_sample_number(s, "complete", sh_kube_condition(k->doc, "Complete"));
}

/* How many pods there should be, and how many serve. */
void sh_kube_workload(struct sh_kube *k)
{
	bool daemons = !strcmp(k->type, "daemonset");
	struct sh_sample_writer s;

	sh_kube_begin(k, &s);
	if (!strcmp(k->type, "job")) {
		job(k, &s);
	} else {
		sh_sample_number(&s, "desired", daemons ?
				value(k->doc, "status.desiredNumberScheduled", true) :
				sh_document_number(k->doc, "spec.replicas"));
		sh_sample_number(&s, "ready", value(k->doc, daemons ? "status.numberReady" :
						   "status.readyReplicas", true));
		sh_sample_number(&s, "available", value(k->doc, daemons ? "status.numberAvailable" :
						       "status.availableReplicas", true));
	}
	sh_sample_end(&s);
	if (k->in->c->detail)
		facts(k);
}

void sh_kube_namespace(struct sh_kube *k)
{
	static const char *const phases[] = { "Active", "Terminating", NULL };
	const char *phase = sh_document_text(k->doc, "status.phase");
	struct sh_sample_writer s;

	sh_kube_begin(k, &s);
	sh_sample_number(&s, "active", phase ? !strcmp(phase, "Active") : NAN);
	sh_sample_end(&s);
	sh_kube_metadata(k);
	sh_kube_enum(k, "status_phase", "phase", phase, phases);
}

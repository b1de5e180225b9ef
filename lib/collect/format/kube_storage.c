/* SPDX-License-Identifier: MIT */
/* Persistent volumes, and the claims on them. */
#include "config.h"

#include <math.h>
#include <string.h>

#include "collect/format/kube.h"

static const char *const volume_phases[] = { "Pending", "Available", "Bound", "Released", "Failed", NULL };
static const char *const claim_phases[] = { "Lost", "Bound", "Pending", NULL };

static double phase_is(const json_t *doc, const char *word)
{
	const char *phase = sh_document_text(doc, "status.phase");

	return phase ? !strcmp(phase, word) : NAN;
}

/* Where the volume is, by the kind of storage. */
static const struct {
	const char *label, *path;
} places[] = {
	{ "storageclass", "storageClassName" },
	{ "gce_persistent_disk_name", "gcePersistentDisk.pdName" },
	{ "ebs_volume_id", "awsElasticBlockStore.volumeID" },
	{ "azure_disk_name", "azureDisk.diskName" },
	{ "fc_wwids", "fc.wwids" },
	{ "fc_lun", "fc.lun" },
	{ "fc_target_wwns", "fc.targetWWNs" },
	{ "iscsi_target_portal", "iscsi.targetPortal" },
	{ "iscsi_iqn", "iscsi.iqn" },
	{ "iscsi_lun", "iscsi.lun" },
	{ "iscsi_initiator_name", "iscsi.initiatorName" },
	{ "local_path", "local.path" },
	{ "local_fs", "local.fsType" },
	{ "host_path", "hostPath.path" },
	{ "host_path_type", "hostPath.type" },
	{ "nfs_server", "nfs.server" },
	{ "nfs_path", "nfs.path" },
	{ "csi_driver", "csi.driver" },
	{ "csi_volume_handle", "csi.volumeHandle" },
	{ "reclaim_policy", "persistentVolumeReclaimPolicy" },
};
#define PLACES (sizeof(places) / sizeof(places[0]))

/* A word, a number, or words of a list with commas between them. */
static void add_words(struct sh_buf *out, const json_t *v)
{
	size_t i;
	json_t *word;

	if (json_is_string(v))
		sh_buf_addstr(out, json_string_value(v));
	if (json_is_integer(v))
		sh_buf_addf(out, "%lld", json_integer_value(v));
	json_array_foreach(v, i, word)
		if (json_is_string(word))
			sh_buf_addf(out, "%s%s", i ? "," : "", json_string_value(word));
}

static void info(struct sh_kube *k)
{
	SH_CLEANUP_BUF struct sh_buf text = SH_BUF_INIT;
	const json_t *spec = sh_document_at(k->doc, "spec");
	size_t at[PLACES];
	const char *p[PLACES];

	for (size_t i = 0; i < PLACES; i++) {
		at[i] = text.len;
		add_words(&text, sh_document_at(spec, places[i].path));
		sh_buf_addch(&text, '\0');
	}
	for (size_t i = 0; i < PLACES; i++)
		p[i] = text.data + at[i];
#define PAIR(i) places[i].label, p[i]
	sh_kube_fact(k, "info", 1, PAIR(0), PAIR(1), PAIR(2), PAIR(3), PAIR(4), PAIR(5), PAIR(6),
		     PAIR(7), PAIR(8), PAIR(9), PAIR(10), PAIR(11), PAIR(12), PAIR(13), PAIR(14),
		     PAIR(15), PAIR(16), PAIR(17), PAIR(18), PAIR(19), NULL);
#undef PAIR
}

static void volume_facts(struct sh_kube *k)
{
	const json_t *claim = sh_document_at(k->doc, "spec.claimRef");
	const json_t *attributes = sh_document_at(k->doc, "spec.csi.volumeAttributes");
	const char *mode = sh_document_text(k->doc, "spec.volumeMode");

	sh_kube_metadata(k);
	sh_kube_enum(k, "status_phase", "phase", sh_document_text(k->doc, "status.phase"),
		     volume_phases);
	sh_kube_fact(k, "capacity_bytes",
		     sh_kube_quantity(sh_document_at(k->doc, "spec.capacity.storage")), NULL);
	if (claim)
		sh_kube_fact(k, "claim_ref", 1, "claim_namespace",
			     sh_document_text(claim, "namespace"), "name",
			     sh_document_text(claim, "name"), NULL);
	if (attributes)
		sh_kube_fact(k, "csi_attributes", 1, "csi_mounter",
			     sh_document_text(attributes, "mounter"), "csi_map_options",
			     sh_document_text(attributes, "mapOptions"), NULL);
	if (mode)
		sh_kube_fact(k, "volume_mode", 1, "volumemode", mode, NULL);
	info(k);
}

static void access_modes(struct sh_kube *k)
{
	size_t i;
	json_t *mode;

	json_array_foreach(sh_document_at(k->doc, "spec.accessModes"), i, mode)
		if (json_is_string(mode))
			sh_kube_fact(k, "access_mode", 1, "access_mode", json_string_value(mode), NULL);
}

void sh_kube_volume(struct sh_kube *k)
{
	struct sh_sample_writer s;

	sh_kube_begin(k, &s);
	sh_sample_number(&s, "bound", phase_is(k->doc, "Bound"));
	sh_sample_number(&s, "released", phase_is(k->doc, "Released"));
	sh_sample_number(&s, "failed", phase_is(k->doc, "Failed"));
	sh_sample_number(&s, "size_bytes",
			sh_kube_quantity(sh_document_at(k->doc, "spec.capacity.storage")));
	sh_sample_end(&s);
	volume_facts(k);
	access_modes(k);
}

static void claim_conditions(struct sh_kube *k)
{
	static const char *const words[] = { "true", "false", "unknown", NULL };
	static const char *const upper[] = { "True", "False", "Unknown" };
	size_t i;
	json_t *c;

	json_array_foreach(sh_document_at(k->doc, "status.conditions"), i, c) {
		const char *type = sh_document_text(c, "type"), *status = sh_document_text(c, "status");

		for (size_t w = 0; type && status && words[w]; w++)
			sh_kube_fact(k, "status_condition", !strcmp(status, upper[w]), "condition",
				     type, "status", words[w], NULL);
	}
}

void sh_kube_claim(struct sh_kube *k)
{
	struct sh_sample_writer s;
	double requested = sh_kube_quantity(sh_document_at(k->doc, "spec.resources.requests.storage"));

	sh_kube_begin(k, &s);
	sh_sample_number(&s, "bound", phase_is(k->doc, "Bound"));
	sh_sample_number(&s, "pending", phase_is(k->doc, "Pending"));
	sh_sample_number(&s, "lost", phase_is(k->doc, "Lost"));
	sh_sample_number(&s, "requested_bytes", requested);
	sh_sample_end(&s);
	sh_kube_metadata(k);
	sh_kube_fact(k, "info", 1, "storageclass", sh_document_text(k->doc, "spec.storageClassName"),
		     "volumename", sh_document_text(k->doc, "spec.volumeName"), "volumemode",
		     sh_document_text(k->doc, "spec.volumeMode"), NULL);
	sh_kube_enum(k, "status_phase", "phase", sh_document_text(k->doc, "status.phase"), claim_phases);
	sh_kube_fact(k, "resource_requests_storage_bytes", requested, NULL);
	access_modes(k);
	claim_conditions(k);
}

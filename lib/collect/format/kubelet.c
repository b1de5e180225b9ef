/* SPDX-License-Identifier: MIT */
/* The kubelet's /stats/summary: a node, its pods, their containers and volumes. */
#include "config.h"

#include <math.h>

#include "collect/format/document.h"
#include "collect/format/formats.h"

/* A thousand million of them are a core, which is 100 %. */
#define PERCENT_NANO 1e7

/* Cores are percent of one processor here; memory that the kernel cannot take back is what is used. */
static void put_use(struct sh_sample_writer *s, const char *group, const json_t *of)
{
	double free_bytes = sh_document_number(of, "memory.availableBytes");
	double used = sh_document_number(of, "memory.workingSetBytes");

	sh_sample_group(s, group);
	sh_sample_number(s, "cpu", sh_document_number(of, "cpu.usageNanoCores") / PERCENT_NANO);
	sh_sample_number(s, "processes", sh_document_number(of, "process_stats.process_count"));
	sh_sample_group(s, "memory");
	/* There is something available only where there is a limit. */
	sh_sample_number(s, "usage", sh_percent(used, used + free_bytes));
	sh_sample_number(s, "used_bytes", used);
	sh_sample_number(s, "resident_bytes", sh_document_number(of, "memory.rssBytes"));
}

static void put_space(struct sh_sample_writer *s, const json_t *fs)
{
	double free_bytes = sh_document_number(fs, "availableBytes");
	double used = sh_document_number(fs, "usedBytes");
	double inodes = sh_document_number(fs, "inodes");

	sh_sample_group(s, "storage");
	sh_sample_number(s, "utilization", sh_percent(used, used + free_bytes));
	sh_sample_number(s, "size_bytes", sh_document_number(fs, "capacityBytes"));
	sh_sample_number(s, "used_bytes", used);
	sh_sample_number(s, "available_bytes", free_bytes);
	sh_sample_number(s, "inodes_utilization",
			sh_percent(inodes - sh_document_number(fs, "inodesFree"), inodes));
}

static void put_totals(struct sh_sample_writer *s, const json_t *of)
{
	sh_sample_group(s, "network");
	sh_sample_number(s, "rx_bytes_total", sh_document_number(of, "network.rxBytes"));
	sh_sample_number(s, "tx_bytes_total", sh_document_number(of, "network.txBytes"));
	sh_sample_number(s, "rx_errors_total", sh_document_number(of, "network.rxErrors"));
	sh_sample_number(s, "tx_errors_total", sh_document_number(of, "network.txErrors"));
}

static void containers(struct sh_import *in, const char *pod, const json_t *list)
{
	struct sh_sample_writer s;
	size_t i;
	json_t *c;

	json_array_foreach(list, i, c) {
		const char *dims[] = { "container", sh_document_text(c, "name"), NULL };

		if (!dims[1])
			continue;
		sh_document_begin_fleet(&s, in, "pod", pod, dims, NULL);
		put_use(&s, "container", c);
		sh_sample_group(&s, "container_storage");
		sh_sample_number(&s, "root_bytes", sh_document_number(c, "rootfs.usedBytes"));
		sh_sample_number(&s, "log_bytes", sh_document_number(c, "logs.usedBytes"));
		sh_sample_end(&s);
	}
}

static void volumes(struct sh_import *in, const char *pod, const json_t *list)
{
	struct sh_sample_writer s;
	size_t i;
	json_t *v;

	json_array_foreach(list, i, v) {
		const char *dims[] = { "volume", sh_document_text(v, "name"), NULL };

		/* Others are directories of the node's own file system. */
		if (!dims[1] || !sh_document_at(v, "pvcRef"))
			continue;
		sh_document_begin_fleet(&s, in, "pod", pod, dims, NULL);
		put_space(&s, v);
		sh_sample_end(&s);
	}
}

static void pod(struct sh_import *in, const json_t *doc)
{
	SH_CLEANUP_BUF struct sh_buf name = SH_BUF_INIT;
	const char *space = sh_document_text(doc, "podRef.namespace");
	const char *own = sh_document_text(doc, "podRef.name");
	struct sh_sample_writer s;

	if (!space || !own)
		return;
	sh_buf_addf(&name, "%s/%s", space, own);
	sh_document_begin_fleet(&s, in, "pod", sh_buf_str(&name), NULL, NULL);
	put_use(&s, "pod", doc);
	sh_sample_group(&s, "pod_storage");
	sh_sample_number(&s, "ephemeral_bytes", sh_document_number(doc, "ephemeral-storage.usedBytes"));
	put_totals(&s, doc);
	sh_sample_end(&s);
	containers(in, sh_buf_str(&name), sh_document_at(doc, "containers"));
	volumes(in, sh_buf_str(&name), sh_document_at(doc, "volume"));
}

static bool convert(struct sh_import *in, const json_t *doc)
{
	const json_t *node = sh_document_at(doc, "node"), *pods = sh_document_at(doc, "pods");
	const json_t *images = sh_document_at(node, "runtime.imageFs");
	const char *name = sh_document_text(node, "nodeName");
	const char *dims[] = { "filesystem", "images", NULL };
	struct sh_sample_writer s;
	size_t i;
	json_t *p;

	if (!json_is_object(node) && !json_is_array(pods))
		return false;
	sh_document_begin_fleet(&s, in, "node", name, NULL, NULL);
	put_use(&s, "node", node);
	put_space(&s, sh_document_at(node, "fs"));
	put_totals(&s, node);
	sh_sample_end(&s);
	sh_document_begin_fleet(&s, in, "node", name, dims, NULL);
	put_space(&s, images);
	sh_sample_end(&s);
	json_array_foreach(pods, i, p)
		pod(in, p);
	return true;
}

int sh_format_kubelet(struct sh_import *in, struct sh_span text, struct sh_error *err)
{
	return sh_document_each(in, text, convert, err);
}

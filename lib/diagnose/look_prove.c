/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <string.h>

#include "diagnose/look_parts.h"
#include "diagnose/ranking.h"
#include "record/entity.h"
#include "record/json.h"

#define SHARE 50 /* percent, where it has one: less is one among others */

/* What is found, what it says (NULL: whatever), the cause that it speaks for, and how much. */
static const struct proof {
	const char *what, *words, *cause;
	double weight;
} proofs[] = {
	{ "connections_lost", NULL, "accept_queue_full", 0.5 },
	{ "connections_lost", NULL, "syn_flood", 0.3 },
	{ "datagrams_lost", NULL, "reader_too_slow", 0.5 },
	{ "port", "none waits", "firewall_blocks", 0.9 },
	{ "port", "some wait", "process_unresponsive", 0.7 },
	{ "directory_files", NULL, "inodes_exhausted", 0.5 },
	{ "directory_files", NULL, "inode_growth", 0.5 },
	{ "process_cpu", NULL, "cpu_bottleneck", 0.3 },
	{ "process_memory", NULL, "memory_shortage", 0.3 },
	{ "process_io", NULL, "disk_hog", 0.3 },
	{ "process_io", NULL, "storage_bottleneck", 0.3 },
	{ "kernel_log", "Out of memory", "out_of_memory_killed", 0.6 },
	{ "kernel_log", "oom-kill", "out_of_memory_killed", 0.6 },
	{ "kernel_log", "Out of memory", "memory_shortage", 0.5 },
	{ "kernel_log", "page allocation failure", "memory_fragmented", 0.5 },
	{ "kernel_log", "segfault", "program_crash", 0.5 },
	{ "kernel_log", "I/O error", "disk_failing", 0.5 },
	{ "kernel_log", "I/O error", "disk_failed", 0.5 },
	{ "kernel_log", "blocked for more than", "storage_stalled", 0.5 },
	{ "kernel_log", "fs error", "filesystem_error", 0.5 },
	{ "kernel_log", "fs error", "filesystem_corrupted", 0.5 },
	{ "kernel_log", "table full", "connection_table_full", 0.6 },
	{ "kernel_log", "Link is Down", "link_lost", 0.5 },
	{ "kernel_log", "temperature above threshold", "overheating", 0.5 },
	{ "kernel_log", "SYN flooding", "syn_flood", 0.3 },
	{ "kernel_log", "SYN flooding", "accept_queue_full", 0.4 },
};

/* What the kernel says of another disk proves nothing of this one. */
static bool is_of(const char *entity, const char *line)
{
	SH_CLEANUP_BUF struct sh_buf name = SH_BUF_INIT;
	struct sh_entity parts;

	if (!sh_entity_split(sh_span_of(entity), &parts) || !sh_span_is(parts.type, "disk"))
		return true;
	sh_entity_decode(parts.name, &name);
	return strstr(line, sh_buf_str(&name)) != NULL;
}

/* The line that was found; of a port what its queue says. */
static const char *words_of(const json_t *item)
{
	if (!strcmp(sh_json_str(item, "what", ""), "port"))
		return sh_json_num(item, "value", 0) > 0 ? "some wait" : "none waits";
	return sh_json_str(item, "line", "");
}

static bool is_proved(const struct sh_diagnosis *d, const struct proof *p, const json_t *item)
{
	const char *line = words_of(item);

	return !strcmp(p->what, sh_json_str(item, "what", "")) &&
	       sh_json_num(item, "share", 100) >= SHARE && (!p->words || (strcasestr(line, p->words) && is_of(d->entity, line)));
}

static void add_evidence(json_t *entry, json_t *item)
{
	json_t *evidence = json_copy(item);

	json_object_set_new(evidence, "source", json_string("look"));
	json_object_set_new(evidence, "text", sh_look_text(item));
	json_array_append_new(json_object_get(entry, "evidence"), evidence);
}

/* One finding of each kind is enough: lines that say the same are not independent. */
static bool prove(const struct sh_diagnosis *d, json_t *entry, const struct proof *p,
		  const json_t *found)
{
	size_t i;
	json_t *item;

	json_array_foreach(found, i, item) {
		if (!is_proved(d, p, item))
			continue;
		add_evidence(entry, item);
		sh_ranking_raise(entry, p->weight);
		return true;
	}
	return false;
}

void sh_look_prove(struct sh_diagnosis *d, const json_t *found)
{
	bool any = false;

	for (size_t i = 0; i < sizeof(proofs) / sizeof(proofs[0]); i++) {
		json_t *entry = sh_ranking_find(d->ranking, proofs[i].cause, false);

		any |= entry && prove(d, entry, &proofs[i], found);
	}
	if (any)
		d->ranking = sh_ranking_sorted(d->ranking);
}

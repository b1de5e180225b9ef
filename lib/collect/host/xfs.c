/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "collect/host/kv.h"
#include "collect/table.h"
#include "collect/text.h"

/* Lines of a stats file and what their numbers are, in order; "": not of interest. */
static const struct { const char *line, *name[8]; } table[] = {
	{ "extent_alloc", { "extent_allocation_extents_allocated_total",
		"extent_allocation_blocks_allocated_total", "extent_allocation_extents_freed_total",
		"extent_allocation_blocks_freed_total" } },
	{ "abt", { "allocation_btree_lookups_total", "allocation_btree_compares_total",
		"allocation_btree_records_inserted_total",
		"allocation_btree_records_deleted_total" } },
	{ "blk_map", { "block_mapping_reads_total", "block_mapping_writes_total",
		"block_mapping_unmaps_total", "block_mapping_extent_list_insertions_total",
		"block_mapping_extent_list_deletions_total",
		"block_mapping_extent_list_lookups_total",
		"block_mapping_extent_list_compares_total" } },
	{ "bmbt", { "block_map_btree_lookups_total", "block_map_btree_compares_total",
		"block_map_btree_records_inserted_total",
		"block_map_btree_records_deleted_total" } },
	{ "dir", { "directory_operation_lookup_total", "directory_operation_create_total",
		"directory_operation_remove_total", "directory_operation_getdents_total" } },
	{ "trans", { "transactions_sync_total", "transactions_async_total",
		"transactions_empty_total" } },
	{ "ig", { "inode_operation_attempts_total", "inode_operation_found_total",
		"inode_operation_recycled_total", "inode_operation_missed_total",
		"inode_operation_duplicates_total", "inode_operation_reclaims_total",
		"inode_operation_attribute_changes_total" } },
	{ "rw", { "write_calls_total", "read_calls_total" } },
	{ "vnodes", { "vnode_active_total", "vnode_allocate_total", "vnode_get_total",
		"vnode_hold_total", "vnode_release_total", "vnode_reclaim_total",
		"vnode_remove_total" } },
	{ "xpc", { "flushed_bytes_total", "written_bytes_total", "read_bytes_total" } },
};

static void write_line(struct sh_sample_writer *w, struct sh_span line)
{
	struct sh_span word;
	uint64_t v;

	if (!sh_text_field(&line, &word))
		return;
	for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++) {
		if (!sh_span_is(word, table[i].line))
			continue;
		for (size_t j = 0; j < 8 && table[i].name[j]; j++) {
			if (sh_text_u64s(&line, &v, 1) != 1)
				return;
			sh_sample_number(w, table[i].name[j], (double)v);
		}
	}
}

static void write_stats(struct sh_collect *c, const char *type, const char *name)
{
	struct sh_span rest = sh_text_of(&c->text), line;
	struct sh_sample_writer w;

	sh_collect_begin(c, &w, type, name, name, NULL, NULL);
	sh_sample_group(&w, "xfs");
	while (sh_text_line(&rest, &line))
		write_line(&w, line);
	sh_sample_end(&w);
}

int sh_collect_xfs(struct sh_collect *c, struct sh_error *err)
{
	SH_CLEANUP_NAMES struct sh_kv_names names = { 0 };
	struct sh_error gone = SH_ERROR_INIT;
	char path[300];

	/* Kernels before 4.4 count for all of them together. */
	if (!sh_collect_names(c, &names, "sys/fs/xfs", NULL)) {
		if (!sh_collect_wants(c, c->host))
			return 0;
		if (sh_collect_read(c, "proc/fs/xfs/stat", err) < 0)
			return -1;
		write_stats(c, "host", c->host);
		return 0;
	}
	for (size_t i = 0; i < names.n; i++) {
		snprintf(path, sizeof(path), "sys/fs/xfs/%.255s/stats/stats", names.name[i]);
		/* Beside the file systems there are directories of the module's own. */
		if (!strcmp(names.name[i], "stats") || !sh_collect_wants(c, names.name[i]))
			continue;
		if (sh_collect_read(c, path, &gone) == 0)
			write_stats(c, "disk", names.name[i]);
		sh_error_clear(&gone);
	}
	return 0;
}

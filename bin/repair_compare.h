/* SPDX-License-Identifier: MIT */
/*
 * repair_compare - sh-repair --compare: the decisions of two configurations on the same
 * records, and where they differ
 */
#ifndef SH_BIN_REPAIR_COMPARE_H
#define SH_BIN_REPAIR_COMPARE_H

#include "repair/desk.h"
#include "repair_side.h"

struct sh_decided; /* what one side said to one record */

struct sh_repair_compare {
	struct sh_cli *cli; /* borrowed */
	struct sh_side there;
	struct sh_desk desk;
	struct sh_decided *side[2]; /* of this record: here and there */
	int64_t decisions, differences;
};

/* PATH is a file or directory, as -c takes it; the ledger is a copy of that in STATE_DIR (NULL: empty). */
size_t sh_repair_compare_open(struct sh_repair_compare *c, struct sh_cli *cli, const char *const *paths,
			      const char *state_dir);
void sh_repair_compare_close(struct sh_repair_compare *c);
/* Lines that this side's desk wrote for the record at hand. */
void sh_repair_compare_here(struct sh_repair_compare *c, const char *data, size_t len);
/* After this side: let the other decide, and write what differs. */
int sh_repair_compare_record(struct sh_repair_compare *c, const struct sh_record *r, struct sh_writer *out,
			     struct sh_error *err);
/* How many decisions there were, and how many differ. */
void sh_repair_compare_end(struct sh_repair_compare *c, struct sh_writer *out, int64_t now);

#endif

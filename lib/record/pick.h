/* SPDX-License-Identifier: MIT */
/*
 * pick - of a sample's metrics only those somebody asked for, as doubles
 *
 *	size_t used = sh_pick_ask(&p, "storage.utilization");
 *	...
 *	sh_pick_take(&p, record);
 *	if (p.value[used] > 90) ...
 *
 * What sh_record_metrics would give, without building it: straight from the line
 * that the view has validated, and nothing is allocated from record to record.
 * The last member of a name counts, also when it is no number; a number beyond a
 * double is absent. A member that nobody asked for costs a look at its name.
 */
#ifndef SH_RECORD_PICK_H
#define SH_RECORD_PICK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/map.h"
#include "record/record.h"

struct sh_pick_name;
struct sh_pick_group;
struct sh_pick_plan;

/* Where a member that is asked for begins in the line. */
struct sh_pick_spot {
	const char *at;
	uint32_t slot;
};

/* Names by their bytes; private. */
struct sh_pick_table {
	struct sh_pick_name *entry; /* owned; open addressing */
	size_t n;
	unsigned bits; /* of the number of entries; 0 while there are none */
};

/* A metric group as it stands in the line: what counts as one is as in sh_record_metrics(). */
struct sh_pick_text {
	struct sh_span name; /* between the quotes, as written */
	bool escaped;        /* it holds a backslash */
	struct sh_span object;
};

struct sh_pick {
	/* By slot; owned, and moved by sh_pick_ask. Of one slot at most one is not NaN. */
	double *value; /* the number, always finite; NaN where there is none */
	/*
	 * For a member that is a text: 52 bits of a hash of it, the same in every run,
	 * as a whole number; 0 and 1 for false and true. NaN where there is none.
	 */
	double *text;
	size_t slots;
	/* The slots of the last record that hold a number or a text, in the order of the line. */
	uint32_t *found; /* owned */
	size_t n;
	uint64_t set;    /* the same for the same slots found, in their order; 0: not known */
	/*
	 * All groups of the last record, asked for or not, while its line lasts. A group
	 * may turn out to hold no number, and a name may come twice (the last one counts).
	 */
	struct sh_pick_text *text_of; /* owned */
	size_t texts;

	size_t cap, text_cap; /* from here on private */
	struct sh_map paths;
	struct sh_pick_table names; /* of groups */
	struct sh_pick_group *group;
	size_t groups, group_cap;
	uint64_t record;
	struct sh_buf decoded;
	struct sh_pick_spot *spot; /* owned; of the last record that was walked through */
	size_t spots, spot_cap;
	bool repeated;             /* and some name came twice in it */
	uint64_t sets;
	struct sh_pick_plan **plan; /* owned; of shapes, by their number: see pick_shape.h */
};

#define SH_PICK_INIT { .paths = SH_MAP_INIT(NULL) }

void sh_pick_release(struct sh_pick *p);

/*
 * Want the member of a group, "storage.utilization": the group's name ends at the
 * first '.'. Returns its slot, the same for the same path; any time. A path
 * without '.' has a slot that nothing fills.
 */
size_t sh_pick_ask(struct sh_pick *p, const char *path);

/*
 * Replace what was found by what R has; a record that is no sample has nothing.
 * Returns p->n.
 */
size_t sh_pick_take(struct sh_pick *p, const struct sh_record *r);

#endif

/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "state/ledger.h"

#include <stdlib.h>

#include "base/mem.h"
#include "record/json.h"
#include "state/db.h"
#include "state/ledger_internal.h"

/* They are notes, so they are history and in the chain: the newest of a guard and scope holds. */
#define NEWEST                                                                                  \
	"SELECT json_extract(record, '$.guard'), json_extract(record, '$.scope'),"               \
	" json_extract(record, '$.by'), json_extract(record, '$.reason'), time,"                 \
	" json_extract(record, '$.end') AS last FROM note n WHERE kind = 'override' AND time <= ?1" \
	" AND time > ?2 AND json_valid(record) AND last > ?1 AND NOT EXISTS (SELECT 1 FROM note m"  \
	"  WHERE m.kind IN ('override', 'override_ended') AND m.target IS n.target"                \
	"  AND (m.time, m.row) > (n.time, n.row) AND m.time <= ?1)"

int sh_ledger_overrides(struct sh_ledger *l, int64_t now,
			int (*each)(void *arg, const struct sh_override *o), void *arg, struct sh_error *err)
{
	SH_CLEANUP_QUERY struct sh_query q = { 0 };
	int got;

	if (sh_ledger_wake(l, err) < 0)
		return -1;
	sh_query_init(&q, &l->db, NEWEST " ORDER BY time, row");
	sh_query_int(&q, now);
	sh_query_int(&q, now - SH_OVERRIDE_LONGEST - 1);
	while ((got = sh_query_next(&q, err)) > 0) {
		const struct sh_override o = { .guard = sh_query_column_text(&q, 0),
					       .scope = sh_query_column_text(&q, 1),
					       .by = sh_query_column_text(&q, 2),
					       .reason = sh_query_column_text(&q, 3),
					       .since = sh_query_column_int(&q, 4),
					       .until = sh_query_column_int(&q, 5) };

		if (o.guard && o.scope && each(arg, &o))
			return 0;
	}
	return got;
}

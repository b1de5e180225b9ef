/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "state/db.h"
#include "state/ledger.h"
#include "state/ledger_internal.h"

static struct sh_lesson lesson_of(struct sh_query *q)
{
	return (struct sh_lesson){ .fingerprint = sh_query_column_text(q, 0),
				   .fault_type = sh_query_column_text(q, 1),
				   .target = sh_query_column_text(q, 2),
				   .cause = sh_query_column_text(q, 3),
				   .playbook = sh_query_column_text(q, 4),
				   .outcome = sh_query_column_text(q, 5),
				   .ended = sh_query_column_int(q, 6),
				   .started = sh_query_column_int(q, 7) };
}

int sh_ledger_lessons(struct sh_ledger *l, int64_t limit,
		      void (*each)(void *arg, const struct sh_lesson *x), void *arg,
		      struct sh_error *err)
{
	SH_CLEANUP_QUERY struct sh_query q = { 0 };
	int got;

	if (sh_ledger_wake(l, err) < 0)
		return -1;
	sh_query_init(&q, &l->db, SH_LEDGER_LESSONS);
	sh_query_int(&q, limit);
	while ((got = sh_query_next(&q, err)) > 0) {
		struct sh_lesson lesson = lesson_of(&q);

		each(arg, &lesson);
	}
	return got;
}

/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "state/ledger.h"

#include <stdlib.h>

#include "base/mem.h"
#include "state/db.h"
#include "state/ledger_internal.h"

struct put {
	const char *group, *member;
	int64_t until;
};

static int upsert(struct sh_ledger *l, void *arg, struct sh_error *err)
{
	SH_CLEANUP_QUERY struct sh_query q = { 0 };
	const struct put *p = arg;

	sh_query_init(&q, &l->db, "INSERT OR REPLACE INTO member (grp, member, until) VALUES (?1, ?2, ?3)");
	sh_query_text(&q, p->group);
	sh_query_text(&q, p->member);
	sh_query_int(&q, p->until);
	return sh_query_run(&q, err);
}

/* How long it is believed already, 0 not at all. */
static int stored(struct sh_ledger *l, const struct put *p, int64_t *until, struct sh_error *err)
{
	SH_CLEANUP_QUERY struct sh_query q = { 0 };
	int got;

	if (sh_ledger_wake(l, err) < 0)
		return -1;
	sh_query_init(&q, &l->db, "SELECT until FROM member WHERE grp = ?1 AND member = ?2");
	sh_query_text(&q, p->group);
	sh_query_text(&q, p->member);
	got = sh_query_next(&q, err);
	*until = got > 0 ? sh_query_column_int(&q, 0) : 0;
	return got < 0 ? -1 : 0;
}

int sh_ledger_member_put(struct sh_ledger *l, const char *group, const char *member, int64_t until,
			 struct sh_error *err)
{
	struct put p = { group, member, until };
	int64_t before;

	if (stored(l, &p, &before, err) < 0)
		return -1;
	/* What is said again and again is written again once an hour. */
	if (until >= before && until - before < SH_HOUR)
		return 0;
	return sh_ledger_write(l, SH_LEDGER_USEFUL, upsert, &p, err);
}

int sh_ledger_members(struct sh_ledger *l, int64_t now,
		      int (*each)(void *arg, const char *group, const char *member), void *arg,
		      struct sh_error *err)
{
	SH_CLEANUP_QUERY struct sh_query q = { 0 };
	int got;

	if (sh_ledger_wake(l, err) < 0)
		return -1;
	sh_query_init(&q, &l->db, "SELECT grp, member FROM member WHERE until > ?1 ORDER BY grp, member");
	sh_query_int(&q, now);
	while ((got = sh_query_next(&q, err)) > 0)
		if (each(arg, sh_query_column_text(&q, 0), sh_query_column_text(&q, 1)))
			return 0;
	return got;
}

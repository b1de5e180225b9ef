/* SPDX-License-Identifier: MIT */
/*
 * ledger_views - the ledger for people with sqlite3(1): times as text, names as in records
 *
 * sh-ledger(1) documents them, and programs of others may rely on them; tables they
 * should leave alone.
 */
#ifndef SH_STATE_LEDGER_VIEWS_H
#define SH_STATE_LEDGER_VIEWS_H

/* NULL for 0. */
#define SH_VIEW_TIME(column)                                                                    \
	"CASE WHEN " column " <> 0 THEN strftime('%Y-%m-%dT%H:%M:%fZ', " column " / 1e9, 'unixepoch') END"
#define SH_VIEW_MEMBER(name) "iif(json_valid(record), json_extract(record, '$." name "'), NULL)"

#define SH_LEDGER_VIEWS                                                                         \
	"CREATE VIEW repairs AS SELECT row, " SH_VIEW_TIME("started") " AS started,"            \
	" " SH_VIEW_TIME("ended") " AS ended, target, playbook, attempt, outcome,"              \
	" " SH_VIEW_MEMBER("rule_id") " AS rule, " SH_VIEW_MEMBER("cause") " AS cause,"         \
	" " SH_VIEW_MEMBER("error") " AS error, plan, fault FROM repair;"                       \
	"CREATE VIEW refusals AS SELECT row, " SH_VIEW_TIME("time") " AS time, target,"         \
	" " SH_VIEW_MEMBER("guard") " AS guard, " SH_VIEW_MEMBER("text") " AS reason,"          \
	" " SH_VIEW_MEMBER("about") " AS fault, " SH_VIEW_MEMBER("plan") " AS plan"             \
	" FROM note WHERE kind = 'not_repaired';"                                               \
	"CREATE VIEW operators AS SELECT row, " SH_VIEW_TIME("time") " AS time, kind AS action,"\
	" target, " SH_VIEW_MEMBER("by") " AS who, " SH_VIEW_MEMBER("uid") " AS uid,"           \
	" " SH_VIEW_MEMBER("reason") " AS reason FROM note"                                     \
	" WHERE " SH_VIEW_MEMBER("by") " IS NOT NULL;"                                          \
	"CREATE VIEW counters AS SELECT key, attempts, " SH_VIEW_TIME("last_started") " AS last_started," \
	" " SH_VIEW_TIME("last_ended") " AS last_ended, " SH_VIEW_TIME("healthy_since") " AS healthy_since" \
	" FROM guard;"                                                                          \
	"CREATE VIEW faults AS SELECT fingerprint, status, " SH_VIEW_TIME("time") " AS time,"   \
	" " SH_VIEW_MEMBER("entity") " AS entity, " SH_VIEW_MEMBER("rule_id") " AS rule,"       \
	" " SH_VIEW_MEMBER("severity") " AS severity FROM fault;"

#endif

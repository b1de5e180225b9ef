/* SPDX-License-Identifier: MIT */
/*
 * chain_sql - the schema of the chain, and what of each row is chained
 *
 * The triggers are of the connection, not of the file: whoever writes with another
 * program is not stopped, but noticed, and a new column only needs its name here. The
 * body of a row is made by one expression for the triggers and for the comparison.
 */
#ifndef SH_STATE_CHAIN_SQL_H
#define SH_STATE_CHAIN_SQL_H

/* Each is the body of the row R. Of what may be long it has the digest: history is not kept twice. */
#define SH_CHAIN_REPAIR(r)                                                                         \
	"sh_history_entry('row'," r ".row,'plan'," r ".plan,'target'," r ".target,'playbook'," r        \
	".playbook,'fingerprint'," r ".fingerprint,'fault'," r ".fault,'attempt'," r               \
	".attempt,'started'," r ".started,'ended'," r ".ended,'outcome'," r                    \
	".outcome,'record_sha256',sh_history_digest(" r ".record))"
#define SH_CHAIN_INTENT(r)                                                                         \
	"sh_history_entry('row'," r ".row,'repair'," r ".repair,'target'," r ".target,'step'," r        \
	".step,'action'," r ".action,'try'," r ".try,'parameters'," r ".parameters,'pid'," r       \
	".pid,'pid_start'," r ".pid_start,'boot_id'," r ".boot_id,'started'," r                    \
	".started,'deadline'," r ".deadline,'state'," r ".state,'output_sha256',sh_history_digest(" r ".output))"
#define SH_CHAIN_APPROVAL(r)                                                                       \
	"sh_history_entry('plan'," r ".plan,'answer'," r ".answer,'who'," r ".who,'reason'," r          \
	".reason,'time'," r ".time,'until'," r ".until,'record_sha256',sh_history_digest(" r ".record))"
#define SH_CHAIN_PAUSE(r)                                                                          \
	"sh_history_entry('row'," r ".row,'scope'," r ".scope,'kind'," r ".kind,'who'," r               \
	".who,'reason'," r ".reason,'since'," r ".since,'until'," r ".until,'ended'," r ".ended)"
#define SH_CHAIN_SILENCE(r)                                                                        \
	"sh_history_entry('row'," r ".row,'match'," r ".match,'who'," r ".who,'reason'," r              \
	".reason,'since'," r ".since,'until'," r ".until)"
#define SH_CHAIN_NOTE(r)                                                                           \
	"sh_history_entry('row'," r ".row,'time'," r ".time,'kind'," r ".kind,'target'," r              \
	".target,'record_sha256',sh_history_digest(" r ".record))"

#define SH_CHAIN_ADD "INSERT INTO event (time, what, about, body) "

/* WHAT is written once when a row comes and once for each change. */
#define SH_CHAIN_TRIGGER(what, on, when, time, key, body)                                          \
	"CREATE TEMP TRIGGER " what "_" when " AFTER " on " ON main." what " BEGIN " SH_CHAIN_ADD            \
	"VALUES (" time ", '" what "', CAST(new." key " AS TEXT), " body("new") "); END;"

/* Rows that were there before the chain. */
#define SH_CHAIN_ADOPT(what, time, key, body)                                                      \
	SH_CHAIN_ADD "SELECT " time ", '" what "', CAST(t." key " AS TEXT), " body("t")            \
	" FROM " what " t ORDER BY t.rowid;"

#define SH_CHAIN_ZERO "'0000000000000000000000000000000000000000000000000000000000000000'"

#define SH_CHAIN_TABLES                                                                            \
	"CREATE TABLE chain (seq INTEGER PRIMARY KEY, time INTEGER NOT NULL, what TEXT NOT NULL,"  \
	"  about TEXT NOT NULL, body TEXT NOT NULL, prior TEXT NOT NULL, digest TEXT NOT NULL"     \
	") STRICT;"                                                                                \
	"CREATE INDEX chain_about ON chain (what, about);"                                         \
	"CREATE TRIGGER chain_is_history BEFORE UPDATE ON chain"                                   \
	"  BEGIN SELECT raise(ABORT, 'an entry of the chain is history'); END;"

/* What is put into this view becomes the next entry. */
#define SH_CHAIN_EVENT                                                                             \
	"CREATE TEMP VIEW event AS SELECT time, what, about, body FROM main.chain;"                \
	"CREATE TEMP TRIGGER event_is_chained INSTEAD OF INSERT ON event BEGIN"                         \
	"  INSERT INTO chain (seq, time, what, about, body, prior, digest)"                        \
	"  SELECT seq, new.time, new.what, new.about, new.body, prior,"                            \
	"    sh_history_digest(prior || char(10) || seq || char(10) || new.time || char(10) || new.what"   \
	"    || char(10) || new.about || char(10) || new.body || char(10))"                        \
	"  FROM (SELECT ifnull((SELECT max(seq) FROM chain), 0) + 1 AS seq,"                       \
	"    ifnull((SELECT digest FROM chain ORDER BY seq DESC LIMIT 1), " SH_CHAIN_ZERO          \
	"    ) AS prior); END;"

#define SH_CHAIN_TRIGGERS                                                                          \
	SH_CHAIN_TRIGGER("repair", "INSERT", "begun", "new.started", "row", SH_CHAIN_REPAIR)       \
	SH_CHAIN_TRIGGER("repair", "UPDATE", "changed", "max(new.started, new.ended)", "row",      \
			 SH_CHAIN_REPAIR)                                                          \
	SH_CHAIN_TRIGGER("intent", "INSERT", "opened", "new.started", "row", SH_CHAIN_INTENT)      \
	SH_CHAIN_TRIGGER("intent", "UPDATE", "settled", "new.started", "row", SH_CHAIN_INTENT)     \
	SH_CHAIN_TRIGGER("approval", "INSERT", "given", "new.time", "plan", SH_CHAIN_APPROVAL)     \
	SH_CHAIN_TRIGGER("approval", "UPDATE", "changed", "new.time", "plan", SH_CHAIN_APPROVAL)   \
	SH_CHAIN_TRIGGER("pause", "INSERT", "set", "new.since", "row", SH_CHAIN_PAUSE)             \
	SH_CHAIN_TRIGGER("pause", "UPDATE", "changed", "max(new.since, new.ended)", "row",         \
			 SH_CHAIN_PAUSE)                                                           \
	SH_CHAIN_TRIGGER("silence", "INSERT", "set", "new.since", "row", SH_CHAIN_SILENCE)         \
	SH_CHAIN_TRIGGER("silence", "UPDATE", "changed", "min(old.until, new.until)", "row",       \
			 SH_CHAIN_SILENCE)                                                         \
	SH_CHAIN_TRIGGER("note", "INSERT", "written", "new.time", "row", SH_CHAIN_NOTE)

/* An older ledger begins its chain with an anchor that says how much it found, then all of it. */
#define SH_CHAIN_ADOPTION                                                                          \
	SH_CHAIN_ADD "SELECT ifnull(max(time), 0), 'anchor', 'adopted', sh_history_entry('repairs',"    \
	"  (SELECT count(*) FROM repair), 'intents', (SELECT count(*) FROM intent), 'approvals',"  \
	"  (SELECT count(*) FROM approval), 'pauses', (SELECT count(*) FROM pause), 'silences',"   \
	"  (SELECT count(*) FROM silence), 'notes', (SELECT count(*) FROM note)) FROM"             \
	"  (SELECT time FROM note UNION ALL SELECT started FROM repair UNION ALL SELECT time"      \
	"  FROM approval UNION ALL SELECT since FROM pause) HAVING count(*) > 0;"                  \
	SH_CHAIN_ADOPT("repair", "max(t.started, t.ended)", "row", SH_CHAIN_REPAIR)                \
	SH_CHAIN_ADOPT("intent", "t.started", "row", SH_CHAIN_INTENT)                              \
	SH_CHAIN_ADOPT("approval", "t.time", "plan", SH_CHAIN_APPROVAL)                            \
	SH_CHAIN_ADOPT("pause", "max(t.since, t.ended)", "row", SH_CHAIN_PAUSE)                    \
	SH_CHAIN_ADOPT("silence", "t.since", "row", SH_CHAIN_SILENCE)                              \
	SH_CHAIN_ADOPT("note", "t.time", "row", SH_CHAIN_NOTE)

#define SH_CHAIN_SCHEMA SH_CHAIN_TABLES SH_CHAIN_ADOPTION

#endif

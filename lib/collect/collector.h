/* SPDX-License-Identifier: MIT */
/*
 * collector - what all collectors share: where they look, and where they write
 *
 * A collector appends whole sample records to the output buffer. Text of the
 * kernel is read below the root descriptor, so that a captured tree can stand in
 * for the machine. What does not exist here is left out (SH_ERRC_UNAVAILABLE is
 * no failure); anything else that a collector returns becomes a failure record,
 * and the other collectors go on. Nothing here changes the machine: the one
 * thing ever written is the probe's own temporary file.
 */
#ifndef SH_COLLECT_COLLECTOR_H
#define SH_COLLECT_COLLECTOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/map.h"
#include "base/process.h"
#include "collect/counters.h"
#include "collect/host/kv.h"
#include "collect/host/mounts.h"
#include "collect/host/pstat.h"
#include "collect/log/followed.h"
#include "config/site.h"
#include "record/sample.h"

struct sh_sessions;
struct sh_together;
struct sh_out;
struct sh_topology;
struct sh_vigil;

struct sh_collect {
	int root;                   /* directory that stands for "/"; owned */
	bool machine;               /* the root is "/" itself */
	bool live;                  /* its proc is a mounted procfs, so counters move */
	bool detail;                /* all that the kernel counts, not only what rules look at */
	bool named;                 /* operands say what to measure */
	const char *host;           /* borrowed */
	const struct sh_site *site; /* borrowed; NULL: nothing declared */
	const char *state_dir;      /* borrowed; NULL: no baselines */
	const char *libexec;        /* borrowed: directory of sh-fetch */
	int64_t interval;           /* ns between rounds; 0: one round */
	bool endless;               /* rounds go on until somebody stops them */
	const char *target;         /* borrowed: only this one; NULL: all */
	struct sh_buf out;          /* owned: records of the round */
	struct sh_out *way_out;     /* borrowed: what becomes of them; NULL they go on as they are */
	bool remembers;             /* there is a next round, or a state to keep facts in */
	struct sh_map facts;        /* owned: what was seen last, see facts.h */
	bool discard;               /* first reading: only counters matter */
	int64_t last_time;          /* of the last sample; the next is later */
	bool wrote;                 /* a record; one of a log may have a time of its own */
	struct sh_counters *counters; /* of the collector at work */
	struct sh_counters *set;    /* owned: one per collector of the table */
	struct sh_pstat_table procs; /* of this round, see sh_collect_procs */
	bool procs_fresh;
	uint64_t procs_forks;       /* forks when they were listed; 0: not known */
	uint64_t forks;             /* of all time, at the moment of forks_moment */
	uint32_t forks_moment;
	struct sh_buf text;         /* scratch for sh_collect_read */
	struct sh_map kept;         /* owned: path -> file that stays open, see sysfile.h */
	struct sh_map presence;     /* path -> whether it is there, see sh_collect_exists */
	int64_t presence_until;     /* sh_clock_mono: then it is looked for again */
	uint32_t moment;            /* see sh_collect_refresh; 0: each reading is a fresh one */
	struct sh_mounts mounts;    /* owned: as last read, see sh_collect_mounts */
	struct sh_buf mounts_text;  /* owned: what they were taken from */
	uint32_t mounts_version;    /* how often they changed, */
	uint32_t mounts_compared;   /* and as which the collector of events saw them */
	int64_t mounts_until;       /* sh_clock_mono: then they are read again at the latest */
	struct sh_sessions *sessions; /* owned: of the moment, see sh_sessions_now */
	uint32_t sessions_moment;
	int64_t changes_until;      /* sh_clock_mono: then file systems are asked again whether they take a change */
	struct sh_buf name;         /* scratch for entity names */
	struct sh_followed followed; /* logs */
	struct sh_topology *topology; /* owned: the edges that were told, see topology/topology.h; NULL none */
	bool last;                  /* of several rounds: nothing may be left for another one */
	struct sh_vigil *vigil;     /* borrowed: over the services between rounds; NULL none */
	struct sh_together *checks; /* owned: those under way between rounds; NULL none */
	struct sh_map said;         /* what is told once, see sh_collect_say_once */
	struct sh_map stuck;        /* what was asked -> struct sh_process_id of a child that could not be killed */
	const struct sh_collector *current;
};

enum sh_collector_flags {
	SH_COLLECT_RATES = 1 << 0,    /* needs two readings for all it says */
	SH_COLLECT_CAPTURED = 1 << 1, /* works on a captured tree */
	SH_COLLECT_INSTANT = 1 << 2,  /* --source does not wait for its second reading */
	SH_COLLECT_DETAIL = 1 << 3,   /* runs when it is named, or with --detail */
	SH_COLLECT_NAMED = 1 << 4,    /* runs when it is named, and only then */
	SH_COLLECT_SELDOM = 1 << 8,   /* costs much: in interval mode at most once a minute */
	SH_COLLECT_WAITS = 1 << 9,    /* may wait for others: what was measured goes out before */
};

struct sh_collector {
	const char *name;
	unsigned flags;
	/* Whether the site declares anything for it; NULL: it always applies. */
	bool (*applies)(const struct sh_site *site);
	int (*collect)(struct sh_collect *c, struct sh_error *err);
};

/* NULL-terminated by a name of NULL, in the order of output. */
extern const struct sh_collector sh_collectors[];
extern const size_t sh_collectors_count;
const struct sh_collector *sh_collector_find(const char *name);

/* ROOT NULL is this machine. */
int sh_collect_init(struct sh_collect *c, const char *root, const char *host, struct sh_error *err);
void sh_collect_release(struct sh_collect *c);

/*
 * A moment begins: what was read before is read again. A file of procfs that two
 * collectors want at the same moment is read once.
 */
void sh_collect_refresh(struct sh_collect *c);
/* Replace the scratch text by the file PATH (relative) below the root. */
int sh_collect_read(struct sh_collect *c, const char *path, struct sh_error *err);
/* The same into another buffer. */
int sh_collect_read_to(struct sh_collect *c, const char *path, struct sh_buf *text,
		       struct sh_error *err);
/*
 * Whether PATH is there. In rounds on a live machine an answer is good for a minute,
 * for this is asked of what modules and devices bring with them: most machines lack
 * most of them, and to look for each costs more than to measure some. The same goes
 * for files of procfs that sh_collect_read did not find, and for classes.
 */
bool sh_collect_exists(struct sh_collect *c, const char *path);
/* Whether it was not there within the last minute, and that it is not. */
bool sh_collect_is_absent(const struct sh_collect *c, const char *path);
void sh_collect_note_absent(struct sh_collect *c, const char *path);
/*
 * The names in a directory of a class of devices, as sh_kv_names_read; false when
 * there are none: then it is absent. A PATH is always given with the same PREFIX.
 */
bool sh_collect_class(struct sh_collect *c, struct sh_kv_names *names, const char *path,
		      const char *prefix);
/* sh_kv_names_read below the root; that there are too many is said. */
bool sh_collect_names(struct sh_collect *c, struct sh_kv_names *names, const char *path,
		      const char *prefix);
/* The processes of this round, read once; NULL with *err. */
const struct sh_pstat_table *sh_collect_procs(struct sh_collect *c, struct sh_error *err);
/* What is mounted now; taken apart again only when it changed. NULL with *err. */
const struct sh_mounts *sh_collect_mounts(struct sh_collect *c, struct sh_error *err);
/* What was seen of a mount is not what they say: they are read anew when next wanted. */
void sh_collect_mounts_moved(struct sh_collect *c);
/* Whether NAME is wanted in this run. */
bool sh_collect_wants(const struct sh_collect *c, const char *name);
/*
 * A child that asked WHAT could not be killed: remember it, and ask whether it is
 * still there before the next one is started, so that they do not pile up.
 */
void sh_collect_note_stuck(struct sh_collect *c, const char *what, pid_t pid);
bool sh_collect_is_stuck(struct sh_collect *c, const char *what);
/* How long the end of a child is awaited after SIGKILL: sh_child_options.give_up. */
#define SH_COLLECT_GIVE_UP (500 * SH_MS)
/* sh_child_release; should it, or a member of its group, hang all the same, that is noted. */
void sh_collect_end_child(struct sh_collect *c, const char *what, struct sh_child *child);
/* A time for a sample: the clock, but always later than the one before. */
int64_t sh_collect_time(struct sh_collect *c);

/*
 * Begin a sample of TYPE:NAME@HOST by the collector at work (host:HOST for type
 * "host"); TARGET is what --source takes. Pairs are NULL-terminated or NULL.
 */
void sh_collect_begin(struct sh_collect *c, struct sh_sample_writer *w, const char *type,
		      const char *name, const char *target, const char *const *dims,
		      const char *const *labels);
/* A whole sample of one number, GROUP.NAME; nothing where it was not measured (NaN). */
void sh_collect_number(struct sh_collect *c, const char *type, const char *name,
		       const char *const *dims, const char *const *labels, const char *group,
		       const char *member, double value);
/* A notice: the first time in a run that TEXT is to be said. */
void sh_collect_say_once(struct sh_collect *c, const char *text);
/* That of the directory PATH not all names were read. */
void sh_collect_say_cut(struct sh_collect *c, const char *path);
/* One target of the collector at work failed; the others go on. Clears *err. */
void sh_collect_fail(struct sh_collect *c, const char *target, struct sh_error *err);

/*
 * Run one collector: its records are appended to c->out. On the first reading
 * (c->discard) nothing is appended.
 */
void sh_collect_run(struct sh_collect *c, const struct sh_collector *which);
/* Between rounds: the one TARGET, without the rates, whose readings stay as they are. */
void sh_collect_run_one(struct sh_collect *c, const struct sh_collector *which, const char *target);

#endif

/* SPDX-License-Identifier: MIT */
/*
 * job - one check under way, and the ways in which the kinds are made
 *
 * A way is one row of a table beside that of lib/config: either a probe, a
 * function that runs in a child of its own and fills in the outcome (where wire.h
 * does not make the same without one); or a start
 * that begins a program and a finish that understands what it said; or a finish
 * alone, which does its work in this process and must not wait for anything.
 * All jobs run side by side (together.h); finishes are called one after the
 * other, in the order of the site file.
 */
#ifndef SH_COLLECT_CHECK_JOB_H
#define SH_COLLECT_CHECK_JOB_H

#include <stdbool.h>
#include <stdint.h>

#include "base/process.h"
#include "collect/bounded.h"
#include "collect/check/outcome.h"
#include "collect/collector.h"
#include "config/check.h"

struct sh_job_run;
struct sh_wire;

struct sh_check_way {
	/* In a child, until DEADLINE (sh_clock_mono) at most; should it hang all the same, it is ended. */
	void (*probe)(const struct sh_check *k, int64_t deadline, struct sh_outcome *out);
	/* Begin, by sh_child_start(&run->child). Returns 0, or -1 when it cannot be made at all. */
	int (*start)(struct sh_collect *c, struct sh_job_run *run, struct sh_error *err);
	/*
	 * The program has ended, or its time is up, or it was not begun since the one
	 * before hangs (run->hangs; then start was not called). Returns 0 with run->outcome, which
	 * is written; 1 when the records were appended to c->out already; -1 when it
	 * could not be made, which becomes a failure of the collector.
	 */
	int (*finish)(struct sh_collect *c, struct sh_job_run *run, struct sh_error *err);
};

/* How this check is made; a row of nothing: not built in. */
const struct sh_check_way *sh_check_way_of(const struct sh_check *k);

/* What is said of a program whose last one hangs in the kernel. */
#define SH_JOB_HANGS "still no answer: what was started before cannot be killed"

struct sh_job {
	const struct sh_check *check; /* as declared; borrowed */
	const char *type, *name;      /* of the entity; borrowed */
	char label[32];               /* its dimension "check", "" for a stand-alone check */
	char *target;                 /* its dimension "target", owned; NULL none */
	struct sh_job_run *run;       /* while it is under way; owned */
};

/* What a job has only while it is under way. */
struct sh_job_run {
	const struct sh_job *job;
	const struct sh_check_way *way; /* NULL: its argument could not be made */
	struct sh_check check;  /* with the target in its place */
	char *address;          /* owned, where a target took its place */
	const char **argv;      /* the same, and its words */
	struct sh_wire *wire;   /* owned: instead of a probe; NULL none */
	struct sh_bounded probe;
	struct sh_child child;
	size_t got;             /* of the outcome, from the probe */
	int64_t begun;          /* sh_clock_mono */
	bool ended;
	bool hangs;             /* not begun: the one before cannot be killed; timed_out, as that one was */
	struct sh_outcome outcome;
	struct sh_error failed; /* it could not be begun */
	void *own;              /* of the way's start; its finish frees it, and is called whenever start succeeded */
};

/* Begin; what fails is kept for the finish. */
void sh_job_start(struct sh_collect *c, struct sh_job *j);
/* End it: records, or a failure, are appended to c->out. Releases what the job owns. */
void sh_job_finish(struct sh_collect *c, struct sh_job *j);
/* The dimensions of what the job checks, NULL none. */
#define SH_JOB_DIMS 5
const char *const *sh_job_dims(const struct sh_job *j, const char *dims[SH_JOB_DIMS]);
/* Give it up, in whatever state it is: nothing is appended. Releases what the job owns. */
void sh_job_abandon(struct sh_collect *c, struct sh_job *j);
/* A sample about what the job checks: its entity, dimensions and source. */
void sh_job_begin_sample(struct sh_collect *c, const struct sh_job *j, struct sh_sample_writer *w);

#endif

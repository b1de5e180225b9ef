/* SPDX-License-Identifier: MIT */
/*
 * incidents - faults that have one cause, as one thing with an id
 *
 * Each fault has a root: the entity of the first cause of its ranking where that one
 * names an entity and is at least SH_INCIDENT_SURE sure, else the fault's own entity.
 * Each incident has one of its faults' roots: the one that explains most. A fault counts
 * 1 for its own root, and for each other that its root needs along edges (upstream.h) as
 * much as it is unsure, 1 - confidence; of equal ones the surer, then the first by name.
 * Faults that ended count for SH_INCIDENT_WINDOW longer: symptoms outlive their cause.
 *
 * A fault belongs to an incident when their roots are the same, or one needs the other,
 * and the fault began at most SH_INCIDENT_WINDOW before the incident's first onset or
 * after its last onset or end of a fault. Those incidents whose root is the fault's, or
 * needs it, have a common cause in it and become one, and with it the oldest of those
 * whose root it needs; to need two roots makes one of nothing. The oldest (by the time of the
 * record that began it, then by id) survives, the others close as merged into it. Where
 * none is open, the last that was closed no longer than SH_INCIDENT_WINDOW ago opens
 * again: faults that come and go keep one incident. Where none fits, one begins.
 *
 * Each new diagnosis of a fault is judged again. Where it belongs to its incident no
 * more but to another, and is sure of its root, it goes over, SH_INCIDENT_MOVES times at most.
 *
 * A suppressed fault is not diagnosed. One that follows from another, by inhibition or
 * dependency, goes into that one's incident as a symptom with the same root, and adds
 * nothing to its severity; one that is silenced is in none.
 *
 * An incident is told from its second fault on: what there is to say of one fault alone is
 * its diagnosis, which names the id already. It ends with its last fault. A fault of which nothing
 * was heard for SH_INCIDENT_SILENCE, by the times of records, counts as stale, as one does of which
 * the record says so. All is bounded: faults beyond SH_INCIDENT_FAULTS, those of incidents that
 * were over just now among them, are in none, and counted.
 *
 * Everything is decided by records alone: the same input makes the same incidents, in
 * however many runs it is read.
 */
#ifndef SH_DIAGNOSE_INCIDENTS_H
#define SH_DIAGNOSE_INCIDENTS_H

#include "base/clock.h"
#include "record/diagnosis.h"
#include "record/incident.h"
#include "record/record.h"
#include "state/state.h"
#include "topology/graph.h"

#define SH_INCIDENT_SURE 0.3
#define SH_INCIDENT_WINDOW (30 * SH_MIN)
#define SH_INCIDENT_SILENCE (2 * SH_DAY)
#define SH_INCIDENT_MOVES 3
#define SH_INCIDENT_FAULTS 10000
#define SH_INCIDENT_LISTED 100 /* of faults, entities and changes in a record at most */

typedef void sh_incident_emit_fn(void *arg, const struct sh_incident *i);

struct sh_incidents;

/* GRAPH is borrowed. EMIT gets what changed, at once. */
struct sh_incidents *sh_incidents_new(const struct sh_graph *graph, sh_incident_emit_fn *emit,
				      void *arg);
void sh_incidents_free(struct sh_incidents *s); /* NULL is fine */

/*
 * A record of a host, which may be a tick, passes by: what was silent for too long by its
 * time is over, as far as that is believed (leap.h). Returns the time that it is.
 */
int64_t sh_incidents_time(struct sh_incidents *s, int64_t time, struct sh_span host);
int64_t sh_incidents_now(const struct sh_incidents *s); /* the same; 0 not known */
/* A live fault with its ranking, after the time of its record. Its incident's id, borrowed until the next call; NULL: in none. */
const char *sh_incidents_diagnosed(struct sh_incidents *s, const struct sh_diagnosis *d);
/* A fault record that is not diagnosed: resolved, stale, flapping, pending or suppressed. */
void sh_incidents_fault(struct sh_incidents *s, const struct sh_record *r);

/* Walk the entities of faults that are there, some more than once: size_t i = 0; while ((e = …(s, &i))) … */
const char *sh_incidents_next_faulty(const void *incidents, size_t *i);
size_t sh_incidents_refused(const struct sh_incidents *s); /* faults that were one too many */

/* incidents_state.c: as the functions of history_state.h. */
int sh_incidents_save(struct sh_incidents *s, struct sh_state *state, struct sh_error *err);
void sh_incidents_settle(struct sh_incidents *s);
void sh_incidents_unsaved(struct sh_incidents *s);
int sh_incidents_load(struct sh_incidents *s, struct sh_state *state, struct sh_error *err);

#endif

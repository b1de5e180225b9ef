/* SPDX-License-Identifier: MIT */
/* incidents_parts - the memory of incidents, for incidents*.c alone */
#ifndef SH_DIAGNOSE_INCIDENTS_PARTS_H
#define SH_DIAGNOSE_INCIDENTS_PARTS_H

#include "base/map.h"
#include "diagnose/incidents.h"
#include "diagnose/rows.h"
#include "diagnose/upstream.h"
#include "record/leap.h"

enum sh_member_state { SH_MEMBER_THERE, SH_MEMBER_RESOLVED, SH_MEMBER_STALE };

/* A fault. */
struct sh_incident_member {
	char *id, *entity, *cause; /* owned */
	char *fingerprint;	   /* owned; NULL not known */
	bool hushed;		   /* it was suppressed when it joined, and was never diagnosed */
	double confidence; /* of its root, or of its cause where the root is its own entity */
	enum sh_severity severity;
	enum sh_member_state state;
	int64_t onset, heard, over; /* over: since when it is not there */
	uint64_t number;	    /* in the order in which they came */
	uint32_t moves;
	struct sh_incident_root *root; /* NULL while it is judged */
	struct sh_incident_group *in;
	struct sh_incident_member *prev, *next; /* of the incident, by number */
};

/* An entity that members of an incident have for their root. */
struct sh_incident_root {
	uint32_t place; /* held */
	uint32_t members;
	struct sh_incident_root *next;
	/* Made by elect, in thousandths of a fault. */
	uint64_t explains, unsure;
	double confidence;
};

/* What was told of it last; or would have been, of one fault alone. */
struct sh_told {
	bool any;
	enum sh_incident_status status;
	enum sh_severity severity;
	char *cause, *entity; /* owned */
	double confidence;
};

/* An incident. */
struct sh_incident_group {
	char *id, *host;	   /* owned */
	int64_t began;		   /* time of the record that began it */
	int64_t first, last, over; /* first onset; last onset or end; when it closed, 0 open */
	uint64_t total;
	uint32_t there, members, reopened;
	struct sh_incident_member *oldest, *newest;
	struct sh_incident_root *roots;	  /* owned */
	struct sh_incident_root *elected; /* NULL before the first */
	struct sh_incident_group *same;	  /* next whose elected root is at the same place */
	struct sh_told told;
	json_t *changes; /* since it was told; NULL none */
	bool dirty, stored;
	uint64_t mark;
};

struct sh_incidents {
	struct sh_upstream upstream;
	sh_incident_emit_fn *emit;
	void *arg;
	struct sh_map groups;  /* id -> struct sh_incident_group */
	struct sh_map members; /* fault id -> struct sh_incident_member */
	struct sh_map prints;  /* fingerprint -> the newest member that has it */
	int64_t now, due;      /* time believed; when something may have to be forgotten */
	struct sh_leap leap;
	uint64_t number, mark;
	size_t refused;
	struct sh_rows rows;
};

struct sh_incident_group *sh_grouped_new(struct sh_incidents *s, const char *id);
/* M is in no incident yet; both take it over. */
void sh_grouped_add(struct sh_incidents *s, struct sh_incident_group *in,
		    struct sh_incident_member *m, const char *root);
/* The root that explains most, of members that have one. */
void sh_grouped_elect(struct sh_incidents *s, struct sh_incident_group *in);
/* As it was when the state was saved. */
void sh_grouped_elected(struct sh_incidents *s, struct sh_incident_group *in, const char *entity);
/* Without a trace but the row in the state, which is to go. */
void sh_grouped_forget(struct sh_incidents *s, struct sh_incident_group *in);

void sh_member_free(struct sh_incident_member *m);
/* Into what members are found by. */
void sh_member_list(struct sh_incidents *s, struct sh_incident_member *m);
void sh_member_print(struct sh_incidents *s, struct sh_incident_member *m); /* by its fingerprint alone */
/* From or to its root; it stays where it is. */
void sh_member_detach(struct sh_incidents *s, struct sh_incident_member *m);
void sh_member_attach(struct sh_incidents *s, struct sh_incident_member *m, const char *root);
/* From or to an incident, while it has no root. */
void sh_member_take_out(struct sh_incident_member *m);
void sh_member_insert(struct sh_incident_group *in, struct sh_incident_member *m);
void sh_member_forget(struct sh_incidents *s, struct sh_incident_member *m);

/* incident_follow.c: a suppressed fault that is in none goes where the one is from which it follows. */
void sh_incidents_follow(struct sh_incidents *s, const struct sh_record *r);

/* incident_end.c: at that time something may have to be forgotten. */
void sh_incidents_due(struct sh_incidents *s, int64_t time);

/* incident_say.c: what changed, and the whole as a record. */
void sh_grouped_changed(struct sh_incident_group *in, const char *type, const char *key,
			const char *value);
/* Tell what there is to tell. MERGED_INTO: NULL, or who goes on for it. */
void sh_grouped_tell(struct sh_incidents *s, struct sh_incident_group *in, const char *merged_into);

#endif

/* SPDX-License-Identifier: MIT */
/*
 * who - which entity a process belongs to
 *
 * The first of: a service that the site declares; the pod, container or virtual
 * machine that it runs in; its unit of systemd, service:NAME without ".service";
 * the name of the program, process:NAME, which is not worth much: programs come and
 * go. What a user runs in a session is nobody, unless it listens.
 */
#ifndef SH_COLLECT_TOPOLOGY_WHO_H
#define SH_COLLECT_TOPOLOGY_WHO_H

#include "collect/topology/survey.h"

/* One process; the names are borrowed from sh_who. */
struct sh_who_one {
	const char *service; /* that the site declares; NULL none */
	const char *inside;  /* pod, container or machine; NULL none */
	const char *unit;    /* NULL none */
	bool session;
	bool looked_at;      /* all but the first is known */
};

struct sh_who {
	const struct sh_pstat_table *table; /* borrowed; of the round */
	struct sh_who_one *one;             /* owned; as many as the table has */
	struct sh_map names;                /* owned: each name once */
	struct sh_map containers;           /* owned: id or uid -> name, borrowed from names */
};

/* Read when first asked for; NULL when processes cannot be. */
struct sh_who *sh_survey_who(struct sh_survey *s);
void sh_who_free(struct sh_who *w); /* NULL is fine */

/* What is known of process number I of the table. */
const struct sh_who_one *sh_who_look(struct sh_survey *s, size_t i);
/* Its entity; NULL nobody. LISTENS: it has a socket where others may connect. */
const char *sh_who_is(struct sh_survey *s, size_t i, bool listens);

/* The same, but nobody where only the program has a name. */
const char *sh_who_lasts(struct sh_survey *s, size_t i);

/* The pod of that uid, "NAMESPACE/NAME", or the container of that id, by its name; new, NULL unknown. */
char *sh_pod_name(struct sh_collect *c, const char *uid);
char *sh_container_name(struct sh_collect *c, const char *id);
/* The name that a command line of QEMU gives its machine; new, NULL none. ARGV: with NULs between. */
char *sh_qemu_name(struct sh_span argv);

#endif

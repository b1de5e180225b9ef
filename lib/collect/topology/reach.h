/* SPDX-License-Identifier: MIT */
/* reach - who answers at an address: the TCP sockets of all network namespaces, and names of hosts */
#ifndef SH_COLLECT_TOPOLOGY_REACH_H
#define SH_COLLECT_TOPOLOGY_REACH_H

#include "collect/topology/endpoints.h"
#include "collect/topology/survey.h"
#include "collect/topology/tcp.h"

struct sh_reach {
	struct sh_tcps tcp;
	struct sh_endpoints names;
};

/* Read when first asked for; NULL when processes cannot be seen. */
const struct sh_reach *sh_survey_reach(struct sh_survey *s);
void sh_reach_free(struct sh_reach *r); /* NULL is fine */

/* The entity that holds a socket; NULL unknown. LISTENS as in sh_who_is. */
const char *sh_reach_owner(struct sh_survey *s, uint64_t inode, bool listens);
/* The entity at HOST (an address or a name) and PORT (0: the host itself); a new string, NULL unknown. */
char *sh_reach_address(struct sh_survey *s, const char *host, uint16_t port);
/* The one that listens at a Unix socket; borrowed, NULL unknown. */
const char *sh_reach_path(struct sh_survey *s, const char *path);

#endif

/* SPDX-License-Identifier: MIT */
/*
 * endpoints - what others call an address of another machine
 *
 * A service whose check asks just that address and port; else a check of the site
 * that does; else the host, by the name that /etc/hosts gives it, or its address.
 */
#ifndef SH_COLLECT_TOPOLOGY_ENDPOINTS_H
#define SH_COLLECT_TOPOLOGY_ENDPOINTS_H

#include "collect/topology/survey.h"

struct sh_endpoints {
	struct sh_map host;   /* owned: address -> name, owned */
	struct sh_map entity; /* owned: "ADDRESS PORT" -> entity, owned */
};

void sh_endpoints_read(struct sh_endpoints *e, struct sh_survey *s);
void sh_endpoints_release(struct sh_endpoints *e);
/* The entity at ADDRESS (text of an address or a name) and PORT; a new string. */
char *sh_endpoints_name(const struct sh_endpoints *e, const char *address, uint16_t port);

/* The address that /etc/hosts gives a name; borrowed, NULL none. */
const char *sh_endpoints_address(const struct sh_endpoints *e, const char *name);

#endif

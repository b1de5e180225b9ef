/* SPDX-License-Identifier: MIT */
/*
 * Who is connected with whom by TCP: the one that connected needs the one that
 * accepted. Of connections from elsewhere only the other machine knows who needs them,
 * and its own collector tells.
 */
#include "config.h"

#include <netinet/in.h>

#include "base/mem.h"
#include "collect/topology/descriptors.h"
#include "collect/topology/reach.h"
#include "collect/topology/who.h"

/* A program that only has a name is told of where both ends are here: else each download were news. */
static bool lasts(struct sh_survey *s, const struct sh_tcp *k)
{
	size_t process;

	return sh_socket_holder(s, k->inode, &process) && sh_who_lasts(s, process);
}

/* The entity at the far end of a connection that was made from here; a new string, NULL unknown. */
static char *far_end(struct sh_survey *s, const struct sh_reach *r, const struct sh_tcp *k)
{
	const struct sh_tcp *peer = sh_tcp_peer(&r->tcp, k);
	bool here = peer || sh_tcp_is_here(&r->tcp, &k->remote);
	const char *who = peer ? sh_reach_owner(s, peer->inode, true) : NULL;
	const struct sh_tcp *listener;
	char address[INET6_ADDRSTRLEN];

	/* What a server has not accepted yet is nobody's. */
	if (!who && here) {
		listener = sh_tcp_listener(&r->tcp, peer ? peer->space : k->space, &k->remote);
		who = listener ? sh_reach_owner(s, listener->inode, true) : NULL;
	}
	if (who)
		return sh_strdup(who);
	if (here || !lasts(s, k))
		return NULL;
	sh_tcp_format(&k->remote, address);
	return sh_endpoints_name(&r->names, address, k->remote.port);
}

void sh_survey_sockets(struct sh_survey *s)
{
	const struct sh_reach *r = sh_survey_reach(s);

	for (size_t i = 0; r && i < r->tcp.n; i++) {
		const struct sh_tcp *k = &r->tcp.item[i];
		bool made_here = !k->listens && !sh_tcp_is_accepted(&r->tcp, k);
		const char *who = made_here ? sh_reach_owner(s, k->inode, false) : NULL;
		SH_CLEANUP_FREE char *far = who ? far_end(s, r, k) : NULL;

		sh_survey_link(s, who, "connects", far);
	}
}

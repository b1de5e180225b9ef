/* SPDX-License-Identifier: MIT */
/* Who is connected with whom by Unix sockets; on this machine only, for no file tells it. */
#include "config.h"

#include "base/map.h"
#include "collect/topology/reach.h"
#include "collect/topology/unix_diag.h"

/* What was accepted has the name of what listens. */
static void note_listeners(struct sh_map *names, const struct sh_unixes *u)
{
	for (size_t i = 0; i < u->n; i++)
		if (u->item[i].listens && u->item[i].name)
			sh_map_put(names, &u->item[i].name, sizeof(u->item[i].name), names);
}

static bool is_accepted(const struct sh_map *names, const struct sh_unix *k)
{
	return k->name && sh_map_get(names, &k->name, sizeof(k->name));
}

void sh_survey_unix(struct sh_survey *s)
{
	struct sh_map names = SH_MAP_INIT(NULL);
	struct sh_unixes u;

	if (!s->c->live || !s->c->machine || !sh_survey_reach(s))
		return;
	sh_unix_read(&u);
	note_listeners(&names, &u);
	for (size_t i = 0; i < u.n; i++) {
		const struct sh_unix *k = &u.item[i];
		const struct sh_unix *peer = k->peer && !k->listens ? sh_unix_find(&u, k->peer) : NULL;

		if (!peer || is_accepted(&names, k) || !is_accepted(&names, peer))
			continue;
		sh_survey_link(s, sh_reach_owner(s, k->inode, false), "connects",
			       sh_reach_owner(s, peer->inode, true));
	}
	sh_unix_release(&u);
	sh_map_release(&names);
}

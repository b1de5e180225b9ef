/* SPDX-License-Identifier: MIT */
/* Services in the containers that their processes run in; those, pods and machines on this host. */
#include "config.h"

#include "base/mem.h"
#include "collect/topology/who.h"

void sh_survey_places(struct sh_survey *s)
{
	const struct sh_who *w = sh_survey_who(s);
	SH_CLEANUP_FREE char *host = sh_survey_name(s, "host", s->c->host);

	for (size_t i = 0; w && i < w->table->n; i++) {
		const struct sh_who_one *one = sh_who_look(s, i);

		sh_survey_link(s, one->inside, "runs_on", host);
		if (one->inside)
			sh_survey_link(s, one->service, "runs_on", one->inside);
	}
}

/* SPDX-License-Identifier: MIT */
/* Checks of the site, with what is at the address that they ask. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "collect/topology/reach.h"

void sh_survey_checks(struct sh_survey *s)
{
	const struct sh_site *site = s->c->site;

	for (size_t i = 0; site && i < site->checks; i++) {
		SH_CLEANUP_FREE char *self = sh_survey_name(s, "check", site->check[i].id);
		SH_CLEANUP_FREE char *far = NULL;
		char host[256];
		uint16_t port;

		if (!sh_check_endpoint(&site->check[i].check, host, sizeof(host), &port))
			continue;
		far = sh_reach_address(s, host, port);
		/* What is there is known by this check, or by another one: not by itself. */
		if (far && !strncmp(far, "check:", 6)) {
			free(far);
			far = sh_reach_address(s, host, 0);
		}
		sh_survey_link(s, self, "connects", far);
	}
}

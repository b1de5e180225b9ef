/* SPDX-License-Identifier: MIT */
/*
 * proxy - where proxies send what they get, by their configuration
 *
 * Nothing is looked up and nothing run: what is a variable, or chosen when a request
 * comes, is left out. Bounded in files, depth and length of words.
 */
#ifndef SH_COLLECT_TOPOLOGY_PROXY_H
#define SH_COLLECT_TOPOLOGY_PROXY_H

#include "collect/topology/survey.h"

#define SH_PROXY_FILES 256
#define SH_PROXY_FILE ((size_t)4 << 20)

/*
 * Read the configuration PATH (absolute, below the root) and what it includes, and add
 * the edges of SELF, the entity of the proxy.
 *	nginx: SELF depends_on upstream:NAME@HOST, whose servers are member_of it; SELF
 *	connects with what it passes to directly
 *	HAProxy: frontend:NAME@HOST runs_on SELF and depends_on backend:NAME@HOST, of
 *	which server:BACKEND/NAME@HOST is a member, which connects with what is there
 */
void sh_proxy_nginx(struct sh_survey *s, const char *path, const char *self);
void sh_proxy_haproxy(struct sh_survey *s, const char *path, const char *self);

/* The entity at "HOST[:PORT]" or "unix:PATH"; a new string, NULL unknown. */
char *sh_proxy_target(struct sh_survey *s, const char *text, uint16_t port);
/*
 * Call FN with the path of each file that PATTERN (absolute) stands for, wildcards in
 * its last part, in order of their names.
 */
void sh_proxy_each(struct sh_survey *s, const char *pattern, void (*fn)(void *arg, const char *path),
		   void *arg);

#endif

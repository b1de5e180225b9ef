/* SPDX-License-Identifier: MIT */
/*
 * means - what the site gives the actions of playbooks to work with
 *
 * Members of an entry that nothing but actions look at: sh-actions(7) says what
 * they mean. Here they are known by name and kind, so that --check finds what is
 * misspelt; the action itself looks at values.
 */
#ifndef SH_CONFIG_MEANS_H
#define SH_CONFIG_MEANS_H

#include "base/error.h"
#include "config/node.h"

enum sh_means { SH_MEANS_SERVICE, SH_MEANS_FILESYSTEM, SH_MEANS_HOST, SH_MEANS_INTERFACE };

/* As sh_node_check_keys() with the names of KNOWN and those of the means; and then the means themselves. */
int sh_means_check(const struct sh_node *entry, const char *what, const char *const *known,
		   enum sh_means kind, struct sh_error *err);

#endif

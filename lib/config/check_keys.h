/* SPDX-License-Identifier: MIT */
/* check_keys - the keys of checks beside their kind: each one row with its type and its limits */
#ifndef SH_CONFIG_CHECK_KEYS_H
#define SH_CONFIG_CHECK_KEYS_H

#include "config/check.h"

/* Before any is read: numbers are SH_CHECK_UNSET. */
void sh_check_keys_clear(struct sh_check *check);
/* Take KEY from NODE where it is there: 1, 0 absent, -1 refused with the place. */
int sh_check_key_read(struct sh_check *check, const char *key, const struct sh_node *node,
		      struct sh_error *err);
/* Free what the keys own. */
void sh_check_keys_release(struct sh_check *check);

#endif

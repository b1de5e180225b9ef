/* SPDX-License-Identifier: MIT */
/* group - how many members of a group must stay healthy while others are repaired */
#ifndef SH_CONFIG_GROUP_H
#define SH_CONFIG_GROUP_H

#include "base/error.h"
#include "config/site.h"

int sh_group_load(struct sh_group *group, const struct sh_config_entry *from, struct sh_error *err);

#endif

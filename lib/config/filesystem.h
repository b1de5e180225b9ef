/* SPDX-License-Identifier: MIT */
/* filesystem - one file system of the site: its limit, what may be cleaned, who may be throttled */
#ifndef SH_CONFIG_FILESYSTEM_H
#define SH_CONFIG_FILESYSTEM_H

#include "base/error.h"
#include "config/site.h"

int sh_filesystem_load(struct sh_filesystem *fs, const struct sh_config_entry *from,
		       struct sh_error *err);
/* After a failed load too. */
void sh_filesystem_release(struct sh_filesystem *fs);

#endif

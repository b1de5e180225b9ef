/* SPDX-License-Identifier: MIT */
/* service - one service of the site: how to find, start, stop and check it, and its files */
#ifndef SH_CONFIG_SERVICE_H
#define SH_CONFIG_SERVICE_H

#include "base/error.h"
#include "config/site.h"

int sh_service_load(struct sh_service *s, const struct sh_config_entry *from, struct sh_error *err);
/* After a failed load too. */
void sh_service_release(struct sh_service *s);

#endif

/* SPDX-License-Identifier: MIT */
/* tag - "host program[pid]: text", the older syslog's way to say who writes */
#ifndef SH_COLLECT_LOG_TAG_H
#define SH_COLLECT_LOG_TAG_H

#include <stdbool.h>

#include "collect/log/entry.h"

/*
 * Fill host, program, pid and text of E from what is behind the time. A first
 * word that is no tag is the host where MAY_HAVE_HOST; where no tag is, all is text.
 */
void sh_log_split(struct sh_span rest, struct sh_log_entry *e, bool may_have_host);

#endif

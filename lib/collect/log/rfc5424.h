/* SPDX-License-Identifier: MIT */
/* rfc5424 - the syslog protocol's message, after its priority */
#ifndef SH_COLLECT_LOG_RFC5424_H
#define SH_COLLECT_LOG_RFC5424_H

#include <stdbool.h>

#include "base/buf.h"
#include "collect/log/entry.h"

/*
 * Fill E when TEXT is "1 TIME HOST APP PROCID MSGID DATA MSG"; false, E unchanged,
 * when it is not. Structured data, the message id and a process id that is no
 * number become fields, built in FIELDS. Data that is damaged is part of the text.
 */
bool sh_rfc5424(struct sh_span text, struct sh_log_entry *e, struct sh_buf *fields);

#endif

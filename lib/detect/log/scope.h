/* SPDX-License-Identifier: MIT */
/* scope - what is known of a line, as the names that a rule uses behind "log." */
#ifndef SH_DETECT_LOG_SCOPE_H
#define SH_DETECT_LOG_SCOPE_H

#include <jansson.h>

#include "base/span.h"
#include "logs/miner.h"

/*
 * {"text","level","template","template_text","count","age","is_new","rare","rate",
 * "usual","errors_rate","errors_usual","fields","means","least","most"}: level is the
 * record's severity as a word, absent for -1; age the seconds since the line of the
 * template before, absent for the first; fields the numbers of the line by the place
 * of their word in template_text ("3"), and means, least and most those of the lines
 * before. TEXT must be UTF-8. A new reference.
 */
json_t *sh_log_scope(struct sh_span text, int severity, int64_t time,
		     const struct sh_log_answer *a);

#endif

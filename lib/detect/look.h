/* SPDX-License-Identifier: MIT */
/* look - one record under evaluation: the names its rules can use, and where they come from */
#ifndef SH_DETECT_LOOK_H
#define SH_DETECT_LOOK_H

#include <jansson.h>

#include "base/buf.h"
#include "base/error.h"
#include "detect/memory.h"
#include "detect/rule.h"
#include "expr/scope.h"
#include "record/entity.h"
#include "record/record.h"

struct sh_look {
	const struct sh_record *record; /* borrowed */
	struct sh_scope scope;
	struct sh_entity parts;
	json_t *metrics, *host, *labels, *dims; /* owned; NULL none */
	json_t *params;                         /* borrowed; of the rule at work */
	struct sh_buf key;                      /* series key */
	char *entity, *hostname;
};

/* SH_ERRC_INPUT when a member that says what the sample is about has a wrong type. */
int sh_look_check(const struct sh_record *r, struct sh_error *err);
/* L has its record and metrics, the rest zero. */
void sh_look_at(struct sh_look *l, const struct sh_memory *memory);
void sh_look_release(struct sh_look *l);

/* {"storage.utilization": 95.2}: what the rule's expression read, with its values. A new reference. */
json_t *sh_look_values(struct sh_look *l, const struct sh_rule *rule);

#endif

/* SPDX-License-Identifier: MIT */
/*
 * entity - names of things: TYPE:NAME or TYPE:NAME@HOST
 *
 * The type ends at the first ':', the host starts at the last '@'. In the name
 * '@', '%', control and white characters are percent-encoded.
 */
#ifndef SH_RECORD_ENTITY_H
#define SH_RECORD_ENTITY_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/span.h"

struct sh_entity {
	struct sh_span type;
	struct sh_span name; /* still encoded */
	struct sh_span host; /* p NULL when there is none */
};

/* Whether it can be split. */
bool sh_entity_is_valid(struct sh_span entity);
/* Split; false when there is no type or no name. */
bool sh_entity_split(struct sh_span entity, struct sh_entity *out);
/* Append TYPE:NAME@HOST, encoding NAME; HOST may be NULL. */
void sh_entity_add(struct sh_buf *out, const char *type, const char *name, const char *host);
/* Append the decoded name. */
void sh_entity_decode(struct sh_span name, struct sh_buf *out);

#endif

/* SPDX-License-Identifier: MIT */
/*
 * pick_shape - what is picked from lines of one shape, without a look at names
 *
 * Internal to lib/record. Which leaves of a shape are asked for is found out once,
 * with a record of that shape that was walked through.
 */
#ifndef SH_RECORD_PICK_SHAPE_H
#define SH_RECORD_PICK_SHAPE_H

#include <stdbool.h>

#include "record/pick.h"

/* As sh_pick_take(), from where all is forgotten; false where there is no plan for R's shape. */
bool sh_pick_take_shaped(struct sh_pick *p, const struct sh_record *r);
/* R was walked through just now. */
void sh_pick_plan_make(struct sh_pick *p, const struct sh_record *r);
void sh_pick_plans_release(struct sh_pick *p);

#endif

/* SPDX-License-Identifier: MIT */
/*
 * person - somebody is at work on this machine, as events of type login among the
 * records tell: what a playbook would take back may be meant
 */
#ifndef SH_REPAIR_PERSON_H
#define SH_REPAIR_PERSON_H

#include "base/error.h"
#include "record/record.h"
#include "repair/repairer.h"

/* Keep the newest login on this machine that an event tells of; one from the future is one of now. */
int sh_person_hear(const struct sh_repairer *r, const struct sh_record *event, struct sh_error *err);

#endif

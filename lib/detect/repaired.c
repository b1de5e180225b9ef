/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "detect/repaired.h"

#include "record/plan.h"

static bool was_begun(const struct sh_plan *p)
{
	for (size_t i = 0; i < p->steps; i++)
		if (p->step[i].state != SH_STEP_PLANNED && p->step[i].state != SH_STEP_SKIPPED)
			return true;
	return false;
}

/* When the repair ended; 0 when nothing was done. */
static int64_t end_of(const struct sh_record *r)
{
	struct sh_error ignored = SH_ERROR_INIT;
	json_t *object = sh_record_json(r);
	struct sh_plan p;
	int64_t end = 0;

	if (sh_plan_from_json(&p, object, &ignored) == 0) {
		if (p.is_repair && was_begun(&p))
			end = p.ended ? p.ended : p.time;
		sh_plan_release(&p);
	}
	json_decref(object);
	return end;
}

void sh_detector_repaired(struct sh_detector *d, const struct sh_record *r)
{
	int64_t end = end_of(r);
	struct sh_subject *s;

	if (!end)
		return;
	/* What was never measured may be from now on. */
	s = sh_store_key(&d->store, r->entity, r->entity.len);
	if (!s)
		s = sh_store_make(&d->store, r->entity, r->entity.len, r->host);
	if (end <= sh_subject_repaired(s))
		return;
	sh_subject_rare(s)->repaired = end;
	sh_store_touch(&d->store, s);
}

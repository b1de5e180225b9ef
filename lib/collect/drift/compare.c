/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "collect/drift/drift.h"

int sh_drift_compare(struct sh_collect *c, const struct sh_drift_area *a,
		     void (*each)(void *arg, const char *name, const char *was, const char *is),
		     void *arg, struct sh_error *err)
{
	struct sh_drift_baseline b;
	struct sh_listing now = { 0 };
	int rc = sh_drift_load(c->state_dir, a, &b, err);

	if (rc <= 0)
		return rc;
	rc = a->look(c, &b.items, &now, err);
	if (rc == 0) {
		sh_listing_sort(&now);
		sh_listing_compare(&b.items, &now, each, arg);
	}
	sh_listing_release(&now);
	sh_drift_release(&b);
	return rc < 0 ? -1 : 1;
}

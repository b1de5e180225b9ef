/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "detect/firing.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

void sh_firing_init(struct sh_firing *f)
{
	*f = (struct sh_firing){ .sources = NULL };
	sh_map_init(&f->print, free);
}

void sh_firing_release(struct sh_firing *f)
{
	sh_map_release(&f->print);
}

static void put(struct sh_firing *f, const void *alert, const struct sh_fault *fault)
{
	json_t *picture = sh_fault_to_json(fault);

	sh_sources_put_other(f->sources, picture);
	json_decref(picture);
	sh_map_put(&f->print, &alert, sizeof(alert), sh_strdup(fault->fingerprint));
}

void sh_firing_told(struct sh_firing *f, const void *alert, const struct sh_fault *fault)
{
	const char *before = sh_map_get(&f->print, &alert, sizeof(alert));
	bool over = fault->status == SH_FAULT_RESOLVED;

	if (!f->sources)
		return;
	if (before && (over || strcmp(before, fault->fingerprint) != 0)) {
		sh_sources_drop_other(f->sources, before);
		sh_map_remove(&f->print, &alert, sizeof(alert));
	}
	if (!over)
		put(f, alert, fault);
}

/* SPDX-License-Identifier: MIT */
/* wanted - which entries of a log the keys "match" and "ignore" let through */
#ifndef SH_COLLECT_CHECK_WANTED_H
#define SH_COLLECT_CHECK_WANTED_H

#include <stdbool.h>

#include "base/span.h"
#include "config/check.h"

struct sh_wanted {
	void *match, *ignore; /* compiled; NULL none */
};

void sh_wanted_init(struct sh_wanted *w, const struct sh_check *k);
void sh_wanted_release(struct sh_wanted *w);
/* Whether an entry of this text is wanted: as sh_import's "wants", with a struct sh_wanted. */
bool sh_wanted(void *wanted, struct sh_span text);

#endif

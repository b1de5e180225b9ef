/* SPDX-License-Identifier: MIT */
/* bookmark - how far a journal was read, or one unit's part of it */
#ifndef SH_COLLECT_LOG_BOOKMARK_H
#define SH_COLLECT_LOG_BOOKMARK_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/span.h"

struct sh_bookmark {
	char *cursor;   /* owned: of the last entry read; "": there was none yet; NULL: not begun */
	bool lost;      /* that entry is no longer there, which was told */
	bool brief;     /* the next entry is too large to be read whole */
	uint64_t lines; /* entries read since it was begun: for rates */
	bool moved;     /* there is something to be stored */
};

struct sh_bookmark *sh_bookmark_new(void);
void sh_bookmark_free(void *mark);
/* The entry with CURSOR ("" none) was read. */
void sh_bookmark_move(struct sh_bookmark *m, struct sh_span cursor);

/* A new reference, and back into a new one; -1 with SH_ERRC_STATE and M as new. */
json_t *sh_bookmark_store(const struct sh_bookmark *m);
int sh_bookmark_load(struct sh_bookmark *m, const json_t *from, struct sh_error *err);

#endif

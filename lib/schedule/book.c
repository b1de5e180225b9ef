/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "schedule/book.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

#define TABLE "last_run"

int sh_book_get(struct sh_state *state, const char *id, struct sh_last *last, struct sh_error *err)
{
	SH_CLEANUP_FREE void *text = NULL;
	size_t len = 0;
	int rc;

	*last = (struct sh_last){ 0 };
	if (!state)
		return 0;
	rc = sh_state_get(state, TABLE, id, strlen(id), &text, &len, err);
	if (rc > 0 && (!text || sh_last_parse(last, text, len) < 0))
		return sh_error_set(err, SH_ERRC_STATE,
				    "schedule.db: what is kept of task '%s' cannot be understood", id);
	return rc < 0 ? -1 : 0;
}

int sh_book_put(struct sh_state *state, const char *id, const struct sh_last *last,
		struct sh_error *err)
{
	char text[SH_LAST_TEXT];
	size_t len = sh_last_format(text, last);

	if (sh_state_put(state, TABLE, id, strlen(id), text, len, err) < 0)
		return -1;
	return sh_state_commit(state, err);
}

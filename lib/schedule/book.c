/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "schedule/book.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

#define TABLE	 "last_run"
#define RUNS	 "run"
#define RUN_TEXT 256

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
	return rc;
}

int sh_book_put(struct sh_state *state, const char *id, const struct sh_last *last,
		struct sh_error *err)
{
	char text[SH_LAST_TEXT];
	size_t len = sh_last_format(text, last);

	return sh_state_put(state, TABLE, id, strlen(id), text, len, err);
}

static char *key_of(const char *id, int64_t serial)
{
	return sh_asprintf("%s/%020" PRId64, id, serial);
}

int sh_book_put_run(struct sh_state *state, const char *id, const struct sh_book_run *run,
		    struct sh_error *err)
{
	SH_CLEANUP_FREE char *key = key_of(id, run->serial);
	char text[RUN_TEXT];
	int len = snprintf(text, sizeof(text),
			   "1 %" PRId64 " %" PRId64 " %" PRId64 " %d %" PRIu64 " %s", run->started, run->due,
			   run->attempt, (int)run->child.pid, run->child.start, run->child.boot_id);

	return sh_state_put(state, RUNS, key, strlen(key), text, (size_t)len, err);
}

int sh_book_end_run(struct sh_state *state, const char *id, int64_t serial, struct sh_error *err)
{
	SH_CLEANUP_FREE char *key = key_of(id, serial);

	return sh_state_delete(state, RUNS, key, strlen(key), err);
}

struct walk {
	int (*each)(void *arg, const char *id, const struct sh_book_run *run);
	void *arg;
};

static int take_row(void *arg, const void *key, size_t key_len, const void *value, size_t len)
{
	const struct walk *w = arg;
	SH_CLEANUP_FREE char *id = sh_strndup(key, key_len), *text = sh_strndup(value ? value : "", len);
	struct sh_book_run run = { 0 };
	char *slash = strrchr(id, '/');
	int pid;

	if (!slash || sscanf(slash + 1, "%" SCNd64, &run.serial) != 1 ||
	    sscanf(text, "1 %" SCNd64 " %" SCNd64 " %" SCNd64 " %d %" SCNu64 " %36s", &run.started, &run.due,
		   &run.attempt, &pid, &run.child.start, run.child.boot_id) < 5)
		return 0;
	*slash = '\0';
	run.child.pid = pid;
	return w->each(w->arg, id, &run);
}

int sh_book_each_run(struct sh_state *state,
		     int (*each)(void *arg, const char *id, const struct sh_book_run *run), void *arg,
		     struct sh_error *err)
{
	struct walk w = { each, arg };

	return state ? sh_state_each(state, RUNS, take_row, &w, err) : 0;
}

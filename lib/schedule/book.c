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

struct pruning {
	bool (*is_there)(void *arg, const char *id);
	void *arg;
	int64_t before;
	char **id; /* to be forgotten; owned */
	size_t n, cap;
};

static int64_t newest_of(const struct sh_last *l)
{
	const int64_t times[] = { l->started, l->ended, l->after, l->queued };
	int64_t newest = 0;

	for (size_t i = 0; i < sizeof(times) / sizeof(*times); i++)
		newest = times[i] > newest ? times[i] : newest;
	return newest;
}

static int judge_row(void *arg, const void *key, size_t key_len, const void *value, size_t len)
{
	struct pruning *p = arg;
	SH_CLEANUP_FREE char *id = sh_strndup(key, key_len);
	struct sh_last last;

	if (p->is_there(p->arg, id) ||
	    (value && sh_last_parse(&last, value, len) == 0 && newest_of(&last) >= p->before))
		return 0;
	sh_grow(p->id, p->n, p->cap);
	p->id[p->n++] = sh_strdup(id);
	return 0;
}

static int add_run(void *arg, const void *key, size_t key_len, const void *value, size_t len)
{
	struct pruning *p = arg;

	(void)value;
	(void)len;
	sh_grow(p->id, p->n, p->cap);
	p->id[p->n++] = sh_strndup(key, key_len);
	return 0;
}

/* Runs are of ID when that is all before their last slash. */
static int forget_runs(struct sh_state *state, const char *id, struct sh_error *err)
{
	struct pruning runs = { 0 };
	int rc = sh_state_each(state, RUNS, add_run, &runs, err);

	for (size_t i = 0; i < runs.n; i++) {
		const char *key = runs.id[i], *slash = strrchr(key, '/');

		if (rc == 0 && slash && (size_t)(slash - key) == strlen(id) && !strncmp(key, id, strlen(id)))
			rc = sh_state_delete(state, RUNS, key, strlen(key), err);
		free(runs.id[i]);
	}
	free(runs.id);
	return rc;
}

static int forget(struct sh_state *state, const char *id, struct sh_error *err)
{
	if (sh_state_delete(state, TABLE, id, strlen(id), err) < 0 ||
	    sh_state_delete(state, SH_BOOK_FILES, id, strlen(id), err) < 0)
		return -1;
	return forget_runs(state, id, err);
}

int sh_book_prune(struct sh_state *state, bool (*is_there)(void *arg, const char *id), void *arg,
		  int64_t before, struct sh_error *err)
{
	struct pruning p = { .is_there = is_there, .arg = arg, .before = before };
	int rc = state ? sh_state_each(state, TABLE, judge_row, &p, err) : 0;

	for (size_t i = 0; i < p.n; i++) {
		if (rc == 0)
			rc = forget(state, p.id[i], err);
		free(p.id[i]);
	}
	free(p.id);
	return rc < 0 ? -1 : p.n > 0;
}

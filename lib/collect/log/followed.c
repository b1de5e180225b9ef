/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "collect/log/followed.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "record/json.h"

static const char table[] = "follow";

void sh_followed_init(struct sh_followed *f)
{
	sh_map_init(&f->follow, sh_follow_free);
	sh_map_init(&f->journal, sh_bookmark_free);
	sh_map_init(&f->stored, free);
}

void sh_followed_release(struct sh_followed *f)
{
	sh_map_release(&f->follow);
	sh_map_release(&f->journal);
	sh_map_release(&f->stored);
}

/* What the run before stored, NULL nothing. Text that is not understood is as good as none: the log begins anew. */
static json_t *take_stored(struct sh_followed *f, const char *key)
{
	struct sh_error e = SH_ERROR_INIT;
	const char *text = sh_map_gets(&f->stored, key);
	json_t *json = text ? sh_json_parse(text, strlen(text), &e) : NULL;

	sh_map_remove(&f->stored, key, strlen(key));
	return json;
}

struct sh_follow *sh_followed(struct sh_followed *f, const char *key, const char *pattern)
{
	struct sh_follow *log = sh_map_gets(&f->follow, key);
	struct sh_error e = SH_ERROR_INIT;
	json_t *stored;

	if (log)
		return log;
	log = sh_follow_new(pattern);
	stored = take_stored(f, key);
	if (stored)
		sh_follow_load(log, stored, &e);
	json_decref(stored);
	sh_map_puts(&f->follow, key, log);
	return log;
}

struct sh_bookmark *sh_followed_journal(struct sh_followed *f, const char *key)
{
	struct sh_bookmark *mark = sh_map_gets(&f->journal, key);
	struct sh_error e = SH_ERROR_INIT;
	json_t *stored;

	if (mark)
		return mark;
	mark = sh_bookmark_new();
	stored = take_stored(f, key);
	if (stored)
		sh_bookmark_load(mark, stored, &e);
	json_decref(stored);
	sh_map_puts(&f->journal, key, mark);
	return mark;
}

bool sh_followed_moved(const struct sh_followed *f)
{
	const struct sh_map_entry *e;
	size_t i = 0;

	while ((e = sh_map_next(&f->follow, &i)))
		if (((const struct sh_follow *)e->value)->moved)
			return true;
	i = 0;
	while ((e = sh_map_next(&f->journal, &i)))
		if (((const struct sh_bookmark *)e->value)->moved)
			return true;
	return false;
}

static int keep_row(void *arg, const void *key, size_t key_len, const void *value, size_t len)
{
	struct sh_followed *f = arg;

	if (value)
		sh_map_put(&f->stored, key, key_len, sh_strndup(value, len));
	return 0;
}

int sh_followed_load(struct sh_followed *f, struct sh_state *state, struct sh_error *err)
{
	return sh_state_each(state, table, keep_row, f, err);
}

/* Takes the reference to VALUE over. */
static int put(struct sh_state *state, const struct sh_map_entry *e, json_t *value,
	       struct sh_error *err)
{
	SH_CLEANUP_BUF struct sh_buf text = SH_BUF_INIT;

	sh_json_dump(&text, value);
	json_decref(value);
	return sh_state_put(state, table, e->key, e->len, text.data, text.len, err);
}

int sh_followed_save(struct sh_followed *f, struct sh_state *state, struct sh_error *err)
{
	const struct sh_map_entry *e;
	size_t i = 0;

	while ((e = sh_map_next(&f->follow, &i))) {
		struct sh_follow *log = e->value;

		if (log->moved && put(state, e, sh_follow_store(log), err) < 0)
			return -1;
		log->moved = false;
	}
	i = 0;
	while ((e = sh_map_next(&f->journal, &i))) {
		struct sh_bookmark *mark = e->value;

		if (mark->moved && put(state, e, sh_bookmark_store(mark), err) < 0)
			return -1;
		mark->moved = false;
	}
	return 0;
}

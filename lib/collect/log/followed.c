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
	sh_map_init(&f->stored, free);
}

void sh_followed_release(struct sh_followed *f)
{
	sh_map_release(&f->follow);
	sh_map_release(&f->stored);
}

/* Cursors that are not understood are as good as none: the log begins anew. */
static void restore(struct sh_follow *log, const char *text)
{
	struct sh_error e = SH_ERROR_INIT;
	json_t *json = sh_json_parse(text, strlen(text), &e);

	if (json)
		sh_follow_load(log, json, &e);
	json_decref(json);
}

struct sh_follow *sh_followed(struct sh_followed *f, const char *key, const char *pattern)
{
	struct sh_follow *log = sh_map_gets(&f->follow, key);
	const char *text;

	if (log)
		return log;
	log = sh_follow_new(pattern);
	text = sh_map_gets(&f->stored, key);
	if (text)
		restore(log, text);
	sh_map_remove(&f->stored, key, strlen(key));
	sh_map_puts(&f->follow, key, log);
	return log;
}

bool sh_followed_moved(const struct sh_followed *f)
{
	const struct sh_map_entry *e;
	size_t i = 0;

	while ((e = sh_map_next(&f->follow, &i)))
		if (((const struct sh_follow *)e->value)->moved)
			return true;
	return false;
}

static int keep_row(void *arg, const void *key, size_t key_len, const void *value, size_t len)
{
	struct sh_followed *f = arg;

	sh_map_put(&f->stored, key, key_len, sh_strndup(value, len));
	return 0;
}

int sh_followed_load(struct sh_followed *f, struct sh_state *state, struct sh_error *err)
{
	return sh_state_each(state, table, keep_row, f, err);
}

int sh_followed_save(struct sh_followed *f, struct sh_state *state, struct sh_error *err)
{
	const struct sh_map_entry *e;
	size_t i = 0;

	while ((e = sh_map_next(&f->follow, &i))) {
		SH_CLEANUP_BUF struct sh_buf text = SH_BUF_INIT;
		struct sh_follow *log = e->value;
		json_t *json;

		if (!log->moved)
			continue;
		json = sh_follow_store(log);
		sh_json_dump(&text, json);
		json_decref(json);
		if (sh_state_put(state, table, e->key, e->len, text.data, text.len, err) < 0)
			return -1;
		log->moved = false;
	}
	return 0;
}

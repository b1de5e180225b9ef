/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "collect/keep.h"

#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "collect/facts.h"

static const char table[] = "counters", facts_table[] = "facts";
static const char boot_key[] = "boot_id";

static int is_this_boot(struct sh_state *state, struct sh_error *err)
{
	SH_CLEANUP_FREE void *kept = NULL;
	char boot[SH_BOOT_ID_TEXT];
	size_t len = 0;
	int rc = sh_state_get(state, "meta", boot_key, strlen(boot_key), &kept, &len, err);

	sh_clock_boot_id(boot);
	if (rc <= 0)
		return rc;
	return *boot && len == strlen(boot) && !memcmp(kept, boot, len);
}

static int load_fact(void *arg, const void *key, size_t key_len, const void *value, size_t len)
{
	struct sh_map *facts = arg;
	SH_CLEANUP_FREE char *name = sh_strndup(key, key_len);
	struct sh_fact *f;

	if (!value)
		return 0;
	sh_facts_put(facts, name, value, len);
	f = sh_map_gets(facts, name);
	f->stored = true;
	return 0;
}

static int save_facts(struct sh_map *facts, struct sh_state *state, struct sh_error *err)
{
	const struct sh_map_entry *e;
	size_t i = 0;

	while ((e = sh_map_next(facts, &i))) {
		struct sh_fact *f = e->value;

		if (!f->stored &&
		    sh_state_put(state, facts_table, e->key, e->len, f->text, f->len, err) < 0)
			return -1;
		f->stored = true;
	}
	return 0;
}

int sh_keep_load(struct sh_collect *c, struct sh_state *state, struct sh_error *err)
{
	int rc = is_this_boot(state, err);

	if (rc >= 0 && sh_state_each(state, facts_table, load_fact, &c->facts, err) < 0)
		return -1;
	if (rc >= 0 && sh_followed_load(&c->followed, state, err) < 0)
		return -1;
	for (size_t i = 0; rc > 0 && i < sh_collectors_count; i++) {
		const char *name = sh_collectors[i].name;
		SH_CLEANUP_FREE void *text = NULL;
		size_t len = 0;
		int found = sh_state_get(state, table, name, strlen(name), &text, &len, err);

		if (found < 0)
			return -1;
		/* Text that is damaged or not understood is as good as none: the next save replaces it. */
		if (found > 0 && text)
			sh_counters_load(&c->set[i], text, len);
	}
	return rc < 0 ? -1 : 0;
}

int sh_keep_save(struct sh_collect *c, struct sh_state *state, struct sh_error *err)
{
	char boot[SH_BOOT_ID_TEXT];

	sh_clock_boot_id(boot);
	if (sh_state_put(state, "meta", boot_key, strlen(boot_key), boot, strlen(boot), err) < 0)
		return -1;
	for (size_t i = 0; i < sh_collectors_count; i++) {
		SH_CLEANUP_BUF struct sh_buf text = SH_BUF_INIT;
		const char *name = sh_collectors[i].name;

		if (!c->set[i].map.live)
			continue;
		sh_counters_dump(&c->set[i], &text);
		if (sh_state_put(state, table, name, strlen(name), text.data, text.len, err) < 0)
			return -1;
	}
	if (save_facts(&c->facts, state, err) < 0 || sh_followed_save(&c->followed, state, err) < 0)
		return -1;
	return sh_state_commit(state, err);
}

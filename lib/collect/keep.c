/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "collect/keep.h"

#include <string.h>

#include "base/clock.h"
#include "base/mem.h"

static const char table[] = "counters";
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

int sh_keep_load(struct sh_collect *c, struct sh_state *state, struct sh_error *err)
{
	int rc = is_this_boot(state, err);

	for (size_t i = 0; rc > 0 && i < sh_collectors_count; i++) {
		const char *name = sh_collectors[i].name;
		SH_CLEANUP_FREE void *text = NULL;
		size_t len = 0;
		int found = sh_state_get(state, table, name, strlen(name), &text, &len, err);

		if (found < 0)
			return -1;
		/* Text that is not understood is as good as none: the next save replaces it. */
		if (found > 0)
			sh_counters_load(&c->set[i], text, len);
	}
	return rc < 0 ? -1 : 0;
}

int sh_keep_save(const struct sh_collect *c, struct sh_state *state, struct sh_error *err)
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
	return sh_state_commit(state, err);
}

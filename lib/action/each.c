/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "action/each.h"

#include <stdint.h>

#include "action/action.h"

static void do_one(const json_t *item, json_t *entry, bool skips, sh_each_fn *fn, void *arg, struct sh_error *err)
{
	struct sh_error one = SH_ERROR_INIT;
	bool skipped;

	if (fn(arg, item, entry, &one) == 0)
		return;
	skipped = skips && one.code == SH_ERRC_UNAVAILABLE;
	json_object_set_new(entry, skipped ? "skipped" : "error", sh_action_text(one.text));
	if (!skipped && !sh_error_is_set(err))
		*err = one;
}

int sh_each(const json_t *list, json_t *output, const char *name, bool skips, sh_each_fn *fn, void *arg,
	    struct sh_error *err)
{
	json_t *entries = json_object_get(output, name), *item;
	size_t i;

	if (!entries) {
		entries = json_array();
		json_object_set_new(output, name, entries);
	}
	json_array_foreach((json_t *)(uintptr_t)list, i, item) {
		json_t *entry = json_object();

		do_one(item, entry, skips, fn, arg, err);
		json_array_append_new(entries, entry);
	}
	return sh_error_is_set(err) ? -1 : 0;
}

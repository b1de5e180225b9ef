/* SPDX-License-Identifier: MIT */
/* How far the machine is from its baselines, one sample an area. */
#include "config.h"

#include <string.h>

#include "collect/drift/drift.h"
#include "collect/table.h"

#define MAX_LISTED 500 /* bytes of names in a member */

struct changes {
	size_t added, removed, changed;
	struct sh_buf added_names, removed_names, changed_names;
};

static void note_name(struct sh_buf *list, const char *name)
{
	if (list->len + strlen(name) < MAX_LISTED)
		sh_buf_addf(list, "%s%s", list->len ? ", " : "", name);
	else if (list->len && list->data[list->len - 1] != '.')
		sh_buf_addstr(list, ", ...");
}

static void note(void *arg, const char *name, const char *was, const char *is)
{
	struct changes *ch = arg;

	if (!was) {
		ch->added++;
		note_name(&ch->added_names, name);
	} else if (!is) {
		ch->removed++;
		note_name(&ch->removed_names, name);
	} else {
		ch->changed++;
		note_name(&ch->changed_names, name);
	}
}

static void write_area(struct sh_collect *c, const struct sh_drift_area *a, const struct changes *ch)
{
	const char *dims[] = { "area", a->name, NULL };
	struct sh_sample_writer w;

	sh_collect_begin(c, &w, "host", c->host, a->name, dims, NULL);
	sh_sample_group(&w, "drift");
	sh_sample_number(&w, "changes", (double)(ch->added + ch->removed + ch->changed));
	sh_sample_number(&w, "added", (double)ch->added);
	sh_sample_number(&w, "removed", (double)ch->removed);
	sh_sample_number(&w, "changed", (double)ch->changed);
	if (ch->added)
		sh_sample_text(&w, "added", sh_buf_str(&ch->added_names));
	if (ch->removed)
		sh_sample_text(&w, "removed", sh_buf_str(&ch->removed_names));
	if (ch->changed)
		sh_sample_text(&w, "changed", sh_buf_str(&ch->changed_names));
	sh_sample_end(&w);
}

static int look_at(struct sh_collect *c, const struct sh_drift_area *a, struct sh_error *err)
{
	struct changes ch = { .added = 0 };
	int rc = sh_drift_compare(c, a, note, &ch, err);

	if (rc > 0)
		write_area(c, a, &ch);
	sh_buf_release(&ch.added_names);
	sh_buf_release(&ch.removed_names);
	sh_buf_release(&ch.changed_names);
	return rc;
}

int sh_collect_drift(struct sh_collect *c, struct sh_error *err)
{
	(void)err;
	for (const struct sh_drift_area *a = sh_drift_areas; c->state_dir && a->name; a++) {
		struct sh_error e = SH_ERROR_INIT;

		if (sh_collect_wants(c, a->name) && look_at(c, a, &e) < 0)
			sh_collect_fail(c, a->name, &e);
	}
	return 0;
}

/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <fcntl.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/mem.h"
#include "collect/drift/drift.h"
#include "collect/text.h"
#include "record/json.h"
#include "state/baseline.h"
#include "state/dir.h"

#define MAX_BASELINE ((size_t)64 << 20)

void sh_drift_release(struct sh_drift_baseline *b)
{
	sh_listing_release(&b->items);
	free(b->by);
	free(b->reason);
	*b = (struct sh_drift_baseline){ .by = NULL };
}

static int damaged(const char *path, struct sh_error *err)
{
	return sh_error_set(err, SH_ERRC_STATE, "'%s' is damaged: remove it and take the baseline again",
			    path);
}

static int parse(const char *path, struct sh_span text, struct sh_drift_baseline *out,
		 struct sh_error *err)
{
	struct sh_error none = SH_ERROR_INIT;
	json_t *head = NULL;
	struct sh_span line;
	const char *time;
	bool good;

	if (sh_text_line(&text, &line))
		head = sh_json_parse(line.p, line.len, &none);
	time = sh_json_str(head, "time", "");
	out->by = sh_strdup_or_null(sh_json_str(head, "by", NULL));
	out->reason = sh_strdup_or_null(sh_json_str(head, "reason", NULL));
	good = out->by && sh_time_parse(time, strlen(time), &out->time) == 0 &&
	       sh_listing_load(&out->items, text) &&
	       /* Half of it would look like a machine that changed a lot. */
	       json_integer_value(json_object_get(head, "items")) == (json_int_t)out->items.n;
	json_decref(head);
	return good ? 1 : damaged(path, err);
}

static int add_approved(void *arg, const struct sh_baseline *b)
{
	struct sh_drift_baseline *out = arg;
	SH_CLEANUP_BUF struct sh_buf value = SH_BUF_INIT;

	sh_drift_describe_file(&value, b->mode, b->uid, b->gid, b->sha256);
	sh_listing_add(&out->items, b->path, sh_buf_str(&value));
	if (b->time >= out->time) {
		free(out->by);
		out->by = sh_strdup(b->by);
		out->time = b->time;
	}
	return 0;
}

static int load_files(const char *state_dir, struct sh_drift_baseline *out, struct sh_error *err)
{
	if (sh_baseline_each(state_dir, add_approved, out, err) < 0)
		return -1;
	sh_listing_sort(&out->items);
	return out->items.n > 0;
}

int sh_drift_load(const char *state_dir, const struct sh_drift_area *a,
		  struct sh_drift_baseline *out, struct sh_error *err)
{
	SH_CLEANUP_FREE char *path = sh_asprintf("%s/drift/%s", state_dir, a->name);
	SH_CLEANUP_BUF struct sh_buf text = SH_BUF_INIT;
	struct sh_error e = SH_ERROR_INIT;
	int rc;

	*out = (struct sh_drift_baseline){ .by = NULL };
	if (a->is_files) {
		rc = load_files(state_dir, out, err);
	} else if (sh_file_read(AT_FDCWD, path, MAX_BASELINE, &text, &e) == 0) {
		rc = parse(path, sh_text_of(&text), out, err);
	} else {
		rc = e.code == SH_ERRC_UNAVAILABLE ? 0 : -1;
		if (rc < 0)
			*err = e;
	}
	if (rc <= 0)
		sh_drift_release(out);
	return rc;
}

int sh_drift_save(const char *state_dir, const struct sh_drift_area *a,
		  const struct sh_drift_baseline *b, struct sh_error *err)
{
	SH_CLEANUP_FREE char *state = sh_state_dir(state_dir, true, err);
	SH_CLEANUP_FREE char *dir = NULL, *path = NULL;
	SH_CLEANUP_BUF struct sh_buf text = SH_BUF_INIT;
	char time[SH_TIME_TEXT];
	json_t *head;

	if (!state)
		return -1;
	dir = sh_asprintf("%s/drift", state);
	path = sh_asprintf("%s/%s", dir, a->name);
	sh_time_format(time, b->time);
	head = json_pack("{s:s, s:s, s:s*, s:I}", "by", b->by, "time", time, "reason", b->reason,
			 "items", (json_int_t)b->items.n);
	if (!head)
		return sh_error_set(err, SH_ERRC_USAGE, "reason or name is not UTF-8");
	sh_json_dump(&text, head);
	json_decref(head);
	sh_buf_addch(&text, '\n');
	sh_listing_dump(&b->items, &text);
	if (sh_mkdir_parents(dir, 0700, err) < 0)
		return -1;
	return sh_file_write_atomic(path, sh_buf_str(&text), text.len, 0600, err);
}

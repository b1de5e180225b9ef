/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "action/note.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/file.h"
#include "base/hash.h"
#include "base/mem.h"

#define MAX_NOTE ((size_t)4 << 20)

void sh_note_init(struct sh_note *n, const char *kind, const struct sh_action_call *call)
{
	SH_CLEANUP_FREE char *text = json_dumps(call->parameters, JSON_SORT_KEYS | JSON_COMPACT);
	char digest[SH_HASH_TEXT];
	struct sh_hash h;

	sh_hash_init(&h);
	sh_hash_str(&h, call->plan);
	sh_hash_str(&h, text);
	sh_hash_finish(&h, digest);
	memcpy(n->id, digest, sizeof(n->id) - 1);
	n->id[sizeof(n->id) - 1] = '\0';
	n->path = call->state ? sh_asprintf("%s/%s/%s.json", call->state, kind, n->id) : NULL;
}

void sh_note_release(struct sh_note *n)
{
	free(n->path);
	n->path = NULL;
}

int sh_note_write(const struct sh_note *n, const json_t *what, struct sh_error *err)
{
	SH_CLEANUP_FREE char *text = json_dumps(what, JSON_COMPACT), *dir = NULL;

	if (!n->path)
		return 0;
	dir = sh_strdup(n->path);
	*strrchr(dir, '/') = '\0';
	if (sh_mkdir_parents(dir, 0700, err) < 0)
		return -1;
	return sh_file_write_atomic(n->path, text, strlen(text), 0600, err);
}

json_t *sh_note_read(const struct sh_note *n)
{
	SH_CLEANUP_BUF struct sh_buf buf = SH_BUF_INIT;
	struct sh_error ignored = SH_ERROR_INIT;

	if (!n->path || sh_file_read(AT_FDCWD, n->path, MAX_NOTE, &buf, &ignored) < 0)
		return NULL;
	return json_loadb(buf.data, buf.len, 0, NULL);
}

void sh_note_forget(const struct sh_note *n)
{
	if (n->path)
		unlink(n->path);
}

/* The output of the run where it has the member KEY, else what was noted; a new reference, or NULL. */
static json_t *what_is_known(const struct sh_note *n, const struct sh_action_call *call, const char *key,
			     struct sh_error *err)
{
	json_t *known;

	if (sh_param_json(call->output, key))
		return json_incref((json_t *)(uintptr_t)call->output);
	known = sh_note_read(n);
	if (!known)
		sh_error_set_(err, SH_ERRC_UNAVAILABLE, 0, "nothing is known that could be undone");
	return known;
}

int sh_note_undo(const char *kind, const char *key, sh_note_undo_fn *fn, const struct sh_action_call *call,
		 json_t *output, struct sh_error *err)
{
	json_auto_t *known = NULL;
	struct sh_note note;
	int rc;

	sh_note_init(&note, kind, call);
	known = what_is_known(&note, call, key, err);
	rc = known ? fn(call, known, err) : -1;
	if (rc == 0) {
		sh_note_forget(&note);
		json_object_set_new(output, "undone", json_true());
	}
	sh_note_release(&note);
	return rc;
}

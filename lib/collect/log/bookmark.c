/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "collect/log/bookmark.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "record/json.h"

struct sh_bookmark *sh_bookmark_new(void)
{
	return sh_calloc(1, sizeof(struct sh_bookmark));
}

void sh_bookmark_free(void *mark)
{
	struct sh_bookmark *m = mark;

	if (m)
		free(m->cursor);
	free(m);
}

void sh_bookmark_move(struct sh_bookmark *m, struct sh_span cursor)
{
	free(m->cursor);
	m->cursor = sh_strndup(cursor.p ? cursor.p : "", cursor.len);
	m->lost = false;
	m->moved = true;
}

json_t *sh_bookmark_store(const struct sh_bookmark *m)
{
	json_t *o = json_object();

	json_object_set_new(o, "version", json_integer(1));
	if (m->cursor)
		json_object_set_new(o, "cursor", json_string(m->cursor));
	json_object_set_new(o, "lost", json_boolean(m->lost));
	json_object_set_new(o, "brief", json_boolean(m->brief));
	json_object_set_new(o, "lines", json_integer((json_int_t)m->lines));
	return o;
}

/* What journalctl would refuse each time. */
static bool is_cursor(const char *text)
{
	return !*text || (text[0] && text[1] == '=' && !strpbrk(text, " \t\r\n"));
}

int sh_bookmark_load(struct sh_bookmark *m, const json_t *from, struct sh_error *err)
{
	const char *cursor = sh_json_str(from, "cursor", NULL);
	int64_t lines = sh_json_int(from, "lines", 0);

	if (sh_json_int(from, "version", 0) != 1 || lines < 0 || (cursor && !is_cursor(cursor)))
		return sh_error_set(err, SH_ERRC_STATE, "no bookmark of a journal");
	if (cursor)
		m->cursor = sh_strdup(cursor);
	m->lost = json_is_true(json_object_get(from, "lost"));
	m->brief = json_is_true(json_object_get(from, "brief"));
	m->lines = (uint64_t)lines;
	return 0;
}

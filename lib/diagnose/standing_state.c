/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "diagnose/standing_parts.h"
#include "series/bytes.h"

#define ROWS "standing"

static void put_fault(struct sh_buf *out, const struct sh_standing_fault *f)
{
	sh_bytes_put_span(out, sh_span_of(f->entity));
	sh_bytes_put_span(out, sh_span_of(f->type));
	sh_bytes_put_span(out, sh_span_of(f->cause ? f->cause : ""));
	sh_bytes_put_double(out, f->confidence);
	sh_bytes_put(out, (uint64_t)f->onset, 8);
	sh_bytes_put(out, (uint64_t)f->heard, 8);
}

static bool take_fault(struct sh_standing_fault *f, struct sh_bytes *in)
{
	uint64_t onset, heard;

	if (!sh_rows_take_text(in, &f->entity) || !sh_rows_take_text(in, &f->type) || !sh_rows_take_text(in, &f->cause) ||
	    !sh_bytes_take_double(in, &f->confidence) || !sh_bytes_take(in, 8, &onset) ||
	    !sh_bytes_take(in, 8, &heard) || in->len)
		return false;
	if (!*f->cause) {
		free(f->cause);
		f->cause = NULL;
	}
	f->onset = (int64_t)onset;
	f->heard = (int64_t)heard;
	return true;
}

int sh_standing_save(struct sh_standing *s, struct sh_state *state, struct sh_error *err)
{
	SH_CLEANUP_BUF struct sh_buf row = SH_BUF_INIT;
	const struct sh_map_entry *entry;

	if (sh_rows_remove(&s->rows, state, ROWS, &s->faults, err) < 0)
		return -1;
	for (size_t i = 0; (entry = sh_map_next(&s->faults, &i));) {
		const struct sh_standing_fault *f = entry->value;

		if (!f->dirty)
			continue;
		sh_buf_clear(&row);
		put_fault(&row, f);
		if (sh_state_put(state, ROWS, f->id, strlen(f->id), row.data, row.len, err) < 0)
			return -1;
	}
	sh_standing_settle(s);
	return 0;
}

static void mark(struct sh_standing *s, bool stored)
{
	const struct sh_map_entry *entry;

	for (size_t i = 0; (entry = sh_map_next(&s->faults, &i));) {
		struct sh_standing_fault *f = entry->value;

		f->dirty = !stored;
		f->stored = stored;
	}
}

void sh_standing_settle(struct sh_standing *s)
{
	sh_rows_settle(&s->rows, false);
	mark(s, true);
}

void sh_standing_unsaved(struct sh_standing *s)
{
	sh_rows_settle(&s->rows, true);
	mark(s, false);
}

struct loading {
	struct sh_standing *s;
	bool failed;
};

/* What cannot be read whole is left out; then the state is told to be damaged. */
static int load_row(void *arg, const void *key, size_t key_len, const void *value, size_t len)
{
	struct sh_standing_fault *f = sh_calloc(1, sizeof(*f));
	struct sh_bytes in = { value, value ? len : 0 };
	struct loading *l = arg;

	f->id = sh_strndup(key, key_len);
	if (l->s->faults.live < SH_STANDING_FAULTS && take_fault(f, &in)) {
		sh_standing_add(l->s, f);
		f->stored = true;
		f->dirty = false;
		return 0;
	}
	l->failed = true;
	sh_standing_fault_free(f);
	return 0;
}

int sh_standing_load(struct sh_standing *s, struct sh_state *state, struct sh_error *err)
{
	struct loading l = { s, false };

	if (sh_state_each(state, ROWS, load_row, &l, err) < 0)
		return -1;
	if (!l.failed)
		return 0;
	sh_error_set_(err, SH_ERRC_STATE, EUCLEAN, "the stored faults are damaged");
	return -1;
}

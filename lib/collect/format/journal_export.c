/* SPDX-License-Identifier: MIT */
/*
 * The journal's export format: "NAME=text" a line, or NAME alone, then the length
 * in 8 bytes, least first, the bytes, and a newline; an empty line ends the entry.
 * What is not understood is reported, and reading goes on behind the next empty line.
 */
#include "config.h"

#include <endian.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "collect/format/formats.h"
#include "collect/log/entry.h"
#include "collect/log/journal.h"
#include "record/stream.h"

#define LENGTH_BYTES 8

struct export {
	struct sh_buf value[SH_JOURNAL_FIELDS];
	bool has[SH_JOURNAL_FIELDS];
	bool any, skip;       /* an entry was begun; nothing more of it is believed */
	bool cut;             /* part of a value was not kept */
	bool binary;          /* within a field of bytes */
	int field;            /* its number, -1 one that we leave out */
	struct sh_buf bytes;  /* of it, with its length */
	size_t seen;          /* bytes of it so far, kept or not */
	uint64_t length;
};

/* The state is ours: what of log/entry.h needs one gets it only while an entry is put. */
static struct export *state_of(struct sh_import *in)
{
	if (!in->state)
		in->state = sh_calloc(1, sizeof(struct export));
	return in->state;
}

static void forget(struct export *x)
{
	for (int i = 0; i < SH_JOURNAL_FIELDS; i++) {
		sh_buf_clear(&x->value[i]);
		x->has[i] = false;
	}
	sh_buf_clear(&x->bytes);
	x->any = x->skip = x->binary = x->cut = false;
}

static void put(struct sh_import *in, struct export *x)
{
	struct sh_journal_fields f = { 0 };

	for (int i = 0; i < SH_JOURNAL_FIELDS; i++)
		if (x->has[i])
			f.value[i] = (struct sh_span){ sh_buf_str(&x->value[i]), x->value[i].len };
	in->state = NULL;
	in->cut = x->cut;
	sh_journal_put(in, &f);
	in->cut = false;
	sh_log_end(in);
	in->state = x;
}

static int bad(struct export *x, struct sh_error *err, const char *why)
{
	x->binary = false;
	x->skip = true;
	return sh_error_set(err, SH_ERRC_INPUT, "%s", why);
}

/* Of a field that comes several times the first is kept. */
static void keep(struct export *x, int field, const char *p, size_t len)
{
	if (field < 0 || x->has[field])
		return;
	x->has[field] = true;
	sh_buf_add(&x->value[field], p, len);
}

static void begin_binary(struct export *x, struct sh_span name)
{
	x->binary = true;
	x->field = sh_journal_field(name);
	x->seen = 0;
	x->length = 0;
	sh_buf_clear(&x->bytes);
}

static void end_binary(struct export *x)
{
	size_t have = x->bytes.len - LENGTH_BYTES;

	x->binary = false;
	if (have > x->length)
		have = (size_t)x->length;
	x->cut = x->cut || (x->field == SH_JOURNAL_MESSAGE && have < x->length);
	keep(x, x->field, x->bytes.data + LENGTH_BYTES, have);
}

/* One more line of bytes, with the newline that ended it. */
static int add_binary(struct export *x, struct sh_span line, struct sh_error *err)
{
	uint64_t length;

	if (x->bytes.len < SH_MAX_RECORD) {
		sh_buf_add(&x->bytes, line.p ? line.p : "", line.len);
		sh_buf_addch(&x->bytes, '\n');
	}
	x->seen += line.len + 1;
	if (x->seen < LENGTH_BYTES)
		return 0;
	memcpy(&length, x->bytes.data, sizeof(length));
	x->length = le64toh(length);
	if (x->length > (uint64_t)1 << 40)
		return bad(x, err, "the length of a field is none");
	if (x->seen < LENGTH_BYTES + x->length + 1)
		return 0;
	if (x->seen > LENGTH_BYTES + x->length + 1)
		return bad(x, err, "a field is longer than it says");
	end_binary(x);
	return 0;
}

int sh_format_journal_export(struct sh_import *in, struct sh_span line, struct sh_error *err)
{
	struct export *x = state_of(in);
	const char *equals = line.len ? memchr(line.p, '=', line.len) : NULL;

	if (x->binary && in->cut)
		return bad(x, err, "a line within a field is longer than a record may be");
	if (x->binary)
		return add_binary(x, line, err);
	if (!line.len) {
		if (x->any && !x->skip)
			put(in, x);
		forget(x);
		return 0;
	}
	if (x->skip)
		return 0;
	x->any = true;
	if (equals) {
		struct sh_span name = { line.p, (size_t)(equals - line.p) };

		keep(x, sh_journal_field(name), equals + 1, line.len - name.len - 1);
		x->cut = x->cut || in->cut;
	} else {
		begin_binary(x, line);
	}
	return 0;
}

void sh_format_journal_export_end(struct sh_import *in)
{
	struct sh_error e = SH_ERROR_INIT;
	struct export *x = in->state;

	if (!x)
		return;
	if (x->binary) {
		bad(x, &e, "the input ends within a field of bytes: its entry is left out");
		sh_import_bad(in, in->line, &e);
	}
	if (x->any && !x->skip)
		put(in, x);
	for (int i = 0; i < SH_JOURNAL_FIELDS; i++)
		sh_buf_release(&x->value[i]);
	sh_buf_release(&x->bytes);
	free(x);
	in->state = NULL;
}

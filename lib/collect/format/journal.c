/* SPDX-License-Identifier: MIT */
/*
 * The journal as journalctl writes it, an object a line: -o json, json-sse and
 * json-seq. A field is a text, a list of numbers where it holds bytes that are no
 * text, null where it is larger than journalctl shows, and a list of these where
 * it came several times, of which the first is taken.
 */
#include "config.h"

#include <string.h>

#include "collect/format/formats.h"
#include "collect/log/entry.h"
#include "collect/log/journal.h"
#include "collect/text.h"
#include "record/json.h"
#include "record/scan.h"

static size_t skip_space(struct sh_span list, size_t at)
{
	while (at < list.len && list.p[at] && strchr(" \t\r\n,", list.p[at]))
		at++;
	return at;
}

/* "[72,105]" as its bytes; false when it is a list of something else. */
static bool add_bytes(struct sh_span list, struct sh_buf *out)
{
	size_t at = skip_space(list, 1);

	while (at < list.len && list.p[at] != ']') {
		unsigned v = 0;
		size_t from = at;

		for (; at < list.len && list.p[at] >= '0' && list.p[at] <= '9' && at - from < 4; at++)
			v = 10 * v + (unsigned)(list.p[at] - '0');
		if (at == from || v > 255)
			return false;
		sh_buf_addch(out, (char)(unsigned char)v);
		at = skip_space(list, at);
	}
	return true;
}

/* The first of a list of values: its text up to the next comma outside of strings and lists. */
static struct sh_span first_item(struct sh_span list)
{
	size_t from = skip_space(list, 1), at = from, depth = 0;
	bool quoted = false;

	for (; at < list.len; at++) {
		char c = list.p[at];

		if (quoted && c == '\\')
			at++;
		else if (c == '"')
			quoted = !quoted;
		else if (!quoted && c == '[')
			depth++;
		else if (!quoted && depth && c == ']')
			depth--;
		else if (!quoted && !depth && (c == ',' || c == ']'))
			break;
	}
	return (struct sh_span){ list.p + from, (at < list.len ? at : list.len) - from };
}

/* What a value of the journal holds, appended to OUT. *LARGE: it was not shown. */
static struct sh_span value_text(struct sh_slice v, struct sh_buf *out, bool *large)
{
	size_t from = out->len;
	struct sh_index ix = SH_INDEX_INIT;

	if (v.type == SH_JSON_ARRAY && !add_bytes(v.text, out)) {
		struct sh_span first = first_item(v.text);

		out->len = from;
		if (sh_scan_value(&ix, first.p, first.len, &v) < 0)
			v.type = SH_JSON_NULL;
		if (v.type == SH_JSON_ARRAY)
			add_bytes(v.text, out);
	}
	sh_index_release(&ix);
	if (v.type == SH_JSON_STRING)
		sh_json_unescape(v, out);
	else if (v.type == SH_JSON_NUMBER)
		sh_buf_add(out, v.text.p, v.text.len);
	*large = v.type == SH_JSON_NULL;
	sh_buf_addch(out, '\0'); /* so that there is something to point to */
	return (struct sh_span){ out->data + from, out->len - from - 1 };
}

/* There is room for all values at once, so what they point to stays where it is. */
static int read_object(struct sh_journal_fields *f, struct sh_span line, struct sh_buf *text,
		       struct sh_error *err)
{
	struct sh_index ix = SH_INDEX_INIT;
	int rc = sh_scan_object(&ix, line.p, line.len);

	if (rc < 0)
		sh_error_set(err, SH_ERRC_INPUT, "byte %zu: %s", ix.offset, ix.reason);
	sh_buf_reserve(text, line.len + 1);
	for (size_t i = 0; rc == 0 && i < ix.n; i++) {
		int field = sh_journal_field(ix.member[i].key);
		bool large;

		if (field < 0)
			continue;
		f->value[field] = value_text(ix.member[i].value, text, &large);
		f->large[field] = large;
	}
	sh_index_release(&ix);
	return rc;
}

int sh_format_journal(struct sh_import *in, struct sh_span line, struct sh_error *err)
{
	struct sh_journal_fields f = { 0 };
	struct sh_span data = sh_text_after(line, "data: ");

	if (data.p)
		line = data;
	while (line.len && (line.p[0] == '\x1e' || line.p[0] == ' ')) {
		line.p++;
		line.len--;
	}
	if (!line.len)
		return 0;
	if (in->cut)
		return sh_error_set(err, SH_ERRC_INPUT, "the entry is longer than a record may be");
	if (read_object(&f, line, sh_log_scratch(in), err) < 0)
		return -1;
	sh_journal_put(in, &f);
	return 0;
}

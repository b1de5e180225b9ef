/* SPDX-License-Identifier: MIT */
/* `zpool status`, and `zpool list -Hp` (with or without -p and a heading). */
#include "config.h"

#include <math.h>
#include <string.h>

#include "collect/format/zpool.h"
#include "collect/text.h"

/* A row of the device table: what it is shows only by how far the next one is indented. */
struct row {
	size_t indent;
	char name[128], state[16];
	double errors[3];
	bool spare;
	bool held;
};

struct status {
	struct sh_import *in;
	struct sh_zpool pool;
	char name[256], state[16];
	double errors[3], data_errors, scan_errors;
	double scrubbing, resilvering;
	bool open, table, spares, cache;
	struct row row;
	size_t known; /* pools, or lines of a list */
};

static void copy(char *to, size_t size, struct sh_span s)
{
	size_t n = s.len < size - 1 ? s.len : size - 1;

	memcpy(to, s.p, n);
	to[n] = '\0';
}

/* The row that is held is a device when the next one (INDENT) is not below it. */
static void flush_row(struct status *st, size_t indent)
{
	struct row *r = &st->row;

	if (!r->held)
		return;
	r->held = false;
	if (!strcmp(r->name, st->name))
		memcpy(st->errors, r->errors, sizeof(st->errors));
	else if (indent <= r->indent)
		sh_zpool_device(&st->pool, r->name, r->state, r->errors, r->spare);
}

static void end_pool(struct status *st)
{
	struct sh_sample_writer s;

	flush_row(st, 0);
	if (!st->open)
		return;
	st->open = false;
	sh_document_begin(&s, st->in, "pool", st->name, NULL, NULL);
	sh_zpool_put_devices(&s, &st->pool);
	sh_sample_group(&s, "pool");
	sh_zpool_put_state(&s, st->state);
	sh_sample_number(&s, "data_errors", st->data_errors);
	sh_sample_number(&s, "read_errors", st->errors[0]);
	sh_sample_number(&s, "write_errors", st->errors[1]);
	sh_sample_number(&s, "checksum_errors", st->errors[2]);
	sh_sample_number(&s, "scrubbing", st->scrubbing);
	sh_sample_number(&s, "resilvering", st->resilvering);
	sh_sample_number(&s, "scan_errors", st->scan_errors);
	sh_sample_end(&s);
	st->known++;
}

static void begin_pool(struct status *st, struct sh_span name)
{
	struct sh_import *in = st->in;
	size_t known;

	end_pool(st);
	known = st->known;
	*st = (struct status){ .in = in, .open = true, .known = known };
	copy(st->name, sizeof(st->name), name);
	st->pool = (struct sh_zpool){ .in = in, .name = st->name };
	st->data_errors = st->scan_errors = st->scrubbing = st->resilvering = NAN;
	for (int i = 0; i < 3; i++)
		st->errors[i] = NAN;
}

static bool contains(struct sh_span s, const char *word)
{
	return s.len && memmem(s.p, s.len, word, strlen(word));
}

/* The number right before WORD: "with 3 errors on ...". */
static double number_before(struct sh_span s, const char *word)
{
	const char *at = s.len ? memmem(s.p, s.len, word, strlen(word)) : NULL;
	struct sh_span head = { s.p, at ? (size_t)(at - s.p) : 0 }, field = SH_SPAN_NONE;

	while (sh_text_field(&head, &field))
		;
	return sh_unit_number(field);
}

static void scan(struct status *st, struct sh_span text)
{
	bool busy = contains(text, "in progress");

	st->scrubbing = busy && contains(text, "scrub");
	st->resilvering = busy && contains(text, "resilver");
	st->scan_errors = number_before(text, "errors on");
}

static void errors(struct status *st, struct sh_span text)
{
	if (contains(text, "No known data errors"))
		st->data_errors = 0;
	else
		st->data_errors = number_before(text, "data errors");
}

/* "  pool: tank" and its like; false for any other line. */
static bool head_line(struct status *st, struct sh_span line)
{
	struct sh_span key = sh_unit_before(line, ':'), value = sh_unit_behind(line, ':');

	if (sh_span_is(key, "pool")) {
		begin_pool(st, value);
		return true;
	}
	if (!st->open || !key.p || contains(key, " ") || contains(key, "\t"))
		return false;
	if (sh_span_is(key, "state"))
		copy(st->state, sizeof(st->state), value);
	else if (sh_span_is(key, "scan") || sh_span_is(key, "scrub"))
		scan(st, value);
	else if (sh_span_is(key, "errors"))
		errors(st, value);
	else if (!sh_span_is(key, "status") && !sh_span_is(key, "action") &&
		 !sh_span_is(key, "see") && !sh_span_is(key, "config"))
		return false;
	/* Its devices end where the errors begin. */
	if (sh_span_is(key, "errors")) {
		flush_row(st, 0);
		st->table = false;
	}
	return true;
}

static size_t indent_of(struct sh_span line)
{
	size_t n = 0;

	while (n < line.len && (line.p[n] == ' ' || line.p[n] == '\t'))
		n++;
	return n;
}

static bool is_section(struct status *st, struct sh_span name)
{
	static const char *const words[] = { "spares", "cache", "logs", "special", "dedup" };

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (!sh_span_is(name, words[i]))
			continue;
		st->spares = i == 0;
		st->cache = i == 1;
		return true;
	}
	return false;
}

static void table_line(struct status *st, struct sh_span line)
{
	struct sh_span rest = line, field = SH_SPAN_NONE, name = SH_SPAN_NONE;
	struct row r = { .indent = indent_of(line), .errors = { NAN, NAN, NAN } };

	if (!sh_text_field(&rest, &name))
		return;
	flush_row(st, r.indent);
	if (!sh_text_field(&rest, &field)) {
		is_section(st, name);
		return;
	}
	copy(r.name, sizeof(r.name), name);
	copy(r.state, sizeof(r.state), field);
	for (int i = 0; i < 3 && sh_text_field(&rest, &field); i++)
		r.errors[i] = sh_unit_bytes(field);
	r.held = !st->cache;
	r.spare = st->spares;
	st->row = r;
}

static bool is_table_head(struct sh_span line)
{
	struct sh_span name, state;

	return sh_text_field(&line, &name) && sh_text_field(&line, &state) &&
	       sh_span_is(name, "NAME") && sh_span_is(state, "STATE");
}

/* Of a list: name size alloc free [ckpoint] expandsz frag cap dedup health altroot. */
static bool list_line(struct status *st, struct sh_span line)
{
	struct sh_span f[12] = { SH_SPAN_NONE };
	char name[256], state[16];
	struct sh_sample_writer s;
	size_t n = 0, at;

	while (n < 12 && sh_text_field(&line, &f[n]))
		n++;
	if (n != 10 && n != 11)
		return false;
	if (sh_span_is(f[0], "NAME"))
		return true;
	at = n - 5; /* frag */
	if (isnan(sh_unit_bytes(f[1])) || isnan(sh_unit_percent(f[at + 1])))
		return false;
	copy(name, sizeof(name), f[0]);
	copy(state, sizeof(state), f[at + 3]);
	sh_document_begin(&s, st->in, "pool", name, NULL, NULL);
	sh_sample_group(&s, "storage");
	sh_sample_number(&s, "utilization", sh_unit_percent(f[at + 1]));
	sh_sample_number(&s, "size_bytes", sh_unit_bytes(f[1]));
	sh_sample_number(&s, "used_bytes", sh_unit_bytes(f[2]));
	sh_sample_number(&s, "available_bytes", sh_unit_bytes(f[3]));
	sh_sample_group(&s, "pool");
	sh_zpool_put_state(&s, state);
	sh_sample_number(&s, "fragmentation", sh_unit_percent(f[at]));
	sh_sample_end(&s);
	st->known++;
	return true;
}

int sh_zpool_text(struct sh_import *in, struct sh_span text, struct sh_error *err)
{
	struct status st = { .in = in };
	struct sh_span line, rest = text;
	bool none = false;

	while (sh_text_line(&rest, &line)) {
		none = none || contains(line, "no pools available");
		if (head_line(&st, line))
			continue;
		if (st.open && is_table_head(line))
			st.table = true;
		else if (st.open && st.table)
			table_line(&st, line);
		else if (!st.open)
			list_line(&st, line);
	}
	end_pool(&st);
	if (!st.known && !none)
		return sh_error_set(err, SH_ERRC_INPUT, "no document of zpool");
	return 0;
}

/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <math.h>
#include <string.h>

#include "base/hash.h"
#include "base/mem.h"
#include "expr/utf8.h"
#include "logs/parts.h"
#include "record/fault.h"

#define FORMAT 1
#define MASKS 1 /* the version of token.h: hashes made otherwise mean other words */

static void store_stream(const struct sh_log_stream *s, struct sh_buf *out)
{
	sh_bytes_put(out, s->len, 4);
	sh_buf_add(out, s->name, s->len);
	sh_bytes_put(out, s->lines, 8);
	sh_bytes_put(out, (uint64_t)s->first, 8);
	sh_bytes_put(out, (uint64_t)s->last, 8);
	sh_log_rate_store(&s->errors, out);
}

static void store_numbers(const struct sh_log_template *t, struct sh_buf *out)
{
	sh_bytes_put(out, t->n_numbers, 1);
	for (size_t i = 0; i < t->n_numbers; i++) {
		sh_bytes_put(out, t->number[i].word, 1);
		sh_bytes_put(out, t->number[i].count, 8);
		sh_bytes_put_double(out, t->number[i].min);
		sh_bytes_put_double(out, t->number[i].max);
		sh_bytes_put_double(out, t->number[i].mean);
	}
}

static void store_template(const struct sh_log_template *t, struct sh_buf *out)
{
	size_t len = strlen(t->text);

	sh_bytes_put(out, t->stream->len, 4);
	sh_buf_add(out, t->stream->name, t->stream->len);
	sh_bytes_put(out, t->bucket->key.second == 0, 1);
	sh_bytes_put(out, t->id, 8);
	sh_bytes_put(out, t->serial, 8);
	sh_bytes_put(out, t->used, 8);
	sh_bytes_put(out, t->count, 8);
	sh_bytes_put(out, (uint64_t)t->first, 8);
	sh_bytes_put(out, (uint64_t)t->last, 8);
	sh_bytes_put(out, t->steady, 4);
	sh_bytes_put(out, (uint64_t)(t->severity + 1), 1);
	sh_log_rate_store(&t->rate, out);
	sh_bytes_put(out, t->n, 1);
	for (size_t i = 0; i < t->n; i++)
		sh_bytes_put(out, t->hash[i], 8);
	sh_bytes_put(out, len, 2);
	sh_buf_add(out, t->text, len);
	store_numbers(t, out);
}

void sh_log_store(const struct sh_log_miner *m, struct sh_buf *out)
{
	size_t begin = out->len;

	sh_bytes_put(out, FORMAT, 1);
	sh_bytes_put(out, MASKS, 1);
	sh_bytes_put(out, m->lines, 8);
	sh_bytes_put(out, m->forgotten, 8);
	sh_bytes_put(out, m->stream.live, 4);
	for (const struct sh_log_stream *s = m->oldest_stream; s; s = s->newer)
		store_stream(s, out);
	sh_bytes_put(out, m->n, 4);
	for (const struct sh_log_template *t = m->oldest; t; t = t->newer)
		store_template(t, out);
	sh_bytes_put(out, sh_hash64(out->data + begin, out->len - begin), 8);
}

static bool take_span(struct sh_bytes *in, size_t size, struct sh_span *out)
{
	uint64_t len;

	if (!sh_bytes_take(in, size, &len) || len > in->len)
		return false;
	*out = (struct sh_span){ (const char *)in->p, (size_t)len };
	in->p += len;
	in->len -= (size_t)len;
	return true;
}

static bool load_stream(struct sh_log_miner *m, struct sh_bytes *in)
{
	struct sh_span name;
	struct sh_log_stream new = { 0 }, *s;

	if (!take_span(in, 4, &name) || sh_map_get(&m->stream, name.p, name.len) ||
	    !sh_bytes_take(in, 8, &new.lines) || !sh_bytes_take_time(in, &new.first) ||
	    !sh_bytes_take_time(in, &new.last) || new.last < new.first || !sh_log_rate_load(&new.errors, in))
		return false;
	s = sh_log_stream_get(m, name, new.first);
	s->lines = new.lines;
	s->last = new.last;
	s->errors = new.errors;
	return true;
}

static bool load_numbers(struct sh_log_template *t, struct sh_bytes *in)
{
	uint64_t n, word;

	if (!sh_bytes_take(in, 1, &n) || n > SH_LOG_FIELDS)
		return false;
	t->number = n ? sh_calloc((size_t)n, sizeof(t->number[0])) : NULL;
	for (; t->n_numbers < n; t->n_numbers++) {
		struct sh_log_number *to = &t->number[t->n_numbers];

		if (!sh_bytes_take(in, 1, &word) || word >= t->n ||
		    (t->n_numbers && word <= to[-1].word) || !sh_bytes_take(in, 8, &to->count) ||
		    to->count == 0 || to->count > t->count || !sh_bytes_take_double(in, &to->min) ||
		    !sh_bytes_take_double(in, &to->max) || !sh_bytes_take_double(in, &to->mean) ||
		    !isfinite(to->min) || !isfinite(to->max) || !isfinite(to->mean))
			return false;
		to->word = (size_t)word;
	}
	return true;
}

static bool load_words(struct sh_log_template *t, struct sh_bytes *in)
{
	struct sh_span text;

	for (size_t i = 0; i < t->n; i++)
		if (!sh_bytes_take(in, 8, &t->hash[i]))
			return false;
	if (!take_span(in, 2, &text) || text.len > SH_LOG_TEXT || !sh_utf8_is_valid(text) ||
	    memchr(text.p, '\0', text.len))
		return false;
	t->text = sh_strndup(text.p, text.len);
	return load_numbers(t, in);
}

/* What stands before the words; *n words follow. */
static bool load_head(const struct sh_log_miner *m, struct sh_log_template *t, struct sh_bytes *in,
		      uint64_t *n)
{
	uint64_t steady, severity;

	if (!sh_bytes_take(in, 8, &t->id) || !sh_bytes_take(in, 8, &t->serial) ||
	    !sh_bytes_take(in, 8, &t->used) || !sh_bytes_take(in, 8, &t->count) ||
	    !sh_bytes_take_time(in, &t->first) || !sh_bytes_take_time(in, &t->last) || t->last < t->first ||
	    t->count == 0 || t->count > m->lines || t->serial > t->used || t->used > m->lines ||
	    (m->newest && m->newest->used >= t->used) || !sh_bytes_take(in, 4, &steady) ||
	    !sh_bytes_take(in, 1, &severity) || severity > SH_SEVERITY_CRITICAL + 1 ||
	    !sh_log_rate_load(&t->rate, in) || !sh_bytes_take(in, 1, n) || *n == 0 ||
	    *n > SH_LOG_TOKENS)
		return false;
	t->steady = (uint32_t)steady;
	t->severity = (int)severity - 1;
	return true;
}

static bool load_template(struct sh_log_miner *m, struct sh_bytes *in)
{
	struct sh_log_template head = { 0 }, *t;
	struct sh_span name;
	uint64_t shared, n;

	if (!take_span(in, 4, &name) || !sh_bytes_take(in, 1, &shared) || shared > 1 ||
	    !load_head(m, &head, in, &n))
		return false;
	t = sh_log_template_new((size_t)n);
	head.n = t->n;
	*t = head;
	if (!load_words(t, in)) {
		sh_log_template_free(t);
		return false;
	}
	t->stream = sh_map_get(&m->stream, name.p, name.len);
	if (t->stream)
		sh_log_template_insert(m, t, shared);
	else
		sh_log_template_free(t); /* of a stream beyond the limits */
	return true;
}

static bool load_all(struct sh_log_miner *m, struct sh_bytes *in)
{
	uint64_t forgotten, streams, templates;

	if (!sh_bytes_take(in, 8, &m->lines) || m->lines > INT64_MAX ||
	    !sh_bytes_take(in, 8, &forgotten) || !sh_bytes_take(in, 4, &streams))
		return false;
	for (; streams; streams--)
		if (!load_stream(m, in))
			return false;
	if (!sh_bytes_take(in, 4, &templates))
		return false;
	for (; templates; templates--)
		if (!load_template(m, in))
			return false;
	m->forgotten += forgotten;
	return in->len == 0;
}

int sh_log_load(struct sh_log_miner *m, const void *data, size_t len, struct sh_error *err)
{
	struct sh_bytes in = { data, len }, sum;
	uint64_t format, masks, hash;

	sh_log_miner_clear(m);
	if (sh_bytes_take(&in, 1, &format) && sh_bytes_take(&in, 1, &masks) &&
	    (format > FORMAT || masks > MASKS))
		return sh_error_set(err, SH_ERRC_STATE,
				    "stored log templates are of a newer version");
	if (len < 10)
		return sh_error_set(err, SH_ERRC_STATE, "stored log templates are damaged");
	in.len -= 8;
	sum = (struct sh_bytes){ in.p + in.len, 8 };
	if (!sh_bytes_take(&sum, 8, &hash) || hash != sh_hash64(data, len - 8) ||
	    format != FORMAT || masks != MASKS || !load_all(m, &in)) {
		sh_log_miner_clear(m);
		return sh_error_set(err, SH_ERRC_STATE, "stored log templates are damaged");
	}
	return 0;
}

/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "logs/miner.h"

#include <string.h>

#include "base/mem.h"
#include "logs/parts.h"
#include "record/fault.h"

#define WEIGHT 64 /* values that the mean of a field is of */

static void free_stream(void *stream)
{
	struct sh_log_stream *s = stream;

	sh_map_release(&s->bucket);
	sh_map_release(&s->firsts);
	free(s);
}

static size_t at_least_one(size_t n)
{
	return n ? n : 1;
}

struct sh_log_miner *sh_log_miner_new(const struct sh_log_limits *limits)
{
	struct sh_log_miner *m = sh_calloc(1, sizeof(*m));

	m->limits = limits ? *limits : (struct sh_log_limits)SH_LOG_LIMITS;
	m->limits.streams = at_least_one(m->limits.streams);
	m->limits.templates = at_least_one(m->limits.templates);
	m->limits.of_stream = at_least_one(m->limits.of_stream);
	sh_map_init(&m->stream, free_stream);
	return m;
}

void sh_log_miner_clear(struct sh_log_miner *m)
{
	while (m->oldest)
		sh_log_template_remove(m, m->oldest);
	sh_map_release(&m->stream);
	m->oldest_stream = m->newest_stream = NULL;
	m->bytes = 0;
	m->lines = m->forgotten = 0;
}

void sh_log_miner_free(struct sh_log_miner *m)
{
	if (!m)
		return;
	sh_log_miner_clear(m);
	free(m);
}

static void leave_streams(struct sh_log_miner *m, struct sh_log_stream *s)
{
	*(s->older ? &s->older->newer : &m->oldest_stream) = s->newer;
	*(s->newer ? &s->newer->older : &m->newest_stream) = s->older;
}

static void enter_streams(struct sh_log_miner *m, struct sh_log_stream *s)
{
	s->newer = NULL;
	s->older = m->newest_stream;
	*(s->older ? &s->older->newer : &m->oldest_stream) = s;
	m->newest_stream = s;
}

static void forget_stream(struct sh_log_miner *m, struct sh_log_stream *s)
{
	m->forgotten += s->n;
	while (s->oldest)
		sh_log_template_remove(m, s->oldest);
	leave_streams(m, s);
	m->bytes -= sizeof(*s) + s->len;
	sh_map_remove(&m->stream, s->name, s->len);
}

struct sh_log_stream *sh_log_stream_get(struct sh_log_miner *m, struct sh_span name, int64_t time)
{
	struct sh_log_stream *s = m->newest_stream;

	if (s && s->len == name.len && !memcmp(s->name, name.p, name.len))
		return s;
	s = sh_map_get(&m->stream, name.p, name.len);
	if (s) {
		leave_streams(m, s);
		enter_streams(m, s);
		return s;
	}
	if (m->stream.live >= m->limits.streams)
		forget_stream(m, m->oldest_stream);
	s = sh_calloc(1, sizeof(*s));
	s->name = sh_map_put(&m->stream, name.p, name.len, s);
	s->len = name.len;
	s->first = s->last = time;
	sh_map_init(&s->bucket, free);
	sh_map_init(&s->firsts, NULL);
	enter_streams(m, s);
	m->bytes += sizeof(*s) + s->len;
	return s;
}

/* A digest of the words, whatever the machine. */
static uint64_t id_of(const struct sh_log_tokens *line)
{
	uint64_t h = line->n;

	for (size_t i = 0; i < line->n; i++) {
		h ^= line->token[i].hash;
		h *= UINT64_C(0x9e3779b97f4a7c15);
		h ^= h >> 32;
	}
	return h;
}

static struct sh_log_template *learn(struct sh_log_miner *m, struct sh_log_stream *s, bool shared,
				     int64_t time)
{
	struct sh_log_template *t = sh_log_template_new(m->tokens.n);

	for (size_t i = 0; i < t->n; i++)
		t->hash[i] = m->tokens.token[i].hash;
	t->stream = s;
	t->id = id_of(&m->tokens);
	t->serial = t->used = m->lines;
	t->first = time;
	t->text = sh_log_words(&m->tokens);
	sh_log_template_insert(m, t, shared);
	return t;
}

/* The number of this word; NULL when there are too many. */
static struct sh_log_number *number_of(struct sh_log_miner *m, struct sh_log_template *t,
				       size_t word, size_t *from)
{
	size_t i = *from;

	while (i < t->n_numbers && t->number[i].word < word)
		i++;
	*from = i;
	if (i < t->n_numbers && t->number[i].word == word)
		return &t->number[i];
	if (t->n_numbers == SH_LOG_FIELDS)
		return NULL;
	t->number = sh_reallocn(t->number, t->n_numbers + 1, sizeof(t->number[0]));
	memmove(&t->number[i + 1], &t->number[i], (t->n_numbers - i) * sizeof(t->number[0]));
	t->number[i] = (struct sh_log_number){ word, 0, 0.0, 0.0, 0.0 };
	t->n_numbers++;
	m->bytes += sizeof(t->number[0]);
	return &t->number[i];
}

static void note_number(struct sh_log_number *n, double v)
{
	n->min = n->count && n->min < v ? n->min : v;
	n->max = n->count && n->max > v ? n->max : v;
	n->count++;
	n->mean += (v - n->mean) / (double)(n->count < WEIGHT ? n->count : WEIGHT);
}

static void note_numbers(struct sh_log_miner *m, struct sh_log_template *t,
			 struct sh_log_answer *out)
{
	size_t from = 0;

	out->n_fields = 0;
	for (size_t i = 0; i < m->tokens.n; i++) {
		const struct sh_log_token *token = &m->tokens.token[i];
		struct sh_log_number *n;

		if (!token->has_number)
			continue;
		n = number_of(m, t, i, &from);
		if (!n)
			break;
		out->field[out->n_fields++] = (struct sh_log_field){
			i + 1, token->number, n->count, n->min, n->max, n->mean,
		};
		note_number(n, token->number);
	}
}

/* The id as 16 hex digits. */
static void put_id(char out[17], uint64_t id)
{
	for (int i = 15; i >= 0; i--, id >>= 4)
		out[i] = "0123456789abcdef"[id & 15];
	out[16] = '\0';
}

static void note_times(struct sh_log_miner *m, struct sh_log_stream *s, struct sh_log_template *t,
		       int severity, int64_t time)
{
	t->used = m->lines;
	t->last = time;
	t->count++;
	if (t->steady < UINT32_MAX)
		t->steady++;
	if (severity > t->severity)
		t->severity = severity;
	sh_log_rate_note(&t->rate, time, 1);
	sh_log_rate_note(&s->errors, time, severity >= SH_SEVERITY_HIGH);
	s->lines++;
	s->last = time;
}

/* Whether FROM to TO, which is not before it, is at least SPAN: over all of time. */
static bool is_long(int64_t from, int64_t to, int64_t span)
{
	return span <= 0 || (uint64_t)to - (uint64_t)from >= (uint64_t)span;
}

static void answer(const struct sh_log_stream *s, const struct sh_log_template *t, int64_t previous,
		   const struct sh_log_limits *limits, struct sh_log_answer *out)
{
	put_id(out->id, t->id);
	out->text = t->text;
	out->count = t->count;
	out->first = t->first;
	out->previous = previous;
	out->severity = t->severity;
	out->is_warm =
		s->lines > limits->warm_lines && is_long(s->first, s->last, limits->warm_time);
	out->is_new = out->is_warm && t->count == 1;
	out->rare = out->is_warm && t->count > 1 && is_long(previous, s->last, limits->rare);
	out->rate = sh_log_rate_now(&t->rate, s->last);
	out->usual = t->rate.usual;
	out->errors_rate = sh_log_rate_now(&s->errors, s->last);
	out->errors_usual = s->errors.usual;
}

/* Where all second words share a bucket, the second word varies. */
static void widen_second(struct sh_log_tokens *line)
{
	line->token[1].hash = SH_LOG_ANY;
	line->token[1].text.len = 0;
}

void sh_log_look(struct sh_log_miner *m, struct sh_span stream, struct sh_span text, int severity,
		 int64_t time, struct sh_log_answer *out)
{
	struct sh_log_stream *s = sh_log_stream_get(m, stream, time);
	struct sh_log_template *t = NULL;
	struct sh_log_bucket *b;
	int64_t previous;
	bool shared;

	if (time < s->last)
		time = s->last;
	m->lines++;
	sh_log_tokenize(&m->tokens, text);
	b = sh_log_bucket_find(s, &m->tokens, &shared);
	if (shared)
		widen_second(&m->tokens);
	if (b)
		t = sh_log_match(m, b, &m->tokens);
	if (t)
		sh_log_template_use(m, t);
	else
		t = learn(m, s, shared, time);
	previous = t->last;
	note_times(m, s, t, severity, time);
	note_numbers(m, t, out);
	answer(s, t, previous, &m->limits, out);
}

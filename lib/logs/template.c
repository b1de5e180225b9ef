/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <string.h>

#include "base/mem.h"
#include "logs/parts.h"

struct first_key {
	uint64_t n, first;
};

struct sh_log_template *sh_log_template_new(size_t n)
{
	struct sh_log_template *t = sh_calloc(1, sizeof(*t) + n * sizeof(t->hash[0]));

	t->n = n;
	t->severity = -1;
	return t;
}

void sh_log_template_free(struct sh_log_template *t)
{
	free(t->text);
	free(t->number);
	free(t);
}

size_t sh_log_template_bytes(const struct sh_log_template *t)
{
	return sizeof(*t) + t->n * sizeof(t->hash[0]) + strlen(t->text) + 1 +
	       t->n_numbers * sizeof(t->number[0]);
}

static size_t buckets_of(const struct sh_log_stream *s, struct first_key key)
{
	return (size_t)(uintptr_t)sh_map_get(&s->firsts, &key, sizeof(key));
}

static void set_buckets_of(struct sh_log_stream *s, struct first_key key, size_t n)
{
	if (n)
		sh_map_put(&s->firsts, &key, sizeof(key), (void *)(uintptr_t)n);
	else
		sh_map_remove(&s->firsts, &key, sizeof(key));
}

struct sh_log_bucket *sh_log_bucket_find(const struct sh_log_stream *s,
					 const struct sh_log_tokens *line, bool *shared)
{
	struct sh_log_bucket_key key = { line->n, line->token[0].hash,
					 line->n > 1 ? line->token[1].hash : SH_LOG_ANY };
	struct sh_log_bucket *b = sh_map_get(&s->bucket, &key, sizeof(key));

	*shared = false;
	if (b || buckets_of(s, (struct first_key){ key.n, key.first }) < SH_LOG_SECOND)
		return b;
	*shared = true;
	key.second = 0;
	return sh_map_get(&s->bucket, &key, sizeof(key));
}

static struct sh_log_bucket *bucket_for(struct sh_log_stream *s, const struct sh_log_template *t,
					bool shared)
{
	struct sh_log_bucket_key key = { t->n, t->hash[0], t->n > 1 ? t->hash[1] : SH_LOG_ANY };
	struct first_key first = { key.n, key.first };
	struct sh_log_bucket *b;

	if (shared)
		key.second = 0;
	b = sh_map_get(&s->bucket, &key, sizeof(key));
	if (b)
		return b;
	b = sh_calloc(1, sizeof(*b));
	b->key = key;
	sh_map_put(&s->bucket, &key, sizeof(key), b);
	if (!shared)
		set_buckets_of(s, first, buckets_of(s, first) + 1);
	return b;
}

static void leave_bucket(struct sh_log_template *t)
{
	struct sh_log_bucket *b = t->bucket;
	struct first_key first = { b->key.n, b->key.first };
	struct sh_log_template **p = &b->head;

	while (*p != t)
		p = &(*p)->next;
	*p = t->next;
	if (--b->n)
		return;
	if (b->key.second != 0)
		set_buckets_of(t->stream, first, buckets_of(t->stream, first) - 1);
	sh_map_remove(&t->stream->bucket, &b->key, sizeof(b->key));
}

static void leave_lists(struct sh_log_miner *m, struct sh_log_template *t)
{
	*(t->older ? &t->older->newer : &m->oldest) = t->newer;
	*(t->newer ? &t->newer->older : &m->newest) = t->older;
	*(t->mate_older ? &t->mate_older->mate_newer : &t->stream->oldest) = t->mate_newer;
	*(t->mate_newer ? &t->mate_newer->mate_older : &t->stream->newest) = t->mate_older;
}

static void enter_lists(struct sh_log_miner *m, struct sh_log_template *t)
{
	t->newer = t->mate_newer = NULL;
	t->older = m->newest;
	*(t->older ? &t->older->newer : &m->oldest) = t;
	m->newest = t;
	t->mate_older = t->stream->newest;
	*(t->mate_older ? &t->mate_older->mate_newer : &t->stream->oldest) = t;
	t->stream->newest = t;
}

void sh_log_template_use(struct sh_log_miner *m, struct sh_log_template *t)
{
	if (m->newest == t)
		return;
	leave_lists(m, t);
	enter_lists(m, t);
}

void sh_log_template_remove(struct sh_log_miner *m, struct sh_log_template *t)
{
	leave_lists(m, t);
	leave_bucket(t);
	m->bytes -= sh_log_template_bytes(t);
	m->n--;
	t->stream->n--;
	sh_log_template_free(t);
}

static void forget(struct sh_log_miner *m, struct sh_log_template *t)
{
	sh_log_template_remove(m, t);
	m->forgotten++;
}

static struct sh_log_template *oldest_of(const struct sh_log_bucket *b)
{
	struct sh_log_template *oldest = b->head;

	for (struct sh_log_template *t = b->head; t; t = t->next)
		if (t->used < oldest->used)
			oldest = t;
	return oldest;
}

/* Evicts before it enters, so that the new one never goes. */
void sh_log_template_insert(struct sh_log_miner *m, struct sh_log_template *t, bool shared)
{
	struct sh_log_bucket *b;

	if (t->stream->n >= m->limits.of_stream)
		forget(m, t->stream->oldest);
	else if (m->n >= m->limits.templates)
		forget(m, m->oldest);
	b = bucket_for(t->stream, t, shared);
	if (b->n >= SH_LOG_BUCKET)
		forget(m, oldest_of(b));
	t->bucket = b;
	t->next = b->head;
	b->head = t;
	b->n++;
	enter_lists(m, t);
	m->n++;
	t->stream->n++;
	m->bytes += sh_log_template_bytes(t);
}

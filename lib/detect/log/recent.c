/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "detect/log/recent.h"

void sh_log_recent_init(struct sh_log_recent *r, size_t max)
{
	sh_map_init(&r->young, NULL);
	sh_map_init(&r->old, NULL);
	r->max = max ? max : 1;
}

void sh_log_recent_release(struct sh_log_recent *r)
{
	sh_map_release(&r->young);
	sh_map_release(&r->old);
}

static uint32_t value_of(const struct sh_map *m, uint64_t key)
{
	return (uint32_t)(uintptr_t)sh_map_get(m, &key, sizeof(key));
}

void sh_log_recent_put(struct sh_log_recent *r, uint64_t key, uint32_t value)
{
	if (r->young.live >= r->max && !value_of(&r->young, key)) {
		sh_map_release(&r->old);
		r->old = r->young;
		sh_map_init(&r->young, NULL);
	}
	sh_map_put(&r->young, &key, sizeof(key), (void *)(uintptr_t)value);
}

uint32_t sh_log_recent_get(struct sh_log_recent *r, uint64_t key)
{
	uint32_t v = value_of(&r->young, key);

	if (v)
		return v;
	v = value_of(&r->old, key);
	if (v)
		sh_log_recent_put(r, key, v);
	return v;
}

static void store_map(const struct sh_map *m, struct sh_buf *out)
{
	const struct sh_map_entry *e;
	size_t i = 0;

	sh_bytes_put(out, m->live, 4);
	while ((e = sh_map_next(m, &i))) {
		uint64_t key;

		memcpy(&key, e->key, sizeof(key));
		sh_bytes_put(out, key, 8);
		sh_bytes_put(out, (uintptr_t)e->value, 4);
	}
}

void sh_log_recent_store(const struct sh_log_recent *r, struct sh_buf *out)
{
	store_map(&r->old, out);
	store_map(&r->young, out);
}

static bool load_map(struct sh_map *m, size_t max, struct sh_bytes *in)
{
	uint64_t n, key, value;

	if (!sh_bytes_take(in, 4, &n) || n > in->len / 12)
		return false;
	for (; n; n--) {
		if (!sh_bytes_take(in, 8, &key) || !sh_bytes_take(in, 4, &value) || !value ||
		    value_of(m, key))
			return false;
		if (n <= max)
			sh_map_put(m, &key, sizeof(key), (void *)(uintptr_t)value);
	}
	return true;
}

bool sh_log_recent_load(struct sh_log_recent *r, struct sh_bytes *in)
{
	return load_map(&r->old, r->max, in) && load_map(&r->young, r->max, in);
}

/* SPDX-License-Identifier: MIT */
/*
 * fuzz_state - any bytes as rows of a detector's state
 *
 * A row that makes no sense is named and costs only itself: all is loaded, the run
 * goes on, and what it saves is whole. Rows: table, key and its length in one byte,
 * value and its length in two; templates of logs get the checksum they should have.
 */
#include "config.h"

#include <stdint.h>

#include "../unit/scratch.h"
#include "base/hash.h"
#include "play.h"
#include "series/bytes.h"

#define MAX_ROWS 20

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char rules_text[] =
	"rules:\n"
	"  usage: {expr: 'host.cpu.usage > 90', count: 1, repeat: 1m}\n"
	"  mean: {expr: 'avg(a.x, 5m) > 3', hits: 2 of 3, clear: 'a.x < 2', flap: true}\n"
	"  rate: {expr: 'rate(a.x, 1h) > 0 || delta(a.x, 1h) > 4', for: 5s, description: '{a.x} on {entity}'}\n"
	"  odd: {expr: 'anomaly(a.x) > 2 || deviation(a.x, 24h) > 2 || mad(a.x, 1h) > 2', eager: true, count: 1}\n"
	"  soon: {expr: 'forecast(a.x, 1h) > 90 || time_to(a.x, 90) < 1h || trend(a.x, 1h) > 0', keep_firing: 1m, count: 1}\n"
	"  flat: {expr: 'changed(a.y) || age(a.x) > 1m || level(a.x) > 5', stale_after: 40s, count: 1}\n"
	"  peers: {expr: 'peers(labels.rack).share(p, p.a.x > 5) > 0.3', count: 1}\n"
	"  refused: {expr: 'log.count > 0 && log.level == \"high\"', match: refused, count: 1}\n"
	"  vector: {promql: 'up > 0'}\n";

static char *dir;
static struct sh_config config;
static struct sh_rules rules;
static struct sh_site site;
static struct sh_state *state;

static void leave(void)
{
	sh_state_close(state);
	sh_site_release(&site);
	sh_rules_release(&rules);
	sh_config_release(&config);
	scratch_remove(dir);
}

static void fail(void *arg, const struct sh_error *err)
{
	(void)arg;
	fprintf(stderr, "%s\n", err->text);
	abort();
}

static void prepare(void)
{
	struct sh_error err = SH_ERROR_INIT;
	SH_CLEANUP_FREE char *path = NULL;

	dir = scratch_make();
	path = sh_asprintf("%s/rules.yaml", dir);
	MUST(play_config(&config, path, rules_text, sizeof(rules_text) - 1));
	MUST(sh_rules_load(&rules, &config, 0, fail, NULL) == 0);
	MUST(sh_site_load(&site, &config, &err) == 0);
	MUST(sh_state_open(&state, dir, "detect", 0, &err) == 0);
	atexit(leave);
}

static bool take(const uint8_t **p, const uint8_t *end, size_t width, struct sh_span *out)
{
	size_t len = 0;

	if ((size_t)(end - *p) < width)
		return false;
	for (size_t i = 0; i < width; i++)
		len |= (size_t)*(*p)++ << 8 * i;
	if (len > (size_t)(end - *p))
		len = (size_t)(end - *p);
	*out = (struct sh_span){ (const char *)*p, len };
	*p += len;
	return true;
}

static void put_row(unsigned kind, struct sh_span key, struct sh_span value)
{
	static const char *const table[] = { "subject", "peers", "edge", "log", "meta", "meta" };
	static const char *const only[] = { NULL, NULL, NULL, "miner", "clock", "promql" };
	SH_CLEANUP_BUF struct sh_buf row = SH_BUF_INIT;
	struct sh_error err = SH_ERROR_INIT;

	sh_buf_add(&row, value.p, value.len);
	if (kind == 3)
		for (size_t i = 0; i < 8; i++)
			sh_buf_addch(&row, (char)(sh_hash64(value.p, value.len) >> 8 * i));
	if (only[kind])
		key = sh_span_of(only[kind]);
	MUST(sh_state_put(state, table[kind], key.p, key.len, sh_buf_str(&row), row.len, &err) == 0);
}

static void fill(const uint8_t *p, const uint8_t *end)
{
	struct sh_span key, value;

	for (int i = 0; i < MAX_ROWS && p < end; i++) {
		unsigned kind = *p++ % 6;

		if (!take(&p, end, 1, &key) || !take(&p, end, 2, &value))
			return;
		put_row(kind, key, value);
	}
}

static void tell(void *arg, const struct sh_error *err)
{
	play_damaged(arg, err);
}

static void load(struct play *p)
{
	struct sh_error err = SH_ERROR_INIT;
	struct sh_vectors *vectors;
	size_t broken;

	*p = (struct play){ .out = SH_BUF_INIT };
	vectors = sh_vectors_load(&config, NULL, NULL, &broken);
	play_start(p, &rules, &site, vectors);
	MUST(sh_vectors_restore(vectors, state, &(struct sh_damage){ tell, p }, &err) == 0);
	MUST(sh_detector_load(&p->d, state, &err) == 0);
}

static void end(struct play *p)
{
	sh_detector_release(&p->d);
	sh_vectors_free(p->vectors);
	sh_buf_release(&p->out);
}

static int note_key(void *arg, const void *key, size_t key_len, const void *value, size_t len)
{
	(void)value, (void)len;
	sh_bytes_put(arg, key_len, 4);
	sh_buf_add(arg, key, key_len);
	return 0;
}

/* Nothing is committed: this is as good as a new file, and a hundred times faster. */
static void clear(const char *table)
{
	SH_CLEANUP_BUF struct sh_buf keys = SH_BUF_INIT;
	struct sh_error err = SH_ERROR_INIT;
	struct sh_bytes in;
	uint64_t len;

	MUST(sh_state_each(state, table, note_key, &keys, &err) == 0);
	in = (struct sh_bytes){ (const unsigned char *)sh_buf_str(&keys), keys.len };
	while (sh_bytes_take(&in, 4, &len)) {
		MUST(sh_state_delete(state, table, in.p, len, &err) == 0);
		in.p += len;
		in.len -= len;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const tables[] = { "subject", "peers", "edge", "graph", "log", "meta", "round" };
	struct sh_error err = SH_ERROR_INIT;
	struct play p;

	if (!dir)
		prepare();
	fill(data, data + size);
	load(&p);
	play_all(&p);
	MUST(sh_vectors_save(p.vectors, state, &err) == 0 && sh_detector_save(&p.d, state, &err) == 0);
	end(&p);
	load(&p);
	if (p.damaged)
		fprintf(stderr, "%s\n", p.which);
	MUST(p.damaged == 0);
	end(&p);
	for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++)
		clear(tables[i]);
	return 0;
}

/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "detect/log/pairs.h"

#include "base/hash.h"
#include "base/mem.h"
#include "detect/log/recent.h"

#define FORMAT 1
#define BEFORE 2 /* no digest of an event, which are odd: before the first, and after the last */
#define SUM 4	 /* in the place of an event: a sum follows */

struct sh_log_pairs {
	struct sh_log_recent last; /* of a session: digest of its last event */
	struct sh_log_recent
		sum; /* of a session: sum of the digests, the same for the same events */
	struct sh_log_recent seen; /* of a pair or a sum: how often */
};

struct sh_log_pairs *sh_log_pairs_new(size_t sessions, size_t pairs)
{
	struct sh_log_pairs *p = sh_calloc(1, sizeof(*p));

	sh_log_recent_init(&p->last, sessions);
	sh_log_recent_init(&p->sum, sessions);
	sh_log_recent_init(&p->seen, pairs);
	return p;
}

void sh_log_pairs_free(struct sh_log_pairs *p)
{
	if (!p)
		return;
	sh_log_recent_release(&p->last);
	sh_log_recent_release(&p->sum);
	sh_log_recent_release(&p->seen);
	free(p);
}

static uint64_t mix(uint64_t h, uint64_t v)
{
	h = (h ^ v) * UINT64_C(0x9e3779b97f4a7c15);
	return h ^ h >> 29;
}

/* How often KEY was seen; one more from now on. */
static uint32_t count(struct sh_log_pairs *p, uint64_t key, bool learn)
{
	uint32_t seen = sh_log_recent_get(&p->seen, key);

	if (learn && seen < UINT32_MAX)
		sh_log_recent_put(&p->seen, key, seen + 1);
	return seen;
}

/* Add an event to what the session had; BEFORE takes all away. Returns the sum so far. */
static uint32_t add_up(struct sh_log_pairs *p, uint64_t session, uint32_t event)
{
	uint32_t had = sh_log_recent_get(&p->sum, session), sum = had ? had : 1;
	uint32_t next = sum + event;

	if (event == BEFORE || next == 0)
		next = 1;
	sh_log_recent_put(&p->sum, session, next);
	return sum;
}

uint32_t sh_log_pairs_look(struct sh_log_pairs *p, struct sh_span stream, struct sh_span session,
			   struct sh_span event, bool learn)
{
	uint64_t of = sh_hash64(stream.p, stream.len);
	uint64_t in = mix(of, sh_hash64(session.p, session.len));
	uint32_t now = event.len ? (uint32_t)sh_hash64(event.p, event.len) | 1 : BEFORE;
	uint32_t last = sh_log_recent_get(&p->last, in);
	uint32_t sum = add_up(p, in, now);
	uint32_t seen = count(p, mix(mix(of, last ? last : BEFORE), now), learn);
	uint32_t ended;

	sh_log_recent_put(&p->last, in, now);
	if (now != BEFORE)
		return seen;
	ended = count(p, mix(mix(of, SUM), sum), learn);
	return ended < seen ? ended : seen;
}

void sh_log_pairs_store(const struct sh_log_pairs *p, struct sh_buf *out)
{
	size_t begin = out->len;

	sh_bytes_put(out, FORMAT, 1);
	sh_log_recent_store(&p->last, out);
	sh_log_recent_store(&p->sum, out);
	sh_log_recent_store(&p->seen, out);
	sh_bytes_put(out, sh_hash64(out->data + begin, out->len - begin), 8);
}

static void forget(struct sh_log_pairs *p)
{
	sh_log_recent_release(&p->last);
	sh_log_recent_release(&p->sum);
	sh_log_recent_release(&p->seen);
}

int sh_log_pairs_load(struct sh_log_pairs *p, const void *data, size_t len, struct sh_error *err)
{
	struct sh_bytes in = { data, len }, sum;
	uint64_t format = 0, hash;

	forget(p);
	if (sh_bytes_take(&in, 1, &format) && format > FORMAT)
		return sh_error_set(err, SH_ERRC_STATE,
				    "stored pairs of events are of version %d, newer than %d",
				    (int)format, FORMAT);
	if (format == FORMAT && in.len >= 8) {
		in.len -= 8;
		sum = (struct sh_bytes){ in.p + in.len, 8 };
		if (sh_bytes_take(&sum, 8, &hash) && hash == sh_hash64(data, len - 8) &&
		    sh_log_recent_load(&p->last, &in) && sh_log_recent_load(&p->sum, &in) &&
		    sh_log_recent_load(&p->seen, &in) && !in.len)
			return 0;
	}
	forget(p);
	return sh_error_set(err, SH_ERRC_STATE, "stored pairs of events are damaged");
}

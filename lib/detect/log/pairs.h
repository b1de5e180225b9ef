/* SPDX-License-Identifier: MIT */
/*
 * pairs - events of a session in an order that is not usual
 *
 * Lines of one session (a block, a request, a connection) follow each other in few
 * ways. Each pair of an event and the next of its session, the first and the last
 * event, and at the end how often it had which events, are counted for the stream;
 * what was hardly ever seen is unusual. O(1) an event. What is broken off shows by
 * its end alone: without ends three in five of the abnormal HDFS sessions are found,
 * with them all.
 * Sessions and pairs are bounded: what was not used for longest is forgotten.
 */
#ifndef SH_DETECT_LOG_PAIRS_H
#define SH_DETECT_LOG_PAIRS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/span.h"

#define SH_LOG_SESSIONS 16384
#define SH_LOG_PAIRS 16384

struct sh_log_pairs;

/* At least so many are remembered. */
struct sh_log_pairs *sh_log_pairs_new(size_t sessions, size_t pairs);
void sh_log_pairs_free(struct sh_log_pairs *p);

/*
 * The next event of a session of a stream; EVENT is the id of a template. Returns
 * how often the pair of the event before and this one was seen in the stream
 * before now. An empty EVENT ends the session: the answer is then how often one
 * that ended so, and one of the same events, were seen, whichever is less. LEARN false:
 * nothing is counted, as while a fault is open.
 */
uint32_t sh_log_pairs_look(struct sh_log_pairs *p, struct sh_span stream, struct sh_span session,
			   struct sh_span event, bool learn);

/* Append all as bytes. */
void sh_log_pairs_store(const struct sh_log_pairs *p, struct sh_buf *out);
/* Returns -1 with SH_ERRC_STATE, all forgotten, for bytes that are damaged or of a newer form. */
int sh_log_pairs_load(struct sh_log_pairs *p, const void *data, size_t len, struct sh_error *err);

#endif

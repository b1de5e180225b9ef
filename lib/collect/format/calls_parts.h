/* SPDX-License-Identifier: MIT */
/* calls_parts - the memory of calls, for its own files alone */
#ifndef SH_COLLECT_FORMAT_CALLS_PARTS_H
#define SH_COLLECT_FORMAT_CALLS_PARTS_H

#include "base/clock.h"
#include "base/map.h"
#include "collect/format/calls.h"

#define SH_CALLS_DEPTH 1000	     /* steps from one to the call that it is part of */
#define SH_CALLS_EACH (60 * SH_SEC) /* that much makes one sample */

struct sh_call_step {
	const char *service, *peer; /* the map's; NULL none */
	char *parent_key;	    /* owned; NULL none */
	struct sh_call_step *parent;
	enum sh_step_role role;
	bool failed;
	bool failed_below; /* a call that it made failed */
	bool answered;	   /* a step of who was called is known */
	int64_t start, end, waited;
};

/* A call that another one made, as far as it is within it. */
struct sh_call_wait {
	struct sh_call_step *by;
	int64_t start, end;
};

struct sh_call {
	const char *callee, *caller; /* NULL not known */
	int64_t minute, end;
	double ms;
	bool waited; /* ms is what the caller waited, else its own */
	bool failed;
};

struct sh_calls {
	struct sh_map by_id; /* "TRACE/ID" -> index + 1 */
	struct sh_map names;
	struct sh_map places; /* "SERVICE\tHOST" -> int64_t, owned: when it was last seen there */
	struct sh_call_step *step;
	size_t n, cap;
	struct sh_call_wait *wait;
	size_t waits, wait_cap;
	struct sh_call *call;
	size_t calls, call_cap;
};

/* From steps to calls; once. */
void sh_calls_find(struct sh_calls *c);

#endif

/* SPDX-License-Identifier: MIT */
/*
 * calls - what traces say of calls between services, summed up
 *
 * Traces are many and are no records: what stays of them is a sample of each pair of
 * services and each minute (service:CALLEE, dimension caller), and that one needs the
 * other. A span is a step here.
 *
 * A call is a step of a service that another one's step is the parent of, or that says
 * that it serves. Its own time is what is left of it without the time in which any call
 * that it made was under way (the union of them, as far as they are within it: calls
 * side by side count once); its own error one that no call that it made had. Of whom no
 * step is known (a database) there is the time that callers waited for it.
 *
 * A service of traces is all that run of it, on whatever hosts; where a step says on which,
 * the service there is a member of it: service:NAME@HOST, as other collectors call it.
 */
#ifndef SH_COLLECT_FORMAT_CALLS_H
#define SH_COLLECT_FORMAT_CALLS_H

#include <jansson.h>
#include "collect/format/format.h"

#define SH_CALLS_STEPS 1000000 /* of one text; further ones are told as bad */
#define SH_CALLS_SAMPLES 20000

enum sh_step_role {
	SH_STEP_INNER,
	SH_STEP_SERVES, /* the side that is called */
	SH_STEP_CALLS,	/* the side that calls and waits */
};

/* As a trace says it. Texts that are not said are "". */
struct sh_step {
	const char *trace, *id, *parent; /* borrowed for the call alone */
	const char *service;
	const char *peer; /* whom it calls, where it says so */
	const char *host; /* where it ran */
	enum sh_step_role role;
	bool failed;
	int64_t start, end; /* ns since the epoch */
};

struct sh_calls;

struct sh_calls *sh_calls_new(void);
void sh_calls_free(struct sh_calls *c); /* NULL is fine */
/* -1 with SH_ERRC_INPUT for one without service, id or time, and when there are too many. */
int sh_calls_add(struct sh_calls *c, const struct sh_step *step, struct sh_error *err);
/* Write samples and edges of all that was added. */
void sh_calls_tell(struct sh_calls *c, struct sh_import *in);

/* The spans of one ResourceSpans of OTLP. */
void sh_otlp_spans(struct sh_import *in, const json_t *resource);

#endif

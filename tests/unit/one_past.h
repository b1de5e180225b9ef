/* SPDX-License-Identifier: MIT */
/* one_past - a function over time with one state of it, for tests */
#ifndef SH_TESTS_ONE_PAST_H
#define SH_TESTS_ONE_PAST_H

#include <stdlib.h>

#include "series/past.h"

/* One state of a function, as the detector holds it. */
struct one {
	struct sh_past_terms t;
	void *state;
};

static inline struct one begin(const char *name, int64_t window, bool eager)
{
	struct one o = { .t = { .kind = sh_past_find(name), .n = 1, .eager = eager } };

	o.t.arg[0] = (struct sh_past_arg){ SH_PAST_DURATION, (double)window / 1e9, window };
	o.state = calloc(1, o.t.kind->size(&o.t));
	return o;
}

static inline void end(struct one *o)
{
	if (o->t.kind->release)
		o->t.kind->release(o->state);
	free(o->state);
}

static inline int load(struct one *o, const struct sh_buf *b, size_t len, struct sh_error *err)
{
	struct sh_bytes in = { (unsigned char *)b->data, len };

	*err = (struct sh_error)SH_ERROR_INIT;
	return o->t.kind->load(o->state, &o->t, &in, err);
}

#endif

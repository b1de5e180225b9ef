/* SPDX-License-Identifier: MIT */
/*
 * wire - a check by one connection of TCP, made in this process beside all others
 *
 * A process of its own costs several times what such a check does. So those of which
 * nothing can hang have none: the address is numbers, so that nobody is asked for it;
 * each call returns at once; and no pattern is searched for in what a stranger says.
 * Of all others sh_wire_start answers NULL: they get their probe.
 */
#ifndef SH_COLLECT_CHECK_WIRE_H
#define SH_COLLECT_CHECK_WIRE_H

#include <poll.h>
#include <stdbool.h>
#include <stdint.h>

#include "collect/check/http_answer.h"
#include "collect/check/net.h"
#include "collect/check/outcome.h"
#include "config/check.h"

struct sh_wire {
	const struct sh_check *check; /* borrowed, as is out */
	struct sh_outcome *out;
	char authority[SH_NET_AUTHORITY]; /* HOST:PORT */
	int64_t begun, deadline;      /* sh_clock_mono */
	int fd;                       /* -1 once it has ended */
	bool connected;
	struct sh_net_phases took;
	struct sh_buf request;        /* owned; what is left of it begins at sent */
	size_t sent;
	int64_t asked;                /* when it was connected */
	struct sh_http_answer answer; /* owned */
	struct sh_http_reader reader;
	bool whole;                   /* the answer is */
};

/* Begin; it may have ended at once. NULL: not a check of this sort. */
struct sh_wire *sh_wire_start(const struct sh_check *k, int64_t deadline, struct sh_outcome *out);
/* What is awaited now. */
struct pollfd sh_wire_watch(const struct sh_wire *w);
/* Go on after poll(2), which said REVENTS: whether it has ended, also as its time is up. */
bool sh_wire_turn(struct sh_wire *w, short revents);
/* The outcome is filled in, where it has ended. */
void sh_wire_free(struct sh_wire *w);

#endif

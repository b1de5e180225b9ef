/* SPDX-License-Identifier: MIT */
/* talk - a conversation with a server over a stream, with a deadline and a bound on what it may say */
#ifndef SH_COLLECT_CHECK_TALK_H
#define SH_COLLECT_CHECK_TALK_H

#include <stdint.h>

#include "base/span.h"
#include "collect/check/outcome.h"

struct sh_talk {
	int fd;
	int64_t deadline;
	struct sh_outcome *out; /* borrowed; says why a call failed */
	size_t used, len;       /* of the data: taken, and there */
	char data[65536];
};

void sh_talk_init(struct sh_talk *t, int fd, int64_t deadline, struct sh_outcome *out);
/* What is there and was not taken. */
struct sh_span sh_talk_rest(const struct sh_talk *t);
void sh_talk_taken(struct sh_talk *t, size_t len);
/* More of it: 1; 0 at the end of the stream; -1 failed, or it says more than it may. */
int sh_talk_more(struct sh_talk *t);
/* The next line, until the next call: 0, or -1, also when the stream ends before. */
int sh_talk_line(struct sh_talk *t, struct sh_span *line);
int sh_talk_say(struct sh_talk *t, const char *text);
/* Read until PATTERN matches what was said: 0, or -1. */
int sh_talk_expect(struct sh_talk *t, const char *pattern);

#endif

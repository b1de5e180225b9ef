/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "collect/check/talk.h"

#include <string.h>

#include "collect/check/net.h"
#include "collect/check/protocol.h"
#include "expr/regex.h"

void sh_talk_init(struct sh_talk *t, int fd, int64_t deadline, struct sh_outcome *out)
{
	t->fd = fd;
	t->deadline = deadline;
	t->out = out;
	t->used = t->len = 0;
}

struct sh_span sh_talk_rest(const struct sh_talk *t)
{
	return (struct sh_span){ t->data + t->used, t->len - t->used };
}

void sh_talk_taken(struct sh_talk *t, size_t len)
{
	t->used += len;
}

int sh_talk_more(struct sh_talk *t)
{
	ssize_t n;

	if (t->len == sizeof(t->data)) {
		sh_outcome_fail(t->out, "it says more than %zu bytes", sizeof(t->data));
		return -1;
	}
	n = sh_net_receive(t->fd, t->data + t->len, sizeof(t->data) - t->len, t->deadline, t->out);
	if (n <= 0)
		return (int)n;
	t->len += (size_t)n;
	return 1;
}

int sh_talk_line(struct sh_talk *t, struct sh_span *line)
{
	size_t used;

	while (sh_line_take(sh_talk_rest(t), line, &used) == 0) {
		int rc = sh_talk_more(t);

		if (rc == 0)
			sh_outcome_fail(t->out, "it hung up");
		if (rc <= 0)
			return -1;
	}
	sh_talk_taken(t, used);
	return 0;
}

int sh_talk_say(struct sh_talk *t, const char *text)
{
	return sh_net_send(t->fd, text, strlen(text), t->deadline, t->out);
}

int sh_talk_expect(struct sh_talk *t, const char *pattern)
{
	char why[120] = "";
	void *regex = sh_regex_compile(sh_span_of(pattern), why, sizeof(why));
	int found = regex ? 0 : -1, more = 1;
	struct sh_outcome *out = t->out, quiet;

	/* What ends the wait matters less than whether anything was said. */
	sh_outcome_init(&quiet);
	t->out = &quiet;
	while (found == 0 && (more = sh_talk_more(t)) > 0)
		found = sh_regex_search(regex, sh_talk_rest(t), why, sizeof(why));
	t->out = out;
	sh_regex_free(regex);
	if (found < 0)
		sh_outcome_fail(out, "cannot match the answer: %s", why);
	else if (!found && sh_talk_rest(t).len)
		sh_outcome_fail(out, "the answer is not as expected");
	else if (!found)
		sh_outcome_fail(out, "%s", more == 0 ? "it hung up" : quiet.error);
	return found > 0 ? 0 : -1;
}

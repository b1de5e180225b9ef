/* SPDX-License-Identifier: MIT */
/* Servers that speak first, and streams of which no more is known than the site says. */
#include "config.h"

#include <stddef.h>
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/clock.h"
#include "collect/check/net.h"
#include "collect/check/protocol.h"
#include "collect/check/talk.h"
#include "collect/check/ways.h"
#include "config/check.h"
#include "expr/regex.h"

#define MAX_LINES 64 /* before the one that counts */

/* What was sent and what is expected, over a connection that is closed here. */
static void converse(const struct sh_check *k, int fd, int64_t begun, int64_t deadline,
		     struct sh_outcome *out)
{
	struct sh_talk t;

	if (fd < 0)
		return;
	sh_talk_init(&t, fd, deadline, out);
	if ((!k->send || sh_talk_say(&t, k->send) == 0) &&
	    (!k->expect || sh_talk_expect(&t, k->expect) == 0))
		out->time_ms = sh_net_since(begun);
	close(fd);
}

void sh_check_tcp(const struct sh_check *k, int64_t deadline, struct sh_outcome *out)
{
	int64_t begun = sh_clock_mono();

	converse(k, sh_net_dial(k->address, 0, SOCK_STREAM, deadline, out), begun, deadline, out);
}

static int dial_unix(const char *path, struct sh_outcome *out)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	int fd;

	if (strlen(path) >= sizeof(a.sun_path)) {
		sh_outcome_fail(out, "the path is too long for a socket");
		return -1;
	}
	memcpy(a.sun_path, path, strlen(path));
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	/* This may wait for the server to accept; the probe as a whole has its limit. */
	if (fd >= 0 && connect(fd, (const struct sockaddr *)&a, sizeof(a)) < 0) {
		sh_outcome_fail(out, "%.150s: %s", path, strerror(errno));
		close(fd);
		return -1;
	}
	return fd;
}

void sh_check_unix(const struct sh_check *k, int64_t deadline, struct sh_outcome *out)
{
	int64_t begun = sh_clock_mono();

	converse(k, dial_unix(k->address, out), begun, deadline, out);
}

static void match_line(const char *pattern, struct sh_span line, struct sh_outcome *out)
{
	char why[120] = "";
	void *regex = sh_regex_compile(sh_span_of(pattern), why, sizeof(why));
	int found = regex ? sh_regex_search(regex, line, why, sizeof(why)) : -1;

	if (found < 0)
		sh_outcome_fail(out, "cannot match the answer: %s", why);
	else if (!found)
		sh_outcome_fail(out, "'%.*s' is not as expected", (int)(line.len > 100 ? 100 : line.len),
				line.p);
	sh_regex_free(regex);
}

/* A server may say something else before it names itself (RFC 4253, 4.2). */
void sh_check_ssh(const struct sh_check *k, int64_t deadline, struct sh_outcome *out)
{
	int64_t begun = sh_clock_mono();
	int fd = sh_net_dial(k->address, sh_check_rows[k->kind].port, SOCK_STREAM, deadline, out);
	struct sh_span line = SH_SPAN_NONE;
	struct sh_talk t;

	if (fd < 0)
		return;
	sh_talk_init(&t, fd, deadline, out);
	for (int i = 0; i < MAX_LINES && sh_talk_line(&t, &line) == 0; i++)
		if (line.len >= 4 && !memcmp(line.p, "SSH-", 4))
			break;
	if (!out->error[0] && !sh_ssh_is_banner(line))
		sh_outcome_fail(out, "it is no SSH server of version 2");
	if (!out->error[0]) {
		out->time_ms = sh_net_since(begun);
		if (k->expect)
			match_line(k->expect, line, out);
	}
	close(fd);
}

/* One whole reply: 0 when its code is WANTED. The last line of it is in *line. */
static int read_reply(struct sh_talk *t, int wanted, struct sh_span *line)
{
	bool last = false;

	for (int i = 0; !last; i++) {
		int code;

		if (sh_talk_line(t, line) < 0)
			return -1;
		code = sh_smtp_code(*line, &last);
		if (code < 0 || i == MAX_LINES)
			sh_outcome_fail(t->out, "it is no SMTP server");
		else if (code != wanted)
			sh_outcome_fail(t->out, "it says '%.*s'", (int)(line->len > 150 ? 150 : line->len),
					line->p);
		if (t->out->error[0])
			return -1;
	}
	return 0;
}

void sh_check_smtp(const struct sh_check *k, int64_t deadline, struct sh_outcome *out)
{
	int64_t begun = sh_clock_mono();
	int fd = sh_net_dial(k->address, sh_check_rows[k->kind].port, SOCK_STREAM, deadline, out);
	struct sh_span greeting, line;
	struct sh_talk t;

	if (fd < 0)
		return;
	sh_talk_init(&t, fd, deadline, out);
	if (read_reply(&t, 220, &greeting) == 0 && sh_talk_say(&t, "EHLO localhost\r\n") == 0 &&
	    read_reply(&t, 250, &line) == 0) {
		out->time_ms = sh_net_since(begun);
		if (k->expect)
			match_line(k->expect, greeting, out);
		send(fd, "QUIT\r\n", 6, MSG_NOSIGNAL); /* out of courtesy: the verdict stands */
	}
	close(fd);
}

/* SPDX-License-Identifier: MIT */
/* Whether a PostgreSQL server takes connections, as pg_isready asks. */
#include "config.h"

#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "collect/check/net.h"
#include "collect/check/protocol.h"
#include "collect/check/talk.h"
#include "collect/check/ways.h"
#include "config/check.h"

#define PROTOCOL 196608 /* 3.0 */

static void put32(char *p, uint32_t v)
{
	p[0] = (char)(v >> 24);
	p[1] = (char)(v >> 16);
	p[2] = (char)(v >> 8);
	p[3] = (char)v;
}

static void add_pair(struct sh_buf *b, const char *name, const char *value)
{
	sh_buf_add(b, name, strlen(name) + 1);
	sh_buf_add(b, value, strlen(value) + 1);
}

static int say_hello(const struct sh_check *k, struct sh_talk *t)
{
	SH_CLEANUP_BUF struct sh_buf b = SH_BUF_INIT;
	const char *user = k->user ? k->user : "postgres";

	sh_buf_add(&b, "\0\0\0\0\0\0\0\0", 8);
	add_pair(&b, "user", user);
	add_pair(&b, "database", k->database ? k->database : user);
	add_pair(&b, "application_name", "selfheal");
	sh_buf_addch(&b, '\0');
	put32(b.data, (uint32_t)b.len);
	put32(b.data + 4, PROTOCOL);
	return sh_net_send(t->fd, b.data, b.len, t->deadline, t->out);
}

/*
 * Without a user or database that the site names any refusal shows a server that
 * is up, except that it starts, stops or has no connection left.
 */
static void judge_error(const struct sh_check *k, struct sh_span body, struct sh_outcome *out)
{
	struct sh_span code = sh_postgres_field(body, 'C'), text = sh_postgres_field(body, 'M');

	if (!k->user && !k->database && !sh_span_is(code, "57P03") && !sh_span_is(code, "53300") &&
	    code.p)
		return;
	sh_outcome_fail(out, "it says '%.*s'", (int)(text.len > 150 ? 150 : text.len),
			text.p ? text.p : "");
}

/* The next message; whether there is one. */
static bool take_message(struct sh_talk *t, struct sh_postgres_message *m)
{
	size_t used;
	int rc;

	while ((rc = sh_postgres_take(sh_talk_rest(t), m, &used)) == 0) {
		rc = sh_talk_more(t);
		if (rc == 0)
			sh_outcome_fail(t->out, "it hung up");
		if (rc <= 0)
			return false;
	}
	if (rc < 0)
		sh_outcome_fail(t->out, "it is no PostgreSQL server");
	else
		sh_talk_taken(t, used);
	return rc > 0;
}

/*
 * That it wants to know who we are, or what is wrong with us, is answer enough. Of
 * a named database it is not: who is let in without a password hears of it later.
 */
static void read_answer(const struct sh_check *k, struct sh_talk *t)
{
	static const char welcome[4] = { 0, 0, 0, 0 };
	struct sh_postgres_message m;

	while (take_message(t, &m)) {
		if (m.type == 'E')
			judge_error(k, m.body, t->out);
		if (m.type == 'E' || m.type == 'Z')
			return;
		if (m.type == 'R' && ((!k->user && !k->database) || m.body.len != sizeof(welcome) ||
				      memcmp(m.body.p, welcome, sizeof(welcome)) != 0))
			return;
	}
}

static void say_goodbye(int fd)
{
	static const char terminate[] = { 'X', 0, 0, 0, 4 };

	send(fd, terminate, sizeof(terminate), MSG_NOSIGNAL | MSG_DONTWAIT);
}

void sh_check_postgres(const struct sh_check *k, int64_t deadline, struct sh_outcome *out)
{
	int64_t begun = sh_clock_mono();
	int fd = sh_net_dial(k->address, sh_check_rows[k->kind].port, SOCK_STREAM, deadline, out);
	struct sh_talk t;

	if (fd < 0)
		return;
	sh_talk_init(&t, fd, deadline, out);
	if (say_hello(k, &t) == 0)
		read_answer(k, &t);
	if (!out->error[0])
		out->time_ms = sh_net_since(begun);
	say_goodbye(fd);
	close(fd);
}

/* SPDX-License-Identifier: MIT */
/* Whether a redis answers PING, and what INFO says about it. */
#include "config.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/num.h"
#include "collect/check/net.h"
#include "collect/check/protocol.h"
#include "collect/check/secret.h"
#include "collect/check/talk.h"
#include "collect/check/ways.h"
#include "config/check.h"

#define TELLING 16 /* so much of a secret gives it away; servers cut what they repeat */

/* What it says of a command with a secret may repeat that: "unknown command 'AUTH', with args ...". */
static struct sh_span without(struct sh_span text, const char *secret)
{
	size_t len = secret ? strlen(secret) : 0;

	if (len > TELLING)
		len = TELLING;
	if (len && text.len && memmem(text.p, text.len, secret, len)) {
		const char *blank = memchr(text.p, ' ', text.len);

		text.len = blank ? (size_t)(blank - text.p) : 0;
	}
	return text;
}

static void tell_refusal(struct sh_talk *t, struct sh_span text)
{
	sh_outcome_fail(t->out, "it says '%.*s'", (int)(text.len > 150 ? 150 : text.len), text.p);
}

/*
 * One reply; an error of the server is a failure too, told without the SECRET (NULL
 * none) of the command. The text lives until the next call.
 */
static int ask(struct sh_talk *t, const char *command, struct sh_span *text, const char *secret)
{
	struct sh_redis_reply r = { 0 };
	size_t used = 0;
	int rc;

	if (sh_talk_say(t, command) < 0)
		return -1;
	while ((rc = sh_redis_take(sh_talk_rest(t), &r, &used)) == 0) {
		rc = sh_talk_more(t);
		if (rc == 0)
			sh_outcome_fail(t->out, "it hung up");
		if (rc <= 0)
			return -1;
	}
	if (rc < 0)
		sh_outcome_fail(t->out, "it is no redis");
	else if (r.type == '-')
		tell_refusal(t, without(r.text, secret));
	sh_talk_taken(t, used);
	*text = r.text;
	return t->out->error[0] ? -1 : 0;
}

static void add_word(struct sh_buf *b, const char *word)
{
	sh_buf_addf(b, "$%zu\r\n%s\r\n", strlen(word), word);
}

static int authenticate(const struct sh_check *k, struct sh_talk *t)
{
	SH_CLEANUP_BUF struct sh_buf password = SH_BUF_INIT, command = SH_BUF_INIT;
	struct sh_error err = SH_ERROR_INIT;
	struct sh_span text;

	if (!k->password_file)
		return 0;
	if (sh_secret_read(k->password_file, &password, &err) < 0) {
		sh_outcome_fail(t->out, "%s", err.text);
		return -1;
	}
	sh_buf_addf(&command, "*%d\r\n", k->user ? 3 : 2);
	add_word(&command, "AUTH");
	if (k->user)
		add_word(&command, k->user);
	add_word(&command, sh_buf_str(&password));
	return ask(t, sh_buf_str(&command), &text, sh_buf_str(&password));
}

static double info_number(struct sh_span info, const char *name)
{
	struct sh_span v = sh_redis_info(info, name);
	char text[32];
	double number;

	if (!v.p || v.len >= sizeof(text))
		return (double)NAN;
	memcpy(text, v.p, v.len);
	text[v.len] = '\0';
	return sh_parse_double(text, &number) == 0 ? number : (double)NAN;
}

static void judge(struct sh_span info, struct sh_outcome *out)
{
	sh_outcome_add(out, "clients", info_number(info, "connected_clients"));
	sh_outcome_add(out, "used_bytes", info_number(info, "used_memory"));
	sh_outcome_add(out, "uptime_s", info_number(info, "uptime_in_seconds"));
	if (info_number(info, "loading") > 0)
		sh_outcome_fail(out, "it is loading its data");
	if (sh_span_is(sh_redis_info(info, "master_link_status"), "down"))
		sh_outcome_fail(out, "it has lost its master");
}

void sh_check_redis(const struct sh_check *k, int64_t deadline, struct sh_outcome *out)
{
	int64_t begun = sh_clock_mono();
	int fd = sh_net_dial(k->address, sh_check_rows[k->kind].port, SOCK_STREAM, deadline, out);
	struct sh_span text;
	struct sh_talk t;

	if (fd < 0)
		return;
	sh_talk_init(&t, fd, deadline, out);
	if (authenticate(k, &t) == 0 && ask(&t, "*1\r\n$4\r\nPING\r\n", &text, NULL) == 0) {
		out->time_ms = sh_net_since(begun);
		if (ask(&t, "*1\r\n$4\r\nINFO\r\n", &text, NULL) == 0)
			judge(text, out);
	}
	close(fd);
}

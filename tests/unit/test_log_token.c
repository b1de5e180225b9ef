/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "logs/token.h"

#include <string.h>

#include "base/buf.h"
#include "tap.h"

/* The words, "*" for what varies, each number after its word. */
static void show(struct sh_span line, struct sh_buf *out)
{
	static struct sh_log_tokens t;

	sh_log_tokenize(&t, line);
	for (size_t i = 0; i < t.n; i++) {
		sh_buf_addf(out, "%s%.*s%s", i ? " " : "", (int)t.token[i].text.len,
			    t.token[i].text.p, sh_log_token_varies(t.token[i].hash) ? "*" : "");
		if (t.token[i].has_number)
			sh_buf_addf(out, "{%g}", t.token[i].number);
	}
}

static const struct {
	const char *line, *words;
} cases[] = {
	{ "", "" },
	{ "  one \t two\n", "one two" },
	{ "took 17 ms", "took *{0.017}" },
	{ "took 17ms, 3 times", "took *{0.017} times" },
	{ "read 5.2 KB, free 1.5MiB", "read *{5324.8} free *{1.57286e+06}" },
	{ "rate -3.5 of 007", "rate *{-3.5} of *" },
	{ "cafe babe c0ffee1 deadbeef", "cafe babe * deadbeef" },
	{ "id 550e8400-e29b-41d4-a716-446655440000", "id *" },
	{ "mail to jo.doe@mail.example.org now", "mail to * now" },
	{ "from 10.0.0.1:22 by host.example.com port", "from * by * port" },
	{ "connect db.local:5432 failed", "connect * failed" },
	{ "action:android.intent.action.TIME_TICK", "action:android.intent.action.TIME_TICK" },
	{ "in java.io.IOException: Broken", "in java.io.IOException: Broken" },
	{ "at Thu Jul 21 09:04:41 2005 end", "at * end" },
	{ "[Sun Dec 04 04:47:44 2005] on May 8 day", "* on * day" },
	{ "Maybe March of May", "Maybe March of May" },
	{ "size=5 uid=0;", "size=*{5} uid=*{0}" },
	{ "block blk_-4235 node-17 eth0 a4f", "block blk_* node* eth* *" },
	{ "blk_1 blk_2 blk_3 end 1 2 3", "blk_* end *{1}" },
	{ "sent (5.00 KB) from a () and (x)", "sent from a and (x)" },
	{ "open /etc/passwd not /tmp", "open * not /tmp" },
	{ "at 12:30:01 or 2005-07-21T10:00:00Z", "at * or *" },
	{ "0x1f 0xdeadbeef", "*" },
	{ "state depth......0", "state depth......*" },
};

static void test_words(void)
{
	struct sh_buf b = SH_BUF_INIT;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const char *want = cases[i].words;

		sh_buf_clear(&b);
		show(sh_span_of(cases[i].line), &b);
		OK(!strcmp(sh_buf_str(&b), want), "'%s'", cases[i].line);
		if (strcmp(sh_buf_str(&b), want))
			diag("got '%s', want '%s'", sh_buf_str(&b), want);
	}
	sh_buf_release(&b);
}

/* Bounds: words, bytes, and a cut word is none. */
static void test_bounds(void)
{
	static struct sh_log_tokens t, u;
	static char line[1 << 20];
	size_t n = sizeof(line);

	for (size_t i = 0; i < n; i++)
		line[i] = i % 2 ? ' ' : (char)('a' + i / 2 % 20);
	sh_log_tokenize(&t, (struct sh_span){ line, n });
	OK(t.n == SH_LOG_TOKENS && t.token[SH_LOG_TOKENS - 1].hash == SH_LOG_ANY,
	   "a line of too many words ends with what varies");
	memset(line, 'x', n);
	sh_log_tokenize(&t, (struct sh_span){ line, n });
	OK(t.n == 1 && t.token[0].hash == SH_LOG_ANY,
	   "a megabyte without a space is one that varies");
	memcpy(line, "head ", 5);
	sh_log_tokenize(&t, (struct sh_span){ line, n });
	sh_log_tokenize(&u, (struct sh_span){ line, SH_LOG_LOOKED + 1 });
	OK(t.n == 2 && u.n == 2 && t.token[1].hash == u.token[1].hash,
	   "what is cut through varies");
	memset(line, 0, n);
	sh_log_tokenize(&t, (struct sh_span){ line, 100 });
	OK(t.n == 1 && t.token[0].text.len == 100, "NUL is a byte as others");
}

/* Every byte pair in front of a digit, and a paren over it: no read beyond the end (under the
 * sanitizer). */
static void test_bytes(void)
{
	static struct sh_log_tokens t;
	size_t words = 0;

	for (unsigned c = 0; c < 65536; c++) {
		char *line = malloc(4);

		if (!line)
			exit(99);
		memcpy(line, (char[]){ (char)(c >> 8), (char)c, '1', '(' }, 4);
		for (size_t len = 0; len <= 4; len++) {
			sh_log_tokenize(&t, (struct sh_span){ line, len });
			words += t.n;
		}
		free(line);
	}
	OK(words >= 5 * 65536, "every two bytes are at least one word");
}

int main(void)
{
	test_words();
	test_bounds();
	test_bytes();
	return plan_done();
}

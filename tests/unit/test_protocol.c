/* SPDX-License-Identifier: MIT */
/* What servers say: whole, in pieces, and what none of them would say. */
#include "config.h"

#include <string.h>

#include "base/clock.h"
#include "collect/check/dns_message.h"
#include "collect/check/protocol.h"

#include "tap.h"

#define SPAN(literal) ((struct sh_span){ (literal), sizeof(literal) - 1 })

static void test_lines(void)
{
	struct sh_span line;
	size_t used;

	OK(sh_line_take(SPAN("ab\r\ncd"), &line, &used) == 1 && sh_span_is(line, "ab") && used == 4,
	   "a line without its end");
	OK(sh_line_take(SPAN("\n"), &line, &used) == 1 && line.len == 0 && used == 1, "an empty line");
	OK(sh_line_take(SPAN("ab\r"), &line, &used) == 0, "a line that has not ended");
	OK(sh_line_take((struct sh_span){ NULL, 0 }, &line, &used) == 0, "nothing");
}

static void test_banners(void)
{
	bool last;

	OK(sh_ssh_is_banner(SPAN("SSH-2.0-OpenSSH_9.2p1 Debian-2")), "version 2");
	OK(sh_ssh_is_banner(SPAN("SSH-1.99-x")), "both versions");
	OK(!sh_ssh_is_banner(SPAN("SSH-1.5-x")) && !sh_ssh_is_banner(SPAN("SSH-2.0-")) &&
	   !sh_ssh_is_banner(SPAN("SSH-2.0-a\033b")) && !sh_ssh_is_banner(SPAN("")), "no banners");
	OK(sh_smtp_code(SPAN("220-a"), &last) == 220 && !last, "more follows");
	OK(sh_smtp_code(SPAN("250 a"), &last) == 250 && last, "the last");
	OK(sh_smtp_code(SPAN("354"), &last) == 354 && last, "a code alone");
	OK(sh_smtp_code(SPAN("22"), &last) < 0 && sh_smtp_code(SPAN("120 x"), &last) < 0 &&
	   sh_smtp_code(SPAN("220x"), &last) < 0 && sh_smtp_code(SPAN("HTTP"), &last) < 0, "no codes");
}

static void test_redis(void)
{
	static const struct {
		struct sh_span data;
		int rc;
		const char *text; /* NULL: absent */
	} cases[] = {
		{ SPAN("+PONG\r\n"), 1, "PONG" },
		{ SPAN("-NOAUTH x\r\nmore"), 1, "NOAUTH x" },
		{ SPAN(":42\r\n"), 1, "42" },
		{ SPAN("$5\r\nhello\r\n"), 1, "hello" },
		{ SPAN("$0\r\n\r\n"), 1, "" },
		{ SPAN("$-1\r\n"), 1, NULL },
		{ SPAN("$5\r\nhello\r"), 0, NULL },
		{ SPAN("$5\r\n"), 0, NULL },
		{ SPAN("+PON"), 0, NULL },
		{ SPAN(""), 0, NULL },
		{ SPAN("$99999999999999999999\r\n"), -1, NULL },
		{ SPAN("$2147483648\r\n"), -1, NULL },
		{ SPAN("$-2\r\n"), -1, NULL },
		{ SPAN("$\r\n"), -1, NULL },
		{ SPAN("$5x\r\nhello\r\n"), -1, NULL },
		{ SPAN("HTTP/1.1 400"), -1, NULL },
		{ SPAN("\0\0\0"), -1, NULL },
	};
	struct sh_redis_reply r;
	size_t used;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		int rc = sh_redis_take(cases[i].data, &r, &used);

		OK(rc == cases[i].rc && (rc <= 0 || (used <= cases[i].data.len &&
			(cases[i].text ? sh_span_is(r.text, cases[i].text) : !r.text.p))),
		   "redis %zu: %d", i, rc);
	}
	OK(sh_span_is(sh_redis_info(SPAN("# Server\r\na:1\r\nab:2\r\nb:\r\n"), "ab"), "2"), "a value of INFO");
	OK(!sh_redis_info(SPAN("# a\r\na:1\r\n"), "b").p, "a value that it does not have");
}

static void test_postgres(void)
{
	static const char error[] = "E\0\0\0\030SFATAL\0C57P03\0Mwait\0";
	struct sh_postgres_message m;
	size_t used;

	OK(sh_postgres_take(SPAN(error), &m, &used) == 1 && m.type == 'E' && used == 25,
	   "an error message");
	OK(sh_span_is(sh_postgres_field(m.body, 'C'), "57P03") &&
	   sh_span_is(sh_postgres_field(m.body, 'M'), "wait") && !sh_postgres_field(m.body, 'D').p,
	   "its fields");
	OK(sh_postgres_take((struct sh_span){ error, 24 }, &m, &used) == 0, "a part of it");
	OK(sh_postgres_take(SPAN("R\0\0\0\003"), &m, &used) < 0, "a length below itself");
	OK(sh_postgres_take(SPAN("R\377\377\377\377"), &m, &used) < 0, "a length beyond reason");
	OK(sh_postgres_take(SPAN("HTTP/1.1"), &m, &used) < 0, "another protocol");
	OK(sh_span_is(sh_postgres_field(SPAN("Mno end"), 'M'), "no end"), "a field without an end");
}

static void test_ntp(void)
{
	unsigned char a[SH_NTP_LEN] = { 0x24, 2 };
	struct sh_ntp_answer out;

	a[31] = 7; /* cookie */
	a[40] = a[32] = 0x83; /* 2208988800 = 0x83aa7e80 is 1970 */
	a[41] = a[33] = 0xaa;
	a[42] = a[34] = 0x7e;
	a[43] = a[35] = 0x81;
	a[44] = 0x80; /* half a second */
	OK(!sh_ntp_read((struct sh_span){ (char *)a, sizeof(a) }, 7, &out) && out.stratum == 2 &&
	   out.received == SH_SEC && out.sent == SH_SEC + SH_SEC / 2, "an answer of early 1970");
	a[40] = a[32] = 0;
	OK(!sh_ntp_read((struct sh_span){ (char *)a, sizeof(a) }, 7, &out) &&
	   out.sent > 2085978496 * SH_SEC, "a time of the next era is after 2036");
	OK(sh_ntp_read((struct sh_span){ (char *)a, sizeof(a) }, 8, &out) != NULL, "another cookie");
	OK(sh_ntp_read((struct sh_span){ (char *)a, sizeof(a) - 1 }, 7, &out) != NULL, "too short");
}

/* A question for a.test A, and the answer to it with RECORDS (how many) behind. */
static struct sh_span answer(char *m, size_t question, unsigned flags, unsigned count,
			     const char *records, size_t len)
{
	m[2] = (char)(flags >> 8);
	m[3] = (char)flags;
	m[7] = (char)count;
	memcpy(m + question, records, len);
	return (struct sh_span){ m, question + len };
}

static void test_dns(void)
{
	char q[SH_DNS_MAX_QUESTION], m[1024];
	size_t len = sh_dns_ask(q, 0x1234, "a.test", sh_dns_type("a")), at;
	const struct sh_span question = { q, len };
	static struct sh_dns_record r;
	struct sh_dns_answer a;
	struct sh_span message;
	char name[300];

	OK(len == 24 && !memcmp(q + 12, "\001a\004test\0\0\001\0\001", 12), "a question");
	memset(name, 'a', sizeof(name));
	name[64] = '\0';
	OK(sh_dns_ask(q, 1, name, 1) == 0 && sh_dns_ask(q, 1, "a..b", 1) == 0 &&
	   sh_dns_ask(q, 1, ".a", 1) == 0, "names that are none");
	OK(sh_dns_ask(q, 1, ".", 1) == 17 && sh_dns_ask(q, 1, "a.", 1) == 19, "the root, and a last dot");
	for (size_t i = 0; i < 255; i++)
		name[i] = i % 2 ? '.' : 'a';
	name[255] = '\0';
	OK(sh_dns_ask(q, 1, name, 1) == 0, "a name of more than 255 bytes");
	sh_dns_ask(q, 0x1234, "a.test", 1);

	memcpy(m, q, len);
	message = answer(m, len, 0x8180, 1, "\300\014\0\001\0\001\0\0\0\074\0\004\300\0\002\001", 16);
	OK(!sh_dns_open(message, question, &a) && a.count == 1 && !a.truncated && a.rcode == 0, "an answer");
	at = a.at;
	OK(sh_dns_next(message, &at, &r) && r.type == 1 && r.ttl == 60 && !strcmp(r.text, "192.0.2.1") &&
	   at == message.len, "its record");
	for (size_t cut = 1; cut <= 16; cut++) {
		at = a.at;
		OK(!sh_dns_next((struct sh_span){ message.p, message.len - cut }, &at, &r),
		   "cut by %zu bytes it is none", cut);
	}
	message = answer(m, len, 0x8180, 1, "\300\030\0\001\0\001\0\0\0\074\0\004\300\0\002\001", 16);
	at = a.at;
	OK(!sh_dns_next(message, &at, &r), "a pointer to itself");
	message = answer(m, len, 0x8180, 1, "\300\377\0\001\0\001\0\0\0\074\0\004\300\0\002\001", 16);
	at = a.at;
	OK(!sh_dns_next(message, &at, &r), "a pointer forward");
	message = answer(m, len, 0x8180, 1, "\300\014\0\017\0\001\0\0\0\074\0\006\0\012\001m\300\016", 18);
	at = a.at;
	OK(sh_dns_next(message, &at, &r) && !strcmp(r.text, "10 m.test"), "MX with a compressed name");
	message = answer(m, len, 0x8180, 1, "\300\014\0\020\0\001\0\0\0\074\0\007\002a \003b\"\001", 19);
	at = a.at;
	OK(sh_dns_next(message, &at, &r) && !strcmp(r.text, "a b\\034\\001"), "TXT of two strings: '%s'", r.text);
	OK(!sh_dns_open(answer(m, len, 0x8183, 0, "", 0), question, &a) && a.rcode == 3 &&
	   !strcmp(sh_dns_rcode(a.rcode), "NXDOMAIN"), "no such name");
	OK(!sh_dns_open(answer(m, len, 0x8380, 0, "", 0), question, &a) && a.truncated, "truncated");
	OK(sh_dns_open(answer(m, len, 0x0100, 0, "", 0), question, &a) != NULL, "a question is no answer");
	m[0]++;
	OK(sh_dns_open(answer(m, len, 0x8180, 0, "", 0), question, &a) != NULL, "another id");
	m[0]--;
	m[13] = 'A';
	OK(!sh_dns_open(answer(m, len, 0x8180, 0, "", 0), question, &a), "letters in another case");
	m[13] = 'b';
	OK(sh_dns_open(answer(m, len, 0x8180, 0, "", 0), question, &a) != NULL, "another name");
}

int main(void)
{
	test_lines();
	test_banners();
	test_redis();
	test_postgres();
	test_ntp();
	test_dns();
	return plan_done();
}

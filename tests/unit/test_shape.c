/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "record/shape.h"

#include "base/mem.h"
#include "shaped.h"
#include "tap.h"

static const char *const paths[] = {
	"a.x", "a.y", "a.z", "b.x", "b.y", "cpu.usage", "a.nested", "dims.x", "metrics.x", "no.such",
};

static const char *const lines[] = {
	("{\"kind\":\"sample\",\"time\":\"2026-11-21T00:00:00.000030Z\",\"host\":\"n1\",\"entity\":\"host:n1\","
	 "\"source\":{\"collector\":\"cpu\",\"target\":\"local\"},\"metrics\":{\"a\":{\"x\":14.1873300075531,"
	 "\"y\":0,\"z\":-25276502016},\"b\":{\"x\":1e3,\"y\":true}}}"),
	("{\"kind\":\"sample\",\"time\":\"2026-11-21T00:00:00.000060Z\",\"host\":\"n1\",\"entity\":\"disk:sda@n1\","
	 "\"dims\":{\"x\":\"1\"},\"labels\":{\"r\":\"\\u00e9\xC3\xA9\"},\"metrics\":{\"b\":{\"x\":\"up\",\"y\":null}}}"),
	"{\"kind\":\"sample\",\"time\":1795219200.25,\"host\":\"n1\",\"metrics\":{\"a\":{\"x\":1,\"x\":2,\"y\":0.5}}}",
	"{\"kind\":\"sample\",\"metrics\":{\"a\":{\"x\":1},\"b\":3,\"a\":{\"x\":null,\"y\":12345678901234567890}}}",
	" { \"kind\" : \"log\" , \"time\":\"2026-11-21T00:00:60.999999Z\" , \"text\" : \"a \\\" b\" } ",
	"{\"kind\":\"sample\",\"kind\":\"tick\",\"time\":\"2026-11-21T01:00:00+01:00\",\"host\":\"h\"}",
	"{\"a\":{\"x\":5,\"y\":7},\"cpu\":{\"usage\":99.5},\"host\":\"n2\",\"dims\":{\"x\":1}}",
	"{\"a\":{\"x\":\"17\",\"nested\":{\"x\":1}},\"list\":[1,2,{\"x\":3}]}",
	"{\"k\\u0069nd\":\"event\",\"a\":{\"x\":1.7976931348623157e308,\"y\":1e999,\"z\":0.1}}",
	"{\"kind\":\"event\",\"entity\":\"vm:web@\",\"what\":\"moved\",\"from\":\"n1\"}",
	"{}",
	"{\"a\":{}}",
	"{\"kind\":1}",
};

#define LINES (sizeof(lines) / sizeof(lines[0]))

static uint32_t seed = 7;

static uint32_t below(uint32_t n)
{
	seed = seed * 1664525 + 1013904223;
	return (seed >> 8) % n;
}

static void ask_all(struct shaped *s)
{
	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++)
		shaped_ask(s, paths[i]);
}

static bool agree(struct shaped *s, const char *line, size_t len)
{
	const char *differs = shaped_differs(s, line, len);

	if (differs)
		diag("%s: %.*s", differs, (int)len, line);
	return !differs;
}

static void test_again(void)
{
	struct shaped s;

	shaped_init(&s);
	ask_all(&s);
	for (size_t i = 0; i < LINES; i++) {
		bool same = true;

		for (int times = 0; times < 3; times++)
			same = agree(&s, lines[i], strlen(lines[i])) && same;
		OK(same, "the same three times: %s", lines[i]);
	}
	OK(s.hits == 2 * (LINES - 1), "all but the one with an array are known again");
	shaped_release(&s);
}

/* Bytes that mean something where they come to stand. */
static char any_byte(void)
{
	static const char bytes[] = "0123456789-+.eE\"\\{}[]:, ntf\x01\x80\xC3\xA9 \tuZ@";

	return bytes[below(sizeof(bytes) - 1)];
}

static size_t mutate(char *line, size_t len, size_t cap)
{
	size_t at = below((uint32_t)len + 1), n = 1 + below(3);

	switch (below(4)) {
	case 0:
		return at;
	case 1:
		n = n > len - at ? len - at : n;
		memmove(line + at, line + at + n, len - at - n);
		return len - n;
	case 2:
		if (len + n > cap)
			return len;
		memmove(line + at + n, line + at, len - at);
		for (size_t i = 0; i < n; i++)
			line[at + i] = any_byte();
		return len + n;
	default:
		for (size_t i = at; i < len && i < at + n; i++)
			line[i] = any_byte();
		return len;
	}
}

static void test_mutated(void)
{
	struct shaped s;
	bool same = true;

	shaped_init(&s);
	ask_all(&s);
	for (int i = 0; i < 200000 && same; i++) {
		const char *from = lines[below(LINES)];
		size_t len = strlen(from);
		char line[512];

		memcpy(line, from, len);
		for (uint32_t times = below(4); times; times--)
			len = mutate(line, len, sizeof(line));
		same = agree(&s, line, len);
	}
	OK(same, "lines with bytes changed, put in and left out are viewed as if they came first");
	OK(s.hits > 40000, "of them %zu by their shape", s.hits);
	shaped_release(&s);
}

/* The series of the line before is expected: what is another, or no line at all, is seen. */
static void test_heads(void)
{
	struct shaped s;
	bool same = true;

	shaped_init(&s);
	ask_all(&s);
	for (int i = 0; i < 60000 && same; i++) {
		const char *from = lines[below(2) ? 0 : below(4)];
		size_t len = strlen(from);
		char line[512];

		same = agree(&s, from, len) && agree(&s, from, len);
		memcpy(line, from, len);
		for (uint32_t times = 1 + below(2); times; times--)
			len = mutate(line, len, sizeof(line));
		same = same && agree(&s, line, len);
	}
	OK(same, "lines behind two of which they differ in some bytes are viewed as if they came first");
	OK(s.heads > 30000, "of them %zu with a head that was known or is now", s.heads);
	shaped_release(&s);
}

/* Of so many series in turns, with a word that only some of them have. */
static void take_turns(struct shaped *s, unsigned series, int rounds, bool *same)
{
	char line[512];

	for (int i = 0; i < rounds && *same; i++) {
		unsigned n = (unsigned)i % series;
		int len = snprintf(line, sizeof(line),
				   "{\"kind\":\"sample\",\"time\":\"2026-11-21T00:00:%02d.000000Z\",\"host\":\"h%u\","
				   "\"entity\":\"disk:d%u@h%u\",\"source\":{\"collector\":\"c\"},\"metrics\":"
				   "{\"a\":{\"x\":%d%s}}%s}", i % 60, n % 9, n, n % 9, i,
				   below(5) ? "" : ",\"y\":2", below(50) ? "" : ",\"entity\":\"vm:other\"");

		*same = agree(s, line, (size_t)len);
	}
}

static void test_many_heads(void)
{
	struct shaped s;
	bool same = true;

	shaped_init(&s);
	ask_all(&s);
	take_turns(&s, 1000, 20000, &same);
	OK(same && s.heads > 19000, "a thousand series in turns are known by their heads: %zu lines", s.heads);
	take_turns(&s, 2 * SH_SHAPE_HEADS, 4 * SH_SHAPE_HEADS, &same);
	OK(same, "more of them than there is room for change nothing");
	s.heads = 0;
	take_turns(&s, 10, 100000, &same);
	OK(same && s.heads > 20000, "and few that come again and again are known after them: %zu", s.heads);
	shaped_release(&s);
}

static void add_number(char *to, size_t size)
{
	double v = (double)below(1 << 24) / (1 + below(1000)) * (below(3) ? 1 : -1);

	for (uint32_t times = below(4); times; times--)
		v = below(2) ? v * 1000 : v / 1000;
	switch (below(4)) {
	case 0:
		snprintf(to, size, "%.*g", (int)(1 + below(19)), v);
		break;
	case 1:
		snprintf(to, size, "%.*e", (int)below(19), v);
		break;
	default:
		snprintf(to, size, "%.*f", (int)below(21), v);
	}
}

static void test_numbers(void)
{
	struct shaped s;
	bool same = true;

	shaped_init(&s);
	ask_all(&s);
	for (int i = 0; i < 200000 && same; i++) {
		char line[512], x[64], y[64];
		int len;

		add_number(x, sizeof(x));
		add_number(y, sizeof(y));
		len = snprintf(line, sizeof(line), "{\"kind\":\"sample\",\"metrics\":{\"a\":{\"x\":%s,\"y\":%s}}}", x, y);
		same = agree(&s, line, (size_t)len);
	}
	OK(same, "numbers are picked from a shape to the bit as from a walk");
	OK(s.hits > 199900, "all of them by their shape");
	shaped_release(&s);
}

/* More shapes than there is room for, and then always the same one. */
static void test_full(void)
{
	struct shaped s;
	char line[128];
	bool same = true;

	shaped_init(&s);
	ask_all(&s);
	for (int i = 0; i < 50000 && same; i++) {
		int len = snprintf(line, sizeof(line), "{\"a\":{\"x\":%d,\"m%u\":%u}}", i, below(3000), below(9));

		same = agree(&s, line, (size_t)len);
	}
	OK(same, "so many shapes that they are forgotten change nothing");
	s.hits = 0;
	for (int i = 0; i < 200000 && same; i++) {
		int len = snprintf(line, sizeof(line), "{\"kind\":\"sample\",\"metrics\":{\"a\":{\"x\":%d}}}", i);

		same = agree(&s, line, (size_t)len);
	}
	OK(same && s.hits > 100000, "and one that comes again and again is learnt after them");
	shaped_release(&s);
}

static void test_asked_later(void)
{
	struct shaped s;
	const char *line = lines[0];

	shaped_init(&s);
	OK(agree(&s, line, strlen(line)) && agree(&s, line, strlen(line)), "nothing is asked for");
	ask_all(&s);
	OK(agree(&s, line, strlen(line)) && s.without_pick.n == 5, "what is asked for later is picked");
	shaped_release(&s);
}

int main(void)
{
	test_again();
	test_mutated();
	test_heads();
	test_many_heads();
	test_numbers();
	test_full();
	test_asked_later();
	return plan_done();
}

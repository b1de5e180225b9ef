/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "record/part.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "tap.h"

static uint32_t seed = 3;

static uint32_t below(uint32_t n)
{
	seed = seed * 1664525 + 1013904223;
	return (seed >> 8) % n;
}

static size_t make_line(char *line, size_t size)
{
	static const char *const kinds[] = { "sample", "log", "tick", "no such kind", "fa\\u0075lt" };
	static const char *const times[] = { "2026-11-21T00:%02u:%02u.%06uZ", "2026-11-21T00:%02u:%02u.%03uZ",
					     "2026-11-21T00:%02u:%02u+0%u:00", "no time %u %u %u" };
	uint32_t which = below(8), kind = below(12);
	char time[64], name[128];

	/* The formats are those above. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
	snprintf(time, sizeof(time), times[which < 4 ? which : 0], below(3), below(60), below(10));
#pragma GCC diagnostic pop
	memset(name, 'n', sizeof(name));
	snprintf(name + below(6) * below(2) * 20, 20, "%u", below(4));
	return (size_t)snprintf(line, size, "{\"kind\":\"%s\",\"time\":\"%s\",\"host\":\"%s\",\"entity\":\"a:b\"}",
				kinds[kind < 5 ? kind : 0], time, name);
}

static unsigned continued; /* lines of which the beginning was like the last */

/* The same line some seconds later or earlier. */
static void move_on(char *line)
{
	char *time = strstr(line, "\"time\":\"");

	if (time && strlen(time) > 26 && isdigit((unsigned char)time[26]))
		time[26] = (char)('0' + below(10));
}

/* In a piece of memory of its own, so that valgrind sees a look beyond its end. */
static bool agree(const struct sh_part *p, struct sh_foreign *f, const char *line, size_t len)
{
	struct sh_foreign none = { .kind = SH_KIND_SAMPLE }, guess = *f;
	char *exact = sh_malloc(len + 1);
	size_t known;
	bool same;

	memcpy(exact, line, len);
	exact = sh_realloc(exact, len ? len : 1);
	known = sh_part_continues(&guess, (struct sh_span){ exact, len });
	same = sh_part_is_foreign(p, f, (struct sh_span){ exact, len }) ==
	       sh_part_is_foreign(p, &none, (struct sh_span){ exact, len });
	if (same && sh_part_is_foreign(p, f, (struct sh_span){ exact, len }))
		same = f->time == none.time && f->kind == none.kind;
	if (known)
		same = same && sh_part_is_foreign(p, &none, (struct sh_span){ exact, len }) &&
		       guess.time == none.time && guess.kind == none.kind && known <= len &&
		       !memchr(exact, '\n', known);
	continued += known != 0;
	if (!same)
		diag("%.*s", (int)len, line);
	free(exact);
	return same;
}

/* Of the names that FORMAT makes of N numbers, STEP apart: how many the fullest of PARTS has. */
static unsigned fullest(const char *format, unsigned n, unsigned step, uint64_t parts)
{
	unsigned has[16] = { 0 }, most = 0;

	for (unsigned i = 1; i <= n; i++) {
		char name[64];
		int len;

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
		len = snprintf(name, sizeof(name), format, i * step);
#pragma GCC diagnostic pop
		for (uint64_t k = 0; k < parts; k++)
			has[k] += sh_part_has(&(struct sh_part){ k, parts },
					      (struct sh_span){ name, (size_t)len });
	}
	for (uint64_t k = 0; k < parts; k++)
		most = has[k] > most ? has[k] : most;
	return most;
}

static void test_even(void)
{
	static const struct {
		const char *format;
		unsigned n, step;
		uint64_t parts;
		unsigned most; /* of the fullest part */
	} cases[] = {
		{ "n%04u", 250, 1, 2, 127 },
		{ "n%04u", 250, 2, 2, 127 },
		{ "web-%u.site1.example.org", 40, 1, 2, 22 },
		{ "web-%u.site1.example.org", 40, 10, 4, 12 },
		{ "rack3-node%02u-b", 64, 1, 8, 10 },
		{ "n%u", 1000, 1, 16, 66 },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		unsigned most = fullest(cases[i].format, cases[i].n, cases[i].step, cases[i].parts);

		OK(most <= cases[i].most, "%s, %u of them, in steps of %u: the fullest of %u parts has %u",
		   cases[i].format, cases[i].n, cases[i].step, (unsigned)cases[i].parts, most);
	}
}

/* Each name is in one part, whatever it is made of. */
static void test_each_has_one(void)
{
	unsigned wrong = 0;

	for (int i = 0; i < 20000; i++) {
		char name[24];
		size_t len = below(sizeof(name));
		unsigned in = 0;

		for (size_t k = 0; k < len; k++)
			name[k] = "abn019.-"[below(8)];
		for (uint64_t k = 0; k < 3; k++)
			in += sh_part_has(&(struct sh_part){ k, 3 }, (struct sh_span){ name, len });
		wrong += in != 1;
	}
	OK(!wrong, "each name is in one part: %u are not", wrong);
}

int main(void)
{
	const struct sh_part part = { 0, 2 };
	struct sh_foreign f = { .kind = SH_KIND_SAMPLE };
	unsigned foreign = 0;
	bool same = true;
	char line[512];

	for (int i = 0; i < 200000 && same; i++) {
		size_t len;

		if (i && below(2))
			move_on(line);
		else
			make_line(line, sizeof(line));
		len = strlen(line);
		if (below(4) == 0)
			line[below((uint32_t)len)] = "\"0:{x\\\x80"[below(7)];
		if (below(16) == 0)
			len = below((uint32_t)len + 1);
		same = agree(&part, &f, line, len);
		foreign += same && sh_part_is_foreign(&part, &f, (struct sh_span){ line, len });
	}
	OK(same, "whether a line is of another part does not depend on the lines before");
	OK(foreign > 20000 && continued > 500, "%u of them are, %u like the one before", foreign, continued);
	test_even();
	test_each_has_one();
	return plan_done();
}

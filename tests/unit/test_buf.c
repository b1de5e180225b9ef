/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "base/buf.h"

#include "base/mem.h"
#include "tap.h"

static bool holds(const struct sh_buf *b)
{
	if (!b->data)
		return b->len == 0 && b->cap == 0;
	return b->len < b->cap && b->data[b->len] == '\0';
}

static void grows(void)
{
	struct sh_buf b = SH_BUF_INIT;
	bool held = true;

	OK(!strcmp(sh_buf_str(&b), ""), "an empty buffer reads as the empty string");
	for (int i = 0; i < 1000; i++) {
		sh_buf_addch(&b, (char)('a' + i % 26));
		held = held && holds(&b);
	}
	OK(held && b.len == 1000 && b.data[999] == 'a' + 999 % 26, "bytes added one by one");
	sh_buf_clear(&b);
	OK(b.len == 0 && b.cap >= 1000 && !strcmp(b.data, ""), "clear keeps the memory");
	sh_buf_add(&b, "a\0b", 3);
	OK(b.len == 3 && !memcmp(b.data, "a\0b", 4), "NUL bytes are contents");
	sh_buf_release(&b);
	sh_buf_release(&b);
	OK(holds(&b), "release may be called twice");
}

static void formats(void)
{
	static const size_t width[] = { 0, 1, 62, 63, 64, 65, 5000 };
	struct sh_buf b = SH_BUF_INIT;

	for (size_t i = 0; i < sizeof(width) / sizeof(width[0]); i++) {
		sh_buf_clear(&b);
		sh_buf_addstr(&b, "<");
		sh_buf_addf(&b, "%*s", (int)width[i], width[i] ? "x" : "");
		sh_buf_addstr(&b, ">");
		OK(b.len == width[i] + 2 && strlen(b.data) == b.len && b.data[b.len - 1] == '>',
		   "formatted text of %zu bytes", width[i]);
	}
	sh_buf_release(&b);
}

static void consumes(void)
{
	static const struct {
		const char *text;
		size_t len;
		const char *rest;
	} cases[] = {
		{ NULL, 0, "" },     { NULL, 5, "" },      { "abc", 0, "abc" },
		{ "abc", 1, "bc" },  { "abc", 3, "" },     { "abc", 4, "" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct sh_buf b = SH_BUF_INIT;

		if (cases[i].text)
			sh_buf_addstr(&b, cases[i].text);
		sh_buf_consume(&b, cases[i].len);
		OK(holds(&b) && !strcmp(sh_buf_str(&b), cases[i].rest), "consume %zu of '%s'",
		   cases[i].len, cases[i].text ? cases[i].text : "nothing");
		sh_buf_release(&b);
	}
}

static void takes(void)
{
	struct sh_buf b = SH_BUF_INIT;
	char *s = sh_buf_take(&b);

	OK(s && !*s, "taking from an empty buffer gives an empty string");
	free(s);
	sh_buf_addstr(&b, "mine");
	s = sh_buf_take(&b);
	OK(!strcmp(s, "mine") && !b.data && !b.len, "taking leaves the buffer empty");
	free(s);
}

int main(void)
{
	grows();
	formats();
	consumes();
	takes();
	return plan_done();
}

/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "diagnose/words.h"

#include <stdlib.h>
#include <string.h>

#include "tap.h"

static void gives(const char *template, const char *translated, const char *filled,
		  const char *expected, const char *what)
{
	char *got = sh_words_fill(template, translated, filled);

	OK(expected ? got && !strcmp(got, expected) : !got, "%s", what);
	if (got)
		diag("%s", got);
	free(got);
}

static void many(void)
{
	struct sh_buf t = SH_BUF_INIT, f = SH_BUF_INIT;

	for (int i = 0; i < SH_WORDS_VALUES; i++) {
		sh_buf_addf(&t, "{v%d}, ", i);
		sh_buf_addf(&f, "%d, ", i);
	}
	gives(t.data, t.data, f.data, f.data, "as many values as there may be");
	sh_buf_addstr(&t, "{x}");
	sh_buf_addstr(&f, "x");
	gives(t.data, t.data, f.data, NULL, "one more");
	sh_buf_release(&t);
	sh_buf_release(&f);
}

int main(void)
{
	gives("no value", "keiner", "no value", "keiner", "a text without values");
	gives("no value", "keiner", "other", NULL, "another text without values");
	gives("it is {a.b} % full", "zu {a.b} % voll", "it is 97.2 % full", "zu 97.2 % voll", "one value");
	gives("{a} of {b} are up", "{b} davon {a}", "3 of 5 are up", "5 davon 3", "another order");
	gives("{a} and {a}", "{a}", "1 and 1", "1", "a name twice");
	gives("{a} of {b}", "{c}", "1 of 2", NULL, "a value that is not there");
	gives("{a} of {b}", "{a}", "1 in 2", NULL, "other text between");
	gives("x {a} y", "{a}", "x y", NULL, "text that overlaps itself");
	gives("x{a}x", "<{a}>", "xx", "<>", "an empty value");
	gives("a {a}, b {b}.", "{b}{a}", "a 1, 2, b 3, b 4.", "3, b 41, 2", "the shortest before the last");
	gives("awk '{{print {a}'", "{a} {{}", "awk '{print 7'", "7 {}", "a brace that is none");
	gives("", "x", "", "x", "nothing at all");
	gives("{a", "{a", "7", NULL, "an expression without end");
	gives("{a} {b}", "{a", "1 2", NULL, "a translation without end");
	many();
	return plan_done();
}

/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "detect/log/filter.h"

#include <string.h>

#include "base/buf.h"
#include "detect/log/literal.h"
#include "expr/regex.h"
#include "tap.h"

static const struct {
	const char *pattern, *words; /* with "|" between; NULL: none known */
} literals[] = {
	{ "Out of memory", "Out of memory" },
	{ "I/O error.*(sda|nvme0)", "I/O error" },
	{ "oom|killed", "oom|killed" },
	{ "(oom-kill|Killed process)", "oom-kill|Killed process" },
	{ "(?i)segfault at", "segfault at" },
	{ "(?:ext[234]|xfs)-fs", "ext|xfs" },
	{ "EXT4-fs( error)?", "EXT4-fs" },
	{ "task .* blocked for more than [0-9]+ seconds", " blocked for more than " },
	{ "colou?r", "colo" },
	{ "fail(ed)+ hard", " hard" },
	{ "ab{2,3}cdef", "cdef" },
	{ "ab{0,3}cdef", "cdef" },
	{ "a\\.b\\[c\\]d", "a.b[c]d" },
	{ "\\berror\\b", "error" },
	{ "^link is down$", "link is down" },
	{ "x|error", NULL },
	{ "err(or)?|", NULL },
	{ "ab", NULL },
	{ "\\d+ \\w+", NULL },
	{ "(?=error)", NULL },
	{ "(?x) e r r o r", NULL },
	{ "\\Qerror\\E", NULL },
	{ "\\x65rror", NULL },
	{ "(error", NULL },
	{ "error)", NULL },
	{ "[error", NULL },
	{ "error\\", NULL },
	{ "(*UTF)error", NULL },
	{ "((((((((((error))))))))))", NULL },
	{ "", NULL },
};

static void test_literals(void)
{
	for (size_t i = 0; i < sizeof(literals) / sizeof(literals[0]); i++) {
		struct sh_buf b = SH_BUF_INIT;
		struct sh_literals l;
		bool is_known = sh_literals_of(sh_span_of(literals[i].pattern), &l);

		for (size_t j = 0; j < l.n; j++)
			sh_buf_addf(&b, "%s%s", j ? "|" : "", l.text[j]);
		OK(is_known == !!literals[i].words &&
			   (!is_known || !strcmp(sh_buf_str(&b), literals[i].words)),
		   "'%s' needs '%s'", literals[i].pattern, sh_buf_str(&b));
		sh_buf_release(&b);
	}
}

static void test_filter(void)
{
	struct sh_filter *f = sh_filter_new();
	struct sh_filter_set set;
	int she = sh_filter_add(f, sh_span_of("she")),
	    he = sh_filter_add(f, sh_span_of("(her|his)"));
	int hers = sh_filter_add(f, sh_span_of("hers? own"));

	sh_filter_build(f);
	OK(!sh_filter_look(f, sh_span_of("nothing of them at all"), &set),
	   "a text without a word can match nothing");
	OK(sh_filter_look(f, sh_span_of("USHERS"), &set) && sh_filter_has(&set, she) &&
		   sh_filter_has(&set, he) && !sh_filter_has(&set, hers),
	   "words in words are found, in either case");
	OK(sh_filter_look(f, sh_span_of("this"), &set) && sh_filter_has(&set, he) &&
		   !sh_filter_has(&set, she),
	   "one of several is enough");
	OK(sh_filter_look(f, sh_span_of("\xc5\xbfhe"), &set) && sh_filter_has(&set, hers),
	   "a long s may be an s: all are asked");
	sh_filter_free(f);
	f = sh_filter_new();
	she = sh_filter_add(f, sh_span_of("s.e"));
	sh_filter_build(f);
	OK(sh_filter_look(f, sh_span_of("zz"), &set) && sh_filter_has(&set, she),
	   "a pattern without a known word is always asked");
	sh_filter_free(f);
	f = sh_filter_new();
	for (int i = 0; i < SH_FILTER_PATTERNS; i++)
		she = sh_filter_add(f, sh_span_of("some words of length"));
	OK(she == SH_FILTER_PATTERNS - 1 && sh_filter_add(f, sh_span_of("more")) == -1,
	   "patterns are bounded");
	sh_filter_free(f);
}

/* Random patterns and texts of few letters: what the filter excludes, PCRE2 does not match. */
static void test_sound(void)
{
	static const char *const atoms[] = { "a",	 "b",	      "S",	"k",	"abk",
					     "(ab|ska)", "(?:kab|b)", "[ab]",	".",	"\\.",
					     "a?",	 "b*",	      "(sab)+", "s{2}", "(bka)?",
					     "|",	 "^",	      "$",	"\\w",	"ba{0,1}",
					     "(?i)" };
	uint64_t seed = 3;
	unsigned matched = 0, wrong = 0, spared = 0;

	for (int i = 0; i < 20000; i++) {
		struct sh_buf pattern = SH_BUF_INIT, text = SH_BUF_INIT;
		struct sh_filter *f = sh_filter_new();
		struct sh_filter_set set;
		char why[128];
		void *regex;

		for (int j = 0; j < 7; j++) {
			seed = seed * UINT64_C(6364136223846793005) + 1;
			sh_buf_addstr(&pattern, atoms[(seed >> 40) % 21]);
		}
		for (int j = 0; j < 24; j++) {
			seed = seed * UINT64_C(6364136223846793005) + 1;
			sh_buf_addch(&text, "abskABSK.abk"[(seed >> 40) % 12]);
		}
		regex = sh_regex_compile((struct sh_span){ pattern.data, pattern.len }, why,
					 sizeof(why));
		sh_filter_add(f, (struct sh_span){ pattern.data, pattern.len });
		sh_filter_build(f);
		if (regex) {
			bool may = sh_filter_look(f, (struct sh_span){ text.data, text.len }, &set);
			bool does = sh_regex_search(regex, (struct sh_span){ text.data, text.len },
						    why, sizeof(why)) == 1;

			matched += does;
			spared += !may;
			wrong += does && !may;
			if (does && !may)
				diag("'%s' matches '%s'", sh_buf_str(&pattern), sh_buf_str(&text));
		}
		sh_regex_free(regex);
		sh_filter_free(f);
		sh_buf_release(&pattern);
		sh_buf_release(&text);
	}
	OK(wrong == 0 && matched > 1000 && spared > 1000,
	   "%u matches, %u texts spared, none that matches", matched, spared);
}

int main(void)
{
	test_literals();
	test_filter();
	test_sound();
	return plan_done();
}

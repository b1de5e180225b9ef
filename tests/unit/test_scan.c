/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "record/scan.h"

#include <stdint.h>

#include "record/json.h"
#include "record/text.h"
#include "tap.h"

static const char *const good[] = {
	"{}",
	" \t\r\n{ } ",
	"{\"a\":null,\"b\":true,\"c\":false}",
	"{\"a\":[],\"b\":[[],{}],\"c\":[1,\"x\",null]}",
	"{\"n\":[0,-0,10,1.5,-1.5e10,1E+2,1e-2,0.0,123456789012345678901234567890]}",
	"{\"\":1,\"\\u0000\":2}",
	"{\"s\":\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u12aF\\uD83D\\uDE00\"}",
	"{\"u\":\"\x7F\xC2\x80\xDF\xBF\xE0\xA0\x80\xED\x9F\xBF\xEE\x80\x80\xEF\xBF\xBF\"}",
	"{\"u\":\"\xF0\x90\x80\x80\xF4\x8F\xBF\xBF\"}",
	"{\"a\":1,\"a\":2}",
};

static const struct {
	const char *text;
	size_t offset;
	const char *reason;
} bad[] = {
	{ "", 0, "not a JSON object" },
	{ "[]", 0, "not a JSON object" },
	{ "  1", 2, "not a JSON object" },
	{ "{", 1, "member name expected" },
	{ "{\"a\"", 4, "':' expected" },
	{ "{\"a\":", 5, "value expected" },
	{ "{\"a\":1", 6, "',' or '}' expected" },
	{ "{\"a\":1,", 7, "member name expected" },
	{ "{\"a\":1,}", 7, "member name expected" },
	{ "{a:1}", 1, "member name expected" },
	{ "{\"a\" 1}", 5, "':' expected" },
	{ "{\"a\":1 \"b\":2}", 7, "',' or '}' expected" },
	{ "{\"a\":[1,]}", 8, "value expected" },
	{ "{\"a\":[1 2]}", 8, "',' or ']' expected" },
	{ "{\"a\":[1", 7, "',' or ']' expected" },
	{ "{} {}", 3, "text after the value" },
	{ "{}x", 2, "text after the value" },
	{ "{\"a\":01}", 6, "',' or '}' expected" },
	{ "{\"a\":+1}", 5, "value expected" },
	{ "{\"a\":-}", 6, "invalid number" },
	{ "{\"a\":1.}", 7, "invalid number" },
	{ "{\"a\":.5}", 5, "value expected" },
	{ "{\"a\":1e}", 7, "invalid number" },
	{ "{\"a\":1e+}", 8, "invalid number" },
	{ "{\"a\":0x1}", 6, "',' or '}' expected" },
	{ "{\"a\":NaN}", 5, "value expected" },
	{ "{\"a\":tru}", 5, "invalid value" },
	{ "{\"a\":nul", 5, "invalid value" },
	{ "{\"a\":\"x", 7, "unterminated string" },
	{ "{\"a\":\"\\", 7, "unterminated string" },
	{ "{\"a\":\"\\x\"}", 6, "invalid escape" },
	{ "{\"a\":\"\\u12\"}", 6, "invalid \\u escape" },
	{ "{\"a\":\"\\ud800\"}", 6, "lone surrogate in \\u escape" },
	{ "{\"a\":\"\\udc00\"}", 6, "lone surrogate in \\u escape" },
	{ "{\"a\":\"\\ud800\\u0041\"}", 6, "lone surrogate in \\u escape" },
	{ "{\"a\":\"a\tb\"}", 7, "control character in string" },
	{ "{\"a\":\"\x80\"}", 6, "invalid UTF-8" },
	{ "{\"a\":\"\xC0\xAF\"}", 6, "invalid UTF-8" },
	{ "{\"a\":\"\xC1\xBF\"}", 6, "invalid UTF-8" },
	{ "{\"a\":\"\xE0\x9F\xBF\"}", 6, "invalid UTF-8" },
	{ "{\"a\":\"\xED\xA0\x80\"}", 6, "invalid UTF-8" },
	{ "{\"a\":\"\xF0\x8F\xBF\xBF\"}", 6, "invalid UTF-8" },
	{ "{\"a\":\"\xF4\x90\x80\x80\"}", 6, "invalid UTF-8" },
	{ "{\"a\":\"\xF5\x80\x80\x80\"}", 6, "invalid UTF-8" },
	{ "{\"a\":\"\xE2\x82\"}", 6, "invalid UTF-8" },
	{ "{\"a\":\"\xE2\x82", 6, "invalid UTF-8" },
};

static void test_grammar(void)
{
	struct sh_index ix = SH_INDEX_INIT;

	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		OK(sh_scan_object(&ix, good[i], strlen(good[i])) == 0, "accepts object %zu", i + 1);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		int rc = sh_scan_object(&ix, bad[i].text, strlen(bad[i].text));

		if (!OK(rc < 0 && ix.offset == bad[i].offset && !strcmp(ix.reason, bad[i].reason),
			"rejects case %zu: byte %zu: %s", i + 1, bad[i].offset, bad[i].reason) && rc < 0)
			diag("got byte %zu: %s", ix.offset, ix.reason);
	}
	sh_index_release(&ix);
}

/* Every prefix of a valid object is invalid, and none is read beyond its end. */
static void test_prefixes(void)
{
	static const char text[] = "{\"a\":\"\\u00e9\xC3\xA9\",\"b\":[1.5e3,true,{\"c\":null}],\"d\":-0}";
	struct sh_index ix = SH_INDEX_INIT;
	size_t accepted = 0;

	for (size_t len = 0; len < sizeof(text) - 1; len++) {
		char *exact = malloc(len ? len : 1); /* for the address sanitizer */

		if (!exact)
			abort();
		memcpy(exact, text, len);
		accepted += sh_scan_object(&ix, exact, len) == 0;
		free(exact);
	}
	OK(accepted == 0, "rejects every prefix of an object");
	OK(sh_scan_object(&ix, text, sizeof(text) - 1) == 0, "accepts the object whole");
	sh_index_release(&ix);
}

static void test_depth(void)
{
	struct sh_index ix = SH_INDEX_INIT;
	char text[2 * SH_SCAN_MAX_DEPTH + 2];
	struct sh_slice value;

	memset(text, '[', SH_SCAN_MAX_DEPTH + 1);
	memset(text + SH_SCAN_MAX_DEPTH + 1, ']', SH_SCAN_MAX_DEPTH + 1);
	OK(sh_scan_value(&ix, text + 1, 2 * SH_SCAN_MAX_DEPTH, &value) == 0, "accepts depth %d",
	   SH_SCAN_MAX_DEPTH);
	OK(sh_scan_value(&ix, text, sizeof(text), &value) < 0 && ix.offset == SH_SCAN_MAX_DEPTH,
	   "rejects depth %d", SH_SCAN_MAX_DEPTH + 1);
	sh_index_release(&ix);
}

static void test_index(void)
{
	static const char text[] = " {\"a\": 1 ,\"b\":\"x\\ty\",\"\\u0063\":[1,2],\"a\":{\"d\":2}}";
	struct sh_index ix = SH_INDEX_INIT;
	const struct sh_member *m;

	OK(sh_scan_object(&ix, text, sizeof(text) - 1) == 0 && ix.n == 4, "indexes every member");
	m = sh_index_find(&ix, "a");
	OK(m && m->value.type == SH_JSON_OBJECT && sh_span_is(m->value.text, "{\"d\":2}"),
	   "finds the last of two members");
	m = sh_index_find(&ix, "b");
	OK(m && m->value.escaped && sh_span_is(m->value.text, "\"x\\ty\""), "spans include the quotes");
	m = sh_index_find(&ix, "c");
	OK(m && m->key_escaped && m->value.type == SH_JSON_ARRAY, "finds a name written with escapes");
	OK(!sh_index_find(&ix, "d") && !sh_index_find(&ix, ""), "finds nothing else");
	OK(sh_scan_object(&ix, "{\"a\":1", 6) < 0 && ix.n == 0 && !sh_index_find(&ix, "a"),
	   "an index of a bad line is empty");
	sh_index_release(&ix);
}

/* The wide searches agree with one byte at a time, at every length and position. */
static void test_searches(void)
{
	size_t wrong = 0;
	char text[40];

	for (unsigned c = 0; c < 256; c++) {
		for (size_t at = 0; at < sizeof(text); at++) {
			const char *end = text + sizeof(text);
			bool quote = c == '"' || c == '\\', plain = c >= 0x20 && c < 0x80 && !quote;

			memset(text, 'x', sizeof(text));
			text[at] = (char)c;
			wrong += sh_text_plain_end(text, end) != (plain ? end : text + at);
			wrong += sh_text_string_end(text, end) != (quote ? text + at : end);
			wrong += sh_text_plain_end(text, text + at) != text + at;
			wrong += sh_text_string_end(text, text + at) != text + at;
		}
	}
	OK(wrong == 0, "the searches stop at every special byte, at every place");
}

int main(void)
{
	test_grammar();
	test_prefixes();
	test_depth();
	test_index();
	test_searches();
	return plan_done();
}

/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "record/json.h"

#include <math.h>

#include "base/mem.h"
#include "record/alloc.h"
#include "tap.h"

static json_t *parse(const char *s)
{
	struct sh_error err = SH_ERROR_INIT;

	return sh_json_parse(s, strlen(s), &err);
}

/* What is read and written again; the text of the first where it is the same. */
static const struct {
	const char *in, *out;
} trips[] = {
	{ "{}", "{}" },
	{ " [ ] ", "[]" },
	{ "{\"b\":1,\"a\":{\"c\":[null,true,false]}}", NULL },
	{ "{\"a\":1,\"b\":2,\"a\":3}", "{\"a\":3,\"b\":2}" },
	{ "[0,-0,1,-1,9223372036854775807,-9223372036854775808]",
	  "[0,0,1,-1,9223372036854775807,-9223372036854775808]" },
	{ "[9223372036854775808,18446744073709551615,-9223372036854775809]",
	  "[9.223372036854776e+18,1.8446744073709552e+19,-9.223372036854776e+18]" },
	{ "[0.1,0.30000000000000004,1.1,95.2,1e22,1e23,1.5e-7]",
	  "[0.1,0.30000000000000004,1.1,95.2,1e+22,1e+23,1.5e-07]" },
	{ "[5.0,1e3,123456789.25]", "[5,1000,123456789.25]" },
	{ "[1.7976931348623157e308,5e-324,2.2250738585072014e-308]",
	  "[1.7976931348623157e+308,5e-324,2.2250738585072014e-308]" },
	{ "{\"a\":1e999,\"b\":[1e999,-1e999],\"c\":1}", "{\"b\":[null,null],\"c\":1}" },
	{ "{\"a\":1,\"a\":1e999}", "{}" },
	{ "\"\\u0041\\u00e9\\u20ac\\ud83d\\ude00\"", "\"A\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80\"" },
	{ "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u0001\x7F\"", "\"\\\"\\\\/\\b\\f\\n\\r\\t\\u0001\x7F\"" },
	{ "{\"x\\u0000y\":\"a\\u0000b\"}", NULL },
	{ "{\"\\n\":\"\\t\",\"\\u0061\":{\"\\\\\":\"\\\"\"}}", "{\"\\n\":\"\\t\",\"a\":{\"\\\\\":\"\\\"\"}}" },
	{ "\"\"", NULL },
	{ "null", NULL },
};

static void test_trips(void)
{
	for (size_t i = 0; i < sizeof(trips) / sizeof(trips[0]); i++) {
		const char *want = trips[i].out ? trips[i].out : trips[i].in;
		struct sh_buf out = SH_BUF_INIT;
		json_t *value = parse(trips[i].in);

		if (value)
			sh_json_dump(&out, value);
		if (!OK(value && !strcmp(sh_buf_str(&out), want), "round trip %zu", i + 1))
			diag("got %s", sh_buf_str(&out));
		json_decref(value);
		sh_buf_release(&out);
	}
}

/* Doubles whose shortest text is easy to get wrong, by way of jansson's strtod. */
static void test_doubles(void)
{
	static const char *const text[] = {
		"0.1", "0.2", "3.14159265358979", "9007199254740991", "9007199254740993.0",
		"123456789012345678", "1234567890123456.7", "1e22", "1e-22", "8.5e21", "4.35",
		"0.000001", "1.005", "179769313486231570000e288", "2.2250738585072011e-308",
		"4.9406564584124654e-324", "0.00000000000000000000000000000000000001e50",
		"1000000000000000000000000000000000000000e-39", "7205759403792793199999e-5",
		"6929495644600919.5", "3.518437208883201171875e13", "1e-400", "-1.5",
	};
	size_t wrong = 0;

	for (size_t i = 0; i < sizeof(text) / sizeof(text[0]); i++) {
		json_t *ours = parse(text[i]);
		struct sh_buf out = SH_BUF_INIT;
		double want = strtod(text[i], NULL);

		if (json_number_value(ours) != want) {
			diag("%s read as %.17g", text[i], json_number_value(ours));
			wrong++;
		}
		sh_json_add_number(&out, want);
		if (strtod(sh_buf_str(&out), NULL) != want) {
			diag("%s written as %s", text[i], sh_buf_str(&out));
			wrong++;
		}
		json_decref(ours);
		sh_buf_release(&out);
	}
	OK(wrong == 0, "numbers are read as strtod reads them, and written to read the same");
}

static void test_strings(void)
{
	struct sh_buf out = SH_BUF_INIT;
	json_t *value = parse("\"a\\u0000b\"");

	OK(value && json_string_length(value) == 3 && !memcmp(json_string_value(value), "a\0b", 3),
	   "U+0000 is a byte of the string");
	json_decref(value);
	sh_json_add_string(&out, "a\xFF" "b\xC3\xA9\xE2\x82", 7);
	OK(!strcmp(sh_buf_str(&out), "\"a\xEF\xBF\xBD" "b\xC3\xA9\xEF\xBF\xBD\xEF\xBF\xBD\""),
	   "bytes that are no UTF-8 are replaced");
	sh_buf_clear(&out);
	sh_json_unescape((struct sh_slice){ { "\"\\u0041b\"", 9 }, SH_JSON_STRING, true }, &out);
	OK(!strcmp(sh_buf_str(&out), "Ab"), "a slice is unescaped");
	sh_buf_release(&out);
}

static void test_errors(void)
{
	struct sh_error err = SH_ERROR_INIT;

	OK(!sh_json_parse("{\"a\":tru}", 9, &err) && err.code == SH_ERRC_INPUT &&
		   !strcmp(err.text, "byte 5: invalid value"),
	   "an error names the byte");
}

static void test_groups(void)
{
	static const char text[] = "{\"s\":{\"u\":95.2,\"x\":\"n{\\\"}\",\"y\":[{\"z\":1}],\"v\":-1 } ,"
				   "\"e\":{},\"t\":{\"a\":null,\"b\":true},\"n\":3,\"s2\":{ \"k\" : 1e999, \"l\":2}}";
	struct sh_slice slice = { { text, sizeof(text) - 1 }, SH_JSON_OBJECT, false };
	json_t *groups = sh_json_build_groups(slice);
	struct sh_buf out = SH_BUF_INIT;

	sh_json_dump(&out, groups);
	if (!OK(!strcmp(sh_buf_str(&out), "{\"s\":{\"u\":95.2,\"v\":-1},\"s2\":{\"l\":2}}"),
		"groups keep their numbers and nothing else"))
		diag("got %s", sh_buf_str(&out));
	json_decref(groups);
	sh_buf_release(&out);
}

static void test_members(void)
{
	json_t *o = parse("{\"s\":\"x\",\"i\":7,\"r\":7.5,\"w\":8.0}");

	OK(!strcmp(sh_json_str(o, "s", "-"), "x") && !strcmp(sh_json_str(o, "i", "-"), "-"), "text");
	OK(sh_json_num(o, "r", 0) == 7.5 && sh_json_num(o, "i", 0) == 7 && isnan(sh_json_num(o, "s", NAN)),
	   "numbers");
	OK(sh_json_int(o, "i", 0) == 7 && sh_json_int(o, "w", 0) == 8 && sh_json_int(o, "r", -1) == -1 &&
		   sh_json_int(o, "none", -1) == -1,
	   "integers");
	json_decref(o);
}

/* Sizes about each boundary, freed and taken again in another order, with their bytes kept. */
static void test_lists(void)
{
	enum { SIZES = 600 };
	json_malloc_t take;
	json_free_t give;
	unsigned char *p[SIZES];
	size_t wrong = 0;

	json_get_alloc_funcs(&take, &give);
	for (int round = 0; round < 3; round++) {
		for (size_t i = 0; i < SIZES; i++) {
			p[i] = take(i);
			memset(p[i], (int)(i & 0xFF), i);
		}
		for (size_t i = 0; i < SIZES; i++)
			for (size_t k = 0; k < i; k++)
				wrong += p[i][k] != (i & 0xFF);
		for (size_t i = 0; i < SIZES; i++)
			give(p[(i * 7 + (size_t)round) % SIZES]);
	}
	give(NULL);
	OK(wrong == 0, "allocations do not overlap");
}

static void test_text(void)
{
	json_t *o = json_pack("{s:i,s:[f]}", "b", 1, "a", 0.5);
	SH_CLEANUP_FREE char *sorted = sh_json_text(o, JSON_SORT_KEYS | JSON_COMPACT);
	char *none = sh_json_text(NULL, JSON_COMPACT);

	OK(sorted && !strcmp(sorted, "{\"a\":[0.5],\"b\":1}"), "a text for free(): %s", sorted);
	OK(!none, "none of nothing");
	json_decref(o);
}

int main(void)
{
	sh_json_use_lists();
	test_trips();
	test_doubles();
	test_strings();
	test_errors();
	test_groups();
	test_members();
	test_lists();
	test_text();
	return plan_done();
}

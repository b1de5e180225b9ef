/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "record/pick.h"

#include <math.h>

#include "base/clock.h"
#include "base/hash.h"
#include "tap.h"

static const char *const paths[] = {
	"a.x", "a.y", "a.a_name_of_more_than_16_bytes", "a.a_name_of_more_than_16_bytez", "a.12345678",
	"b.x", "b.",  "a.seven77",                      "\xC3\xA9.x",                     "dims.x",
	"a.z.z", ".x", "a", "labels.x", "source.x", "metrics.x",
};

#define PATHS (sizeof(paths) / sizeof(paths[0]))

static int view(struct sh_record *r, const char *line, size_t len)
{
	struct sh_error err = SH_ERROR_INIT;

	return sh_record_view(r, line, len, "here", SH_SEC, &err);
}

/* What the slow way finds; NaN for nothing. */
static double expected(const json_t *metrics, const char *path)
{
	const char *dot = strchr(path, '.');
	const json_t *group, *member;

	if (!dot)
		return NAN;
	group = json_object_getn(metrics, path, (size_t)(dot - path));
	member = json_object_get(group, dot + 1);
	return json_is_number(member) ? json_number_value(member) : NAN;
}

static bool same(double a, double b)
{
	return isnan(a) ? isnan(b) : !memcmp(&a, &b, sizeof(a));
}

static bool found_is_right(const struct sh_pick *p)
{
	size_t held = 0;

	for (size_t i = 0; i < p->slots; i++) {
		size_t times = 0;

		for (size_t k = 0; k < p->n; k++)
			times += p->found[k] == i;
		if (times != (size_t)(!isnan(p->value[i]) + !isnan(p->text[i])))
			return false;
		held += times;
	}
	return held == p->n;
}

/* Whether P holds what sh_record_metrics has under every path. */
static bool as_built(struct sh_pick *p, const struct sh_record *r)
{
	json_t *metrics = sh_record_metrics(r);
	bool right = sh_pick_take(p, r) == p->n && found_is_right(p);

	for (size_t i = 0; i < PATHS && right; i++) {
		right = same(p->value[sh_pick_ask(p, paths[i])], expected(metrics, paths[i]));
		if (!right)
			diag("%s in %.*s", paths[i], (int)r->line.len, r->line.p);
	}
	json_decref(metrics);
	return right;
}

static const struct {
	const char *line;
	size_t found;
} cases[] = {
	{ "{\"kind\":\"sample\",\"metrics\":{\"a\":{\"x\":1.5,\"y\":2},\"b\":{\"x\":-3e2}}}", 3 },
	{ "{\"kind\":\"sample\"}", 0 },
	{ "{\"kind\":\"sample\",\"metrics\":5}", 0 },
	{ "{\"kind\":\"sample\",\"metrics\":{}}", 0 },
	{ "{\"kind\":\"sample\",\"metrics\":{\"a\":{}}}", 0 },
	{ "{\"kind\":\"log\",\"metrics\":{\"a\":{\"x\":1}}}", 0 },
	{ "{\"kind\":\"sample\",\"a\":{\"x\":1}}", 0 },
	{ "{\"a\":{\"x\":1},\"dims\":{\"x\":2},\"labels\":{\"x\":3},\"b\":{\"x\":4}}", 2 },
	{ "{\"a\":5,\"b\":{\"x\":1}}", 1 },
	{ "{\"a\":{\"x\":1},\"a\":5}", 0 },
	{ "{\"a\":{\"x\":1,\"y\":2},\"a\":{\"y\":3}}", 1 },
	{ "{\"a\":{\"x\":1},\"\\u0061\":{\"\\u0079\":3}}", 1 },
	{ "{\"kind\":\"sample\",\"metrics\":{\"a\":{\"x\":1,\"y\":2},\"a\":{\"y\":3}}}", 1 },
	{ "{\"kind\":\"sample\",\"metrics\":{\"a\":{\"x\":1,\"y\":2},\"a\":[{\"x\":3}]}}", 0 },
	{ "{\"kind\":\"sample\",\"metrics\":{\"a\":{\"x\":1}},\"metrics\":{\"b\":{\"x\":2}}}", 1 },
	{ "{\"a\":{\"x\":1,\"x\":2,\"x\":3}}", 1 },
	{ "{\"a\":{\"x\":1,\"x\":null}}", 0 },
	{ "{\"a\":{\"x\":1,\"y\":2,\"x\":1e999}}", 1 },
	{ "{\"a\":{\"x\":-0,\"y\":-0.0,\"12345678\":1e-400}}", 3 },
	{ "{\"a\":{\"x\":9007199254740993,\"y\":18446744073709551616,\"12345678\":0.1}}", 3 },
	{ "{\"a\":{\"x\":123456789012345678901234567890,\"y\":1.7976931348623157e308}}", 2 },
	{ "{\"a\":{\"x\":{\"x\":[\"}\",{\"y\":1}]},\"y\":[1,2],\"12345678\":7}}", 1 },
	{ "{\"a\":{\"u\":\"\\\"}\\\\\",\"x\":7}}", 1 },
	{ " { \"a\" : { \"x\" : 1 , \"v\" : true , \"y\" : 2 } , \"c\" : 1 , \"b\" : { \"x\" : 3 } } ", 3 },
	{ "{\"a\":{\"a_name_of_more_than_16_bytes\":1,\"a_name_of_more_than_16_bytez\":2,"
	  "\"a_name_of_mare_than_16_bytez\":3,\"seven77\":4,\"sevex77\":5}}", 3 },
	{ "{\"\":{\"x\":1},\"b\":{\"\":2},\"\xC3\xA9\":{\"x\":3},\"\\u00e9\":{\"x\":4}}", 3 },
	{ "{\"a\":{\"z.z\":1,\"z\":{\"z\":2}},\"metrics\":{\"x\":1}}", 2 },
	{ "{\"a\":{\"x\":\"t\",\"y\":true,\"12345678\":false}}", 3 },
	{ "{\"a\":{\"x\":\"t\"},\"b\":{\"x\":1},\"a\":{\"x\":2}}", 2 },
};

static void test_cases(struct sh_pick *p)
{
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct sh_record r = SH_RECORD_INIT;

		view(&r, cases[i].line, strlen(cases[i].line));
		OK(as_built(p, &r) && p->n == cases[i].found, "as built: %s", cases[i].line);
		sh_record_release(&r);
	}
}

static uint32_t seed = 1;

static unsigned below(unsigned n)
{
	seed = seed * 1664525 + 1013904223;
	return (seed >> 8) % n;
}

static void add_value(struct sh_buf *line, int depth);

static void add_object(struct sh_buf *line, int depth)
{
	static const char *const names[] = { "a", "b", "x", "y", "\\u0061", "\\u0078", "",
					     "a_name_of_more_than_16_bytes", "12345678", "seven77",
					     "metrics", "dims", "z.z", "\xC3\xA9" };
	unsigned n = below(9);

	sh_buf_addch(line, '{');
	for (unsigned i = 0; i < n; i++) {
		sh_buf_addf(line, "%s%s\"%s\"%s:", i ? "," : "", below(9) ? "" : " ",
			    names[below(below(3) ? 4 : sizeof(names) / sizeof(names[0]))], below(9) ? "" : "\t");
		add_value(line, depth + 1);
		sh_buf_addstr(line, below(9) ? "" : "  ");
	}
	sh_buf_addch(line, '}');
}

static void add_number(struct sh_buf *line)
{
	switch (below(9)) {
	case 0:
		sh_buf_addf(line, "-%u", below(1000));
		break;
	case 1:
		sh_buf_addf(line, "%u.5", below(1000));
		break;
	case 2:
		sh_buf_addf(line, "0.0%u", below(1000));
		break;
	case 3:
		sh_buf_addf(line, "%ue9", below(1000));
		break;
	case 4:
		sh_buf_addf(line, "%uE-30", below(1000));
		break;
	case 5:
		sh_buf_addf(line, "%u00000000000000001", 1 + below(1000));
		break;
	case 6:
		sh_buf_addf(line, "%u.12345678901234567890", below(1000));
		break;
	case 7:
		sh_buf_addf(line, "%ue306", below(1000));
		break;
	default:
		sh_buf_addf(line, "%u", below(100000));
		break;
	}
}

static void add_value(struct sh_buf *line, int depth)
{
	static const char *const others[] = { "null", "true", "false", "\"t\"", "\"\\\"{\"", "[]",
					      "[1,{\"x\":2},\"]\"]", "\"\"" };
	unsigned kind = below(10);

	if (depth < 4 && kind < (depth < 2 ? 8 : 2))
		add_object(line, depth);
	else if (kind < 9)
		add_number(line);
	else
		sh_buf_addstr(line, others[below(sizeof(others) / sizeof(others[0]))]);
}

/* Any nonsense of groups and members, with and without kind. */
static void test_random(struct sh_pick *p)
{
	struct sh_record r = SH_RECORD_INIT;
	struct sh_buf line = SH_BUF_INIT;
	size_t wrong = 0, found = 0, seen = 0;

	for (int i = 0; i < 30000; i++) {
		sh_buf_clear(&line);
		if (below(2))
			sh_buf_addstr(&line, "{\"kind\":\"sample\",\"metrics\":");
		add_object(&line, line.len ? 1 : 0);
		if (line.data[1] == '"' && line.data[2] == 'k')
			sh_buf_addch(&line, '}');
		if (view(&r, sh_buf_str(&line), line.len) < 0)
			continue;
		wrong += !as_built(p, &r);
		found += p->n;
		seen++;
	}
	OK(wrong == 0, "random lines are picked as they are built");
	OK(seen > 29000 && found > 10000, "and not from nothing: %zu of %zu lines", found, seen);
	sh_buf_release(&line);
	sh_record_release(&r);
}

static void test_texts(struct sh_pick *p)
{
	static const char line[] = "{\"a\":{\"x\":\"h\\u00e9\",\"y\":\"h\xC3\xA9\",\"12345678\":true}}";
	struct sh_record r = SH_RECORD_INIT;
	double hash = (double)(sh_hash64("h\xC3\xA9", 3) >> 12);
	size_t x = sh_pick_ask(p, "a.x"), y = sh_pick_ask(p, "a.y"), b = sh_pick_ask(p, "a.12345678");

	view(&r, line, strlen(line));
	sh_pick_take(p, &r);
	OK(p->text[x] == hash && p->text[y] == hash, "a text is its hash, however it is written");
	OK(hash < 0x1p52 && hash == floor(hash), "a whole number below 2^52");
	OK(p->text[b] == 1, "true is the text 1");
	OK(isnan(p->value[x]) && isnan(p->value[b]), "texts are no numbers");
	sh_record_release(&r);
}

static bool is_text(const struct sh_pick_text *t, const char *name, const char *object)
{
	return sh_span_is(t->name, name) && sh_span_is(t->object, object) &&
	       t->escaped == (strchr(name, '\\') != NULL);
}

static void test_groups(struct sh_pick *p)
{
	static const char line[] = "{\"kind\":\"sample\",\"metrics\": { \"a\" :{\"x\":1, \"l\":[{}]} , "
				   "\"n\":5,\"\\u0062\":{},\"zz\":{\"q\":{}} }}";
	static const char bare[] = "{\"labels\":{\"x\":\"y\"},\"zz\":{\"q\":1} , \"a\":{},\"k\":\"v\"}";
	struct sh_record r = SH_RECORD_INIT;

	view(&r, line, strlen(line));
	sh_pick_take(p, &r);
	OK(p->texts == 3 && is_text(&p->text_of[0], "a", "{\"x\":1, \"l\":[{}]}") &&
		   is_text(&p->text_of[1], "\\u0062", "{}") && is_text(&p->text_of[2], "zz", "{\"q\":{}}"),
	   "groups as they were written");
	view(&r, bare, strlen(bare));
	sh_pick_take(p, &r);
	OK(p->texts == 2 && is_text(&p->text_of[0], "zz", "{\"q\":1}") &&
		   is_text(&p->text_of[1], "a", "{}"), "and those of a bare record");
	view(&r, "{\"kind\":\"event\",\"metrics\":{\"a\":{}}}", 36);
	OK(sh_pick_take(p, &r) == 0 && p->texts == 0, "what is no sample has none");
	sh_record_release(&r);
}

static void test_asks(void)
{
	struct sh_pick p = SH_PICK_INIT;
	struct sh_record r = SH_RECORD_INIT;
	static const char line[] = "{\"g\":{\"m7\":7,\"m99\":99}}";
	size_t wrong = 0, first = sh_pick_ask(&p, "g.m99");

	view(&r, line, strlen(line));
	OK(sh_pick_take(&p, &r) == 1 && p.value[first] == 99, "one is asked");
	for (size_t i = 0; i < 1000; i++) {
		char path[16];

		snprintf(path, sizeof(path), "g.m%zu", i);
		wrong += sh_pick_ask(&p, path) != sh_pick_ask(&p, path);
		snprintf(path, sizeof(path), "g%zu.m", i);
		sh_pick_ask(&p, path);
	}
	OK(wrong == 0 && p.slots == 2000, "the same path has the same slot");
	OK(sh_pick_ask(&p, "g.m99") == first && p.value[first] == 99, "asking forgets nothing");
	OK(sh_pick_take(&p, &r) == 2 && p.value[sh_pick_ask(&p, "g.m7")] == 7, "later asks are answered");
	view(&r, "{}", 2);
	OK(sh_pick_take(&p, &r) == 0 && isnan(p.value[first]), "and forgotten with the next record");
	sh_record_release(&r);
	sh_pick_release(&p);
}

int main(void)
{
	struct sh_pick p = SH_PICK_INIT;

	for (size_t i = 0; i < PATHS; i++)
		sh_pick_ask(&p, paths[i]);
	test_cases(&p);
	test_random(&p);
	test_texts(&p);
	test_groups(&p);
	test_asks();
	sh_pick_release(&p);
	return plan_done();
}

/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "record/record.h"

#include <math.h>

#include "base/clock.h"
#include "record/entity.h"
#include "record/json.h"
#include "record/sample.h"
#include "tap.h"

#define NOW (INT64_C(1700000000) * SH_SEC)

static int view(struct sh_record *r, const char *line, struct sh_error *err)
{
	sh_error_clear(err);
	return sh_record_view(r, line, strlen(line), "here", NOW, err);
}

static const struct {
	const char *line;
	enum sh_kind kind;
	int64_t time;
	const char *host, *entity;
} good[] = {
	{ "{}", SH_KIND_SAMPLE, NOW, "here", "host:here" },
	{ "{\"kind\":\"tick\"}", SH_KIND_TICK, NOW, "here", "host:here" },
	{ "{\"kind\":\"resume\",\"host\":\"db1\"}", SH_KIND_RESUME, NOW, "db1", "host:db1" },
	{ "{\"kind\":\"novel\"}", SH_KIND_OTHER, NOW, "here", "host:here" },
	{ "{\"kind\":\"other\"}", SH_KIND_OTHER, NOW, "here", "host:here" },
	{ "{\"\\u006bind\":\"f\\u0061ult\",\"host\":\"a\\u00e9\",\"entity\":\"x:\\u0041@b\"}", SH_KIND_FAULT,
	  NOW, "a\xC3\xA9", "x:A@b" },
	{ "{\"kind\":\"tick\",\"kind\":\"edge\"}", SH_KIND_EDGE, NOW, "here", "host:here" },
	{ "{\"time\":\"2026-11-21T01:02:03.000004Z\"}", SH_KIND_SAMPLE, INT64_C(1795222923000004000), "here",
	  "host:here" },
	{ "{\"time\":\"2026-11-21T02:02:03+01:00\"}", SH_KIND_SAMPLE, INT64_C(1795222923) * SH_SEC, "here",
	  "host:here" },
	{ "{\"time\":1795222923.123456789}", SH_KIND_SAMPLE, INT64_C(1795222923123456789), "here", "host:here" },
	{ "{\"time\":1.5e3}", SH_KIND_SAMPLE, 1500 * SH_SEC, "here", "host:here" },
	{ "{\"time\":0}", SH_KIND_SAMPLE, 0, "here", "host:here" },
};

static const struct {
	const char *line, *text;
} bad[] = {
	{ "[]", "byte 0: not a JSON object" },
	{ "{\"kind\":1}", "byte 8: kind is no text" },
	{ "{\"time\":true}", "byte 8: time is neither text nor a number" },
	{ "{\"time\":\"yesterday\"}", "byte 8: time is no RFC 3339 time" },
	{ "{\"time\":-1}", "byte 8: time out of range" },
	{ "{\"time\":1e300}", "byte 8: time out of range" },
	{ "{\"time\":99999999999}", "byte 8: time out of range" },
	{ "{\"host\":null}", "byte 8: host is no text" },
	{ "{\"host\":\"\"}", "byte 8: host is no name" },
	{ "{\"host\":\"a\\nb\"}", "byte 8: host is no name" },
	{ "{\"entity\":{}}", "byte 10: entity is no text" },
	{ "{\"entity\":\"db1\"}", "byte 10: entity is not TYPE:NAME or TYPE:NAME@HOST" },
	{ "{\"entity\":\":x\"}", "byte 10: entity is not TYPE:NAME or TYPE:NAME@HOST" },
	{ "{\"entity\":\"x:@h\"}", "byte 10: entity is not TYPE:NAME or TYPE:NAME@HOST" },
	{ "{\"entity\":\"x:a\\u0000\"}", "byte 10: entity is not TYPE:NAME or TYPE:NAME@HOST" },
};

static void test_view(void)
{
	struct sh_record r = SH_RECORD_INIT;
	struct sh_error err = SH_ERROR_INIT;

	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		OK(view(&r, good[i].line, &err) == 0 && r.kind == good[i].kind && r.time == good[i].time &&
			   sh_span_is(r.host, good[i].host) && sh_span_is(r.entity, good[i].entity),
		   "sees %s", good[i].line);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (!OK(view(&r, bad[i].line, &err) < 0 && !strcmp(err.text, bad[i].text), "refuses %s",
			bad[i].line))
			diag("got %s", err.text);
	sh_record_release(&r);
}

static void test_kinds(void)
{
	size_t wrong = 0;

	for (int k = SH_KIND_SAMPLE; k <= SH_KIND_OTHER; k++)
		wrong += sh_kind_from(sh_span_of(sh_kind_name((enum sh_kind)k))) != (enum sh_kind)k;
	OK(wrong == 0, "every kind has a name of its own");
}

static bool dumps(json_t *value, const char *want)
{
	struct sh_buf out = SH_BUF_INIT;
	bool same;

	if (!value)
		return !want;
	sh_json_dump(&out, value);
	same = want && !strcmp(sh_buf_str(&out), want);
	if (!same)
		diag("got %s", sh_buf_str(&out));
	sh_buf_release(&out);
	json_decref(value);
	return same;
}

static const struct {
	const char *line, *metrics, *dims;
} parts[] = {
	{ "{\"storage\":{\"utilization\":95.2,\"x\":\"y\"},\"e\":{},\"n\":1,\"dims\":{\"cpu\":0}}",
	  "{\"storage\":{\"utilization\":95.2}}", "{\"cpu\":\"0\"}" },
	{ "{\"labels\":{\"a\":1},\"source\":{\"b\":2},\"metrics\":{\"c\":3}}", "{\"metrics\":{\"c\":3}}", NULL },
	{ "{\"a\":{\"b\":1},\"a\":2}", "{}", NULL },
	{ "{\"kind\":\"sample\",\"metrics\":{\"a\":{\"b\":1,\"c\":{}}},\"x\":{\"y\":1},\"dims\":{}}",
	  "{\"a\":{\"b\":1}}", "{}" },
	{ "{\"kind\":\"sample\",\"metrics\":7,\"dims\":\"x\"}", "{}", NULL },
	{ "{\"kind\":\"sample\",\"dims\":{\"t\":true,\"n\":1.50,\"s\":\"\\u0041\",\"z\":null,\"o\":{}}}", "{}",
	  "{\"t\":\"true\",\"n\":\"1.50\",\"s\":\"A\"}" },
	{ "{\"kind\":\"fault\",\"metrics\":{\"a\":{\"b\":1}}}", NULL, NULL },
};

static void test_parts(void)
{
	struct sh_record r = SH_RECORD_INIT;
	struct sh_error err = SH_ERROR_INIT;

	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		OK(view(&r, parts[i].line, &err) == 0, "sees part %zu", i + 1);
		OK(dumps(sh_record_metrics(&r), parts[i].metrics), "metrics of part %zu", i + 1);
		OK(dumps(sh_record_dims(&r), parts[i].dims), "dims of part %zu", i + 1);
	}
	view(&r, " {\"source\":{\"collector\":\"c\",\"target\":\"t\"},\"labels\":{\"rack\":1}}", &err);
	OK(dumps(sh_record_source(&r), "{\"collector\":\"c\",\"target\":\"t\"}"), "source");
	OK(dumps(sh_record_labels(&r), "{\"rack\":\"1\"}"), "labels");
	OK(dumps(sh_record_json(&r), "{\"source\":{\"collector\":\"c\",\"target\":\"t\"},\"labels\":{\"rack\":1}}"),
	   "the whole record");
	sh_record_release(&r);
}

static bool same_series(const char *a, const char *b)
{
	struct sh_record r = SH_RECORD_INIT;
	struct sh_error err = SH_ERROR_INIT;
	struct sh_buf left = SH_BUF_INIT, right = SH_BUF_INIT;
	bool same;

	view(&r, a, &err);
	sh_record_series_key(&r, &left);
	view(&r, b, &err);
	sh_record_series_key(&r, &right);
	same = left.len == right.len && !memcmp(left.data, right.data, left.len);
	sh_record_release(&r);
	sh_buf_release(&left);
	sh_buf_release(&right);
	return same;
}

static void test_series(void)
{
	OK(same_series("{\"dims\":{\"a\":1,\"b\":\"2\"}}", "{\"dims\":{\"b\":2,\"a\":\"1\"},\"labels\":{\"x\":\"y\"}}"),
	   "order, numbers and labels make no other series");
	OK(!same_series("{\"dims\":{\"a\":\"1\"}}", "{\"dims\":{\"a\":\"2\"}}"), "another value does");
	OK(!same_series("{\"dims\":{\"a\":\"1\"}}", "{}"), "dims do");
	OK(!same_series("{\"dims\":{\"a\":\"1\\n1:b1:2\"}}", "{\"dims\":{\"a\":\"1\",\"b\":\"2\"}}"),
	   "a value cannot look like two");
	OK(same_series("{\"dims\":{}}", "{}"), "no dims are no dims");
}

static void test_entity(void)
{
	struct sh_buf out = SH_BUF_INIT;
	struct sh_entity e;

	OK(sh_entity_split(sh_span_of("a:b:c@d@e"), &e) && sh_span_is(e.type, "a") &&
		   sh_span_is(e.name, "b:c@d") && sh_span_is(e.host, "e"),
	   "the type ends at the first colon, the host starts at the last at sign");
	OK(sh_entity_split(sh_span_of("vm:db-3"), &e) && !e.host.p, "an entity without host");
	OK(!sh_entity_split(sh_span_of("vm"), &e) && !sh_entity_split(sh_span_of("vm:"), &e) &&
		   !sh_entity_split(sh_span_of(":x"), &e) && !sh_entity_split(SH_SPAN_NONE, &e),
	   "no type or no name is no entity");
	sh_entity_add(&out, "file", "/a b@c%\x7F", "h");
	OK(!strcmp(sh_buf_str(&out), "file:/a%20b%40c%25%7F@h"), "names are encoded");
	sh_entity_split((struct sh_span){ out.data, out.len }, &e);
	struct sh_buf name = SH_BUF_INIT;
	sh_entity_decode(e.name, &name);
	OK(!strcmp(sh_buf_str(&name), "/a b@c%\x7F"), "and decoded");
	sh_buf_release(&name);
	sh_buf_release(&out);
}

static void test_sample(void)
{
	static const char *const dims[] = { "cpu", "0", "mode", "a\"b", NULL };
	static const char *const none[] = { NULL };
	struct sh_buf out = SH_BUF_INIT;
	struct sh_sample_writer w;

	sh_sample_begin(&w, &out, "h", "host:h", NOW);
	sh_sample_dims(&w, dims);
	sh_sample_labels(&w, none);
	sh_sample_source(&w, "cpu", "h");
	sh_sample_group(&w, "empty");
	sh_sample_number(&w, "x", (double)NAN);
	sh_sample_group(&w, "cpu");
	sh_sample_number(&w, "usage", 12.5);
	sh_sample_number(&w, "inf", (double)INFINITY);
	sh_sample_number(&w, "count", 4);
	sh_sample_group(&w, "load");
	sh_sample_number(&w, "one", 0.1);
	sh_sample_text(&w, "error", "x\n");
	sh_sample_end(&w);
	if (!OK(!strcmp(sh_buf_str(&out),
			"{\"kind\":\"sample\",\"time\":\"2023-11-14T22:13:20.000000Z\",\"host\":\"h\","
			"\"entity\":\"host:h\",\"dims\":{\"cpu\":\"0\",\"mode\":\"a\\\"b\"},"
			"\"source\":{\"collector\":\"cpu\",\"target\":\"h\"},"
			"\"metrics\":{\"cpu\":{\"usage\":12.5,\"count\":4},\"load\":{\"one\":0.1}},"
			"\"error\":\"x\\n\"}\n"),
		"a sample, without what was not measured"))
		diag("got %s", sh_buf_str(&out));
	sh_buf_clear(&out);
	sh_sample_begin(&w, &out, "h", "host:h", NOW);
	sh_sample_end(&w);
	OK(out.len == 0, "a sample without numbers or texts is none");
	sh_buf_clear(&out);
	sh_tick_write(&out, "h", NOW, 1500 * SH_MS);
	OK(strstr(sh_buf_str(&out), "\"kind\":\"tick\"") && strstr(sh_buf_str(&out), ",\"interval\":1.5}\n"),
	   "a tick tells its interval in seconds");
	sh_buf_clear(&out);
	sh_collect_failure_write(&out, "h", "disk", NULL, NOW, "no such file");
	OK(strstr(sh_buf_str(&out), "\"entity\":\"collector:disk@h\",\"source\":{\"collector\":\"disk\"},"
				    "\"metrics\":{\"collect\":{\"ok\":0}},\"error\":\"no such file\"}\n"),
	   "a collector that failed says so");
	sh_buf_clear(&out);
	sh_notice_write(&out, "h", NOW, "high", "look", NULL);
	OK(strstr(sh_buf_str(&out), ",\"severity\":\"high\",\"text\":\"look\"}\n"), "a notice");
	sh_buf_release(&out);
}

int main(void)
{
	test_view();
	test_kinds();
	test_parts();
	test_series();
	test_entity();
	test_sample();
	return plan_done();
}

/* SPDX-License-Identifier: MIT */
/* Faults, diagnoses and plans: from JSON and back, what is missing, and wrong types. */
#include "config.h"

#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "record/barrier.h"
#include "record/diagnosis.h"
#include "record/fault.h"
#include "record/json.h"
#include "record/plan.h"
#include "tap.h"

#define FAULT                                                                                   \
	"{\"kind\":\"fault\",\"time\":\"2026-11-21T01:02:03.000004Z\",\"host\":\"h\","          \
	"\"entity\":\"disk:a@h\",\"dims\":{\"d\":\"1\"},\"labels\":{\"l\":\"2\"},\"id\":\"f-1\"," \
	"\"fingerprint\":\"f-0\",\"status\":\"ongoing\",\"fault_type\":\"t\",\"rule_id\":\"r\"," \
	"\"severity\":\"critical\",\"description\":\"d\",\"affected_metrics\":[\"m\"],"         \
	"\"detection_count\":3,\"total_hits\":6,\"detected_at\":\"2026-11-21T01:02:03.000004Z\"," \
	"\"source\":{\"collector\":\"c\"},\"expr\":\"a > 1\",\"clear\":\"a < 1\",\"verify\":\"a == 0\"," \
	"\"params\":{\"p\":1},\"context\":{\"metrics\":{}},"                                    \
	"\"evidence\":{\"since\":\"2026-11-21T01:02:01.000000Z\",\"until\":\"2026-11-21T01:02:03.000000Z\"," \
	"\"hits\":3,\"values\":{\"a.x\":1.5}},\"novel\":[1,null]}"
#define CAUSE(rule, cause, confidence)                                                          \
	"{\"rule_id\":\"" rule "\",\"root_cause\":\"" cause "\",\"confidence\":" confidence     \
	",\"title\":\"t\",\"recommendation\":\"do\",\"affected_resources\":[\"host:h\"],\"evidence\":[\"x\"]}"
#define DIAGNOSIS                                                                               \
	"{\"kind\":\"diagnosis\",\"time\":\"2026-11-21T01:02:03.000000Z\",\"host\":\"h\","      \
	"\"entity\":\"disk:a@h\",\"id\":\"d-1\",\"ranking\":[{\"root_cause\":\"x\"}],\"impact\":{\"n\":1}," \
	"\"candidates\":[\"p\"],\"merged_result\":" CAUSE("b", "y", "0.7") ",\"results\":["     \
	CAUSE("a", "x", "0.5") "," CAUSE("b", "y", "0.7") "],\"fault\":" FAULT ",\"novel\":{}}"
#define PLAN(kind, more)                                                                        \
	"{\"kind\":\"" kind "\",\"time\":\"2026-11-21T01:02:03.000000Z\",\"host\":\"h\","       \
	"\"entity\":\"disk:a@h\",\"id\":\"p-1\",\"playbook\":\"pb\",\"playbook_digest\":\"x\",\"title\":\"t\"," \
	"\"parameters\":{\"n\":1},\"risk\":\"low\",\"mode\":\"act\",\"attempt\":2,\"fault_id\":\"f-1\"," \
	"\"fingerprint\":\"f-0\",\"fault_type\":\"t\",\"rule_id\":\"r\",\"diagnosis_id\":\"d-1\"," \
	"\"cause\":\"c\",\"confidence\":0.5,\"source\":{\"collector\":\"c\"},\"verify\":\"a == 0\"," \
	"\"params\":{\"p\":1},\"decision\":\"act\",\"reason\":\"so\"," more                     \
	"\"evidence\":{\"since\":\"2026-11-21T01:02:01.000000Z\",\"until\":\"2026-11-21T01:02:03.000000Z\"," \
	"\"hits\":3,\"values\":{\"a.x\":1.5}},\"guards\":[{\"guard\":\"freshness\",\"answer\":\"refuse\"," \
	"\"reason\":\"old\"},{\"guard\":\"mode\",\"answer\":\"pass\"}],\"steps\":[{\"name\":\"s\"," \
	"\"action\":\"a\",\"parameters\":{\"x\":1},\"argv\":[\"a\",\"run\"],\"state\":\"done\"," \
	"\"started\":\"2026-11-21T01:02:04.000000Z\",\"ended\":\"2026-11-21T01:02:05.000000Z\",\"tries\":1," \
	"\"error\":\"e\",\"output\":{\"k\":1}}],\"novel\":true}"
#define OUTCOME                                                                                 \
	"\"success\":true,\"verified\":\"not_fixed\",\"error\":\"e\",\"started\":\"2026-11-21T01:02:04.000000Z\"," \
	"\"ended\":\"2026-11-21T01:02:05.000000Z\",\"verified_at\":\"2026-11-21T01:02:06.000000Z\"," \
	"\"measured\":{\"before\":{}},\"freed_space_bytes\":4096,\"unlinked_bytes\":1.5,"       \
	"\"performance_improvement\":-3,\"undone\":true,\"next\":\"pb2\","

/* As one interface: read TEXT into a struct and write it again; NULL with ERR when it is refused. */
typedef json_t *round_trip(const json_t *in, struct sh_error *err);

#define ROUND_TRIP(kind)                                                              \
	static json_t *kind##_trip(const json_t *in, struct sh_error *err)            \
	{                                                                             \
		struct sh_##kind x;                                                   \
		json_t *out;                                                          \
                                                                                      \
		if (sh_##kind##_from_json(&x, in, err) < 0)                           \
			return NULL;                                                  \
		out = sh_##kind##_to_json(&x);                                        \
		sh_##kind##_release(&x);                                              \
		sh_##kind##_release(&x); /* twice does no harm */                     \
		return out;                                                           \
	}

ROUND_TRIP(fault)
ROUND_TRIP(diagnosis)
ROUND_TRIP(plan)

static json_t *parse(const char *text)
{
	struct sh_error err = SH_ERROR_INIT;
	json_t *v = sh_json_parse(text, strlen(text), &err);

	if (!v) {
		printf("Bail out! %s: %s\n", text, err.text);
		exit(99);
	}
	return v;
}

static const struct {
	const char *what;
	round_trip *trip;
	const char *text;
} kinds[] = {
	{ "fault", fault_trip, FAULT },
	{ "diagnosis", diagnosis_trip, DIAGNOSIS },
	{ "plan", plan_trip, PLAN("plan", "") },
	{ "repair", plan_trip, PLAN("repair", OUTCOME) },
};

static void test_round_trips(void)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		struct sh_error err = SH_ERROR_INIT;
		json_t *in = parse(kinds[i].text), *out = kinds[i].trip(in, &err);
		struct sh_buf text = SH_BUF_INIT;

		if (out)
			sh_json_dump(&text, out);
		json_decref(out);
		out = out ? parse(sh_buf_str(&text)) : NULL; /* 4096.0 is written as 4096 */
		if (!OK(out && json_equal(in, out), "%s: back is what was read %s", kinds[i].what,
			err.text))
			diag("%s", sh_buf_str(&text));
		sh_buf_release(&text);
		json_decref(in);
		json_decref(out);
	}
}

/* Every member in turn absent, null, and of each wrong type. */
static void mutate(size_t kind, const char *name, json_t *value, bool *refused, char *said)
{
	struct sh_error err = SH_ERROR_INIT;
	json_t *in = parse(kinds[kind].text), *out;

	if (value)
		json_object_set_new(in, name, value);
	else
		json_object_del(in, name);
	out = kinds[kind].trip(in, &err);
	*refused = !out;
	snprintf(said, sizeof(err.text), "%s", err.text);
	if (!out && err.code != SH_ERRC_INPUT)
		OK(false, "%s: refused as input", name);
	json_decref(out);
	json_decref(in);
}

static bool is_required(size_t kind, const char *name)
{
	static const char *const required[][11] = {
		{ "host", "entity", "id", "fingerprint", "status", "fault_type", "rule_id", "severity" },
		{ "host", "entity", "id", "fault" },
		{ "host", "entity" },
		{ "host", "entity" },
	};

	for (size_t i = 0; required[kind][i]; i++)
		if (!strcmp(required[kind][i], name))
			return true;
	return false;
}

static void test_missing(void)
{
	for (size_t k = 0; k < sizeof(kinds) / sizeof(kinds[0]); k++) {
		json_t *whole = parse(kinds[k].text), *v;
		const char *name;

		json_object_foreach(whole, name, v) {
			char said[240];
			bool absent, null;

			mutate(k, name, json_null(), &null, said);
			mutate(k, name, NULL, &absent, said);
			OK(absent == is_required(k, name) && null == absent &&
				   (!absent || strstr(said, name)),
			   "%s without %s is %s: %s", kinds[k].what, name,
			   is_required(k, name) ? "refused" : "taken", said);
		}
		json_decref(whole);
	}
}

static void test_wrong_types(void)
{
	/* The kind was looked at before; what is merged is looked up among the results. */
	static const char *const free_ones[] = { "kind", "novel", "merged_result", NULL };

	for (size_t k = 0; k < sizeof(kinds) / sizeof(kinds[0]); k++) {
		json_t *whole = parse(kinds[k].text), *v;
		const char *name;

		json_object_foreach(whole, name, v) {
			char said[240];
			bool refused, any = false;

			for (size_t i = 0; free_ones[i]; i++)
				any |= !strcmp(free_ones[i], name);
			mutate(k, name, json_is_integer(v) || json_is_real(v) ? json_string("1") : json_integer(1),
			       &refused, said);
			OK(refused != any && (any || strstr(said, name)), "%s: a wrong type of %s is %s: %s",
			   kinds[k].what, name, any ? "taken" : "refused", said);
		}
		json_decref(whole);
	}
}

static const struct {
	round_trip *trip;
	const char *name, *value; /* one member put into the whole record */
	const char *word;         /* that the refusal names; NULL: taken */
	size_t kind;
} details[] = {
	{ fault_trip, "time", "\"2026-13-01T00:00:00Z\"", "time", 0 },
	{ fault_trip, "time", "\"\"", "time", 0 },
	{ fault_trip, "severity", "\"hihg\"", "severity", 0 },
	{ fault_trip, "id", "\"a\\u0000b\"", "id", 0 },
	{ fault_trip, "detection_count", "1.5", "detection_count", 0 },
	{ fault_trip, "evidence", "{\"since\":7}", "since", 0 },
	{ fault_trip, "evidence", "{\"values\":[]}", "values", 0 },
	{ fault_trip, "evidence", "{}", NULL, 0 },
	{ diagnosis_trip, "results", "{}", "results", 1 },
	{ diagnosis_trip, "results", "[5]", "result 0", 1 },
	{ diagnosis_trip, "results", "[{\"root_cause\":\"x\"}]", "confidence", 1 },
	{ diagnosis_trip, "results", "[{\"root_cause\":\"x\",\"confidence\":\"1\"}]", "confidence", 1 },
	{ diagnosis_trip, "results", "[]", NULL, 1 },
	{ diagnosis_trip, "fault", "{\"host\":\"h\"}", "entity", 1 },
	{ plan_trip, "guards", "{}", "guards", 2 },
	{ plan_trip, "guards", "[{\"guard\":\"g\",\"answer\":\"perhaps\"}]", "answer", 2 },
	{ plan_trip, "steps", "\"s\"", "steps", 2 },
	{ plan_trip, "steps", "[null]", "name", 2 },
	{ plan_trip, "steps", "[{\"name\":\"n\",\"action\":\"a\",\"state\":\"lost\"}]", "state", 2 },
	{ plan_trip, "evidence", "5", "evidence", 2 },
	{ plan_trip, "verified", "\"maybe\"", "verified", 3 },
};

static void test_details(void)
{
	for (size_t i = 0; i < sizeof(details) / sizeof(details[0]); i++) {
		json_t *in = parse(kinds[details[i].kind].text), *out;
		struct sh_error err = SH_ERROR_INIT;

		json_object_set_new(in, details[i].name, parse(details[i].value));
		out = details[i].trip(in, &err);
		OK(!out == !!details[i].word && (out || strstr(err.text, details[i].word)),
		   "%s: %s is %s: %s", details[i].name, details[i].value, out ? "taken" : "refused",
		   err.text);
		json_decref(out);
		json_decref(in);
	}
}

static void test_merged(void)
{
	struct sh_error err = SH_ERROR_INIT;
	json_t *in = parse(DIAGNOSIS);
	struct sh_diagnosis d;

	OK(sh_diagnosis_from_json(&d, in, &err) == 0 && d.merged == 1 &&
		   !strcmp(sh_diagnosis_cause(&d)->root_cause, "y"),
	   "the merged result is found among the results");
	sh_diagnosis_release(&d);
	json_object_set_new(in, "merged_result", parse("{\"root_cause\":\"unknown\",\"confidence\":0}"));
	OK(sh_diagnosis_from_json(&d, in, &err) == 0 && d.merged == d.results &&
		   !strcmp(sh_diagnosis_cause(&d)->root_cause, "unknown") &&
		   !(sh_diagnosis_cause(&d)->confidence > 0),
	   "or is unknown at 0");
	sh_diagnosis_release(&d);
	json_decref(in);
}

static void test_ids(void)
{
	char a[SH_FAULT_ID_TEXT], b[SH_FAULT_ID_TEXT], c[SH_FAULT_ID_TEXT];
	json_t *one = parse("{\"x\":\"1\",\"y\":\"2\"}"), *two = parse("{\"y\":\"2\",\"x\":\"1\"}");
	json_t *other = parse("{\"x\":\"12\",\"y\":\"\"}");

	sh_fault_id(a, "r", "e", one, 5);
	sh_fault_id(b, "r", "e", two, 5);
	OK(!strcmp(a, b) && !strncmp(a, "f-", 2) && strlen(a) == 34, "the order of dims is no identity: %s", a);
	sh_fault_id(b, "r", "e", other, 5);
	sh_fault_id(c, "r", "e", one, 6);
	OK(strcmp(a, b) && strcmp(a, c) && strcmp(b, c), "values of dims and the first hit are");
	sh_fault_fingerprint(b, "r", "e", one);
	sh_fault_fingerprint(c, "r", "e", two);
	OK(!strcmp(b, c) && strcmp(a, b), "the fingerprint is without the time");
	sh_fault_fingerprint(b, "re", "", NULL);
	sh_fault_fingerprint(c, "r", "e", NULL);
	OK(strcmp(b, c), "rule and entity do not run together");
	json_decref(one);
	json_decref(two);
	json_decref(other);
}

static void test_plan_id(void)
{
	char a[SH_PLAN_ID_TEXT], b[SH_PLAN_ID_TEXT];
	json_t *in = parse(PLAN("plan", ""));
	struct sh_error err = SH_ERROR_INIT;
	struct sh_plan p;

	OK(sh_plan_from_json(&p, in, &err) == 0, "a plan %s", err.text);
	sh_plan_id(a, &p);
	free(p.reason);
	p.reason = sh_strdup("otherwise");
	sh_plan_id(b, &p);
	OK(!strcmp(a, b), "what people are told does not name a plan");
	p.attempt++;
	sh_plan_id(b, &p);
	OK(strcmp(a, b), "the attempt does");
	p.attempt--;
	json_object_set_new(p.parameters, "n", json_integer(2));
	sh_plan_id(b, &p);
	OK(strcmp(a, b), "and the parameters");
	sh_plan_release(&p);
	json_decref(in);
}

static void test_barriers(void)
{
	static const struct {
		const char *line;
		int rc;
		uint64_t seq, acked;
	} cases[] = {
		{ "{\"kind\":\"barrier\",\"seq\":5,\"acked\":3}", 0, 5, 3 },
		{ "{\"kind\":\"barrier\",\"seq\":5}", 0, 5, 0 },
		{ "{\"kind\":\"barrier\",\"seq\":18446744073709551615}", 0, UINT64_MAX, 0 },
		{ "{\"kind\":\"barrier\",\"seq\":18446744073709551616}", -1, 0, 0 },
		{ "{\"kind\":\"barrier\",\"seq\":-1}", -1, 0, 0 },
		{ "{\"kind\":\"barrier\",\"seq\":1.5}", -1, 0, 0 },
		{ "{\"kind\":\"barrier\",\"seq\":\"5\"}", -1, 0, 0 },
		{ "{\"kind\":\"barrier\",\"seq\":5,\"acked\":null}", -1, 0, 0 },
		{ "{\"kind\":\"barrier\"}", -1, 0, 0 },
	};
	struct sh_record r = SH_RECORD_INIT;
	struct sh_buf out = SH_BUF_INIT;
	uint64_t seq, acked;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct sh_error err = SH_ERROR_INIT;
		int rc = sh_record_view(&r, cases[i].line, strlen(cases[i].line), "h", 0, &err);

		rc = rc < 0 ? rc : sh_barrier_read(&r, &seq, &acked, &err);
		OK(rc == cases[i].rc && (rc < 0 || (seq == cases[i].seq && acked == cases[i].acked)),
		   "%s: %s", cases[i].line, err.text);
	}
	sh_barrier_write(&out, 7, 5, 0);
	OK(!strcmp(sh_buf_str(&out),
		   "{\"kind\":\"barrier\",\"seq\":7,\"acked\":5,\"time\":\"1970-01-01T00:00:00.000000Z\"}\n"),
	   "a barrier is written");
	sh_buf_clear(&out);
	sh_resume_write(&out, "sh-\"x", 7, 5);
	OK(!strcmp(sh_buf_str(&out),
		   "{\"kind\":\"resume\",\"program\":\"sh-\\\"x\",\"seq\":7,\"acked\":5}\n"),
	   "and a resume");
	sh_buf_release(&out);
	sh_record_release(&r);
}

int main(void)
{
	test_round_trips();
	test_missing();
	test_wrong_types();
	test_details();
	test_merged();
	test_ids();
	test_plan_id();
	test_barriers();
	return plan_done();
}

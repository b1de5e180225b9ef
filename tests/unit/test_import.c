/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "detect/import/import.h"

#include <string.h>

#include "config/yaml.h"
#include "detect/import/native.h"
#include "detect/import/scalar.h"
#include "detect/import/text.h"
#include "detect/recall.h"
#include "expr/expr.h"
#include "tap.h"

/* What becomes of an expression; NULL: it stays PromQL. */
static const struct {
	const char *promql, *expr;
} cases[] = {
	{ "a > 5", "prom.a > 5" },
	{ "a", "has(prom.a)" },
	{ "5 < a", "5 < prom.a" },
	{ "a * 100 / b > 90", "(prom.b != 0 ? prom.a * 100 / prom.b > 90 : prom.a * 100 > 0)" },
	{ "1 - a / b < 0.1", "(prom.b != 0 ? 1 - prom.a / prom.b < 0.1 : prom.a > 0)" },
	{ "(a / b) * -2 >= 3", "(prom.b != 0 ? prom.a / prom.b * (-2) >= 3 : prom.a < 0)" },
	{ "10 > a / b", "(prom.b != 0 ? 10 > prom.a / prom.b : prom.a < 0)" },
	{ "a / b == 1", "prom.b != 0 && prom.a / prom.b == 1" },
	{ "a / b != 1", "(prom.b != 0 ? prom.a / prom.b != 1 : prom.a != 0)" },
	{ "a / 1024 / 1024 > 1", "prom.a / 1024 / 1024 > 1" },
	{ "a - (b - c) > 2 * (3 + 4)", "prom.a - (prom.b - prom.c) > 14" },
	{ "-a > -1", "-prom.a > (-1)" },
	{ "a{x=\"1\",y!=\"2\"} == 0",
	  "has(dims.x) && dims.x == \"1\" && (!has(dims.y) || dims.y != \"2\") && prom.a == 0" },
	{ "a{x=~\"b|c\",y!~\"d.*\"} == 0",
	  "has(dims.x) && dims.x.matches(\"^(?:b|c)$\") && "
	  "(!has(dims.y) || !dims.y.matches(\"^(?:d.*)$\")) && prom.a == 0" },
	{ "a{x=\"\",y!=\"\"} > 0", "!has(dims.x) && has(dims.y) && prom.a > 0" },
	{ "a{x=\"1\"} > b{x=\"1\"}", "has(dims.x) && dims.x == \"1\" && prom.a > prom.b" },
	{ "a > 1 and b < 2 or c == 3", "(prom.a > 1 && prom.b < 2 || prom.c == 3)" },
	{ "a > 1 unless b{x=\"1\"} == 1",
	  "prom.a > 1 && !(has(prom.b) && has(dims.x) && dims.x == \"1\" && prom.b == 1)" },
	{ "a > b > 5", "prom.a > prom.b && prom.a > 5" },
	{ "(a > bool 3) + (b == bool 0) == 2", "(prom.a > 3 ? 1 : 0) + (prom.b == 0 ? 1 : 0) == 2" },
	{ "rate(a[5m]) > 1", "rate(prom.a, 5m) > 1" },
	{ "increase(a{x=\"1\"}[90s]) > 1", "has(dims.x) && dims.x == \"1\" && increase(prom.a, 90s) > 1" },
	{ "predict_linear(a[6h], 4 * 24 * 3600) < 0", "predict_linear(prom.a, 6h, 4d) < 0" },
	{ "quantile_over_time(0.9, a[1d]) > 3", "quantile(prom.a, 0.9, 1d) > 3" },
	{ "avg_over_time(a[5m]) / max_over_time(a[1h]) > 2",
	  "(max(prom.a, 1h) != 0 ? avg(prom.a, 5m) / max(prom.a, 1h) > 2 : avg(prom.a, 5m) > 0)" },
	{ "time() - a > 86400", "int(now()) - prom.a > 86400" },
	{ "abs(a) > 1 and ceil(b) < floor(c)", "math.abs(prom.a) > 1 && math.ceil(prom.b) < math.floor(prom.c)" },
	{ "clamp_min(a, 1) > 2", "math.greatest(prom.a, 1) > 2" },
	{ "sum(a) > 1", NULL },
	{ "a / on(x) b > 1", NULL },
	{ "absent(a)", NULL },
	{ "up == 0", NULL },
	{ "a{job=\"x\"} > 1", NULL },
	{ "a{instance=~\"x\"} > 1", NULL },
	{ "a:recorded > 1", NULL },
	{ "made > 1", NULL },
	{ "{__name__=~\"a|b\"} > 1", NULL },
	{ "a offset 5m > 1", NULL },
	{ "a % 2 > 1", NULL },
	{ "a / b / c > 1", NULL },
	{ "a / b > c / d", NULL },
	{ "rate(a[5m])", NULL },
	{ "a unless rate(b[5m]) > 1", NULL },
	{ "max_over_time(rate(a[5m])[1h:1m]) > 1", NULL },
	{ "histogram_quantile(0.9, a) > 1", NULL },
	{ "a > Inf", NULL },
	{ "vector(1)", NULL },
};

static void test_native(void)
{
	struct sh_map recorded = SH_MAP_INIT(NULL);
	struct sh_function *functions = sh_recall_functions();

	sh_map_puts(&recorded, "made", &recorded);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct sh_error err = SH_ERROR_INIT;
		struct sh_promql *p = sh_promql_parse(cases[i].promql, &err);
		struct sh_arena arena = SH_ARENA_INIT;
		struct sh_import_native n = { 0 };
		bool is = p && sh_import_native(p, &recorded, &arena, &n);
		struct sh_expr *e = is ? sh_expr_parse(n.expr, functions, &err) : NULL;

		if (!cases[i].expr)
			OK(p && !is && n.why, "%s stays as it is", cases[i].promql);
		else if (!OK(e && !strcmp(n.expr, cases[i].expr), "%s", cases[i].promql))
			diag("%s %s", is ? n.expr : "none", err.text);
		sh_expr_free(e);
		sh_arena_release(&arena);
		sh_promql_free(p);
	}
	free(functions);
	sh_map_release(&recorded);
}

static void test_texts(void)
{
	static const struct {
		const char *go, *ours, *left;
	} texts[] = {
		{ "plain {a}", "plain {{a}", NULL },
		{ "on {{ $labels.x }}: {{$value}}", "on {dims.x}: {v}", NULL },
		{ "{{ .Labels.instance }} {{- .Value -}}", "{entity} {v}", NULL },
		{ "{{ $labels.x | toUpper }} {{ toLower $labels.x }}", "{dims.x.upperAscii()} {dims.x.lowerAscii()}", NULL },
		{ "{{ $value | humanizePercentage }}", "{math.round((v) * 10000) / 100.0}%", NULL },
		{ "{{ printf \"%.2f\" $value }} {{ $value | printf \"%.1f%%\" }}",
		  "{\"%.2f\".format([v])} {\"%.1f\".format([v])}%", NULL },
		{ "{{ printf \"%g\" $value }}{{ humanizeDuration $value }}", "{v}{v}s", NULL },
		{ "a {{ if eq 1 2 }} b", "a {{{{ if eq 1 2 }} b", "{{ if eq 1 2 }}" },
		{ "{{ $labels.in }} {{ query \"up\" }} {{", "{{{{ $labels.in }} {{{{ query \"up\" }} {{{{", "{{ $labels.in }}" },
		{ "{{ printf \"%s:%s\" $labels.a $labels.b }}", "{{{{ printf \"%s:%s\" $labels.a $labels.b }}",
		  "{{ printf \"%s:%s\" $labels.a $labels.b }}" },
	};
	const struct sh_import_names names = { "dims", "entity", "v" };

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct sh_buf out = SH_BUF_INIT;
		struct sh_span left = sh_import_text(texts[i].go, &names, &out);

		if (!OK(!strcmp(sh_buf_str(&out), texts[i].ours) &&
				(texts[i].left ? sh_span_is(left, texts[i].left) : !left.p),
			"%s", texts[i].go))
			diag("%s", sh_buf_str(&out));
		sh_buf_release(&out);
	}
}

static void test_scalars(void)
{
	static const char *const texts[] = {
		"plain", "two words", "it's", "yes", "null", "12", "a: b", "- a", "#x", "", "x\ny", "x\n y\n",
		" x\ny", "x\n\n", "\n", "tab\there", "\xc3\xa9", "{a}", "a\n\n  b", "\"q\"", "x \ny ", "~", "0x1f",
	};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct sh_error err = SH_ERROR_INIT;
		struct sh_buf out = SH_BUF_INIT;
		struct sh_node *n;
		const char *back = NULL;

		sh_buf_addstr(&out, "a: ");
		sh_import_scalar(texts[i], 2, &out);
		sh_buf_addstr(&out, "\nb: 1\n");
		n = sh_yaml_parse("f", out.data, out.len, &err);
		if (!OK(n && sh_node_get(n, "a")->type == SH_NODE_STRING &&
				sh_node_string(n, "a", &back, &err) == 1 && !strcmp(back, texts[i]),
			"text %zu is read back", i))
			diag("%s %s", sh_buf_str(&out), err.text);
		sh_node_free(n);
		sh_buf_release(&out);
	}
}

static void count(void *arg, const struct sh_error *err)
{
	diag("%s", err->text);
	++*(int *)arg;
}

static void test_file(void)
{
	static const char file[] =
		"groups:\n- name: g\n  interval: 30s\n  rules:\n"
		"  - {record: made, expr: sum by (x) (a), labels: {l: v}}\n"
		"  - {alert: A, expr: b > 1, for: 1h30m, labels: {severity: page}, annotations: {summary: hot}}\n"
		"  - {alert: A, expr: made > 1, keep_firing_for: 5m}\n"
		"  - {alert: B, expr: nosuch(a)}\n"
		"  - {alert: C, expr: a @ 5}\n"
		"  - {alert: D}\n";
	int told = 0;
	struct sh_import im = { .told = count, .arg = &told };
	struct sh_error err = SH_ERROR_INIT;
	struct sh_buf out = SH_BUF_INIT;
	struct sh_node *n;

	OK(sh_import_prometheus(&im, "f", file, strlen(file), &out, &err) == 0, "a rule file is read");
	OK(im.native == 1 && im.promql == 1 && im.recording == 1 && im.refused == 3 && told == 3,
	   "each rule is counted, and what was refused is told");
	n = sh_yaml_parse("out", out.data, out.len, &err);
	n = n ? n : sh_yaml_parse("out", "", 0, &err);
	OK(sh_node_get(n, "rules") && sh_node_get(n, "rules")->n == 3, "what comes out is YAML");
	OK(strstr(out.data, "  A:\n    fault_type: A\n    expr: 'prom.b > 1'\n    severity: critical\n"
			    "    count: 1\n    for: 1h30m\n    description: hot\n"),
	   "a rule of one record");
	OK(strstr(out.data, "  A-2:\n    fault_type: A\n    promql: 'made > 1'\n    severity: medium\n"
			    "    keep_firing: 5m\n    every: 30s\n"),
	   "one of several");
	OK(strstr(out.data, "  # B was not taken over:\n  #   nosuch(a)\n"), "a comment keeps what was refused");
	sh_node_free(n);
	sh_buf_release(&out);
	OK(sh_import_prometheus(&im, "f", "a: 1", 4, &out, &err) < 0 &&
		   !strcmp(err.text, "f:1:1: no list of groups: this is no rule file of Prometheus"),
	   "another file is refused: %s", err.text);
	sh_buf_release(&out);
}

int main(void)
{
	test_native();
	test_texts();
	test_scalars();
	test_file();
	return plan_done();
}

/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "detect/prom/eval.h"

#include <math.h>
#include <string.h>

#include "base/clock.h"
#include "tap.h"

/*
 * Series of one value every 60 s from second 0: a letter is a metric, then labels,
 * then values; "_" is none, "s" says that the series ended. All is asked at 600 s.
 */
static const struct {
	const char *metric, *labels, *values;
} series[] = {
	{ "up", "job=a,inst=1", "1 1 1 1 1 1 1 1 1 1 1" },
	{ "up", "job=a,inst=2", "1 1 1 1 1 1 1 1 1 1 0" },
	{ "up", "job=b,inst=3", "1 1 1 1 1 1 1 1 1 1 1" },
	{ "req", "inst=1", "0 60 120 180 240 300 360 420 480 540 600" },
	{ "req", "inst=2", "0 60 120 180 240 300 0 60 120 180 240" },
	{ "late", "", "5 5 5 5 5 _ _ _ _ _ _" },
	{ "edge", "", "5 5 5 5 5 5 _ _ _ _ _" },
	{ "ended", "", "5 5 5 5 5 5 5 5 5 s _" },
	{ "gauge", "", "9 8 7 6 5 4 3 2 1 1 1" },
	{ "line", "", "0 2 4 6 8 10 12 14 16 18 20" },
	{ "jump", "", "1 1 2 2 1 1 3 3 1 1 1" },
	{ "info", "inst=1,host=x", "1 1 1 1 1 1 1 1 1 1 1" },
	{ "info", "inst=2,host=y", "1 1 1 1 1 1 1 1 1 1 1" },
	{ "size", "inst=1,disk=p", "10 10 10 10 10 10 10 10 10 10 10" },
	{ "size", "inst=1,disk=q", "20 20 20 20 20 20 20 20 20 20 20" },
	{ "size", "inst=2,disk=p", "30 30 30 30 30 30 30 30 30 30 30" },
	{ "lat_bucket", "le=0.1", "10 10 10 10 10 10 10 10 10 10 10" },
	{ "lat_bucket", "le=1", "10 10 10 10 10 10 10 10 10 10 30" },
	{ "lat_bucket", "le=+Inf", "10 10 10 10 10 10 10 10 10 10 40" },
};

/* The result as "labels value" lines in their order, sorted by the test where order is free. */
static const struct {
	const char *expr, *result;
} cases[] = {
	{ "up == 0", "__name__=up,inst=2,job=a 0" },
	{ "up{job!=\"a\"}", "__name__=up,inst=3,job=b 1" },
	{ "up{inst=~\"1|3\"} + 1", "inst=1,job=a 2;inst=3,job=b 2" },
	{ "up{nosuch=\"\",inst=\"3\"} * -2", "inst=3,job=b -2" },
	{ "sum(up)", " 2" },
	{ "sum by (job) (up)", "job=a 1;job=b 1" },
	{ "count without (inst) (up)", "job=a 2;job=b 1" },
	{ "avg(up == bool 1) by (job)", "job=a 0.5;job=b 1" },
	{ "min(size) + max(size)", " 40" },
	{ "topk(2, size)", "__name__=size,disk=p,inst=2 30;__name__=size,disk=q,inst=1 20" },
	{ "bottomk by (inst) (1, size)", "__name__=size,disk=p,inst=1 10;__name__=size,disk=p,inst=2 30" },
	{ "quantile(0.5, size)", " 20" },
	{ "stddev(size) ^ 2", " 66.6667" },
	{ "stdvar(size)", " 66.6667" },
	{ "group by (disk) (size)", "disk=p 1;disk=q 1" },
	{ "count_values(\"v\", up)", "v=1 2;v=0 1" },
	{ "rate(req[5m])", "inst=1 1;inst=2 0.8" },
	{ "increase(req{inst=\"1\"}[10m])", "inst=1 600" },
	{ "increase(req{inst=\"2\"}[10m])", "inst=2 540" },
	{ "delta(gauge[10m])", " -8" },
	{ "irate(req[5m]) + idelta(req[5m])", "inst=1 61;inst=2 61" },
	{ "deriv(line[10m]) * 60", " 2" },
	{ "predict_linear(line[10m], 600)", " 40" },
	{ "changes(jump[10m])", " 4" },
	{ "resets(jump[10m])", " 2" },
	{ "avg_over_time(line[10m])", " 10" },
	{ "min_over_time(gauge[2m]) + max_over_time(gauge[10m])", " 10" },
	{ "sum_over_time(up{inst=\"2\"}[5m])", "inst=2,job=a 5" },
	{ "count_over_time(late[10m])", " 5" },
	{ "quantile_over_time(0.5, line[10m])", " 10" },
	{ "stddev_over_time(line[2m])", " 1.63299" },
	{ "last_over_time(late[10m])", "__name__=late 5" },
	{ "present_over_time(late[10m])", " 1" },
	{ "late", "" },
	{ "edge", "__name__=edge 5" },
	{ "ended", "" },
	{ "count_over_time(ended[10m])", " 9" },
	{ "late offset 2m", "__name__=late 5" },
	{ "absent(late{x=\"1\",y=~\"2\"})", "x=1 1" },
	{ "absent(up)", "" },
	{ "absent_over_time(late[5m])", " 1" },
	{ "absent_over_time(late[10m])", "" },
	{ "absent(sum(nosuch))", " 1" },
	{ "size / on(inst) group_left(host) info", "disk=p,host=x,inst=1 10;disk=q,host=x,inst=1 20;disk=p,host=y,inst=2 30" },
	{ "info * on(inst) group_right size", "disk=p,inst=1 10;disk=q,inst=1 20;disk=p,inst=2 30" },
	{ "req - ignoring(host) info", "inst=1 599;inst=2 239" },
	{ "req > on(inst) sum by (inst) (size)", "inst=1 600;inst=2 240" },
	{ "req < bool on(inst) sum by (inst) (size)", "inst=1 0;inst=2 0" },
	{ "up == 1 and on(inst) size > 25", "" },
	{ "up unless on(inst) size", "__name__=up,inst=3,job=b 1" },
	{ "up == 0 or size > 25", "__name__=up,inst=2,job=a 0;__name__=size,disk=p,inst=2 30" },
	{ "vector(1) or up", " 1;__name__=up,inst=1,job=a 1;__name__=up,inst=2,job=a 0;__name__=up,inst=3,job=b 1" },
	{ "1 < bool 2", " 1" },
	{ "5 < size", "__name__=size,disk=p,inst=1 10;__name__=size,disk=q,inst=1 20;__name__=size,disk=p,inst=2 30" },
	{ "time() - timestamp(edge)", " 300" },
	{ "scalar(gauge) + 1", " 2" },
	{ "scalar(up) == bool 1", " 0" },
	{ "-gauge % 2", " -1" },
	{ "7 % 4 + 2 ^ 3 - 8 / 2", " 7" },
	{ "ceil(gauge / 3) + floor(gauge / 3) + abs(-gauge)", " 2" },
	{ "round(vector(2.5)) + round(vector(7), 5)", " 8" },
	{ "clamp(line, 1, 5) + clamp_max(line, 3) + clamp_min(line, 30)", " 38" },
	{ "sgn(-line) + sqrt(vector(16)) + exp(vector(0)) + ln(vector(1)) + log2(vector(8))", " 7" },
	{ "minute() + hour() + day_of_month() + month() + year()", " 1982" },
	{ "day_of_week(vector(86400)) + days_in_month(vector(68169600)) + day_of_year()", " 35" },
	{ "histogram_quantile(0.5, lat_bucket)", " 0.55" },
	{ "histogram_quantile(0.99, lat_bucket)", " 1" },
	{ "label_replace(up{inst=\"1\"}, \"to\", \"${1}-$2\", \"job\", \"(.)(.*)\")", "__name__=up,inst=1,job=a,to=a- 1" },
	{ "label_replace(up{inst=\"1\"}, \"job\", \"\", \"inst\", \"1\")", "__name__=up,inst=1 1" },
	{ "label_join(up{inst=\"1\"}, \"to\", \"/\", \"job\", \"inst\")", "__name__=up,inst=1,job=a,to=a/1 1" },
	{ "max_over_time(deriv(gauge[2m])[8m:1m])", " 0" },
	{ "max_over_time((gauge > 5)[10m:2m])", " 9" },
	{ "sum_over_time(gauge[4m:2m] offset 2m)", " 9" },
	{ "sort_desc(size) > 10", "__name__=size,disk=p,inst=2 30;__name__=size,disk=q,inst=1 20" },
	{ "holt_winters(line[10m], 0.5, 0.5)", " 20" },
	{ "{__name__=~\"up|late|edge\",inst!~\"1|2\"}", "__name__=up,inst=3,job=b 1;__name__=edge 5" },
	{ "size + on(inst) up", "!several series match on both sides" },
	{ "up + on(job) up", "!several series match on the side that may have one" },
	{ "label_replace(up, \"inst\", \"\", \"inst\", \".*\")", "!label_replace made two series the same" },
	{ "count_over_time(up[1000w:1s])", "!a subquery of more than" },
};

static const struct sh_prom_labels *labels_of(struct sh_arena *arena, const char *text)
{
	struct sh_prom_labels *l = sh_prom_labels_new(arena, 8);

	while (*text) {
		size_t name = strcspn(text, "="), value = strcspn(text + name + 1, ",");
		char *copy = sh_arena_alloc(arena, name + value + 2);

		memcpy(copy, text, name);
		copy[name] = '\0';
		memcpy(copy + name + 1, text + name + 1, value);
		copy[name + 1 + value] = '\0';
		l->label[l->n++] = (struct sh_prom_label){ copy, copy + name + 1 };
		text += name + 1 + value;
		text += *text == ',';
	}
	sh_prom_labels_sort(l);
	return l;
}

static void fill(struct sh_prom_store *s)
{
	for (size_t i = 0; i < sizeof(series) / sizeof(series[0]); i++) {
		struct sh_arena arena = SH_ARENA_INIT;
		const struct sh_prom_labels *l = labels_of(&arena, series[i].labels);
		const char *v = series[i].values;

		for (int64_t t = 0; *v; t += SH_MIN) {
			char *end = NULL;
			double value = *v == 's' ? sh_prom_stale() : strtod(v, &end);

			if (*v != '_')
				sh_prom_store_note(s, series[i].metric, l, "host:h", t, value);
			v += strcspn(v, " ");
			v += *v == ' ';
		}
		sh_arena_release(&arena);
	}
}

static void show(const struct sh_prom_vector *v, struct sh_buf *out)
{
	for (size_t i = 0; i < v->n; i++) {
		const struct sh_prom_labels *l = v->elem[i].labels;

		sh_buf_addstr(out, i ? ";" : "");
		for (size_t k = 0; k < l->n; k++)
			sh_buf_addf(out, "%s%s=%s", k ? "," : "", l->label[k].name, l->label[k].value);
		sh_buf_addf(out, " %g", v->elem[i].value);
	}
}

struct watched {
	struct sh_prom_store store;
	struct sh_prom_watch *watch[8];
};

static void watch(void *arg, const struct sh_prom_ast *selector, int64_t reach)
{
	struct watched *w = arg;

	w->watch[selector->id] = sh_prom_store_watch(&w->store, selector, reach);
}

static void run(const char *expr, struct sh_buf *out)
{
	struct sh_error err = SH_ERROR_INIT;
	struct sh_promql *p = sh_promql_parse(expr, &err);
	struct sh_arena arena = SH_ARENA_INIT;
	struct watched w;
	struct sh_prom_eval e = { w.watch, 10 * SH_MIN, SH_MIN, &arena, 0, &err };
	struct sh_prom_vector v;

	sh_prom_store_init(&w.store);
	if (p && sh_prom_reach(p->root, SH_MIN, watch, &w, &err) == 0) {
		fill(&w.store);
		if (sh_prom_eval(&e, p->root, &v) == 0)
			show(&v, out);
	}
	if (sh_error_is_set(&err))
		sh_buf_addf(out, "!%s", err.text);
	sh_prom_store_release(&w.store);
	sh_arena_release(&arena);
	sh_promql_free(p);
}

static void test_cases(void)
{
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const char *want = cases[i].result;
		struct sh_buf out = SH_BUF_INIT;

		run(cases[i].expr, &out);
		if (!OK(*want == '!' ? !strncmp(sh_buf_str(&out), want, strlen(want)) :
				       !strcmp(sh_buf_str(&out), want),
			"%s", cases[i].expr))
			diag("is   %s", sh_buf_str(&out));
		sh_buf_release(&out);
	}
}

static void test_store(void)
{
	struct sh_error err = SH_ERROR_INIT;
	struct sh_promql *p = sh_promql_parse("rate(a[2m])", &err);
	struct sh_prom_store s;

	sh_prom_store_init(&s);
	sh_prom_store_watch(&s, p->selector[0], 2 * SH_MIN);
	OK(sh_prom_store_wants(&s, "a") && !sh_prom_store_wants(&s, "b"), "only what is asked for");
	for (int64_t t = 0; t < 1000; t++) {
		sh_prom_store_note(&s, "a", &sh_prom_no_labels, "", t * SH_SEC, 1);
		sh_prom_store_note(&s, "b", &sh_prom_no_labels, "", t * SH_SEC, 1);
	}
	OK(s.series.live == 1 && s.points == 1000, "nothing is forgotten before an evaluation");
	sh_prom_store_note(&s, "a", &sh_prom_no_labels, "", 5, 1);
	OK(s.points == 1000 && s.late_points == 1, "what comes late is counted");
	sh_prom_store_forget(&s, 999 * SH_SEC);
	OK(s.points == 121, "what nobody reaches is forgotten");
	sh_prom_store_forget(&s, 3000 * SH_SEC);
	OK(s.points == 0 && s.series.live == 0, "and then the series");
	s.max_series = 1;
	s.max_points = 3;
	for (int64_t t = 4000; t < 4005; t++)
		sh_prom_store_note(&s, "a", &sh_prom_no_labels, "", t * SH_SEC, 1);
	OK(s.points == 3 && s.lost_points == 2, "the oldest points make room, and it is counted");
	sh_prom_store_release(&s);
	sh_promql_free(p);
}

int main(void)
{
	test_cases();
	test_store();
	return plan_done();
}

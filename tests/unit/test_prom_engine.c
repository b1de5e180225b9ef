/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "detect/prom/engine.h"

#include <inttypes.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "detect/prom/engine_internal.h"
#include "tap.h"

/* What the engine said, as "time rule change labels" lines. */
struct heard {
	struct sh_buf text;
};

static char *hear(void *arg, const struct sh_prom_rule *rule, enum sh_prom_change change,
		  const struct sh_prom_alert *alert, int64_t now)
{
	static const char *const words[] = { "opened", "lasts", "hushed", "ended" };
	struct heard *h = arg;

	if (change == SH_PROM_LASTS)
		return NULL;
	sh_buf_addf(&h->text, "%" PRId64 " %s %s", now / SH_SEC, rule->id, words[change]);
	for (size_t i = 0; i < alert->labels->n; i++)
		sh_buf_addf(&h->text, " %s=%s", alert->labels->label[i].name,
			    alert->labels->label[i].value);
	sh_buf_addf(&h->text, "%s%s\n", alert->origin ? " of " : "", alert->origin ? alert->origin : "");
	return NULL;
}

static void hear_broken(void *arg, const struct sh_prom_rule *rule, const char *why)
{
	struct heard *h = arg;

	sh_buf_addf(&h->text, "%s: %s\n", rule->id, why);
}

static struct sh_prom_engine *make(struct heard *h, const struct sh_prom_rule *rule, size_t n)
{
	const struct sh_prom_calls calls = { hear, hear_broken, h };
	struct sh_prom_engine *p = sh_prom_engine_new(&calls);
	struct sh_error err = SH_ERROR_INIT;

	for (size_t i = 0; i < n; i++)
		if (sh_prom_engine_add(p, &rule[i], &err) < 0)
			diag("%s", err.text);
	return p;
}

static void feed(struct sh_prom_engine *p, const char *line)
{
	struct sh_record r = SH_RECORD_INIT;
	struct sh_error err = SH_ERROR_INIT;

	if (sh_record_view(&r, line, strlen(line), "h", 0, &err) == 0)
		sh_prom_engine_record(p, &r);
	else
		diag("%s", err.text);
	sh_record_release(&r);
}

static void sample(struct sh_prom_engine *p, int64_t second, const char *entity, const char *dims,
		   const char *metrics)
{
	char time[SH_TIME_TEXT];
	SH_CLEANUP_FREE char *line = NULL;

	sh_time_format(time, second * SH_SEC);
	line = sh_asprintf("{\"kind\":\"sample\",\"time\":\"%s\",\"host\":\"h\",\"entity\":\"%s\",\"dims\":{%s},"
			   "\"source\":{\"collector\":\"check\",\"target\":\"node\"},\"metrics\":{\"prom\":{%s}}}",
			   time, entity, dims, metrics);
	feed(p, line);
}

static void tick(struct sh_prom_engine *p, int64_t second)
{
	char time[SH_TIME_TEXT];
	SH_CLEANUP_FREE char *line = NULL;

	sh_time_format(time, second * SH_SEC);
	line = sh_asprintf("{\"kind\":\"tick\",\"time\":\"%s\",\"host\":\"h\"}", time);
	feed(p, line);
}

#define EXPECT(h, want, what)                                        \
	do {                                                         \
		if (!OK(!strcmp(sh_buf_str(&(h).text), (want)), what)) \
			diag("%s", sh_buf_str(&(h).text));           \
	} while (0)

static void test_for(void)
{
	const struct sh_prom_rule rule = { .id = "r", .expr = "a > 0", .for_time = 2 * SH_MIN,
					   .keep_time = 3 * SH_MIN };
	struct heard h = { SH_BUF_INIT };
	struct sh_prom_engine *p = make(&h, &rule, 1);

	/* 0 .. 9 minutes: a miss at 1 starts it anew, one at 5 is kept over, then it is over. */
	for (int i = 0; i < 12; i++) {
		sample(p, 60 * i, "check:x@h", "\"d\":\"1\"",
		       i == 1 || i == 5 || i > 6 ? "\"a\":0" : "\"a\":1");
		tick(p, 60 * i);
	}
	EXPECT(h, "240 r opened d=1 instance=check:x@h job=node of check:x@h\n"
		  "540 r ended d=1 instance=check:x@h job=node of check:x@h\n",
	       "for and keep_firing_for are kept per label set");
	sh_buf_release(&h.text);
	sh_prom_engine_free(p);
}

static void test_when(void)
{
	const struct sh_prom_rule rule = { .id = "r", .expr = "a > 0" };
	struct heard h = { SH_BUF_INIT };
	struct sh_prom_engine *p = make(&h, &rule, 1);

	sample(p, 0, "check:x@h", "\"instance\":\"\",\"job\":\"\"", "\"a\":1");
	EXPECT(h, "", "nothing is decided before an instant is over");
	sample(p, 1, "check:y@h", "\"instance\":\"i\",\"job\":\"j\"", "\"a\":1");
	EXPECT(h, "0 r opened of check:x@h\n", "it is over when a later one begins");
	tick(p, 30);
	EXPECT(h, "0 r opened of check:x@h\n", "no evaluation before its interval");
	tick(p, 61);
	tick(p, 900);
	EXPECT(h, "0 r opened of check:x@h\n61 r opened instance=i job=j of check:y@h\n"
		  "301 r ended of check:x@h\n361 r ended instance=i job=j of check:y@h\n",
	       "a gap is filled by evaluations at the interval");
	sh_buf_release(&h.text);
	sh_prom_engine_free(p);
}

static void test_chain(void)
{
	json_t *labels = json_pack("{s:s}", "tier", "one");
	const struct sh_prom_rule rules[] = {
		{ .id = "rec", .expr = "sum by (instance) (a)", .record = "a:sum", .labels = labels },
		{ .id = "all", .expr = "a:sum{tier=\"one\"} > 1" },
		{ .id = "two", .expr = "count(ALERTS{alertname=\"all\",alertstate=\"firing\"}) > 1" },
		{ .id = "bad", .expr = "a + on(instance) a" },
	};
	struct heard h = { SH_BUF_INIT };
	struct sh_prom_engine *p = make(&h, rules, 4);

	for (int i = 0; i < 2; i++) {
		const char *entity = i ? "check:x@h" : "check:y@h";

		sample(p, 60, entity, "\"d\":\"1\"", "\"a\":1");
		sample(p, 60, entity, "\"d\":\"2\"", "\"a\":1");
	}
	tick(p, 60);
	tick(p, 120);
	EXPECT(h, "60 all opened instance=check:y@h tier=one of check:y@h\n"
		  "60 all opened instance=check:x@h tier=one of check:x@h\n"
		  "60 two opened\n"
		  "bad: several series match on the side that may have one of an operator, at byte 0\n",
	       "a rule sees what those before it made, and a broken one is told once");
	sh_buf_release(&h.text);
	sh_prom_engine_free(p);
	json_decref(labels);
}

/* Every record of a stream that makes, keeps and ends alerts. */
static void play(struct sh_prom_engine **p, struct heard *h, const struct sh_prom_rule *rules,
		 size_t n, int cut)
{
	for (int i = 0; i < 40; i++) {
		struct sh_buf state = SH_BUF_INIT;
		struct sh_error err = SH_ERROR_INIT;

		if (i == cut) {
			sh_prom_engine_save(*p, &state);
			sh_prom_engine_free(*p);
			*p = make(h, rules, n);
			if (sh_prom_engine_load(*p, state.data, state.len, &err) < 0)
				diag("%s", err.text);
			sh_buf_release(&state);
		}
		sample(*p, 45 * i, "check:x@h", i % 3 ? "\"d\":\"1\"" : "\"d\":\"2\"",
		       i % 7 < 4 ? "\"a\":3,\"c\":7" : "\"a\":0.1,\"c\":9");
	}
}

static void test_split(void)
{
	const struct sh_prom_rule rules[] = {
		{ .id = "rec", .expr = "rate(c[5m])", .record = "c:rate" },
		{ .id = "one", .expr = "a > 1", .for_time = SH_MIN, .keep_time = SH_MIN },
		{ .id = "two", .expr = "sum(avg_over_time(c:rate[4m])) > 0.005" },
	};
	struct heard whole = { SH_BUF_INIT };
	struct sh_prom_engine *p = make(&whole, rules, 3);
	struct sh_buf end = SH_BUF_INIT;
	bool same = true;

	play(&p, &whole, rules, 3, -1);
	sh_prom_engine_save(p, &end);
	sh_prom_engine_free(p);
	OK(strstr(sh_buf_str(&whole.text), "two opened") && strstr(sh_buf_str(&whole.text), "one ended"),
	   "the stream says something");
	for (int cut = 0; cut < 40; cut++) {
		struct heard h = { SH_BUF_INIT };
		struct sh_buf state = SH_BUF_INIT;

		p = make(&h, rules, 3);
		play(&p, &h, rules, 3, cut);
		sh_prom_engine_save(p, &state);
		same = same && !strcmp(sh_buf_str(&h.text), sh_buf_str(&whole.text)) &&
		       state.len == end.len && !memcmp(state.data, end.data, end.len);
		sh_prom_engine_free(p);
		sh_buf_release(&state);
		sh_buf_release(&h.text);
	}
	OK(same, "a run cut at any record says the same, and knows the same to the last byte");
	same = true;
	for (size_t len = 0; len < end.len; len += 7) {
		struct heard h = { SH_BUF_INIT };
		struct sh_error err = SH_ERROR_INIT;

		p = make(&h, rules, 3);
		same = same && sh_prom_engine_load(p, end.data, len, &err) < 0;
		sh_prom_engine_free(p);
		sh_buf_release(&h.text);
	}
	OK(same, "state that was cut off is refused");
	sh_buf_release(&end);
	sh_buf_release(&whole.text);
}

static void test_special(void)
{
	const struct sh_prom_rule rules[] = {
		{ .id = "inf", .expr = "a > 1e300" },
		{ .id = "nan", .expr = "b != b" },
		{ .id = "gone", .expr = "absent(c)" },
	};
	struct heard h = { SH_BUF_INIT };
	struct sh_prom_engine *p = make(&h, rules, 3);

	feed(p, "{\"kind\":\"sample\",\"time\":\"2026-01-01T00:00:00Z\",\"entity\":\"host:h\",\"dims\":{\"instance\":\"\"},"
		"\"metrics\":{\"prom\":{\"c\":1}},\"not_finite\":{\"prom.a\":\"+Inf\",\"prom.b\":\"NaN\"}}");
	feed(p, "{\"kind\":\"tick\",\"time\":\"2026-01-01T00:00:00Z\"}");
	feed(p, "{\"kind\":\"sample\",\"time\":\"2026-01-01T00:01:00Z\",\"entity\":\"host:h\",\"dims\":{\"instance\":\"\"},"
		"\"metrics\":{},\"not_finite\":{\"prom.c\":\"stale\"}}");
	feed(p, "{\"kind\":\"tick\",\"time\":\"2026-01-01T00:01:00Z\"}");
	EXPECT(h, "1767225600 inf opened of host:h\n1767225600 nan opened of host:h\n1767225660 gone opened\n",
	       "infinity, NaN and the end of a series are values too");
	sh_buf_release(&h.text);
	sh_prom_engine_free(p);
}

static void test_refused(void)
{
	static const char *const wrong[] = { "a[5m]", "\"text\"", "a @ 100", "a +" };

	for (size_t i = 0; i < 4; i++) {
		const struct sh_prom_rule rule = { .id = "r", .expr = wrong[i] };
		const struct sh_prom_calls calls = { hear, NULL, NULL };
		struct sh_prom_engine *p = sh_prom_engine_new(&calls);
		struct sh_error err = SH_ERROR_INIT;

		OK(sh_prom_engine_add(p, &rule, &err) < 0 && sh_error_is_set(&err), "refused: %s: %s",
		   wrong[i], err.text);
		sh_prom_engine_free(p);
	}
}

static void test_limit(void)
{
	const struct sh_prom_rule rule = { .id = "r", .expr = "count(a) > 2" };
	struct heard h = { SH_BUF_INIT };
	struct sh_prom_engine *p = make(&h, &rule, 1);
	struct sh_prom_losses lost;

	p->store.max_series = 2;
	for (int i = 0; i < 3; i++) {
		SH_CLEANUP_FREE char *dims = sh_asprintf("\"d\":\"%d\"", i);

		sample(p, 0, "host:h", dims, "\"a\":1");
	}
	tick(p, 0);
	sh_prom_engine_losses(p, &lost);
	EXPECT(h, "", "beyond the limit no series is taken");
	OK(lost.series == 1 && lost.points == 0 && lost.late == 0, "and what was lost is known");
	sh_buf_release(&h.text);
	sh_prom_engine_free(p);
}

int main(void)
{
	test_for();
	test_when();
	test_chain();
	test_split();
	test_special();
	test_refused();
	test_limit();
	return plan_done();
}

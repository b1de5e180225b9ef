/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "detect/log/pairs.h"

#include <string.h>

#include "base/mem.h"
#include "tap.h"

static uint32_t look(struct sh_log_pairs *p, const char *session, const char *event)
{
	return sh_log_pairs_look(p, sh_span_of("app"), sh_span_of(session), sh_span_of(event),
				 true);
}

static void test_orders(void)
{
	struct sh_log_pairs *p = sh_log_pairs_new(100, 100);
	uint32_t a, b, c;

	for (int i = 0; i < 3; i++) {
		char session[16];

		snprintf(session, sizeof(session), "s%d", i);
		look(p, session, "open");
		look(p, session, "read");
		look(p, session, "close");
	}
	a = look(p, "x", "open");
	look(p, "y", "open");
	b = look(p, "y", "read");
	c = look(p, "x", "close");
	OK(a == 3 && b == 3 && c == 0, "sessions that interleave keep their own order");
	look(p, "u", "open"), look(p, "u", "read"), look(p, "u", "close"), look(p, "u", "");
	look(p, "v", "open"), look(p, "v", "read"), look(p, "v", "close");
	OK(look(p, "v", "") == 1, "one of the same events is usual");
	look(p, "w", "open"), look(p, "w", "read"), look(p, "w", "open"), look(p, "w", "read");
	look(p, "w", "close");
	OK(look(p, "w", "") == 0, "one that had them more often is not");
	OK(look(p, "z", "close") == 0, "what never began a session is unusual there");
	look(p, "x", "");
	OK(look(p, "x", "open") == 8, "after its end a session begins anew");
	OK(sh_log_pairs_look(p, sh_span_of("web"), sh_span_of("x"), sh_span_of("open"), false) ==
			   0 &&
		   sh_log_pairs_look(p, sh_span_of("web"), sh_span_of("v"), sh_span_of("open"),
				     true) == 0,
	   "each stream has its own, and what is not learned is not counted");
	sh_log_pairs_free(p);
}

static uint32_t play(struct sh_log_pairs *p, int from, int to)
{
	uint32_t sum = 0;

	for (int i = from; i < to; i++) {
		char session[16], event[16];

		snprintf(session, sizeof(session), "s%d", i * 7919 % 61);
		snprintf(event, sizeof(event), "e%d", i * i % 29);
		sum = sum * 31 + look(p, session, event);
	}
	return sum;
}

static void test_state(void)
{
	struct sh_log_pairs *whole = sh_log_pairs_new(40, 90);

	play(whole, 0, 1000);
	for (int cut = 100; cut < 1000; cut += 300) {
		struct sh_log_pairs *a = sh_log_pairs_new(40, 90), *b = sh_log_pairs_new(40, 90);
		struct sh_buf bytes = SH_BUF_INIT, one = SH_BUF_INIT, two = SH_BUF_INIT;
		struct sh_error err = SH_ERROR_INIT;
		size_t refused = 0;

		play(a, 0, cut);
		sh_log_pairs_store(a, &bytes);
		OK(sh_log_pairs_load(b, bytes.data, bytes.len, &err) == 0 &&
			   play(a, cut, 1000) == play(b, cut, 1000),
		   "split at %d it goes on as if it had not been", cut);
		sh_log_pairs_store(b, &one);
		sh_log_pairs_store(whole, &two);
		OK(one.len == two.len && !memcmp(one.data, two.data, one.len), "to the same bytes");
		for (size_t i = 0; i < bytes.len; i++) {
			bytes.data[i] ^= 1;
			sh_error_clear(&err);
			refused += sh_log_pairs_load(b, bytes.data, bytes.len, &err) < 0;
			bytes.data[i] ^= 1;
			refused += sh_log_pairs_load(b, bytes.data, i, &err) < 0;
		}
		OK(refused == 2 * bytes.len, "what is damaged or cut is refused");
		sh_buf_release(&bytes);
		sh_buf_release(&one);
		sh_buf_release(&two);
		sh_log_pairs_free(a);
		sh_log_pairs_free(b);
	}
	sh_log_pairs_free(whole);
}

static void test_bounds(void)
{
	struct sh_log_pairs *p = sh_log_pairs_new(10, 10);
	struct sh_buf bytes = SH_BUF_INIT;

	for (int i = 0; i < 1000; i++) {
		char text[16];

		snprintf(text, sizeof(text), "n%d", i);
		look(p, text, text);
	}
	sh_log_pairs_store(p, &bytes);
	OK(bytes.len <= 9 + 6 * (4 + 10 * 12), "a thousand sessions are held as %zu bytes",
	   bytes.len);
	sh_buf_release(&bytes);
	sh_log_pairs_free(p);
}

/* Sessions, one a line of event numbers: how many have a pair that was never seen. */
static void unusual(struct sh_log_pairs *p, FILE *f, FILE *truth, bool learn, size_t found[2],
		    size_t n[2])
{
	char *line = NULL, label[8];
	size_t cap = 0, lines = 0;

	for (; getline(&line, &cap, f) > 0; lines++) {
		bool is_unusual = false;
		char session[16], *save = NULL;
		int abnormal = 0;

		if (truth && fgets(label, sizeof(label), truth))
			abnormal = label[0] == '1';
		snprintf(session, sizeof(session), "%s%zu", learn ? "t" : "s", lines);
		for (char *e = strtok_r(line, " \n", &save); e; e = strtok_r(NULL, " \n", &save))
			is_unusual |= sh_log_pairs_look(p, sh_span_of("hdfs"), sh_span_of(session),
							sh_span_of(e), learn) == 0;
		is_unusual |= sh_log_pairs_look(p, sh_span_of("hdfs"), sh_span_of(session),
						sh_span_of(""), learn) == 0;
		n[abnormal]++;
		found[abnormal] += is_unusual;
	}
	free(line);
}

static void test_sessions(const char *data)
{
	struct sh_log_pairs *p = sh_log_pairs_new(SH_LOG_SESSIONS, SH_LOG_PAIRS);
	size_t found[2] = { 0, 0 }, n[2] = { 0, 0 }, ignored[4] = { 0, 0, 0, 0 };
	char *train = sh_asprintf("exec gzip -dc '%s/rca/dev/hdfs_seq/train.txt.gz'", data);
	char *test = sh_asprintf("exec gzip -dc '%s/rca/dev/hdfs_seq/test.txt.gz'", data);
	char *labels = sh_asprintf("%s/rca/dev/hdfs_seq/test.truth", data);
	FILE *a = popen(train, "r"), *b = popen(test, "r"), *c = fopen(labels, "r");
	double recall, alarms;

	if (OK(a && b && c, "the sessions are there")) {
		unusual(p, a, NULL, true, ignored, ignored + 2);
		unusual(p, b, c, false, found, n);
	}
	recall = (double)found[1] / (double)n[1];
	alarms = (double)found[0] / (double)n[0];
	OK(recall >= 0.99 && alarms <= 0.01,
	   "HDFS: %.4f of %zu abnormal sessions, %.4f of %zu normal ones", recall, n[1], alarms,
	   n[0]);
	if (a)
		pclose(a);
	if (b)
		pclose(b);
	if (c)
		fclose(c);
	free(train);
	free(test);
	free(labels);
	sh_log_pairs_free(p);
}

int main(void)
{
	const char *data = getenv("SH_DATA");

	test_orders();
	test_state();
	test_bounds();
	if (data)
		test_sessions(data);
	else
		tap_skip("HDFS sessions", "SH_DATA is not set");
	return plan_done();
}

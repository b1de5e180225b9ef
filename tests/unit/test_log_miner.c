/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "logs/miner.h"

#include <string.h>

#include "base/hash.h"
#include "logs/parts.h"
#include "record/fault.h"
#include "tap.h"

#define SECOND INT64_C(1000000000)
#define MINUTE (60 * SECOND)
#define HOUR (60 * MINUTE)

static struct sh_log_answer look(struct sh_log_miner *m, const char *text, int64_t time)
{
	struct sh_log_answer a;

	sh_log_look(m, sh_span_of("app"), sh_span_of(text), -1, time, &a);
	return a;
}

static void test_templates(void)
{
	struct sh_log_miner *m = sh_log_miner_new(NULL);
	struct sh_log_answer a, b, c;

	a = look(m, "session opened for user ann by root", 1);
	OK(!strcmp(a.text, "session opened for user ann by root") && a.count == 1,
	   "the first line is its own template");
	b = look(m, "session opened for user bob by root", 2);
	OK(!strcmp(b.id, a.id) && !strcmp(b.text, "session opened for user <*> by root"),
	   "a word that differs is widened, the id stays");
	c = look(m, "session opened for host zoe", 3);
	OK(strcmp(c.id, a.id) != 0, "another length is another template");
	c = look(m, "session opened at once was quite absurd", 4);
	OK(strcmp(c.id, a.id) != 0, "what is too unlike is another template");
	c = look(m, "session opened for user eve by root", 5);
	OK(!strcmp(c.id, a.id) && c.count == 3 && c.first == 1 && c.previous == 2,
	   "counts and times are of the template");
	for (int i = 0; i < 100; i++)
		a = look(m, "now link eth0 is quite surely up", 6);
	b = look(m, "now link eth0 is quite surely down", 7);
	OK(strcmp(a.id, b.id) != 0, "a word that stayed for long is constant: link down is new");
	OK(strlen(a.id) == 16 && strspn(a.id, "0123456789abcdef") == 16, "an id is 16 hex digits");
	sh_log_miner_free(m);
}

static void test_fields(void)
{
	struct sh_log_miner *m = sh_log_miner_new(NULL);
	struct sh_log_answer a;

	a = look(m, "query took 10 ms for 3 rows", 1);
	OK(a.n_fields == 2 && a.field[0].word == 3 && a.field[0].count == 0 &&
		   a.field[1].value == 3.0,
	   "numbers are fields by the place of the word");
	a = look(m, "query took 30 ms for 5 rows", 2);
	OK(a.field[0].count == 1 && a.field[0].min == 0.01 && a.field[0].max == 0.01 &&
		   a.field[0].value == 0.03,
	   "a field tells of the values before this one, in seconds");
	a = look(m, "query took 20 ms for 5 rows", 3);
	OK(a.field[0].count == 2 && a.field[0].max == 0.03 && a.field[1].mean == 4.0,
	   "with their mean and range");
	sh_log_miner_free(m);
}

static void test_new_and_rare(void)
{
	struct sh_log_limits limits = SH_LOG_LIMITS;
	struct sh_log_miner *m;
	struct sh_log_answer a;

	limits.warm_lines = 10;
	m = sh_log_miner_new(&limits);
	a = look(m, "seldom said", 0);
	OK(!a.is_new && !a.is_warm, "nothing is new during the warm-up");
	for (int i = 1; i <= 30; i++)
		a = look(m, "often said", i * 10 * MINUTE);
	OK(a.is_warm && !a.is_new && !a.rare, "what was always there is neither new nor rare");
	a = look(m, "never said", 301 * MINUTE);
	OK(a.is_new && !a.rare, "what was never there is new");
	a = look(m, "never said", 302 * MINUTE);
	OK(!a.is_new && !a.rare, "and once only");
	a = look(m, "seldom said", 26 * HOUR);
	OK(!a.is_new && a.rare && a.previous == 0, "what was not seen for a day is rare");
	a = look(m, "often said", 25 * HOUR);
	OK(a.previous == 300 * MINUTE && a.rate == 1.0, "a time that falls counts as the last");
	sh_log_miner_free(m);
}

static void test_rates(void)
{
	struct sh_log_miner *m = sh_log_miner_new(NULL);
	struct sh_log_answer a;

	for (int i = 0; i < 1200; i++) /* ten a minute for two hours, all of them warnings */
		sh_log_look(m, sh_span_of("s"), sh_span_of("tick"), SH_SEVERITY_MEDIUM,
			    i * 6 * SECOND, &a);
	OK(a.usual == 10.0 && a.rate > 9.0 && a.rate <= 11.0,
	   "ten a minute are ten: usual %g, now %g", a.usual, a.rate);
	OK(a.errors_rate == 0.0 && a.errors_usual == 0.0 && a.severity == SH_SEVERITY_MEDIUM,
	   "a warning is no error");
	for (int i = 0; i < 100; i++)
		sh_log_look(m, sh_span_of("s"), sh_span_of("failed"), SH_SEVERITY_HIGH,
			    7200 * SECOND + i, &a);
	OK(a.errors_rate == 100.0 && a.errors_usual == 0.0 && a.usual == 0.0,
	   "a burst of errors is against none");
	sh_log_look(m, sh_span_of("s"), sh_span_of("tick"), -1, 8000 * HOUR, &a);
	OK(a.rate == 1.0 && a.usual < 1e-9, "a year of silence is forgotten at once");
	sh_log_look(m, sh_span_of("t"), sh_span_of("tick"), -1, INT64_MIN, &a);
	sh_log_look(m, sh_span_of("t"), sh_span_of("tick"), -1, INT64_MAX, &a);
	OK(a.rate == 1.0, "from the first to the last instant");
	sh_log_miner_free(m);
}

static void test_bounds(void)
{
	struct sh_log_limits limits = { 4, 100, 60, 0, 0, 1 };
	struct sh_log_miner *m = sh_log_miner_new(&limits);
	struct sh_log_answer a;
	char text[64], stream[16];

	for (int i = 0; i < 500; i++) {
		snprintf(text, sizeof(text), "w%c%c%c said", 'a' + i % 26, 'a' + i / 26 % 26,
			 'a' + i / 26);
		sh_log_look(m, sh_span_of("one"), sh_span_of(text), -1, i, &a);
	}
	OK(m->n == 60 && m->forgotten == 440, "templates of a stream: %zu kept, %d told",
	   m->n, (int)m->forgotten);
	for (int i = 0; i < 500; i++) {
		snprintf(stream, sizeof(stream), "s%d", i % 4);
		snprintf(text, sizeof(text), "w%c%c said", 'a' + i % 26, 'a' + i / 26);
		sh_log_look(m, sh_span_of(stream), sh_span_of(text), -1, i, &a);
	}
	OK(m->n == 100 && m->stream.live == 4, "templates of all: %zu of %zu streams",
	   m->n, m->stream.live);
	sh_log_miner_free(m);
	m = sh_log_miner_new(NULL);
	for (int i = 0; i < 1000; i++) {
		snprintf(text, sizeof(text), "the %c%c%c%c", 'a' + i % 26, 'a' + i / 26 % 26,
			 'a' + i / 676, 'z');
		a = look(m, text, i);
	}
	OK(!strcmp(a.text, "the <*>"), "one word after which all follow is one template: '%s'",
	   a.text);
	sh_log_miner_free(m);
}

static void test_hostile(void)
{
	static char text[1 << 20];
	struct sh_log_miner *m = sh_log_miner_new(NULL);
	struct sh_log_answer a;

	memset(text, 0xff, sizeof(text));
	for (size_t i = 3; i < 400; i += 4)
		text[i] = ' ';
	sh_log_look(m, sh_span_of(""), (struct sh_span){ text, 400 }, -1, 1, &a);
	OK(!strncmp(a.text, "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd ", 10),
	   "what is no UTF-8 is shown as U+FFFD");
	sh_log_look(m, sh_span_of(""), (struct sh_span){ text, sizeof(text) }, -1, 1, &a);
	OK(strlen(a.text) <= SH_LOG_TEXT, "a megabyte has a text of %zu bytes", strlen(a.text));
	memset(text, 'w', sizeof(text));
	for (size_t i = 29; i < sizeof(text); i += 30)
		text[i] = ' ';
	sh_log_look(m, sh_span_of(""), (struct sh_span){ text, sizeof(text) }, -1, 1, &a);
	OK(strlen(a.text) <= SH_LOG_TEXT && strstr(a.text, " ..."),
	   "a long template says that there is more");
	memset(text, 0, sizeof(text));
	sh_log_look(m, sh_span_of(""), (struct sh_span){ text, 10 }, -1, 1, &a);
	OK(!strcmp(a.text, "??????????"), "NUL is shown as ?");
	sh_log_look(m, sh_span_of(""), (struct sh_span){ "", 0 }, -1, 1, &a);
	OK(!strcmp(a.text, "") && a.count == 1, "a line of nothing is a template");
	sh_log_miner_free(m);
}

/* A log of many forms, from a fixed sequence. */
static uint64_t next(uint64_t *seed)
{
	*seed = *seed * UINT64_C(6364136223846793005) + 1442695040888963407u;
	return *seed >> 33;
}

static void make_line(uint64_t *seed, char text[128])
{
	static const char *const words[] = { "open",   "close",	  "of",		 "disk",
					     "failed", "user",	  "link",	 "up",
					     "down",   "timeout", "state=ready", "io" };
	size_t n = 1 + next(seed) % 7, len = 0;

	for (size_t i = 0; i < n; i++) {
		unsigned w = (unsigned)(next(seed) % 16);

		if (w < 12)
			len += (size_t)snprintf(text + len, 128 - len, "%s ", words[w]);
		else
			len += (size_t)snprintf(
				text + len, 128 - len, "%s%u ",
				w < 14 ? "" : "size=", (unsigned)(next(seed) % 1000));
	}
}

static void play(struct sh_log_miner *m, uint64_t *seed, int from, int to, struct sh_buf *out)
{
	char text[128], stream[16];
	struct sh_log_answer a;

	for (int i = from; i < to; i++) {
		make_line(seed, text);
		snprintf(stream, sizeof(stream), "s%d", (int)(next(seed) % 6));
		sh_log_look(m, sh_span_of(stream), sh_span_of(text), (int)(next(seed) % 6) - 1,
			    i * SECOND * 7, &a);
		sh_buf_addf(out, "%s %s %d %a %a %a %a %d %d|", a.id, a.text, (int)a.count, a.rate,
			    a.usual, a.errors_rate, a.errors_usual, a.is_new, a.rare);
		for (size_t f = 0; f < a.n_fields; f++)
			sh_buf_addf(out, "%zu %a %a %a ", a.field[f].word, a.field[f].value,
				    a.field[f].mean, a.field[f].max);
		sh_buf_addch(out, '\n');
	}
}

static void test_split(void)
{
	struct sh_log_limits limits = { 4, 150, 60, 100, HOUR, HOUR };
	struct sh_buf whole = SH_BUF_INIT;
	struct sh_log_miner *m = sh_log_miner_new(&limits);
	uint64_t seed = 1;

	play(m, &seed, 0, 3000, &whole);
	OK(m->forgotten > 100, "the log is more than the limits hold");
	sh_log_miner_free(m);
	for (int cut = 7; cut < 3000; cut += 371) {
		struct sh_buf parts = SH_BUF_INIT, bytes = SH_BUF_INIT, again = SH_BUF_INIT;
		struct sh_error err = SH_ERROR_INIT;

		seed = 1;
		m = sh_log_miner_new(&limits);
		play(m, &seed, 0, cut, &parts);
		sh_log_store(m, &bytes);
		sh_log_miner_free(m);
		m = sh_log_miner_new(&limits);
		OK(sh_log_load(m, bytes.data, bytes.len, &err) == 0, "what was stored is loaded %s",
		   err.text);
		sh_log_store(m, &again);
		OK(again.len == bytes.len && !memcmp(again.data, bytes.data, bytes.len),
		   "and stored again the same");
		play(m, &seed, cut, 3000, &parts);
		OK(parts.len == whole.len && !memcmp(parts.data, whole.data, whole.len),
		   "a run split at %d goes on as if it had not been", cut);
		sh_log_miner_free(m);
		sh_buf_release(&parts);
		sh_buf_release(&bytes);
		sh_buf_release(&again);
	}
	sh_buf_release(&whole);
}

/* The checksum made right again, so that what it guards is reached too. */
static void seal(struct sh_buf *b)
{
	uint64_t h = sh_hash64(b->data, b->len - 8);

	for (int i = 0; i < 8; i++)
		b->data[b->len - 8 + (size_t)i] = (char)(h >> 8 * i);
}

static void test_damaged(void)
{
	struct sh_log_miner *m = sh_log_miner_new(NULL), *t = sh_log_miner_new(NULL);
	struct sh_buf b = SH_BUF_INIT, out = SH_BUF_INIT, scratch = SH_BUF_INIT;
	struct sh_error err = SH_ERROR_INIT;
	size_t refused = 0;
	uint64_t seed = 5;

	play(m, &seed, 0, 60, &out);
	sh_log_store(m, &b);
	for (size_t i = 0; i < b.len; i++) {
		b.data[i] ^= 16;
		sh_error_clear(&err);
		refused +=
			sh_log_load(t, b.data, b.len, &err) < 0 && t->n == 0;
		b.data[i] ^= 16;
	}
	OK(refused == b.len, "each changed byte of %zu is refused", b.len);
	for (refused = 0; refused < b.len; refused++) {
		sh_error_clear(&err);
		if (sh_log_load(t, b.data, refused, &err) == 0)
			break;
	}
	OK(refused == b.len, "each shorter state is refused");
	refused = 0;
	for (size_t i = 0; i < b.len - 8; i++) {
		struct sh_buf c = SH_BUF_INIT;
		uint64_t s = 9;

		sh_buf_add(&c, b.data, b.len);
		c.data[i] = (char)next(&seed);
		seal(&c);
		sh_error_clear(&err);
		sh_buf_clear(&scratch);
		if (sh_log_load(t, c.data, c.len, &err) < 0)
			refused++;
		else
			play(t, &s, 0, 3, &scratch);
		sh_buf_release(&c);
	}
	OK(refused > 0, "a changed byte under a right checksum is refused (%zu) or works", refused);
	sh_error_clear(&err);
	b.data[0] = 99;
	OK(sh_log_load(t, b.data, b.len, &err) < 0 && strstr(err.text, "newer"),
	   "a newer version is refused: %s", err.text);
	sh_buf_release(&b);
	sh_buf_release(&out);
	sh_buf_release(&scratch);
	sh_log_miner_free(m);
	sh_log_miner_free(t);
}

int main(void)
{
	test_templates();
	test_fields();
	test_new_and_rare();
	test_rates();
	test_bounds();
	test_hostile();
	test_split();
	test_damaged();
	return plan_done();
}

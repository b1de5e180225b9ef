/* SPDX-License-Identifier: MIT */
/*
 * Templates of logs of others, found by SH_DATA, next to the true ones: one
 * setting for all. Grouping accuracy: the share of lines whose template has
 * exactly the lines of a true one; F1 likewise over templates.
 */
#include "config.h"

#include <jansson.h>
#include <string.h>
#include <time.h>

#include "base/map.h"
#include "base/mem.h"
#include "logs/miner.h"
#include "logs/parts.h"
#include "tap.h"

#define LINES 2000
#define ROUNDS 50 /* for the time of a line */

struct set {
	char *text[LINES];
	char truth[LINES][2][16]; /* as published, corrected */
	char id[LINES][17];
	size_t n;
};

struct score {
	double lines, templates; /* GA, FGA */
};

static FILE *unpack(const char *data, const char *name, const char *kind)
{
	char *command =
		sh_asprintf("exec gzip -dc '%s/rca/dev/logparse/%s.%s.gz'", data, name, kind);
	FILE *f = popen(command, "r");

	free(command);
	return f;
}

static bool read_set(const char *data, const char *name, struct set *s)
{
	FILE *lines = unpack(data, name, "ndjson"), *truth = unpack(data, name, "truth");
	char *line = NULL;
	size_t cap = 0;

	s->n = 0;
	while (lines && truth && s->n < LINES && getline(&line, &cap, lines) > 0) {
		json_t *o = json_loads(line, 0, NULL);

		s->text[s->n] = sh_strdup(json_string_value(json_object_get(o, "msg")));
		json_decref(o);
		if (getline(&line, &cap, truth) <= 0 ||
		    sscanf(line, "%*d\t%15s\t%15s", s->truth[s->n][0], s->truth[s->n][1]) != 2)
			break;
		s->n++;
	}
	free(line);
	if (lines)
		pclose(lines);
	if (truth)
		pclose(truth);
	return s->n == LINES;
}

/* The group of each line as the first line of it, and its size there. */
static size_t group(const struct set *s, int truth, size_t first[LINES], size_t size[LINES])
{
	struct sh_map seen = SH_MAP_INIT(NULL);
	size_t groups = 0;

	for (size_t i = 0; i < s->n; i++) {
		const char *key = truth < 0 ? s->id[i] : s->truth[i][truth];
		uintptr_t at = (uintptr_t)sh_map_gets(&seen, key);

		size[i] = 0;
		if (!at) {
			at = i + 1;
			sh_map_puts(&seen, key, (void *)at);
			groups++;
		}
		first[i] = (size_t)at - 1;
		size[at - 1]++;
	}
	sh_map_release(&seen);
	return groups;
}

static struct score score(const struct set *s, int truth)
{
	static size_t got[LINES], got_size[LINES], want[LINES], want_size[LINES], same[LINES];
	size_t n_got = group(s, -1, got, got_size), n_want = group(s, truth, want, want_size);
	size_t lines = 0, groups = 0;

	memset(same, 0, sizeof(same));
	for (size_t i = 0; i < s->n; i++)
		same[got[i]] += want[i] == want[got[i]];
	for (size_t i = 0; i < s->n; i++)
		if (got[i] == i && same[i] == got_size[i] && want_size[want[i]] == got_size[i]) {
			groups++;
			lines += got_size[i];
		}
	return (struct score){ (double)lines / (double)s->n,
			       2.0 * (double)groups / (double)(n_got + n_want) };
}

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

/* The ids of the first round; returns nanoseconds a line of the others. */
struct held {
	size_t templates, bytes;
	uint64_t forgotten;
};

static double mine(struct set *s, struct held *held)
{
	struct sh_log_miner *m = sh_log_miner_new(NULL);
	double begin = 0.0, end;
	int64_t time = 0;

	for (int round = 0; round <= ROUNDS; round++) {
		if (round == 1)
			begin = now();
		for (size_t i = 0; i < s->n; i++) {
			struct sh_log_answer a;

			sh_log_look(m, sh_span_of("s"), sh_span_of(s->text[i]), -1,
				    time += 1000000000, &a);
			if (round == 0)
				memcpy(s->id[i], a.id, sizeof(a.id));
		}
	}
	end = now();
	*held = (struct held){ m->n, m->bytes, m->forgotten };
	sh_log_miner_free(m);
	return (end - begin) / ROUNDS / (double)s->n;
}

static void test_sets(const char *data)
{
	static const char *const names[] = { "Apache", "BGL",	  "HDFS",      "HealthApp",
					     "Linux",  "OpenSSH", "Proxifier", "Zookeeper" };
	static struct set s;
	struct score sum = { 0, 0 }, corrected = { 0, 0 };
	size_t n = sizeof(names) / sizeof(names[0]);

	for (size_t i = 0; i < n; i++) {
		bool is_read = read_set(data, names[i], &s);
		struct held held;
		double ns = mine(&s, &held);
		struct score a = score(&s, 0), b = score(&s, 1);

		OK(is_read && held.forgotten == 0, "%s is read", names[i]);
		diag("%-10s GA %.3f FGA %.3f corrected %.3f %.3f, %zu templates, %zu bytes, %.0f "
		     "ns/line",
		     names[i], a.lines, a.templates, b.lines, b.templates, held.templates,
		     held.bytes, ns);
		sum.lines += a.lines / (double)n;
		sum.templates += a.templates / (double)n;
		corrected.lines += b.lines / (double)n;
		corrected.templates += b.templates / (double)n;
		for (size_t j = 0; j < s.n; j++)
			free(s.text[j]);
	}
	OK(sum.lines >= 0.95 && sum.templates >= 0.91, "on average GA %.3f, FGA %.3f", sum.lines,
	   sum.templates);
	OK(corrected.lines >= 0.975 && corrected.templates >= 0.92,
	   "with the corrected truth GA %.3f, FGA %.3f", corrected.lines, corrected.templates);
}

int main(void)
{
	const char *data = getenv("SH_DATA");

	if (!data)
		skip_all("SH_DATA is not set");
	test_sets(data);
	return plan_done();
}

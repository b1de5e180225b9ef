/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "schedule/due.h"
#include "schedule/task.h"
#include "schedule/when.h"

#include "tap.h"

#define NOW (INT64_C(1790000000) * SH_SEC)

static void test_interval(void)
{
	static const struct {
		const char *text;
		int64_t want;
	} cases[] = {
		{ "daily", SH_DAY }, { "weekly", 7 * SH_DAY }, { "monthly", 30 * SH_DAY },
		{ "30", 30 * SH_SEC }, { "1", SH_SEC }, { "6h", 6 * SH_HOUR }, { "1d12h", 36 * SH_HOUR },
		{ "0", -1 }, { "-5", -1 }, { "500ms", -1 }, { "", -1 }, { "hourly", -1 },
		{ "1.5", -1 }, { "9223372036854775807", -1 }, { "99999999w", -1 }, { "20y", -1 },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		OK(sh_when_interval(cases[i].text) == cases[i].want, "every '%s'", cases[i].text);
}

static void test_due(void)
{
	static const struct {
		const char *what;
		int64_t started, every, want; /* want and started relative to now */
	} cases[] = {
		{ "never ran", -NOW, SH_DAY, 0 },
		{ "ran just now", 0, SH_DAY, SH_DAY },
		{ "ran an hour ago", -SH_HOUR, SH_DAY, 23 * SH_HOUR },
		{ "ran exactly one interval ago", -SH_DAY, SH_DAY, 0 },
		{ "missed many", -100 * SH_DAY, SH_DAY, -99 * SH_DAY },
		{ "the clock went back by less than an interval", SH_HOUR, SH_DAY, 25 * SH_HOUR },
		{ "back by exactly an interval", SH_DAY, SH_DAY, 2 * SH_DAY },
		{ "back by more than an interval", SH_DAY + 1, SH_DAY, 0 },
		{ "back by years", 1000 * SH_DAY, SH_DAY, 0 },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct sh_last last = { .started = NOW + cases[i].started };
		const struct sh_scheduled t = { .timed = true, .when.every = cases[i].every };

		OK(sh_due_next(&t, &last, NOW) == NOW + cases[i].want, "%s", cases[i].what);
	}
}

static void test_last(void)
{
	const struct sh_last last = { NOW, NOW + 5, NOW - 1, NOW, NOW - 2, 3, NOW + 7, 2, INT64_MAX, INT64_MIN, 9 };
	struct sh_last back = { 0 };
	char text[SH_LAST_TEXT], again[SH_LAST_TEXT];
	size_t len = sh_last_format(text, &last);

	/* By its text: the bytes between the members of a struct may be anything. */
	OK(sh_last_parse(&back, text, len) == 0 && sh_last_format(again, &back) == len &&
	   !memcmp(again, text, len), "kept and read back");
	OK(sh_last_parse(&back, text, len - 2) < 0, "a torn value is refused");
	OK(sh_last_parse(&back, "", 0) < 0 && sh_last_parse(&back, "3 1 1 1 1 1 1", 13) < 0, "and a strange one");
	OK(sh_last_parse(&back, "1 1 1 1 1 1 1x", 14) < 0, "and one with more");
	OK(sh_last_parse(&back, "1 10 20 30 40 5 1", 17) == 0 && back.started == 10 && back.ended == 20 &&
	   back.success == 30 && back.due == 40 && back.failures == 5, "one of the first format is read");
}

static const char book[] = "playbooks: {p: {}, task-clean: {}}\n";

/* Everything after the playbooks, as the section tasks. */
static int load(const char *tasks, struct sh_schedule *s, struct sh_config *c, struct sh_error *err)
{
	SH_CLEANUP_FREE char *text = sh_asprintf("%stasks: %s\n", book, tasks);
	char path[] = "/tmp/test_schedule.XXXXXX";
	const char *paths[] = { path, NULL };
	const struct sh_config_options opt = { .paths = paths, .no_stock = true };
	int fd = mkstemp(path), rc;

	memset(s, 0, sizeof(*s));
	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		diag("cannot write %s", path);
	close(fd);
	rc = sh_config_load(c, &opt, NULL, NULL, err);
	unlink(path);
	return rc < 0 ? -1 : sh_schedule_load(s, c, NULL, NULL, err);
}

static void test_load(void)
{
	struct sh_error err = SH_ERROR_INIT;
	const struct sh_scheduled *t;
	struct sh_schedule s;
	struct sh_config c;
	int rc = load("{a: {every: 30, playbook: p, parameters: {x: [1]}, target: 'service:w', mode: act,"
		      " timeout: 5m, title: T}, b: {every: weekly, playbook: p}}", &s, &c, &err);

	OK(rc == 0 && s.n == 2, "tasks load %s", err.text);
	t = sh_schedule_find(&s, "a");
	OK(t && t->when.every == 30 * SH_SEC && t->timeout == 5 * SH_MIN && t->mode == SH_MODE_ACT &&
	   strcmp(t->target, "service:w") == 0 && json_object_size(t->parameters) == 1, "with all members");
	t = sh_schedule_find(&s, "b");
	OK(t && t->mode == SH_MODE_ASK && t->timeout == SH_HOUR && !t->target &&
	   json_object_size(t->parameters) == 0 && !t->each_clean_root, "and with defaults");
	OK(!sh_schedule_find(&s, "c"), "an unknown one is not found");
	sh_schedule_release(&s);
	sh_config_release(&c);
}

static void test_refused(void)
{
	static const struct {
		const char *tasks, *want;
	} cases[] = {
		{ "{a: {playbook: p}}", "2:12: task 'a' needs 'every'" },
		{ "{a: {every: daily}}", "needs a 'playbook'" },
		{ "{a: {every: dayly, playbook: p}}", "2:20: 'every' must be daily" },
		{ "{a: {every: 0, playbook: p}}", "'every' must be" },
		{ "{a: {every: 500ms, playbook: p}}", "'every' must be" },
		{ "{a: {every: [1], playbook: p}}", "'every' must be a single value" },
		{ "{a: {every: daily, playbook: task-claen}}", "no playbook 'task-claen'; did you mean 'task-clean'?" },
		{ "{a: {evry: daily, playbook: p}}", "did you mean 'every'?" },
		{ "{a: {every: daily, playbook: p, parameters: [1]}}", "'parameters' must be a map" },
		{ "{a: {every: daily, playbook: p, target: web1}}", "'target' must be an entity" },
		{ "{a: {every: daily, playbook: p, target: 'service:w@h'}}", "'target' must be an entity" },
		{ "{a: {every: daily, playbook: p, target: 's:w', for_each: clean_roots}}", "either 'target'" },
		{ "{a: {every: daily, playbook: p, for_each: host}}", "unknown 'for_each' 'host'" },
		{ "{a: {every: daily, playbook: p, mode: do}}", "unknown 'mode' 'do'" },
		{ "{a: {every: daily, playbook: p, timeout: 10ms}}", "'timeout' must be 1s at least" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct sh_error err = SH_ERROR_INIT;
		struct sh_schedule s;
		struct sh_config c;

		if (!OK(load(cases[i].tasks, &s, &c, &err) < 0 && err.code == SH_ERRC_CONFIG &&
			strstr(err.text, cases[i].want), "refused %zu: %s", i, cases[i].want))
			diag("said: %s", err.text);
		sh_schedule_release(&s);
		sh_config_release(&c);
	}
}

int main(void)
{
	test_interval();
	test_due();
	test_last();
	test_load();
	test_refused();
	return plan_done();
}

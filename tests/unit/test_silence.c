/* SPDX-License-Identifier: MIT */
/* Silences: which times, which faults, and what is refused. */
#include "config.h"

#include "config/silence.h"

#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "record/json.h"
#include "records.h"
#include "scratch.h"
#include "tap.h"

static int64_t at(const char *text)
{
	int64_t t = -1;

	sh_time_parse(text, strlen(text), &t);
	return t;
}

/* Of each time: when the window that covers it ends, NULL when none does. */
static const struct {
	const char *window, *time, *end;
} windows[] = {
	{ "daily 02:00-04:00", "2026-11-21T01:59:59.999Z", NULL },
	{ "daily 02:00-04:00", "2026-11-21T02:00:00Z", "2026-11-21T04:00:00Z" },
	{ "daily 02:00-04:00 UTC", "2026-11-21T03:59:59Z", "2026-11-21T04:00:00Z" },
	{ "daily 02:00-04:00", "2026-11-21T04:00:00Z", NULL },
	{ "daily 22:00-06:00", "2026-11-21T23:00:00Z", "2026-11-22T06:00:00Z" },
	{ "daily 22:00-06:00", "2026-11-21T05:00:00Z", "2026-11-21T06:00:00Z" },
	{ "Sat 22:00-06:00", "2026-11-21T05:00:00Z", NULL },
	{ "Sat 22:00-06:00", "2026-11-22T05:00:00Z", "2026-11-22T06:00:00Z" },
	{ "Sat 00:00-24:00", "2026-11-21T23:59:59Z", "2026-11-22T00:00:00Z" },
	{ "Sat,Sun 00:00-24:00", "2026-11-20T23:59:59Z", NULL },
	{ "Mon-Fri 08:00-18:00", "2026-11-20T17:00:00Z", "2026-11-20T18:00:00Z" },
	{ "Mon-Fri 08:00-18:00", "2026-11-21T17:00:00Z", NULL },
	{ "Fri-Mon 08:00-18:00", "2026-11-22T17:00:00Z", "2026-11-22T18:00:00Z" },
	{ "Fri-Mon 08:00-18:00", "2026-11-24T17:00:00Z", NULL },
	{ "Sun 02:00-04:00 Europe/Berlin", "2026-07-05T00:30:00Z", "2026-07-05T02:00:00Z" },
	{ "Sun 02:00-04:00 Europe/Berlin", "2026-11-22T00:30:00Z", NULL },
	{ "Sun 02:00-04:00 Europe/Berlin", "2026-11-22T01:30:00Z", "2026-11-22T03:00:00Z" },
	/* Clocks go back: 02:00 comes twice, the window lasts an hour longer. */
	{ "Sun 02:00-02:30 Europe/Berlin", "2026-10-25T00:00:00Z", "2026-10-25T01:30:00Z" },
	{ "Sun 02:00-02:30 Europe/Berlin", "2026-10-25T01:29:00Z", "2026-10-25T01:30:00Z" },
	/* Clocks go on: 02:00 to 03:00 does not come. */
	{ "Sun 01:00-04:00 Europe/Berlin", "2026-03-29T01:30:00Z", "2026-03-29T02:00:00Z" },
	{ "Sun 00:00-01:00 Pacific/Auckland", "2026-11-21T11:30:00Z", "2026-11-21T12:00:00Z" },
};

static void test_windows(void)
{
	static const char *const bad[] = { "", "daily", "02:00-04:00", "Sun 2-4", "Sun 02:00-02:00", "Son 02:00-04:00",
					   "Sun, 02:00-04:00", "Sun- 02:00-04:00", "Sun 24:00-04:00", "Sun 02:00-24:01",
					   "Sun 02:60-04:00", "Sun 02:00-04:00 Nowhere", "Sun 02:00-04:00x",
					   "Sun 02:00-04:00 UTC x", "daily,Sun 02:00-04:00" };
	struct sh_error err = SH_ERROR_INIT;
	struct sh_window *w;

	for (size_t i = 0; i < sizeof(windows) / sizeof(windows[0]); i++) {
		int64_t end = -1, want = windows[i].end ? at(windows[i].end) : -1;

		if (strchr(windows[i].window, '/') && access(ZONEINFO_DIR "/Europe/Berlin", R_OK) < 0) {
			tap_skip(windows[i].window, "no time zones on this system");
			continue;
		}
		OK(sh_window_parse(&w, windows[i].window, &err) == 0 &&
			   sh_window_covers(w, at(windows[i].time), &end) == (windows[i].end != NULL) && end == want,
		   "%s at %s %s", windows[i].window, windows[i].time, err.text);
		sh_window_free(w);
		sh_error_clear(&err);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		OK(sh_window_parse(&w, bad[i], &err) < 0 && !w && err.text[0], "refused: %s", err.text);
		sh_error_clear(&err);
	}
}

static const char fault_text[] =
	"{'host':'db1','entity':'filesystem:/data%20x@db1','rule_id':'r','fault_type':'disk_full',"
	"'severity':'high','labels':{'rack':'r1'},'dims':{'cpu':'0'}}";

static const struct {
	const char *words[4];
	bool fits;
} matches[] = {
	{ { "entity=*" }, true },
	{ { "filesystem:/data%20x@db1" }, true },
	{ { "filesystem:/data%20x" }, true },
	{ { "filesystem:/data%20x@db2" }, false },
	{ { "filesystem:*" }, true },
	{ { "entity=filesystem:*@db?" }, true },
	{ { "service:*" }, false },
	{ { "type=filesystem" }, true },
	{ { "type=file" }, false },
	{ { "name=/data x" }, true },
	{ { "host=db*" }, true },
	{ { "host=web*" }, false },
	{ { "host=web*", "host=db1" }, true },
	{ { "host=db1", "rule=r" }, true },
	{ { "host=db1", "rule=s" }, false },
	{ { "fault_type=disk_*" }, true },
	{ { "severity=high", "severity=low" }, true },
	{ { "severity=low" }, false },
	{ { "labels.rack=r1" }, true },
	{ { "labels.rack=r2" }, false },
	{ { "labels.zone=?*" }, false },
	{ { "labels.rack=r1", "dims.cpu=0" }, true },
	{ { "dims.cpu=1" }, false },
};

static void test_matches(void)
{
	static const char *const bad[] = { "host", "nohow=x", "host=", "severity=worst", "labels.=x", "labels=x", "=x" };
	SH_CLEANUP_FREE char *text = sh_strdup(fault_text);
	struct sh_error err = SH_ERROR_INIT;
	json_auto_t *fault = NULL;

	for (char *p = text; *p; p++)
		if (*p == '\'')
			*p = '"';
	fault = sh_json_parse(text, strlen(text), &err);
	for (size_t i = 0; i < sizeof(matches) / sizeof(matches[0]); i++) {
		SH_CLEANUP_BUF struct sh_buf said = SH_BUF_INIT;
		struct sh_silence s = { .match = sh_match_from_words(matches[i].words, &err) };

		sh_match_add_text(&said, s.match);
		OK(s.match && sh_silence_matches(&s, fault) == matches[i].fits, "%s %s %s", sh_buf_str(&said),
		   matches[i].fits ? "fits" : "does not fit", err.text);
		json_decref(s.match);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		const char *words[] = { bad[i], NULL };

		OK(!sh_match_from_words(words, &err) && err.code == SH_ERRC_USAGE, "refused: %s", err.text);
		sh_error_clear(&err);
	}
	OK(!sh_match_from_words((const char *const[]){ NULL }, &err), "nothing is not everything: %s", err.text);
}

static char told[2000];

static void tell(void *arg, const struct sh_error *err)
{
	size_t len = strlen(told);

	(void)arg;
	snprintf(told + len, sizeof(told) - len, "%s\n", strstr(err->text, "test.yaml"));
}

#define WHO "owner: ann, comment: why"
#define REST "match: {host: h}, end: 2026-11-22T00:00:00Z"

static void test_broken(void)
{
	static const struct {
		const char *yaml, *said;
	} bad[] = {
		{ "match: {host: h}, " WHO, "a silence needs an 'end': one that nobody ends is forgotten" },
		{ REST ", owner: ann", "a silence needs 'comment'" },
		{ REST ", comment: why", "a silence needs 'owner'" },
		{ "end: 2026-11-22T00:00:00Z, " WHO, "a silence needs 'match', a map" },
		{ "match: {}, end: 2026-11-22T00:00:00Z, " WHO, "an empty match" },
		{ "match: {hots: h}, end: 2026-11-22T00:00:00Z, " WHO, "match: unknown key 'hots'; did you mean 'host'?" },
		{ "match: {labels: r1}, end: 2026-11-22T00:00:00Z, " WHO, "must be a map" },
		{ "match: {host: []}, end: 2026-11-22T00:00:00Z, " WHO, "'host' needs a pattern" },
		{ "match: {host: h}, end: tomorrow, " WHO, "'end' must be a time" },
		{ REST ", start: 2026-11-23T00:00:00Z, " WHO, "the end is not after the start" },
		{ REST ", every: sometimes, " WHO, "every: 'sometimes' must be such as" },
		{ REST ", kind: holiday, " WHO, "kind" },
		{ REST ", ends: x, " WHO, "unknown" },
	};
	char *dir = scratch_make();

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		SH_CLEANUP_FREE char *text = sh_asprintf("silences:\n  s: {%s}\n", bad[i].yaml);
		struct sh_silences s = { 0 };
		struct sh_config c;

		told[0] = '\0';
		config_of(&c, dir, text);
		OK(sh_silences_load(&s, &c, tell, NULL) == 1 && s.n == 0 && strstr(told, bad[i].said) &&
			   strstr(told, "test.yaml:2:"), "%s", told);
		sh_silences_release(&s);
		sh_config_release(&c);
	}
	scratch_remove(dir);
}

static void test_load(void)
{
	char *dir = scratch_make();
	struct sh_silences s = { 0 };
	struct sh_config c;
	int64_t until = 0;

	config_of(&c, dir, "silences:\n  disk: {match: {entity: ['a:*', 'b:*'], labels: {rack: r1}, host: 7},\n"
			   "    start: 2026-11-21T00:00:00Z, end: 2026-11-22T00:00:00Z, " WHO "}\n"
			   "  night: {match: {host: h}, every: daily 22:00-06:00, end: 2026-11-21T23:00:00Z, " WHO "}\n");
	OK(sh_silences_load(&s, &c, NULL, NULL) == 0 && s.n == 2, "two silences");
	OK(!s.item[0].maintenance && s.item[1].maintenance, "a window is maintenance");
	OK(!sh_silence_holds(&s.item[0], at("2026-11-20T23:59:59Z"), &until) &&
		   sh_silence_holds(&s.item[0], at("2026-11-21T00:00:00Z"), &until) &&
		   until == at("2026-11-22T00:00:00Z") &&
		   !sh_silence_holds(&s.item[0], at("2026-11-22T00:00:00Z"), &until), "from its start to before its end");
	OK(sh_silence_holds(&s.item[1], at("2026-11-21T22:30:00Z"), &until) && until == at("2026-11-21T23:00:00Z") &&
		   !sh_silence_holds(&s.item[1], at("2026-11-21T23:30:00Z"), &until), "a window ends with its silence");
	sh_silences_release(&s);
	sh_config_release(&c);
	scratch_remove(dir);
}

int main(void)
{
	test_windows();
	test_matches();
	test_broken();
	test_load();
	return plan_done();
}

/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "detect/memory.h"

#include <string.h>

#include "base/clock.h"
#include "records.h"
#include "record/json.h"
#include "scratch.h"
#include "tap.h"

static bool note(struct sh_memory *m, const char *line)
{
	SH_CLEANUP_FREE char *copy = sh_strdup(line);
	struct sh_record r = SH_RECORD_INIT;
	json_t *metrics;
	bool taken;

	record_of(&r, copy);
	metrics = sh_record_metrics(&r);
	taken = sh_memory_note(m, &r, metrics);
	json_decref(metrics);
	sh_record_release(&r);
	return taken;
}

static void test_order(void)
{
	static const struct {
		const char *line;
		bool taken;
	} steps[] = {
		{ "{'time':10,'a':{'x':1}}", true },
		{ "{'time':10,'a':{'x':2}}", false },
		{ "{'time':9,'a':{'x':2}}", false },
		{ "{'time':10,'dims':{'d':'1'},'a':{'x':2}}", true },
		{ "{'time':10,'dims':{'d':'1'},'a':{'x':2}}", false },
		{ "{'time':10,'dims':{'d':'2'},'a':{'x':2}}", true },
		{ "{'time':10,'entity':'disk:a','a':{'x':2}}", true },
		{ "{'time':10,'source':{'collector':'c'},'a':{'x':2}}", true },
		{ "{'time':10,'source':{'collector':'c','target':'t'},'a':{'x':2}}", false },
		{ "{'time':10,'labels':{'l':'1'},'a':{'x':2}}", false },
		{ "{'time':10,'host':'other','a':{'x':2}}", true },
		{ "{'time':10.000001,'a':{'x':2}}", true },
		{ "{'a':{'x':2}}", true }, /* arrives when it arrives */
		{ "{'a':{'x':2}}", true },
		{ "{'time':11,'a':{'x':2}}", false }, /* older than what arrived */
	};
	uint64_t dropped = 0;
	struct sh_memory m;

	sh_memory_init(&m);
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		dropped += !steps[i].taken;
		OK(note(&m, steps[i].line) == steps[i].taken && m.dropped == dropped, "%s: %s",
		   steps[i].taken ? "taken" : "dropped", steps[i].line);
	}
	OK(m.largest == RECORDS_NOW, "the clock is the largest time seen");
	sh_memory_release(&m);
}

static bool host_is(const struct sh_memory *m, int64_t now, const char *wanted)
{
	SH_CLEANUP_BUF struct sh_buf text = SH_BUF_INIT;
	json_t *host = sh_memory_host(m, "h", now);

	if (host)
		sh_json_dump(&text, host);
	else
		sh_buf_addstr(&text, "none");
	json_decref(host);
	if (!strcmp(sh_buf_str(&text), wanted))
		return true;
	diag("got %s", sh_buf_str(&text));
	return false;
}

static void test_host(void)
{
	struct sh_memory m;

	sh_memory_init(&m);
	OK(host_is(&m, 0, "none"), "a host that was not seen has nothing");
	note(&m, "{'time':1000,'cpu':{'usage':1}}");
	OK(host_is(&m, 1179 * SH_SEC, "{\"cpu\":{\"usage\":1}}"), "seen once: taken as once a minute");
	OK(host_is(&m, 1180 * SH_SEC, "{}"), "and old after three");
	note(&m, "{'time':1010,'cpu':{'usage':2}}");
	note(&m, "{'time':1010,'source':{'collector':'memory'},'memory':{'usage':3}}");
	OK(host_is(&m, 1039 * SH_SEC, "{\"cpu\":{\"usage\":2},\"memory\":{\"usage\":3}}"),
	   "groups stand side by side");
	OK(host_is(&m, 1040 * SH_SEC, "{\"memory\":{\"usage\":3}}"), "and grow old each on its own");
	note(&m, "{'time':1011,'dims':{'cpu':'0'},'cpu':{'usage':99}}");
	OK(host_is(&m, 1012 * SH_SEC, "{\"cpu\":{\"usage\":2},\"memory\":{\"usage\":3}}"),
	   "one processor does not speak for the host");
	OK(json_object_size(sh_memory_entity(&m, "host:h")) == 2, "an entity keeps all its groups");
	OK(!sh_memory_entity(&m, "host:other"), "an entity that was not seen has none");
	sh_memory_release(&m);
}

static void save(struct sh_memory *m, struct sh_state *s)
{
	struct sh_error err = SH_ERROR_INIT;

	OK(sh_memory_save(m, s, &err) == 0 && sh_state_commit(s, &err) == 0, "saved %s", err.text);
}

static void check_loaded(struct sh_state *s, const char *what)
{
	struct sh_error err = SH_ERROR_INIT;
	struct sh_memory m;

	sh_memory_init(&m);
	OK(sh_memory_load(&m, s, &err) == 0 && m.largest == 1010 * SH_SEC, "%s: loaded %s", what,
	   err.text);
	OK(host_is(&m, 1039 * SH_SEC, "{\"cpu\":{\"usage\":2}}") && host_is(&m, 1040 * SH_SEC, "{}"),
	   "%s: metrics with their age and interval", what);
	OK(!note(&m, "{'time':1010,'cpu':{'usage':9}}"), "%s: what was seen is dropped", what);
	sh_memory_release(&m);
}

static void test_state(void)
{
	char *dir = scratch_make();
	struct sh_error err = SH_ERROR_INIT;
	struct sh_state *s = NULL;
	struct sh_memory m;

	OK(sh_state_open(&s, dir, "detect", 0, &err) == 0, "a state %s", err.text);
	sh_memory_init(&m);
	note(&m, "{'time':1000,'cpu':{'usage':1}}");
	save(&m, s);
	note(&m, "{'time':1010,'cpu':{'usage':2}}");
	save(&m, s);
	check_loaded(s, "two saves");

	/* A save that is rolled back is made again. */
	sh_state_close(s);
	scratch_remove(dir);
	dir = scratch_make();
	OK(sh_state_open(&s, dir, "detect", 0, &err) == 0, "an empty state %s", err.text);
	save(&m, s);
	sh_memory_unsaved(&m);
	save(&m, s);
	check_loaded(s, "after a lost save");
	sh_memory_release(&m);
	sh_state_close(s);
	scratch_remove(dir);
}

/* A year of 3000 short-lived entities, one after the other, leaves a week of them. */
static void test_forgetting(void)
{
	struct sh_error err = SH_ERROR_INIT;
	struct sh_memory m;
	size_t most = 0;
	bool due = false;

	sh_memory_init(&m);
	for (int i = 0; i < 3000; i++) {
		char record[128];

		snprintf(record, sizeof(record), "{'time':%d,'entity':'vm:v%d','cpu':{'usage':1}}",
			 1000 + i * 10800, i);
		note(&m, record);
		if (sh_memory_sweep_is_due(&m)) {
			due = sh_memory_sweep(&m, NULL, &err) == 0;
		}
		most = m.entity.live > most ? m.entity.live : most;
	}
	OK(due && most < 80, "at most a week and a day of entities is kept: %zu", most);
	OK(m.series.live < 80, "and of series: %zu", m.series.live);
	OK(!note(&m, "{'time':5000,'entity':'vm:v1','cpu':{'usage':1}}"),
	   "what comes later than a week is dropped, forgotten or not");
	OK(!sh_memory_entity(&m, "vm:v1"), "an entity that vanished is forgotten");
	sh_memory_release(&m);
}

int main(void)
{
	test_forgetting();
	test_order();
	test_host();
	test_state();
	return plan_done();
}

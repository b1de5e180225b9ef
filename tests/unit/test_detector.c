/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "detect/detector.h"

#include <inttypes.h>
#include <string.h>

#include "base/clock.h"
#include "records.h"
#include "record/fault.h"
#include "record/json.h"
#include "scratch.h"
#include "tap.h"

struct bench {
	char *dir;
	struct sh_config config;
	struct sh_rules rules;
	struct sh_site site;
	struct sh_detector d;
	struct sh_buf out;
	char broken[200];
	int breaks;
};

static void keep_line(void *arg, const char *line, size_t len)
{
	struct bench *b = arg;

	sh_buf_add(&b->out, line, len);
}

static void keep_broken(void *arg, const struct sh_rule *rule, const struct sh_record *r,
			const char *error)
{
	struct bench *b = arg;

	(void)r;
	b->breaks++;
	snprintf(b->broken, sizeof(b->broken), "%s %s", rule->id, error);
}

static void start(struct bench *b)
{
	sh_detector_init(&b->d, &b->rules, &b->site, false, NULL, NULL);
	b->d.emit = keep_line;
	b->d.broken = keep_broken;
	b->d.arg = b;
}

static void set_up(struct bench *b, const char *yaml)
{
	struct sh_error err = SH_ERROR_INIT;

	memset(b, 0, sizeof(*b));
	b->dir = scratch_make();
	config_of(&b->config, b->dir, yaml);
	OK(sh_rules_load(&b->rules, &b->config, 0, NULL, NULL) == 0 &&
		   sh_site_load(&b->site, &b->config, &err) == 0, "rules and site %s", err.text);
	start(b);
}

static void tear_down(struct bench *b)
{
	sh_detector_release(&b->d);
	sh_rules_release(&b->rules);
	sh_site_release(&b->site);
	sh_config_release(&b->config);
	sh_buf_release(&b->out);
	scratch_remove(b->dir);
}

static int feed(struct bench *b, const char *line)
{
	SH_CLEANUP_FREE char *copy = sh_strdup(line);
	struct sh_record r = SH_RECORD_INIT;
	struct sh_error err = SH_ERROR_INIT;
	int rc = 0;

	record_of(&r, copy);
	if (r.kind == SH_KIND_TICK)
		sh_detector_tick(&b->d, &r);
	else
		rc = sh_detector_sample(&b->d, &r, &err);
	sh_record_release(&r);
	return rc;
}

/* A member of the N-th fault that came out, as JSON; "" when there is none. A static text. */
static const char *member(struct bench *b, int n, const char *name)
{
	static char text[400];
	struct sh_buf one = SH_BUF_INIT;
	struct sh_error err = SH_ERROR_INIT;
	const char *line = sh_buf_str(&b->out), *end;
	json_t *object;

	for (text[0] = '\0'; (end = strchr(line, '\n')); line = end + 1) {
		if (n-- > 0)
			continue;
		object = sh_json_parse(line, (size_t)(end - line), &err);
		if (json_object_get(object, name))
			sh_json_dump(&one, json_object_get(object, name));
		snprintf(text, sizeof(text), "%s", sh_buf_str(&one));
		json_decref(object);
		break;
	}
	sh_buf_release(&one);
	return text;
}

#define IS(b, n, name, wanted) \
	OK(!strcmp(member(b, n, name), wanted), "fault %d: %s is %s: %s", n, name, wanted, \
	   member(b, n, name))

static void test_fault(void)
{
	struct bench b;

	set_up(&b, "rules:\n  r: {expr: a.x > params.limit && labels.rack == 'r1' && host.cpu.usage > 5,\n"
		   "    count: 2, params: {limit: 10}, severity: low, fault_type: t, clear: a.x < 5,\n"
		   "    verify: a.x < 6, affected_metrics: [x], description: '{entity_name} at {a.x}, {dims.d}'}\n"
		   "filesystems:\n  /y: {params: {limit: 50, other: 1}}\n");
	feed(&b, "{'time':1,'cpu':{'usage':7}}");
	for (int i = 0; i < 2; i++)
		feed(&b, i ? "{'time':3,'entity':'filesystem:/x@h','labels':{'rack':'r1'},'dims':{'d':'e'},"
			     "'source':{'collector':'c','target':'/x'},'a':{'x':11}}"
			   : "{'time':2,'entity':'filesystem:/x@h','labels':{'rack':'r1'},'dims':{'d':'e'},"
			     "'a':{'x':10.5}}");
	IS(&b, 0, "kind", "\"fault\"");
	IS(&b, 0, "status", "\"open\"");
	IS(&b, 0, "time", "\"1970-01-01T00:00:03.000000Z\"");
	IS(&b, 0, "entity", "\"filesystem:/x@h\"");
	IS(&b, 0, "dims", "{\"d\":\"e\"}");
	IS(&b, 0, "fault_type", "\"t\"");
	IS(&b, 0, "description", "\"/x at 11, e\"");
	IS(&b, 0, "params", "{\"limit\":10}");
	IS(&b, 0, "clear", "\"a.x < 5\"");
	IS(&b, 0, "verify", "\"a.x < 6\"");
	IS(&b, 0, "affected_metrics", "[\"x\"]");
	IS(&b, 0, "source", "{\"collector\":\"c\",\"target\":\"/x\"}");
	IS(&b, 0, "context", "{\"metrics\":{\"a\":{\"x\":11}},\"host\":{\"cpu\":{\"usage\":7}}}");
	IS(&b, 0, "evidence",
	   "{\"since\":\"1970-01-01T00:00:02.000000Z\",\"until\":\"1970-01-01T00:00:03.000000Z\","
	   "\"hits\":2,\"values\":{\"a.x\":11,\"labels.rack\":\"r1\",\"host.cpu.usage\":7}}");
	OK(b.d.faults == 1, "one fault");
	feed(&b, "{'time':2,'entity':'filesystem:/y@h','labels':{'rack':'r1'},'a':{'x':11}}");
	feed(&b, "{'time':3,'entity':'filesystem:/y@h','labels':{'rack':'r1'},'a':{'x':51}}");
	feed(&b, "{'time':4,'entity':'filesystem:/y@h','labels':{'rack':'r1'},'a':{'x':52}}");
	IS(&b, 1, "params", "{\"limit\":50}");
	tear_down(&b);
}

static void test_pending(void)
{
	struct bench b;

	set_up(&b, "rules:\n  r: {expr: a.x > 10}\n");
	sh_detector_pending(&b.d);
	OK(b.out.len == 0, "nothing is pending");
	feed(&b, "{'time':1,'a':{'x':11}}");
	feed(&b, "{'time':2,'a':{'x':11}}");
	sh_detector_pending(&b.d);
	IS(&b, 0, "status", "\"pending\"");
	IS(&b, 0, "detection_count", "2");
	IS(&b, 0, "count", "3");
	feed(&b, "{'time':3,'a':{'x':11}}");
	IS(&b, 1, "status", "\"open\"");
	IS(&b, 1, "count", "");
	sh_buf_clear(&b.out);
	feed(&b, "{'time':4,'a':{'x':11}}");
	sh_detector_pending(&b.d);
	OK(b.out.len == 0, "an open fault is not pending");
	tear_down(&b);
}

static void test_broken(void)
{
	struct bench b;

	set_up(&b, "rules:\n  zero: {expr: 1 / 0 > a.x, count: 1}\n  r: {expr: a.x > 10, count: 1}\n"
		   "  type: {expr: labels.l > 5}\n  typo: {expr: a.y > 1}\n  guarded: {expr: has(a.y) && a.y > 1}\n");
	OK(!sh_detector_blind(&b.d, &b.rules.rule[3]), "before any record nothing is blind");
	feed(&b, "{'time':1,'labels':{'l':'x'},'a':{'x':11}}");
	IS(&b, 0, "rule_id", "\"r\"");
	OK(b.breaks == 2 && strstr(b.broken, "type"), "each failure is told: %s", b.broken);
	feed(&b, "{'time':2,'labels':{'l':'x'},'a':{'x':11}}");
	OK(b.breaks == 2, "once");
	feed(&b, "{'time':3,'a':{'x':11}}");
	feed(&b, "{'time':4,'labels':{'l':'x'},'a':{'x':11}}");
	OK(b.breaks == 3, "until the rule worked again");
	OK(!sh_detector_blind(&b.d, &b.rules.rule[1]) && !sh_detector_blind(&b.d, &b.rules.rule[0]) &&
		   !sh_detector_blind(&b.d, &b.rules.rule[4]),
	   "rules that decided or failed are not blind");
	OK(sh_detector_blind(&b.d, &b.rules.rule[3]) &&
		   !strcmp(sh_detector_blind(&b.d, &b.rules.rule[3]), "a.y"),
	   "a name that never was is told");
	tear_down(&b);
}

static void test_wrong_types(void)
{
	static const struct {
		const char *line;
		int rc;
	} lines[] = {
		{ "{'time':1,'dims':[],'a':{'x':11}}", -1 },
		{ "{'time':1,'labels':'l','a':{'x':11}}", -1 },
		{ "{'kind':'sample','time':1,'metrics':7}", -1 },
		{ "{'kind':'sample','time':1,'source':7,'metrics':{'a':{'x':11}}}", -1 },
		{ "{'time':1,'source':7,'metrics':7,'dims':null,'a':{'x':11}}", 0 },
	};
	struct bench b;

	set_up(&b, "rules:\n  r: {expr: a.x > 10, count: 1}\n");
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		OK(feed(&b, lines[i].line) == lines[i].rc && (b.out.len > 0) == (lines[i].rc == 0), "%s: %s",
		   lines[i].rc ? "bad" : "good", lines[i].line);
	tear_down(&b);
}

static void test_dims(void)
{
	struct bench b;

	set_up(&b, "rules:\n  r: {expr: a.x > 10, count: 2}\n");
	feed(&b, "{'time':1,'dims':{'d':'1','e':'2'},'a':{'x':11}}");
	feed(&b, "{'time':1,'dims':{'d':'12','e':''},'a':{'x':11}}");
	feed(&b, "{'time':1,'a':{'x':11}}");
	OK(b.out.len == 0, "series are counted apart");
	feed(&b, "{'time':2,'dims':{'e':'2','d':1},'a':{'x':11}}");
	IS(&b, 0, "dims", "{\"e\":\"2\",\"d\":\"1\"}");
	tear_down(&b);
}

static void give(struct bench *b, int i)
{
	static const int values[] = { 11, 12, 13, 14, 3, 15, 16, 17, 4, 4, 3, 2, 20, 21, 22, 4 };
	SH_CLEANUP_FREE char *a = sh_asprintf("{'time':%d,'cpu':{'usage':%d}}", 2 * i, i);
	SH_CLEANUP_FREE char *line = sh_asprintf("{'time':%d,'entity':'disk:a@h','labels':{'l':'%d'},'a':{'x':%d}}",
						 2 * i + 1, i, values[i % 16]);

	feed(b, a);
	feed(b, line);
}

static void reopen(struct bench *b, struct sh_state *s, int i)
{
	struct sh_error err = SH_ERROR_INIT;
	int rc = sh_detector_save(&b->d, s, &err);

	/* Every other save is lost, and made again. */
	if (rc == 0 && i % 2) {
		sh_detector_unsaved(&b->d);
		rc = sh_detector_save(&b->d, s, &err);
	}
	if (rc == 0)
		rc = sh_state_commit(s, &err);
	sh_detector_release(&b->d);
	start(b);
	if (rc == 0)
		rc = sh_detector_load(&b->d, s, &err);
	if (rc < 0)
		OK(false, "state: %s", err.text);
}

static void feed_of(struct bench *b, int host, int64_t time)
{
	SH_CLEANUP_FREE char *line = sh_asprintf(
		"{\"time\":%" PRId64 ",\"host\":\"h%d\",\"entity\":\"host:h%d\",\"cpu\":{\"usage\":7},\"a\":{\"x\":20}}",
		time, host, host);

	feed(b, line);
}

static void test_hosts(void)
{
	struct bench b;
	size_t lines;

	set_up(&b, "rules:\n  r: {expr: a.x > 10 && host.cpu.usage < 10, count: 1, repeat: 1h, stale_after: 2d}\n");
	for (int host = 0; host < 200; host++)
		feed_of(&b, host, 1000000000 + host);
	OK(b.d.store.hosts.n == 200, "as many hosts as were named: %zu", b.d.store.hosts.n);
	for (int hour = 6; hour < 24 * 20; hour += 6)
		for (int host = 198; host < 200; host++)
			feed_of(&b, host, 1000000000 + hour * 3600 + host);
	OK(b.d.store.hosts.n == 200, "those with a fault stay: %zu", b.d.store.hosts.n);
	tear_down(&b);
	set_up(&b, "rules:\n  r: {expr: a.x > 10 && host.cpu.usage > 5 && host.cpu.usage < 6, count: 1}\n");
	for (int host = 0; host < 200; host++)
		feed_of(&b, host, 1000000000 + host);
	for (int hour = 6; hour < 24 * 20; hour += 6)
		for (int host = 198; host < 200; host++)
			feed_of(&b, host, 1000000000 + hour * 3600 + host);
	OK(b.d.store.hosts.n == 2 && b.d.store.n == 2, "others are forgotten with their series: %zu",
	   b.d.store.hosts.n);
	lines = b.out.len;
	feed_of(&b, 5, 1000000000 + 20 * 86400);
	OK(b.d.store.hosts.n == 3 && b.out.len == lines, "one comes back");
	tear_down(&b);
}

/* Saving and loading after each record changes no byte of the output. */
static void test_split(void)
{
	static const char yaml[] =
		"rules:\n  r: {expr: a.x > 10 && host.cpu.usage < 1000, count: 2, clear: a.x < 5}\n"
		"  s: {expr: a.x > 13, for: 4s, count: 1, repeat: 3s, params: {p: 1.5}}\n";
	SH_CLEANUP_FREE char *whole = NULL;
	struct sh_error err = SH_ERROR_INIT;
	struct sh_state *s = NULL;
	struct bench b;

	set_up(&b, yaml);
	for (int i = 0; i < 64; i++)
		give(&b, i);
	whole = sh_strdup(sh_buf_str(&b.out));
	tear_down(&b);
	set_up(&b, yaml);
	OK(sh_state_open(&s, b.dir, "detect", 0, &err) == 0, "a state %s", err.text);
	for (int i = 0; i < 64; i++) {
		give(&b, i);
		reopen(&b, s, i);
	}
	OK(strlen(whole) > 1000 && !strcmp(whole, sh_buf_str(&b.out)), "64 runs write what one does");
	sh_state_close(s);
	tear_down(&b);
}

int main(void)
{
	test_fault();
	test_pending();
	test_broken();
	test_wrong_types();
	test_dims();
	test_hosts();
	test_split();
	return plan_done();
}

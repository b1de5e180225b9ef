/* SPDX-License-Identifier: MIT */
/* Records as text: one line of JSON in, lines for people out. */
#include "config.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "cli/burst.h"
#include "cli/text.h"
#include "tap.h"

static const struct {
	const char *title, *in, *out;
} cases[] = {
	{ "a sample shows its main metrics with units",
	  "{\"kind\":\"sample\",\"time\":\"2026-11-21T12:00:00Z\",\"host\":\"h\",\"entity\":\"filesystem:/var@h\","
	  "\"metrics\":{\"storage\":{\"size_bytes\":1000,\"utilization\":95.2,\"available_bytes\":5000000}}}",
	  "12:00:00 filesystem:/var@h                 storage.utilization 95.2 %  storage.available_bytes 4.8 MiB\n" },
	{ "dims are shown",
	  "{\"kind\":\"sample\",\"time\":\"2026-11-21T12:00:00Z\",\"host\":\"h\",\"entity\":\"service:web1@h\","
	  "\"dims\":{\"check\":\"http\"},\"metrics\":{\"check\":{\"ok\":1,\"time_ms\":3.25,\"status\":200}}}",
	  "12:00:00 service:web1@h {check=http}       check.ok yes  check.time_ms 3.25 ms  check.status 200\n" },
	{ "an unknown type shows its first metrics",
	  "{\"kind\":\"sample\",\"time\":\"2026-11-21T12:00:00Z\",\"entity\":\"vm:db-3\",\"host\":\"h\",\"metrics\":{\"a\":{\"b\":1.5}}}",
	  "12:00:00 vm:db-3                           a.b 1.5\n" },
	{ "a failed collector shows why",
	  "{\"kind\":\"sample\",\"time\":\"2026-11-21T12:00:00Z\",\"host\":\"h\",\"entity\":\"collector:disk@h\","
	  "\"metrics\":{\"collect\":{\"ok\":0}},\"error\":\"no \\u001b[31mway\"}",
	  "12:00:00 collector:disk@h                  collect.ok no  no \\x1b[31mway\n" },
	{ "a rate is per second",
	  "{\"kind\":\"sample\",\"time\":\"2026-11-21T12:00:00Z\",\"host\":\"h\",\"entity\":\"net:eth0@h\",\"metrics\":{\"net\":{\"rx_bytes\":2048}}}",
	  "12:00:00 net:eth0@h                        net.rx_bytes 2.0 KiB/s\n" },
	{ "an open fault",
	  "{\"kind\":\"fault\",\"time\":\"2026-11-21T12:00:03Z\",\"host\":\"h\",\"entity\":\"filesystem:/var@h\",\"id\":\"f-1\","
	  "\"fingerprint\":\"f\",\"status\":\"open\",\"fault_type\":\"disk_full\",\"rule_id\":\"disk_full\",\"severity\":\"critical\","
	  "\"description\":\"storage utilization 95.2 %\",\"detection_count\":3,\"total_hits\":3,"
	  "\"detected_at\":\"2026-11-21T12:00:03Z\",\"evidence\":{\"since\":\"2026-11-21T12:00:01Z\",\"until\":\"2026-11-21T12:00:03Z\",\"hits\":3}}",
	  "12:00:03 CRITICAL disk_full filesystem:/var@h: storage utilization 95.2 % (open, 3 of 3)\n" },
	{ "an ongoing fault says all its hits",
	  "{\"kind\":\"fault\",\"time\":\"2026-11-21T12:00:03Z\",\"host\":\"h\",\"entity\":\"host:h\",\"id\":\"f-1\","
	  "\"fingerprint\":\"f\",\"status\":\"ongoing\",\"fault_type\":\"t\",\"rule_id\":\"t\",\"severity\":\"high\","
	  "\"description\":\"d\",\"detection_count\":3,\"total_hits\":9,"
	  "\"detected_at\":\"2026-11-21T12:00:03Z\",\"evidence\":{\"since\":\"2026-11-21T12:00:01Z\",\"until\":\"2026-11-21T12:00:03Z\",\"hits\":3}}",
	  "12:00:03 HIGH t host:h: d (ongoing, 9 hits)\n" },
	{ "a resolved fault says how long it was there",
	  "{\"kind\":\"fault\",\"time\":\"2026-11-21T12:05:01Z\",\"host\":\"h\",\"entity\":\"host:h\",\"id\":\"f-1\","
	  "\"fingerprint\":\"f\",\"status\":\"resolved\",\"fault_type\":\"t\",\"rule_id\":\"t\",\"severity\":\"high\","
	  "\"description\":\"d\",\"detection_count\":3,\"total_hits\":9,"
	  "\"detected_at\":\"2026-11-21T12:00:03Z\",\"evidence\":{\"since\":\"2026-11-21T12:00:01Z\",\"until\":\"2026-11-21T12:00:03Z\",\"hits\":3}}",
	  "12:05:01 RESOLVED t host:h: d (resolved after 5m)\n" },
	{ "a flapping fault says how much",
	  "{\"kind\":\"fault\",\"time\":\"2026-11-21T12:05:01Z\",\"host\":\"h\",\"entity\":\"host:h\",\"id\":\"f-1\","
	  "\"fingerprint\":\"f\",\"status\":\"flapping\",\"fault_type\":\"t\",\"rule_id\":\"t\",\"severity\":\"high\","
	  "\"description\":\"d\",\"total_hits\":9,\"evidence\":{\"score\":37,\"flapping_since\":\"2026-11-21T12:05:01Z\"}}",
	  "12:05:01 HIGH t host:h: d (flapping, score 37 %)\n" },
	{ "a stale fault says how long nothing came",
	  "{\"kind\":\"fault\",\"time\":\"2026-11-21T12:05:01Z\",\"host\":\"h\",\"entity\":\"host:h\",\"id\":\"f-1\","
	  "\"fingerprint\":\"f\",\"status\":\"stale\",\"fault_type\":\"t\",\"rule_id\":\"t\",\"severity\":\"high\","
	  "\"description\":\"d\",\"total_hits\":9,\"evidence\":{\"silent_since\":\"2026-11-21T12:02:31Z\"}}",
	  "12:05:01 HIGH t host:h: d (stale, silent for 2m30s)\n" },
	{ "a suppressed fault says why",
	  "{\"kind\":\"fault\",\"time\":\"2026-11-21T12:05:01Z\",\"host\":\"h\",\"entity\":\"host:h\",\"id\":\"f-1\","
	  "\"fingerprint\":\"f\",\"status\":\"ongoing\",\"fault_type\":\"t\",\"rule_id\":\"t\",\"severity\":\"high\","
	  "\"suppressed\":{\"by\":\"maintenance\",\"id\":\"m\",\"owner\":\"ann\",\"until\":\"2026-11-21T13:00:00.000000Z\","
	  "\"reason\":\"new\\tdisk\"},\"description\":\"d\",\"total_hits\":9}",
	  "12:05:01 HIGH t host:h: d (ongoing, 9 hits) - in maintenance by ann until 2026-11-21T13:00:00Z: new\\tdisk\n" },
	{ "a fault that follows from another says which",
	  "{\"kind\":\"fault\",\"time\":\"2026-11-21T12:05:01Z\",\"host\":\"h\",\"entity\":\"service:w@h\",\"id\":\"f-1\","
	  "\"fingerprint\":\"f\",\"status\":\"ongoing\",\"fault_type\":\"t\",\"rule_id\":\"t\",\"severity\":\"high\","
	  "\"suppressed\":{\"by\":\"dependency\",\"of\":\"f\",\"entity\":\"host:h\",\"fault_type\":\"host_down\"},\"total_hits\":9}",
	  "12:05:01 HIGH t service:w@h (ongoing, 9 hits) - follows from host_down of host:h\n" },
	{ "a diagnosis",
	  "{\"kind\":\"diagnosis\",\"time\":\"2026-11-21T12:00:03Z\",\"host\":\"h\",\"entity\":\"filesystem:/var@h\",\"id\":\"d-1\","
	  "\"merged_result\":{\"rule_id\":\"r\",\"root_cause\":\"storage_space_exhausted\",\"confidence\":0.95},"
	  "\"results\":[{\"rule_id\":\"r\",\"root_cause\":\"storage_space_exhausted\",\"confidence\":0.95,\"title\":\"The space is used up\","
	  "\"recommendation\":\"remove old files\",\"affected_resources\":[\"filesystem:/var@h\",\"service:web1@h\"],"
	  "\"evidence\":[\"utilization is 95.2 %\"]}],"
	  "\"ranking\":[{\"root_cause\":\"storage_space_exhausted\",\"confidence\":0.95},{\"root_cause\":\"inodes_exhausted\",\"confidence\":0.2}],"
	  "\"candidates\":[\"disk-clean\"],"
	  "\"fault\":{\"kind\":\"fault\",\"time\":\"2026-11-21T12:00:03Z\",\"host\":\"h\",\"entity\":\"filesystem:/var@h\",\"id\":\"f-1\","
	  "\"fingerprint\":\"f\",\"status\":\"open\",\"fault_type\":\"disk_full\",\"rule_id\":\"disk_full\",\"severity\":\"critical\","
	  "\"description\":\"d\",\"detection_count\":3,\"total_hits\":3,"
	  "\"detected_at\":\"2026-11-21T12:00:03Z\",\"evidence\":{\"since\":\"2026-11-21T12:00:01Z\",\"until\":\"2026-11-21T12:00:03Z\",\"hits\":3}}}",
	  "12:00:03 disk_full on filesystem:/var@h: storage_space_exhausted (95 %)\n"
	  "         The space is used up\n"
	  "         because utilization is 95.2 %\n"
	  "         affects filesystem:/var@h, service:web1@h\n"
	  "         recommended: remove old files\n"
	  "         otherwise inodes_exhausted (20 %)\n"
	  "         playbooks: disk-clean\n" },
	{ "a plan with its guards and steps",
	  "{\"kind\":\"plan\",\"time\":\"2026-11-21T12:00:04Z\",\"host\":\"h\",\"entity\":\"service:web1@h\",\"id\":\"p-1\","
	  "\"playbook\":\"service-restart\",\"risk\":\"low\",\"mode\":\"ask\",\"attempt\":1,\"fault_type\":\"service_down\",\"cause\":\"process_gone\","
	  "\"evidence\":{\"since\":\"2026-11-21T12:00:01Z\",\"until\":\"2026-11-21T12:00:03Z\",\"hits\":3},"
	  "\"guards\":[{\"guard\":\"freshness\",\"answer\":\"pass\"},{\"guard\":\"cooldown\",\"answer\":\"pass\"},{\"guard\":\"approval\",\"answer\":\"wait\",\"reason\":\"nobody has approved it\"}],"
	  "\"steps\":[{\"name\":\"restart\",\"action\":\"process-restart\",\"state\":\"planned\",\"argv\":[\"/usr/sbin/nginx\",\"-c\",\"it's here\"]}],"
	  "\"verify\":\"service.running == 1\",\"decision\":\"ask\",\"reason\":\"the site says ask\"}",
	  "12:00:04 plan p-1: service-restart on service:web1@h for service_down, process_gone (low risk, mode ask, attempt 1)\n"
	  "         guards pass: freshness, cooldown\n"
	  "         guard approval waits: nobody has approved it\n"
	  "         step 1 restart: /usr/sbin/nginx -c 'it'\\''s here'\n"
	  "         proved by service.running == 1\n"
	  "         decision: ask, the site says ask\n" },
	{ "a repair that fixed it is one line",
	  "{\"kind\":\"repair\",\"time\":\"2026-11-21T12:00:06Z\",\"host\":\"h\",\"entity\":\"filesystem:/var@h\",\"id\":\"p-1\","
	  "\"playbook\":\"disk-clean\",\"fault_type\":\"disk_full\",\"success\":true,\"verified\":\"fixed\",\"undone\":false,"
	  "\"evidence\":{\"since\":\"2026-11-21T12:00:01Z\",\"until\":\"2026-11-21T12:00:03Z\",\"hits\":3},\"guards\":[],"
	  "\"steps\":[{\"name\":\"clean\",\"action\":\"disk-clean\",\"state\":\"done\"}],"
	  "\"started\":\"2026-11-21T12:00:04Z\",\"ended\":\"2026-11-21T12:00:05Z\",\"verified_at\":\"2026-11-21T12:00:05.500000Z\",\"freed_space_bytes\":47500000}",
	  "12:00:06 FIXED disk-clean on filesystem:/var@h for disk_full in 1.50 s, freed 45.3 MiB\n" },
	{ "a repair that failed shows its steps",
	  "{\"kind\":\"repair\",\"time\":\"2026-11-21T12:00:06Z\",\"host\":\"h\",\"entity\":\"service:w@h\",\"id\":\"p-1\","
	  "\"playbook\":\"service-restart\",\"success\":false,\"verified\":\"unknown\",\"undone\":false,\"error\":\"step restart failed\","
	  "\"evidence\":{\"since\":\"2026-11-21T12:00:01Z\",\"until\":\"2026-11-21T12:00:03Z\",\"hits\":3},\"guards\":[],"
	  "\"steps\":[{\"name\":\"restart\",\"action\":\"process-restart\",\"state\":\"failed\",\"tries\":2,\"error\":\"no such file\"}],\"next\":\"notify\"}",
	  "12:00:06 FAILED service-restart on service:w@h: step restart failed\n"
	  "         step 1 restart: process-restart failed, 2 tries: no such file\n"
	  "         next: notify\n" },
	{ "what nothing is known against is one line",
	  "{\"kind\":\"repair\",\"time\":\"2026-11-21T12:00:06Z\",\"host\":\"h\",\"entity\":\"host:h\",\"id\":\"p-1\","
	  "\"fault_type\":\"high_latency\",\"success\":false,\"undone\":false,\"error\":\"no playbook for it\",\"decision\":\"none\",\"reason\":\"no playbook for it\"}",
	  "12:00:06 NO REPAIR of host:h for high_latency: no playbook for it\n" },
	{ "a pending fault says how many hits it lacks",
	  "{\"kind\":\"fault\",\"time\":\"2026-11-21T12:00:03Z\",\"host\":\"h\",\"entity\":\"host:h\",\"id\":\"f-1\","
	  "\"fingerprint\":\"f\",\"status\":\"pending\",\"fault_type\":\"t\",\"rule_id\":\"t\",\"severity\":\"low\",\"count\":3,"
	  "\"description\":\"d\",\"detection_count\":1,\"total_hits\":1,"
	  "\"detected_at\":\"2026-11-21T12:00:03Z\",\"evidence\":{\"since\":\"2026-11-21T12:00:01Z\",\"until\":\"2026-11-21T12:00:03Z\",\"hits\":1}}",
	  "12:00:03 LOW t host:h: d (pending, 1 of 3)\n" },
	{ "a pending fault that has hits enough says how long they must last",
	  "{\"kind\":\"fault\",\"time\":\"2026-11-21T12:00:03Z\",\"host\":\"h\",\"entity\":\"host:h\",\"id\":\"f-1\","
	  "\"fingerprint\":\"f\",\"status\":\"pending\",\"fault_type\":\"t\",\"rule_id\":\"t\",\"severity\":\"low\",\"count\":3,"
	  "\"for_seconds\":300,\"total_hits\":4,\"evidence\":{\"since\":\"2026-11-21T12:00:00Z\",\"until\":\"2026-11-21T12:00:45Z\",\"hits\":4}}",
	  "12:00:03 LOW t host:h (pending, 4 hits, 45.0 s of 5m)\n" },
	{ "a pending fault that has hits too few says both",
	  "{\"kind\":\"fault\",\"time\":\"2026-11-21T12:00:03Z\",\"host\":\"h\",\"entity\":\"host:h\",\"id\":\"f-1\","
	  "\"fingerprint\":\"f\",\"status\":\"pending\",\"fault_type\":\"t\",\"rule_id\":\"t\",\"severity\":\"low\",\"count\":3,"
	  "\"for_seconds\":300,\"total_hits\":2,\"evidence\":{\"since\":\"2026-11-21T12:00:00Z\",\"until\":\"2026-11-21T12:00:45Z\",\"hits\":2}}",
	  "12:00:03 LOW t host:h (pending, 2 of 3, 45.0 s of 5m)\n" },
	{ "a notice",
	  "{\"kind\":\"notice\",\"time\":\"2026-11-21T12:00:06Z\",\"host\":\"h\",\"severity\":\"high\",\"text\":\"look\\nhere\",\"about\":\"p-1\"}",
	  "12:00:06 notice high: look\\nhere (about p-1)\n" },
	{ "a task",
	  "{\"kind\":\"task\",\"time\":\"2026-11-21T12:00:06Z\",\"host\":\"h\",\"task\":\"clean\",\"due\":\"2026-11-21T12:00:00Z\",\"success\":false,\"error\":\"no\"}",
	  "12:00:06 task clean due 12:00:00: failed, no\n" },
	{ "a log line keeps its members",
	  "{\"kind\":\"log\",\"time\":\"2026-11-21T12:00:06Z\",\"host\":\"h\",\"entity\":\"service:web1@h\",\"text\":\"hello\",\"pid\":7}",
	  "12:00:06 log service:web1@h: hello pid=7\n" },
	{ "an edge",
	  "{\"kind\":\"edge\",\"time\":\"2026-11-21T12:00:06Z\",\"host\":\"h\",\"from\":\"a:b\",\"to\":\"c:d\",\"type\":\"depends_on\"}",
	  "12:00:06 edge a:b depends_on c:d\n" },
	{ "a kind of a later version",
	  "{\"kind\":\"dream\",\"time\":\"2026-11-21T12:00:06Z\",\"host\":\"h\",\"entity\":\"host:h\",\"of\":[\"sheep\"]}",
	  "12:00:06 dream host:h of=[\"sheep\"]\n" },
	{ "a fault that lacks what makes it one is shown as it is",
	  "{\"kind\":\"fault\",\"time\":\"2026-11-21T12:00:06Z\",\"host\":\"h\",\"entity\":\"host:h\",\"status\":3}",
	  "12:00:06 fault host:h status=3\n" },
	{ "a tick is nothing to see", "{\"kind\":\"tick\",\"time\":\"2026-11-21T12:00:06Z\",\"host\":\"h\"}", "" },
	{ "nor is a barrier", "{\"kind\":\"barrier\",\"seq\":1,\"acked\":0}", "" },
	{ "nor a resume", "{\"kind\":\"resume\",\"program\":\"sh-detect\",\"seq\":1,\"acked\":0}", "" },
};

static void play(struct sh_buf *out, struct sh_bursts *b, const char *time, const char *host, const char *more)
{
	SH_CLEANUP_BUF struct sh_buf line = SH_BUF_INIT;
	struct sh_text t = { .out = out };
	struct sh_error err = SH_ERROR_INIT;
	struct sh_record r = SH_RECORD_INIT;

	sh_buf_addf(&line, "{\"time\":\"2026-11-21T12:%sZ\",\"host\":\"%s\",\"entity\":\"host:%s\",%s}",
		    time, host, host, more);
	if (sh_record_view(&r, line.data, line.len, "h", 0, &err))
		sh_buf_addf(out, "bad: %s", err.text);
	sh_bursts_over(b, r.time, &t);
	sh_text_record(out, &r, false, b);
	sh_record_release(&r);
}

#define FAULT(status, severity) \
	"\"kind\":\"fault\",\"id\":\"f\",\"fingerprint\":\"f\",\"status\":\"" status "\",\"fault_type\":\"hot\"," \
	"\"rule_id\":\"hot\",\"total_hits\":3,\"detection_count\":3,\"severity\":\"" severity "\""

static void is_text(struct sh_buf *out, const char *wanted, const char *title)
{
	if (!OK(!strcmp(sh_buf_str(out), wanted), "%s", title))
		diag("'%s'", sh_buf_str(out));
	sh_buf_clear(out);
}

static void test_bursts(void)
{
	static const char *const host[] = { "a", "b", "c", "d", "b", "d", "d" };
	struct sh_bursts *b = sh_bursts_new(1);
	struct sh_buf out = SH_BUF_INIT;
	struct sh_text t = { .out = &out };

	for (int i = 0; i < 7; i++)
		play(&out, b, "00:00", host[i], i == 5 ? FAULT("open", "critical") : FAULT("open", "low"));
	is_text(&out, "12:00:00 LOW hot host:a (open, 3 of 3)\n", "of what is alike the first is shown");
	play(&out, b, "00:03", "a", FAULT("resolved", "low"));
	play(&out, b, "00:09", "e", FAULT("open", "low"));
	is_text(&out, "12:00:03 RESOLVED hot host:a (resolved)\n", "each status is a sort of its own");
	OK(sh_bursts_waits(b), "something waits to be said");
	play(&out, b, "00:10", "f", FAULT("open", "low"));
	is_text(&out, "12:00:09 CRITICAL hot: 7 more on 4 hosts in 9.00 s (open; d 3, b 2, c 1, \342\200\246)\n"
		      "12:00:10 LOW hot host:f (open, 3 of 3)\n",
		"after ten seconds it is said what else there was, the worst of it first");
	play(&out, b, "00:10", "f", FAULT("open", "low"));
	play(&out, b, "00:10", "f", FAULT("open", "low") ",\"group\":{\"id\":\"g\",\"key\":{\"rack\":\"r\\u001b\"}}");
	play(&out, b, "00:10", "f", FAULT("open", "low") ",\"group\":{\"id\":\"g\",\"key\":{\"rack\":\"r\\u001b\"}}");
	play(&out, b, "00:10", "f", FAULT("open", "low") ",\"suppressed\":{\"by\":\"silence\"}");
	play(&out, b, "00:10", "f", FAULT("open", "low") ",\"suppressed\":{\"by\":\"silence\"}");
	sh_buf_clear(&out);
	sh_bursts_flush(b, &t);
	is_text(&out, "12:00:10 LOW hot: 1 more on f (open)\n12:00:10 LOW hot {rack=r\\x1b}: 1 more on f (open)\n"
		      "12:00:10 LOW hot (suppressed): 1 more on f (open)\n",
		"so are groups, and what is suppressed");
	OK(!sh_bursts_waits(b) && !sh_bursts_flush(b, &t), "and nothing is said twice");
	for (int i = 0; i < 3; i++)
		play(&out, b, "00:20", "f", "\"kind\":\"notice\",\"severity\":\"high\",\"text\":\"t\"");
	play(&out, b, "00:20", "f", "\"kind\":\"log\",\"text\":\"t\"");
	play(&out, b, "00:20", "f", "\"kind\":\"log\",\"text\":\"t\"");
	sh_bursts_flush(b, &t);
	is_text(&out, "12:00:20 notice high: t\n12:00:20 log host:f: t\n12:00:20 log host:f: t\n"
		      "12:00:20 HIGH notice: 2 more on f\n", "notices are summed up, logs are not");
	for (int i = 0; i < 3; i++)
		play(&out, b, i < 2 ? "50:00" : "00:00", "f", FAULT("open", "low"));
	is_text(&out, "12:50:00 LOW hot host:f (open, 3 of 3)\n12:50:00 LOW hot: 1 more on f (open)\n"
		      "12:00:00 LOW hot host:f (open, 3 of 3)\n", "a file of an earlier time begins anew");
	sh_buf_release(&out);
	sh_bursts_free(b);
}

static void test_burst_bounds(void)
{
	struct sh_bursts *b = sh_bursts_new(1);
	struct sh_buf out = SH_BUF_INIT;
	struct sh_text t = { .out = &out };
	char host[16], notice[80];

	for (int i = 0; i < SH_BURST_HOSTS + 10; i++) {
		snprintf(host, sizeof(host), "h%d", i);
		play(&out, b, "00:00", host, FAULT("open", "low"));
	}
	sh_buf_clear(&out);
	sh_bursts_flush(b, &t);
	is_text(&out, "12:00:00 LOW hot: 4105 more on more than 4096 hosts (open; h1 1, h2 1, h3 1, \342\200\246)\n",
		"more hosts than can be told apart are said to be more");
	play(&out, b, "00:00", "a", FAULT("open", "low"));
	play(&out, b, "00:00", "a", FAULT("open", "low"));
	for (int i = 0; i < SH_BURST_SORTS; i++) {
		snprintf(notice, sizeof(notice), "%s,\"group\":{\"id\":\"g\",\"key\":{\"n\":\"%d\"}}",
			 "\"kind\":\"notice\",\"text\":\"t\"", i);
		sh_buf_clear(&out);
		play(&out, b, "00:00", "a", notice);
	}
	is_text(&out, "12:00:00 LOW hot: 1 more on a (open)\n12:00:00 notice: t\n",
		"more sorts than can be told apart are said at once");
	sh_buf_release(&out);
	sh_bursts_free(b);
}

static void show(struct sh_buf *out, const char *line, bool color)
{
	struct sh_error err = SH_ERROR_INIT;
	struct sh_record r = SH_RECORD_INIT;

	sh_buf_clear(out);
	if (sh_record_view(&r, line, strlen(line), "h", 0, &err))
		sh_buf_addf(out, "bad: %s", err.text);
	else
		sh_text_record(out, &r, color, NULL);
	sh_record_release(&r);
}

int main(void)
{
	struct sh_buf out = SH_BUF_INIT;

	setenv("TZ", "UTC", 1);
	tzset();
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		show(&out, cases[i].in, false);
		if (!OK(!strcmp(sh_buf_str(&out), cases[i].out), "%s", cases[i].title))
			diag("'%s'", sh_buf_str(&out));
	}
	show(&out, cases[5].in, true);
	OK(strstr(sh_buf_str(&out), "\033[1;31mCRITICAL\033[0m") != NULL, "severity has its colour");
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		show(&out, cases[i].in, false);
		OK(!memchr(sh_buf_str(&out), '\033', out.len), "no escape without colour: %s", cases[i].title);
	}
	test_bursts();
	test_burst_bounds();
	sh_buf_release(&out);
	return plan_done();
}

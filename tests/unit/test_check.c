/* SPDX-License-Identifier: MIT */
/* Checks as the site declares them: every kind, its keys and what is refused. */
#include "config.h"

#include <string.h>

#include "base/clock.h"
#include "config/check.h"

#include "tap.h"

/* Load TEXT as one check of a service. The tree stays in *tree, for the strings. */
static int load(struct sh_check *k, const char *text, struct sh_node **tree, struct sh_error *err)
{
	memset(k, 0, sizeof(*k));
	*tree = sh_node_parse("site.yaml", text, strlen(text), err);
	return *tree ? sh_check_load(k, *tree, err) : -1;
}

static void test_kinds(void)
{
	static const struct {
		enum sh_check_kind kind;
		const char *text, *address;
		int64_t timeout;
	} cases[] = {
		{ SH_CHECK_HTTP, "{http: 'https://h/x?y'}", "https://h/x?y", 5 * SH_SEC },
		{ SH_CHECK_TLS, "{tls: h, min_days: 20}", "h", 5 * SH_SEC },
		{ SH_CHECK_TCP, "{tcp: '[::1]:80', send: hello, expect: '^x'}", "[::1]:80", 5 * SH_SEC },
		{ SH_CHECK_UDP, "{udp: 'h:1', timeout: 1m}", "h:1", SH_MIN },
		{ SH_CHECK_UNIX, "{unix: /run/x.sock}", "/run/x.sock", 5 * SH_SEC },
		{ SH_CHECK_PING, "{ping: '::1', count: 5, max_loss: 50}", "::1", 5 * SH_SEC },
		{ SH_CHECK_DNS, "{dns: 'h:5353', name: example.org, type: A}", "h:5353", 5 * SH_SEC },
		{ SH_CHECK_NTP, "{ntp: h, max_offset: 100ms}", "h", 5 * SH_SEC },
		{ SH_CHECK_SSH, "{ssh: h}", "h", 5 * SH_SEC },
		{ SH_CHECK_SMTP, "{smtp: h}", "h", 5 * SH_SEC },
		{ SH_CHECK_REDIS, "{redis: h, password_file: /etc/p}", "h", 5 * SH_SEC },
		{ SH_CHECK_POSTGRES, "{postgres: h, user: u, database: d}", "h", 5 * SH_SEC },
		{ SH_CHECK_FILE, "{file: /x, absent: true}", "/x", 5 * SH_SEC },
		{ SH_CHECK_DIRECTORY, "{directory: /x, match: '*.tmp', max: 5}", "/x", 5 * SH_SEC },
		{ SH_CHECK_MOUNT, "{mount: /, fstype: ext4, options: [rw]}", "/", 5 * SH_SEC },
		{ SH_CHECK_CHECKSUM,
		  "{checksum: /x, sha256: 0123456789012345678901234567890123456789012345678901234567890123}",
		  "/x", 30 * SH_SEC },
		{ SH_CHECK_FRESH, "{fresh: /x, within: 5m}", "/x", 5 * SH_SEC },
		{ SH_CHECK_PROCESS, "{process: nginx, min: 2, user: www-data}", "nginx", 5 * SH_SEC },
		{ SH_CHECK_COMMAND, "{command: [/bin/true, x]}", NULL, 10 * SH_SEC },
		{ SH_CHECK_PLUGIN, "{plugin: disk.sh, settings: {a: [1]}}", "disk.sh", 10 * SH_SEC },
		{ SH_CHECK_SCRAPE, "{scrape: 'http://h/metrics'}", "http://h/metrics", 10 * SH_SEC },
		{ SH_CHECK_READ, "{read: /x.prom}", "/x.prom", 5 * SH_SEC },
		{ SH_CHECK_LOG, "{log: /var/log/x}", "/var/log/x", 5 * SH_SEC },
		{ SH_CHECK_JOURNAL, "{journal: web.service, match: a, from: start, path: /j}",
		  "web.service", 10 * SH_SEC },
	};

	OK(sizeof(cases) / sizeof(cases[0]) == SH_CHECK_KINDS, "a case for each kind");
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct sh_error err = SH_ERROR_INIT;
		struct sh_node *tree;
		struct sh_check k;
		int rc = load(&k, cases[i].text, &tree, &err);

		OK(rc == 0 && k.kind == cases[i].kind && k.timeout == cases[i].timeout &&
		   (cases[i].address ? k.address && !strcmp(k.address, cases[i].address) :
				       k.argv && !k.address),
		   "%s: %s", cases[i].text, err.text);
		sh_check_release(&k);
		sh_node_free(tree);
	}
}

static void test_options(void)
{
	struct sh_error err = SH_ERROR_INIT;
	struct sh_node *tree;
	struct sh_check k;

	OK(load(&k, "{http: 'http://{target}/', hosts: [a, 'b:81', '::1'], status: [200, 204], "
		    "headers: {A: b}, header_files: {Authorization: /etc/token}}", &tree, &err) == 0,
	   "a web check of many hosts: %s", err.text);
	OK(k.status && k.status[0] == 200 && k.status[1] == 204 && !k.status[2], "statuses are a list");
	OK(k.hosts && !strcmp(k.hosts[1], "b:81") && !k.hosts[3], "hosts are a list");
	OK(!strcmp(json_string_value(json_object_get(k.header_files, "Authorization")), "/etc/token"),
	   "the file of a header");
	OK(k.redirects == SH_CHECK_UNSET && k.min_days == SH_CHECK_UNSET && !k.match && !k.expect,
	   "what was not given is unset");
	sh_check_release(&k);
	sh_node_free(tree);
	OK(load(&k, "{file: /x, permissions: 0640, min_size: 1k, max_age: 1h}", &tree, &err) == 0 &&
	   k.permissions == 0640 && k.min_size == 1024 && k.max_age == SH_HOUR && k.max_size == -1,
	   "permissions are octal, sizes bytes, ages durations");
	sh_check_release(&k);
	sh_node_free(tree);
	OK(load(&k, "{command: [/x, '{target}'], targets: /etc/hosts.txt}", &tree, &err) == 0 &&
	   !strcmp(k.format, "nagios") && !strcmp(k.targets, "/etc/hosts.txt"),
	   "a command for each line of a file; its format has a default");
	sh_check_release(&k);
	sh_node_free(tree);
}

static void test_refused(void)
{
	static const struct {
		const char *text, *want;
	} cases[] = {
		{ "[tcp]", "1:1: a check must be a map" },
		{ "{tpc: 'h:1'}", "1:2: unknown key 'tpc' of a check; did you mean 'tcp'?" },
		{ "{timeout: 1s}", "1:1: a check needs one of: http" },
		{ "{tcp: 'h:1', udp: 'h:1'}", "1:14: a check has either 'tcp' or 'udp'" },
		{ "{tcp: 'h:1', staus: 5}", "1:14: unknown key 'staus' of a tcp check" },
		{ "{http: 'http://h', staus: 5}", "of a http check; did you mean 'status'?" },
		{ "{tcp: 'h:1', group: g}", "unknown key 'group' of a tcp check" },
		{ "{tcp: h}", "1:7: 'tcp' must be HOST:PORT, not 'h'" },
		{ "{tcp: 'a b:1'}", "'tcp' must be HOST:PORT" },
		{ "{tcp: '-h:1'}", "'tcp' must be HOST:PORT" },
		{ "{ssh: 'h:x'}", "'ssh' must be HOST or HOST:PORT" },
		{ "{ping: 'h:1'}", "'ping' must be a host" },
		{ "{http: 'http://h/a b'}", "'http' must be an http:// or https:// URL" },
		{ "{file: x}", "'file' must be an absolute path" },
		{ "{plugin: ../x}", "'plugin' must be a name of letters" },
		{ "{plugin: .x}", "'plugin' must be a name of letters" },
		{ "{command: ls}", "'command' must be a list" },
		{ "{command: [ls]}", "'command' must begin with the absolute path" },
		{ "{dns: h}", "1:1: a dns check needs 'name'" },
		{ "{fresh: /x}", "a fresh check needs 'within'" },
		{ "{fresh: /x, within: 5}", "'within' must be a duration" },
		{ "{checksum: /x, sha256: abc}", "'sha256' must be 64 hexadecimal digits" },
		{ "{tcp: 'h:1', expect: 'a('}", "1:22: 'expect' is no pattern: missing" },
		{ "{http: 'http://h', status: []}", "'status' must have from 1 to" },
		{ "{http: 'http://h', status: [200, x]}", "1:34: 'status' must be a whole number" },
		{ "{http: 'http://h', method: 'G T'}", "'method' must be of letters" },
		{ "{http: 'http://h', headers: [x]}", "'headers' must be a map" },
		{ "{http: 'http://h', headers: {\"a\\r\\nb\": x}}", "is no name and value of a header" },
		{ "{http: 'http://h', headers: {a: \"x\\ny\"}}", "is no name and value of a header" },
		{ "{http: 'http://h', header_files: {a: token}}", "'a' must be an absolute path" },
		{ "{http: 'http://h', headers: {authorization: x}}", "is a secret: give it by 'header_files'" },
		{ "{http: 'http://u:p@h/'}", "URL without a password" },
		{ "{http: 'http://h', redirects: 1, header_files: {a: /x}}", "'redirects' would carry" },
		{ "{plugin: x, settings: [1]}", "'settings' must be a map" },
		{ "{tcp: '{target}:1'}", "'{target}' needs 'hosts' or 'targets'" },
		{ "{tcp: 'h:1', hosts: [a]}", "1:21: 'tcp' holds no '{target}'" },
		{ "{tcp: '{target}:1', hosts: [a], targets: /x}", "either 'hosts' or 'targets'" },
		{ "{tcp: '{target}:1', hosts: ['a/b']}", "'a/b' is no host" },
		{ "{tcp: '{target}:1', hosts: ['-a']}", "'-a' is no host" },
		{ "{tcp: '{target}:1', targets: x}", "'targets' must be an absolute path" },
		{ "{file: '/{target}', hosts: [a]}", "a file check asks no hosts" },
		{ "{tcp: 'h:1', timeout: 2h}", "1:23: 'timeout' must be from 1ms to 1h" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct sh_error err = SH_ERROR_INIT;
		struct sh_node *tree;
		struct sh_check k;
		int rc = load(&k, cases[i].text, &tree, &err);

		OK(rc < 0 && err.code == SH_ERRC_CONFIG && strstr(err.text, "site.yaml:1:") &&
		   strstr(err.text, cases[i].want), "%s: %s", cases[i].text, cases[i].want);
		if (!strstr(err.text, cases[i].want))
			diag("said: %s", err.text);
		sh_check_release(&k);
		sh_node_free(tree);
	}
}

int main(void)
{
	test_kinds();
	test_options();
	test_refused();
	return plan_done();
}

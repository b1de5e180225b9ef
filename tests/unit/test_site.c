/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <math.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/mem.h"
#include "config/site.h"

#include "tap.h"

static char dir[] = "/tmp/test_site.XXXXXX";

/* Write TEXT to a file and load it as the only configuration. */
static int load(struct sh_config *c, const char *text, struct sh_error *err)
{
	SH_CLEANUP_FREE char *path = sh_asprintf("%s/site.yaml", dir);
	const char *paths[] = { path, NULL };
	const struct sh_config_options opt = { .paths = paths, .no_stock = true };

	if (sh_file_write_atomic(path, text, strlen(text), 0600, err) < 0) {
		memset(c, 0, sizeof(*c));
		return -1;
	}
	return sh_config_load(c, &opt, NULL, NULL, err);
}

static const char design[] =
	"services:\n"
	"  web1:\n"
	"    pidfile: /run/web1.pid            # or match: {exe: /usr/sbin/nginx}\n"
	"    start: [/usr/sbin/nginx, -c, /etc/web1.conf]\n"
	"    stop: [/usr/sbin/nginx, -s, quit]\n"
	"    user: www-data\n"
	"    checks: [{http: \"http://127.0.0.1:8080/h\", status: 200, timeout: 1s}]\n"
	"    files: [{path: /etc/web1.conf, baseline: true, validate: [/usr/sbin/nginx, -t]}]\n"
	"    depends_on: [\"filesystem:/var\"]\n"
	"    group: web\n"
	"    mode: act                          # observe | ask | act\n"
	"filesystems:\n"
	"  /var: {limit: 90, clean: [{root: /var/tmp/app, match: \"*.tmp\", older: 1d}], mode: act}\n"
	"groups:\n"
	"  web: {min_healthy: 51%, max_unavailable: 1}\n";

static void check_service(const struct sh_site *site)
{
	const struct sh_service *s = sh_site_service(site, "web1");

	OK(site->services == 1 && s && strcmp(s->pidfile, "/run/web1.pid") == 0, "the service is found by name");
	if (!s)
		return;
	OK(s->start && strcmp(s->start[2], "/etc/web1.conf") == 0 && !s->start[3], "start is an argv");
	OK(s->stop && strcmp(s->stop[2], "quit") == 0 && !s->stop[3], "stop is an argv");
	OK(strcmp(s->user, "www-data") == 0 && !s->directory && !s->unit && !s->exe, "user, and no more");
	OK(s->checks == 1 && s->check[0].kind == SH_CHECK_HTTP && s->check[0].status[0] == 200 &&
	   s->check[0].timeout == SH_SEC, "its check is http 200 within 1 s");
	OK(s->files == 1 && s->file[0].baseline && strcmp(s->file[0].validate[1], "-t") == 0 &&
	   s->file[0].mode_bits == -1, "its file has a baseline and a validation");
	OK(s->depends_on.n == 1 && strcmp(s->depends_on.item[0].any_of[0], "filesystem:/var") == 0, "what it depends on");
	OK(strcmp(s->group, "web") == 0 && s->mode == SH_MODE_ACT, "group and mode");
	OK(s->start_timeout == 30 * SH_SEC, "30 s to start, unless said");
}

static void check_rest(const struct sh_site *site)
{
	const struct sh_filesystem *f = sh_site_filesystem(site, "/var");
	const struct sh_group *g = sh_site_group(site, "web");

	OK(f && f->limit == 90 && f->cleans == 1 && f->mode == SH_MODE_ACT, "the file system is found by mount");
	OK(f && strcmp(f->clean[0].match, "*.tmp") == 0 && f->clean[0].older == SH_DAY &&
	   !f->clean[0].quarantine && f->clean[0].max_files == 100000, "its clean root has the defaults");
	OK(f && !f->throttled && !f->probe, "nothing may be throttled and nothing is probed unless said");
	OK(g && g->min_healthy_percent == 51 && g->min_healthy == -1 &&
	   isnan(g->max_unavailable_percent) && g->max_unavailable == 1, "shares are a percentage or a count");
}

static void check_lookup(const struct sh_site *site)
{
	static const struct {
		const char *entity;
		bool declared;
		enum sh_mode mode;
	} cases[] = {
		{ "service:web1@h1", true, SH_MODE_ACT },
		{ "service:web1", true, SH_MODE_ACT },
		{ "service:web2@h1", false, SH_MODE_OBSERVE },
		{ "filesystem:/var@h1", true, SH_MODE_ACT },
		{ "filesystem:%2Fvar@h1", true, SH_MODE_ACT },
		{ "filesystem:/@h1", false, SH_MODE_OBSERVE },
		{ "file:/etc/web1.conf@h1", true, SH_MODE_ACT },
		{ "file:/etc/passwd@h1", false, SH_MODE_OBSERVE },
		{ "host:web1", false, SH_MODE_OBSERVE },
		{ "check:web1@h1", false, SH_MODE_OBSERVE },
		{ "task:x@h1", false, SH_MODE_OBSERVE },
		{ "nonsense", false, SH_MODE_OBSERVE },
		{ "", false, SH_MODE_OBSERVE },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct sh_site_word w = sh_site_lookup(site, cases[i].entity);

		OK(w.declared == cases[i].declared && w.mode == cases[i].mode, "the site's word on '%s'",
		   cases[i].entity);
	}
	OK(json_number_value(json_object_get(sh_site_lookup(site, "filesystem:/var@x").params,
					     "limit")) == 90, "limit is a rule parameter");
}

static void check_json(const struct sh_site *site)
{
	json_t *file = sh_site_entry_json(site, "file:/etc/web1.conf@h1");
	json_t *fs = sh_site_entry_json(site, "filesystem:/var@h1");
	json_t *service = json_object_get(file, "service");

	OK(strcmp(json_string_value(json_object_get(file, "path")), "/etc/web1.conf") == 0 &&
	   json_array_size(json_object_get(file, "validate")) == 2 &&
	   !json_object_get(file, "mode"), "a file as playbooks see it");
	OK(strcmp(json_string_value(json_object_get(service, "id")), "web1") == 0 &&
	   json_array_size(json_object_get(service, "start")) == 3, "with its service");
	OK(json_array_size(json_object_get(fs, "clean")) == 1, "a file system with its clean roots");
	OK(!sh_site_entry_json(site, "service:none@h1"), "nothing for what is not declared");
	json_decref(file);
	json_decref(fs);
}

static void test_design(void)
{
	struct sh_error err = SH_ERROR_INIT;
	struct sh_config c;
	struct sh_site site;
	int rc = load(&c, design, &err);

	OK(rc == 0 && sh_site_load(&site, &c, &err) == 0, "the site file of the design loads: %s", err.text);
	check_service(&site);
	check_rest(&site);
	check_lookup(&site);
	check_json(&site);
	sh_site_release(&site);
	sh_config_release(&c);
}

static const char extras[] =
	"services:\n"
	"  db: {match: {exe: /usr/bin/db, cmdline: main}, start_timeout: 2m, params: {limit_ms: 20},\n"
	"       env: {PORT: 80, DEBUG: true}, directory: /srv/db,\n"
	"       checks: [{tcp: \"127.0.0.1:5432\"}, {tcp: \"[::1]:5432\", timeout: 100ms}],\n"
	"       files: [{path: /etc/db.conf, mode: 0640, owner: db}, {path: /etc/x, mode: \"0o644\"}]}\n"
	"filesystems:\n"
	"  /: {}\n"
	"  /mnt: {probe: /mnt/p, params: {limit_ms: 10}, limit: 80.5,\n"
	"         throttle: {allow: [fio, \"dd*\"], methods: [ionice, pause]},\n"
	"         clean: [{root: /mnt/a, method: quarantine, max_bytes: 1G, max_files: 5}]}\n"
	"checks:\n"
	"  api: {http: \"https://x/\", match: ok, mode: observe}\n"
	"tasks:\n"
	"  nightly: {every: daily, playbook: p, mode: act}\n";

static void test_extras(void)
{
	struct sh_error err = SH_ERROR_INIT;
	const struct sh_filesystem *f;
	const struct sh_service *s;
	struct sh_config c;
	json_t *json;
	struct sh_site site;
	int rc = load(&c, extras, &err);

	OK(rc == 0 && sh_site_load(&site, &c, &err) == 0, "all other members load: %s", err.text);
	s = sh_site_service(&site, "db");
	OK(s && s->mode == SH_MODE_ASK, "a service that says nothing is ask");
	OK(s && strcmp(s->exe, "/usr/bin/db") == 0 && strcmp(s->cmdline, "main") == 0, "found by what it runs");
	OK(s && strcmp(json_string_value(json_object_get(s->env, "PORT")), "80") == 0 &&
	   strcmp(json_string_value(json_object_get(s->env, "DEBUG")), "true") == 0,
	   "the environment is text, as written");
	OK(s && s->start_timeout == 2 * SH_MIN && !s->start, "start_timeout without start");
	OK(s && s->checks == 2 && s->check[0].timeout == 5 * SH_SEC &&
	   s->check[1].timeout == 100 * SH_MS, "tcp checks");
	OK(s && s->file[0].mode_bits == 0640 && s->file[1].mode_bits == 0644, "permissions are octal");
	f = sh_site_filesystem(&site, "/mnt");
	OK(f && f->throttled && strcmp(f->throttle_allow[1], "dd*") == 0 &&
	   strcmp(f->throttle_methods[0], "ionice") == 0, "whom to throttle, and how");
	OK(f && f->clean[0].quarantine && f->clean[0].max_bytes == UINT64_C(1) << 30 &&
	   f->clean[0].max_files == 5, "clean with caps and quarantine");
	json = sh_site_entry_json(&site, "filesystem:/mnt@h");
	OK(json_integer_value(json_object_get(json_array_get(json_object_get(json, "clean"), 0),
					      "max_bytes")) == 1 << 30, "a size is a number for actions");
	json_decref(json);
	OK(json_object_size(sh_site_lookup(&site, "filesystem:/mnt@h").params) == 2, "params and limit together");
	OK(sh_site_lookup(&site, "check:api@h").declared &&
	   sh_site_lookup(&site, "check:api@h").mode == SH_MODE_OBSERVE, "a check by itself");
	OK(sh_site_lookup(&site, "task:nightly@h").mode == SH_MODE_ACT, "a task");
	OK(sh_site_lookup(&site, "filesystem:/@h").mode == SH_MODE_ASK, "an empty entry is declared, and ask");
	sh_site_release(&site);
	sh_config_release(&c);
}

#define FS "filesystems: {/var: {clean: ["
static void test_refused(void)
{
	static const struct {
		const char *text, *want;
	} cases[] = {
		{ "services: {w: {}}", "1:15: service 'w' needs exactly one of" },
		{ "services: {w: {pidfile: /a/b, unit: x}}", "exactly one of" },
		{ "services: {w: {pidfile: run/x.pid}}", "1:25: 'pidfile' must be an absolute path" },
		{ "services: {w: {pidfile: /run/../x.pid}}", "'pidfile' must be an absolute path" },
		{ "services: {w: {unit: x, strat: [/x]}}", "1:25: unknown key 'strat' of a service; did you mean 'start'?" },
		{ "services: {w: {unit: x, start: [nginx]}}", "1:33: 'start' must begin with the absolute path" },
		{ "services: {w: {unit: x, start: []}}", "'start' must begin" },
		{ "services: {w: {unit: x, start: /bin/x -y}}", "'start' must be a list" },
		{ "services: {w: {unit: x, start: [/bin/x, [y]]}}", "1:41: text was expected" },
		{ "services: {w: {unit: x, start: [/bin/x, ~]}}", "text was expected" },
		{ "services: {w: {unit: '', start: [/bin/x]}}", "'unit' is empty" },
		{ "services: {w: {match: {}}}", "'match' needs 'exe' or 'cmdline'" },
		{ "services: {w: {match: {exe: nginx}}}", "'exe' must be an absolute path" },
		{ "services: {w: {unit: x, mode: atc}}", "unknown 'mode' 'atc'; did you mean 'act'?" },
		{ "services: {w: {unit: x, mode: automatic}}", "it is one of: observe, ask, act" },
		{ "services: {w: {unit: x, checks: {}}}", "'checks' must be a list" },
		{ "services: {w: {unit: x, checks: [{}]}}", "1:34: a check needs one of: http, tls, tcp" },
		{ "services: {w: {unit: x, checks: [{tcp: 'h:1', http: 'http://h/'}]}}", "1:47: a check has either 'tcp' or 'http'" },
		{ "services: {w: {unit: x, checks: [{tcp: 'h:0'}]}}", "'tcp' must be HOST:PORT" },
		{ "services: {w: {unit: x, checks: [{tcp: 'h'}]}}", "'tcp' must be HOST:PORT" },
		{ "services: {w: {unit: x, checks: [{tcp: ':80'}]}}", "'tcp' must be HOST:PORT" },
		{ "services: {w: {unit: x, checks: [{tcp: 'h:99999'}]}}", "'tcp' must be HOST:PORT" },
		{ "services: {w: {unit: x, checks: [{tcp: 'h:1', status: 200}]}}", "1:47: unknown key 'status' of a tcp check" },
		{ "services: {w: {unit: x, checks: [{http: 'ftp://h/'}]}}", "'http' must be an http:// or https:// URL without a password, not" },
		{ "services: {w: {unit: x, checks: [{http: 'http:///x'}]}}", "'http' must be an http:// or https:// URL without a password, not" },
		{ "services: {w: {unit: x, checks: [{http: 'http://h', status: 99}]}}", "from 100 to 599" },
		{ "services: {w: {unit: x, checks: [{http: 'http://h', status: '200'}]}}", "must be a whole number" },
		{ "services: {w: {unit: x, checks: [{http: 'http://h', timeout: 5}]}}", "must be a duration" },
		{ "services: {w: {unit: x, checks: [{http: 'http://h', timeout: 0}]}}", "from 1ms to 1h" },
		{ "services: {w: {unit: x, files: [{baseline: true}]}}", "a file needs a 'path'" },
		{ "services: {w: {unit: x, files: [{path: etc/x}]}}", "'path' must be an absolute path" },
		{ "services: {w: {unit: x, files: [{path: /e, mode: 0888}]}}", "permissions such as 0644" },
		{ "services: {w: {unit: x, files: [{path: /e, mode: 77777}]}}", "permissions such as 0644" },
		{ "services: {w: {unit: x, files: [{path: /e, baseline: yes}]}}", "'baseline' must be true or false" },
		{ "services: {w: {unit: x, files: [{path: /e, validate: [nginx]}]}}", "'validate' must begin" },
		{ "services: {w: {unit: x, env: [A=b]}}", "'env' must be a map" },
		{ "services: {w: {unit: x, env: {A=: b}}}", "not a name of an environment variable" },
		{ "services: {w: {unit: x, depends_on: [var]}}", "'var' is no entity" },
		{ "services: {w: {unit: x, depends_on: [{any_of: [service:a, b]}]}}", "'b' is no entity" },
		{ "services: {w: {unit: x, depends_on: [{any_of: []}]}}", "'any_of' needs entities" },
		{ "services: {w: {unit: x, depends_on: [{all_of: []}]}}", "all_of" },
		{ "services: {w: {unit: x, group: wbe}}\ngroups: {web: {}}", "unknown group 'wbe'; did you mean 'web'?" },
		{ "services: {w: {unit: x, params: [1]}}", "'params' must be a map" },
		{ "services: {w: {unit: x, params: {a: [1]}}}", "parameter 'a' must be a single value" },
		{ "services: {w: {unit: x, start_timeout: 10}}", "must be a duration such as" },
		{ "services: {w: {unit: x, start_timeout: 0}}", "from 1ms to 1d" },
		{ "services: {w: {unit: x, reload: nginx}}", "'reload' must be a list" },
		{ "services: {w: {unit: x, release: {frezer: true}}}", "did you mean 'freezer'?" },
		{ "services: {w: {unit: x, rotate: {path: /l}}}", "'rotate' must be a list" },
		{ "services: {w: {unit: x, rotate: [{pth: /l}]}}", "did you mean 'path'?" },
		{ "services: {w: {unit: x, remount: true}}", "remount" },
		{ "services: {w: {unit: x, ports: [http]}}", "a list of numbers" },
		{ "filesystems: {/v: {remount: 1}}", "'remount' must be true or false" },
		{ "hosts: {h: {swop: {}}}", "did you mean 'swap'?" },
		{ "hosts: {h: {group: wbe}}\ngroups: {web: {}}", "unknown group 'wbe'" },
		{ "interfaces: {eth0: {mode: never}}", "mode" },
		{ "filesystems: {var: {}}", "named by its mount point" },
		{ "filesystems: {/var/: {}}", "named by its mount point" },
		{ "filesystems: {/var: {limit: 0}}", "above 0 and at most 100" },
		{ "filesystems: {/var: {limit: 101}}", "above 0 and at most 100" },
		{ "filesystems: {/var: {limit: 90%}}", "'limit' must be a number" },
		{ "filesystems: {/var: {limit: 9, params: {limit: 8}}}", "'limit' is given twice" },
		{ "filesystems: {/var: {clean: {}}}", "'clean' must be a list" },
		{ FS "{}]}}", "a clean entry needs a 'root'" },
		{ FS "{root: /}]}}", "1:37: 'root' / is too near the top" },
		{ FS "{root: /var}]}}", "'root' /var is too near the top" },
		{ FS "{root: /var/}]}}", "'root' must be an absolute path" },
		{ FS "{root: var/tmp}]}}", "'root' must be an absolute path" },
		{ FS "{root: /var/a/../..}]}}", "'root' must be an absolute path" },
		{ FS "{root: /varnish/a}]}}", "is not on the file system /var" },
		{ FS "{root: /home/x}]}}", "is not on the file system /var" },
		{ FS "{root: /var/x, match: a/b}]}}", "holds no '/'" },
		{ FS "{root: /var/x, match: ''}]}}", "'match' is empty" },
		{ FS "{root: /var/x, older: -1d}]}}", "'older' must be a duration" },
		{ FS "{root: /var/x, older: 86400}]}}", "'older' must be a duration" },
		{ FS "{root: /var/x, method: shred}]}}", "unknown 'method' 'shred'" },
		{ FS "{root: /var/x, max_bytes: -1}]}}", "'max_bytes' must be a size" },
		{ FS "{root: /var/x, max_files: 0}]}}", "'max_files' must be from 1" },
		{ "filesystems: {/var: {probe: /home}}", "is not on the file system /var" },
		{ "filesystems: {/var: {probe: x}}", "'probe' must be an absolute path" },
		{ "filesystems: {/var: {throttle: {}}}", "'throttle' needs 'allow'" },
		{ "filesystems: {/var: {throttle: {allow: []}}}", "'throttle' needs 'allow'" },
		{ "filesystems: {/var: {throttle: {allow: [x], methods: [io.mx]}}}", "did you mean 'io.max'?" },
		{ "filesystems: {/var: {throttle: {alow: [x]}}}", "did you mean 'allow'?" },
		{ "groups: {g: {min_healthy: 101%}}", "a count or a percentage" },
		{ "groups: {g: {min_healthy: -1}}", "from 0 to" },
		{ "groups: {g: {min_healthy: 1.5}}", "must be a whole number" },
		{ "groups: {g: {max_unavailable: lots}}", "a count or a percentage" },
		{ "checks: {c: {tcp: 'h:1', interval: 1s}}", "unknown key 'interval' of a tcp check" },
		{ "tasks: {t: {mode: 5}}", "unknown 'mode' '5'" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct sh_error err = SH_ERROR_INIT;
		struct sh_config c;
		struct sh_site site = { 0 };
		bool bad = load(&c, cases[i].text, &err) < 0 || sh_site_load(&site, &c, &err) < 0;

		OK(bad && err.code == SH_ERRC_CONFIG && strstr(err.text, "site.yaml:") &&
		   strstr(err.text, cases[i].want), "refused %zu: %s", i, cases[i].want);
		if (!strstr(err.text, cases[i].want))
			diag("%s said: %s", cases[i].text, err.text);
		sh_site_release(&site);
		sh_config_release(&c);
	}
}

static void count(void *arg, const struct sh_error *err)
{
	size_t *n = arg;

	*n += strstr(err->text, "site.yaml:") != NULL;
}

static void test_all_errors(void)
{
	struct sh_error err = SH_ERROR_INIT;
	struct sh_config c;
	struct sh_site site;
	size_t further = 0;
	int rc = load(&c, "services: {a: {}, b: {unit: x}, c: {}}\nfilesystems: {x: {}}", &err);

	OK(rc == 0 && sh_site_load_all(&site, &c, count, &further, &err) < 0, "bad entries are refused");
	OK(further == 2, "each further bad entry is reported, %zu", further);
	OK(sh_site_service(&site, "b") != NULL, "the good one is there");
	sh_site_release(&site);
	sh_config_release(&c);
}

/* The entry of its own name, else that for all of them. */
static void test_things(void)
{
	struct sh_error err = SH_ERROR_INIT;
	struct sh_site_word word;
	struct sh_config c;
	struct sh_site site;
	json_t *entry;
	int rc = load(&c,
		      "hosts:\n"
		      "  \"*\": {mode: observe, zombies: {allow: [x]}}\n"
		      "  h1: {mode: act, swap: {file: /swap, size: 1G}}\n"
		      "interfaces: {eth0: {mode: act}}\n", &err);

	OK(rc == 0 && sh_site_load(&site, &c, &err) == 0, "hosts and interfaces are read: %s", err.text);
	word = sh_site_lookup(&site, "host:h1");
	OK(word.declared && word.mode == SH_MODE_ACT, "a host has its own entry");
	word = sh_site_lookup(&site, "host:h2");
	OK(word.declared && word.mode == SH_MODE_OBSERVE, "another that for all");
	OK(sh_site_lookup(&site, "net:eth0@h1").declared && !sh_site_lookup(&site, "net:eth1@h1").declared,
	   "an interface has one where it is named");
	entry = sh_site_entry_json(&site, "host:h1");
	OK(json_object_get(json_object_get(entry, "swap"), "size") && json_object_get(entry, "id"),
	   "playbooks see it");
	json_decref(entry);
	sh_site_release(&site);
	sh_config_release(&c);
}

int main(void)
{
	SH_CLEANUP_FREE char *file = NULL;

	if (!mkdtemp(dir))
		return 99;
	file = sh_asprintf("%s/site.yaml", dir);
	test_design();
	test_extras();
	test_refused();
	test_all_errors();
	test_things();
	unlink(file);
	rmdir(dir);
	return plan_done();
}

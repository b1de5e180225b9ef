/* SPDX-License-Identifier: MIT */
/* The machine that looks: what changed about it, and what the guards make of that. */
#include "config.h"

#include <fcntl.h>

#include "base/file.h"
#include "repair/guard.h"
#include "repair/network.h"
#include "repair/vantage.h"
#include "repair_area.h"

static void expect(struct area *a, const struct sh_request *q, enum sh_decision decision,
		   const char *says, const char *what)
{
	enum sh_decision got = SH_DECIDE_NONE;
	struct sh_error err = SH_ERROR_INIT;
	const struct sh_playbook *book;
	struct sh_plan p;

	if (sh_plan_make(&a->r, q, &p, &book, &err) < 0 || !book ||
	    sh_guards_ask(&a->r, q, book, &p, &got, &err) < 0)
		diag("%s", err.text);
	if (!OK(got == decision && strstr(p.reason ? p.reason : "", says), "%s", what))
		diag("%d: %s", (int)got, p.reason ? p.reason : "");
	sh_plan_release(&p);
}

/* The machine S seconds on, as V says, and evidence from then. */
static void look(struct area *a, struct sh_request *q, struct sh_vantage *v, int64_t s)
{
	struct sh_error err = SH_ERROR_INIT;

	v->wall += s * SH_SEC;
	v->up += s * SH_SEC;
	v->awake += s * SH_SEC;
	a->r.now = v->wall;
	q->evidence.since = q->evidence.until = v->wall;
	if (sh_vantage_note(&a->r, v, &err) < 0)
		diag("%s", err.text);
}

static void test_clock(struct area *a, struct sh_request *q, struct sh_vantage *v)
{
	look(a, q, v, 0);
	expect(a, q, SH_DECIDE_ACT, "", "the first look is no change");
	v->wall += 50 * SH_SEC;
	look(a, q, v, 70);
	expect(a, q, SH_DECIDE_ACT, "", "a clock that is corrected by less than a minute did not jump");
	v->wall += 2 * SH_HOUR;
	look(a, q, v, 1);
	expect(a, q, SH_DECIDE_SUPERSEDED, "the clock was set forward by 2h", "what was seen until then counts no more");
	q->evidence.since++;
	expect(a, q, SH_DECIDE_REFUSE, "for 120 s more", "what is seen after it waits");
	look(a, q, v, 119);
	expect(a, q, SH_DECIDE_REFUSE, "for 1 s more", "until two minutes are over");
	look(a, q, v, 1);
	expect(a, q, SH_DECIDE_ACT, "", "then it is acted on");
	v->wall -= SH_HOUR;
	look(a, q, v, 61);
	q->evidence.since++;
	expect(a, q, SH_DECIDE_REFUSE, "set back by 1h", "a clock that is set back is noticed");
	look(a, q, v, 120);
	v->awake -= 3 * SH_HOUR;
	look(a, q, v, 5);
	q->evidence.since++;
	expect(a, q, SH_DECIDE_REFUSE, "the machine slept for 3h", "so is sleep");
	look(a, q, v, 120);
	expect(a, q, SH_DECIDE_ACT, "", "all is well after it");
	look(a, q, v, 2000000);
	v->wall += 20 * SH_MIN;
	look(a, q, v, 2000000);
	expect(a, q, SH_DECIDE_ACT, "", "in three weeks a clock may be off by twenty minutes");
	snprintf(v->boot_id, sizeof(v->boot_id), "boot-2");
	v->up = v->awake = 60 * SH_SEC;
	look(a, q, v, 0);
	expect(a, q, SH_DECIDE_REFUSE, "the machine was started: for 60 s more", "after a start it waits, counted from then");
	q->evidence.since -= SH_MIN;
	expect(a, q, SH_DECIDE_SUPERSEDED, "the machine was started", "and what was seen before counts no more");
	look(a, q, v, 60);
	expect(a, q, SH_DECIDE_ACT, "", "two minutes after the start it passes");
	set_string(&q->fault_id, NULL);
	v->wall += SH_HOUR;
	look(a, q, v, 1);
	expect(a, q, SH_DECIDE_ACT, "", "a scheduled plan rests on no evidence");
	set_string(&q->fault_id, "f-1");
	look(a, q, v, 120);
}

static void test_network(struct area *a, struct sh_request *q, struct sh_vantage *v)
{
	set_string(&v->network, "host h1\ndefault via 0101A8C0 eth0 up 2");
	look(a, q, v, 1);
	expect(a, q, SH_DECIDE_REFUSE, "default routes of this machine changed", "another default route is doubted");
	look(a, q, v, 119);
	expect(a, q, SH_DECIDE_REFUSE, "for 1 s more", "for two minutes");
	look(a, q, v, 1);
	expect(a, q, SH_DECIDE_ACT, "", "not longer");
	snprintf(v->boot_id, sizeof(v->boot_id), "boot-3");
	v->up = v->awake = SH_HOUR;
	set_string(&v->network, "host h1\ndefault via 0101A8C0 eth0 up 1");
	look(a, q, v, 1);
	expect(a, q, SH_DECIDE_ACT, "", "what changed with a start an hour ago is known for an hour");
}

/* A clock that was wrong noted a change of the network under a time that is yet to come. */
static void test_mark_ahead(struct area *a, struct sh_request *q, struct sh_vantage *v)
{
	struct sh_mark m = { .value = v->network, .time = v->wall + SH_DAY, .changed = v->wall + SH_DAY,
			     .why = (char[]){ "the network changed" } };
	struct sh_error err = SH_ERROR_INIT;

	look(a, q, v, 120);
	if (sh_ledger_mark_put(a->r.ledger, SH_MARK_NETWORK, &m, &err) < 0)
		diag("%s", err.text);
	expect(a, q, SH_DECIDE_REFUSE, "the network changed: for 120 s more", "a change that is yet to come is doubted");
	look(a, q, v, 1);
	look(a, q, v, 119);
	expect(a, q, SH_DECIDE_REFUSE, "for 1 s more", "from when it is seen");
	look(a, q, v, 1);
	expect(a, q, SH_DECIDE_ACT, "", "not until the day comes");
}

static void fault_of(struct area *a, const char *entity, const char *status, int64_t time)
{
	json_auto_t *fault = json_pack("{s:s}", "entity", entity);
	struct sh_error err = SH_ERROR_INIT;

	if (sh_ledger_fault_put(a->r.ledger, entity, status, time, fault, &err) < 0)
		diag("%s", err.text);
}

#define FIVE                                                                                 \
	AREA_RULE "services:\n  web: {pidfile: /run/w, start: [/bin/true], mode: act, files: [{path: /etc/w}]}\n" \
	"  b: {pidfile: /run/b}\n  c: {pidfile: /run/c}\n  d: {pidfile: /run/d}\n  e: {pidfile: /run/e}\n"
#define MORE "  f: {pidfile: /run/f}\n  g: {pidfile: /run/g}\nfilesystems:\n  /data: {}\n"

static void test_inventory(struct area *a, struct sh_request *q, struct sh_vantage *v)
{
	struct sh_error err = SH_ERROR_INIT;
	int64_t dropped;

	area_load(a, FIVE MORE AREA_BOOK("", ""));
	look(a, q, v, 1);
	area_load(a, AREA_RULE AREA_SITE AREA_BOOK("", ""));
	look(a, q, v, 1);
	expect(a, q, SH_DECIDE_REFUSE, "declares 2 targets, before it were 8", "a site that lost most is not whole");
	look(a, q, v, 864000);
	expect(a, q, SH_DECIDE_REFUSE, "sh-ledger reset inventory", "nor is it ten days later");
	area_load(a, FIVE "  f: {pidfile: /run/f}\n" AREA_BOOK("", ""));
	look(a, q, v, 1);
	expect(a, q, SH_DECIDE_ACT, "", "two of eight may go");
	area_load(a, AREA_RULE AREA_SITE AREA_BOOK("", ""));
	look(a, q, v, 1);
	expect(a, q, SH_DECIDE_REFUSE, "before it were 6", "then four of six may not");
	if (sh_ledger_marks_drop(a->r.ledger, SH_MARK_INVENTORY, &dropped, &err) < 0 || dropped != 1)
		diag("%s", err.text);
	look(a, q, v, 1);
	expect(a, q, SH_DECIDE_ACT, "", "unless a person says that it is right");
	area_load(a, FIVE MORE AREA_BOOK("", ""));
	look(a, q, v, 1);
	a->r.config_paths = (const char *const[]){ "other.yaml", NULL };
	area_load(a, AREA_RULE AREA_SITE AREA_BOOK("", ""));
	look(a, q, v, 1);
	expect(a, q, SH_DECIDE_ACT, "", "other files have other targets");
	a->r.config_paths = NULL;
}

static void test_observer(struct area *a, struct sh_request *q)
{
	int64_t now = a->r.now;

	area_load(a, FIVE "filesystems:\n  /data: {}\n" AREA_BOOK("", ""));
	fault_of(a, "service:b@" HOST, "open", now);
	fault_of(a, "service:c@" HOST, "open", now);
	fault_of(a, "service:stranger@" HOST, "open", now);
	fault_of(a, "service:d@h2", "open", now);
	fault_of(a, "filesystem:/data@" HOST, "open", now);
	fault_of(a, "service:d@" HOST, "open", now - 5 * SH_MIN);
	expect(a, q, SH_DECIDE_ACT, "", "three of five that are bad at once are no doubt");
	fault_of(a, "service:d@" HOST, "open", now - 5 * SH_MIN + 1);
	expect(a, q, SH_DECIDE_REFUSE, "4 of 5 of type 'service' are bad at once", "four are");
	area_load(a, FIVE "filesystems:\n  /data: {}\nlimits:\n  repairs: {doubt_percent: 80}\n" AREA_BOOK("", ""));
	expect(a, q, SH_DECIDE_ACT, "", "not where 80 % may be bad");
	area_load(a, AREA_RULE AREA_SITE "limits:\n  repairs: {inventory_fall: 100}\n" AREA_BOOK("", ""));
	expect(a, q, SH_DECIDE_ACT, "", "nor where only two are declared");
}

static void tree_write(const struct area *a, const char *name, const char *text)
{
	SH_CLEANUP_FREE char *path = sh_asprintf("%s/%s", a->dir, name);
	SH_CLEANUP_FREE char *dir = sh_strndup(path, (size_t)(strrchr(path, '/') - path));
	struct sh_error err = SH_ERROR_INIT;

	if (sh_mkdir_parents(dir, 0700, &err) < 0)
		diag("%s", err.text);
	area_write(a, name, text, 0600);
}

/* On a captured tree. */
static void test_identity(struct area *a)
{
	SH_CLEANUP_FREE char *first = NULL, *second = NULL;
	SH_CLEANUP_FD int root = open(a->dir, O_PATH | O_DIRECTORY | O_CLOEXEC);

	tree_write(a, "proc/sys/kernel/hostname", "db1\n");
	tree_write(a, "proc/net/route",
		   "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT\n"
		   "eth0\t00000000\t010200C0\t0003\t0\t0\t0\t00000000\t0\t0\t0\n"
		   "eth1\t000200C0\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0\n");
	tree_write(a, "proc/net/ipv6_route",
		   "00000000000000000000000000000000 00 00000000000000000000000000000000 00 "
		   "fd000000000000000000000000000001 00000400 00000002 00000000 00000003   eth0\n"
		   "fe800000000000000000000000000000 40 00000000000000000000000000000000 00 "
		   "00000000000000000000000000000000 00000100 00000002 00000000 00000001   eth1\n"
		   "00000000000000000000000000000000 00 00000000000000000000000000000000 00 "
		   "00000000000000000000000000000000 ffffffff 00000001 00000000 00200200       lo\n");
	tree_write(a, "sys/class/net/eth0/operstate", "up\n");
	tree_write(a, "sys/class/net/eth0/carrier_changes", "2\n");
	first = sh_network_identity(root);
	OK(!strcmp(first, "host db1\ndefault via 010200C0 eth0 up 2\n"
		      "default via fd000000000000000000000000000001 eth0 up 2"), "name, default routes, their interfaces");
	tree_write(a, "sys/class/net/eth0/carrier_changes", "4\n");
	second = sh_network_identity(root);
	OK(strcmp(first, second) != 0, "a cable that was out between two looks is noticed");
}

int main(void)
{
	struct sh_vantage v = { .wall = sh_clock_wall(), .up = 5 * SH_DAY, .awake = 5 * SH_DAY,
				.boot_id = "boot-1", .network = sh_strdup("host h1") };
	struct sh_request q;
	struct area a;

	area_init(&a);
	area_load(&a, AREA_RULE AREA_SITE AREA_BOOK("", ""));
	area_ledger(&a);
	q = area_request(&a);
	test_clock(&a, &q, &v);
	test_network(&a, &q, &v);
	test_mark_ahead(&a, &q, &v);
	test_inventory(&a, &q, &v);
	test_observer(&a, &q);
	test_identity(&a);
	sh_vantage_release(&v);
	sh_request_release(&q);
	area_release(&a);
	return plan_done();
}

/* SPDX-License-Identifier: MIT */
/* Where a process runs by its control groups, directives of nginx, ends of TCP connections. */
#include "config.h"

#include <string.h>

#include "collect/topology/edges.h"
#include "collect/topology/nginx_words.h"
#include "collect/topology/place.h"
#include "collect/topology/tcp.h"
#include "tap.h"

#define ID "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define UID "12345678-1234-1234-1234-123456789abc"

static void test_place(void)
{
	static const struct { const char *text, *container, *pod, *machine, *vm, *unit; bool session; } cases[] = {
		{ "0::/\n", "", "", "", "", "", false },
		{ "0::/system.slice/a\\x2db@1.service\n", "", "", "", "", "a-b@1", false },
		{ "0::/docker/" ID "/system.slice/x.service", ID, "", "", "", "x", false },
		{ "0::/docker/" ID "0", "", "", "", "", "", false },
		{ "0::/system.slice/docker-" ID ".scope", ID, "", "", "", "", false },
		{ "0::/x/libpod-conmon-" ID ".scope", "", "", "", "", "", false },
		{ "9:name=systemd:/kubepods/besteffort/pod" UID "/" ID "\n2:cpu:/\n", ID, UID, "", "", "", false },
		{ "0::/kubepods.slice/kubepods-pod12345678_1234_1234_1234_123456789abc.slice/crio-" ID ".scope", ID,
		  UID, "", "", "", false },
		{ "0::/notpods-pod" UID, "", "", "", "", "", false },
		{ "0::/lxc/old", "", "", "old", "", "", false },
		{ "0::/lxc.payload.new/init.scope", "", "", "new", "", "", false },
		{ "0::/lxc.monitor.new", "", "", "", "", "", false },
		{ "0::/machine.slice/machine-qemu\\x2d12\\x2da\\x2d1.scope", "", "", "", "a-1", "", false },
		{ "0::/machine.slice/machine-box.scope", "", "", "box", "", "", false },
		{ "0::/user.slice/user-1000.slice/user@1000.service/app.slice/x.service", "", "", "", "", "", true },
		{ "0::", "", "", "", "", "", false },
		{ "0:/system.slice/x.service", "", "", "", "", "", false },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct sh_place p;

		sh_place_parse(&p, sh_span_of(cases[i].text));
		OK(!strcmp(p.container, cases[i].container) && !strcmp(p.pod, cases[i].pod) &&
			   !strcmp(p.machine, cases[i].machine) && !strcmp(p.vm, cases[i].vm) &&
			   !strcmp(p.unit, cases[i].unit) && p.session == cases[i].session,
		   "place %zu", i);
	}
}

/* All directives as "word|word;" one after the other. */
static void test_nginx(void)
{
	static const struct { const char *text, *got; } cases[] = {
		{ "", "" },
		{ "a b;", "a|b;" },
		{ "a {b c;}", "a{b|c;}" },
		{ "# x;\na 'b ; c' \"d\\\"e\" # f\n g;", "a|b ; c|d\"e|g;" },
		{ "a ${b}c$d;e", "a|${b}c$d;" },
		{ "a b", "" },
		{ "a 'b", "" },
		{ ";;}", ";;}" },
		{ "x_by_lua_block { s = \"a;b\"; if { y } } c d;", "x_by_lua_block;c|d;" },
		{ "x_by_lua_block { {", "x_by_lua_block;" },
		{ "1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18;", "1|2|3|4|5|6|7|8|9|10|11|12|13|14|15|16;" },
		{ "a \\", "" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct sh_span rest = sh_span_of(cases[i].text);
		struct sh_nginx_directive d = { .n = 0 };
		struct sh_buf got = SH_BUF_INIT;

		while (sh_nginx_next(&d, &rest)) {
			for (size_t k = 0; k < d.n; k++)
				sh_buf_addf(&got, "%s%s", k ? "|" : "", d.word[k]);
			sh_buf_addch(&got, d.end);
		}
		OK(!strcmp(sh_buf_str(&got), cases[i].got), "directives %zu: %s", i, sh_buf_str(&got));
		sh_nginx_release(&d);
		sh_buf_release(&got);
	}
}

#define REST " 00000000:00000000 00:00000000 00000000 0 0 "

static void test_tcp(void)
{
	static const char text[] = "head\n"
		"0: 00000000:0050 00000000:0000 0A" REST "1\n"
		"1: 0500000A:0050 0500000A:C000 01" REST "2\n"
		"2: 0500000A:C000 0500000A:0050 01" REST "3\n"
		"3: 0500000A:C001 0600000A:0050 01" REST "4\n"
		"4: 0500000A:C002 0600000A:0050 06" REST "5\n"
		"5: 0500000A:C003 0600000A:0050 01 0 0\n"
		"6: 0500000G:C003 0600000A:0050 01" REST "7\n";
	const struct sh_tcp *client = NULL, *server = NULL, *away = NULL;
	struct sh_tcps t = { 0 };
	struct sh_tcp_end end;
	char address[46];

	sh_tcp_parse(&t, 0, sh_span_of(text));
	sh_tcp_sort(&t);
	OK(t.n == 4, "what listens and what is connected, and no other lines");
	for (size_t i = 0; i < t.n; i++) {
		client = t.item[i].inode == 3 ? &t.item[i] : client;
		server = t.item[i].inode == 2 ? &t.item[i] : server;
		away = t.item[i].inode == 4 ? &t.item[i] : away;
	}
	OK(sh_tcp_peer(&t, client) == server && sh_tcp_peer(&t, server) == client, "the two ends");
	OK(sh_tcp_is_accepted(&t, server) && !sh_tcp_is_accepted(&t, client), "which was accepted");
	OK(!sh_tcp_peer(&t, away) && !sh_tcp_is_here(&t, &away->remote), "one to elsewhere");
	sh_tcp_format(&away->remote, address);
	OK(!strcmp(address, "10.0.0.6"), "its address is %s", address);
	OK(sh_tcp_is_here(&t, &away->local) && sh_tcp_end_parse(&end, "127.8.0.1", 1) &&
		   sh_tcp_is_here(&t, &end) && sh_tcp_end_parse(&end, "::1", 1) && sh_tcp_is_here(&t, &end),
	   "addresses of our own");
	OK(!sh_tcp_end_parse(&end, "db1", 1), "a name is no address");
	sh_tcp_release(&t);
}

/* As many as are looked at, all with one server: what grows with their square is not awaited. */
static void test_many(void)
{
	struct sh_buf text = SH_BUF_INIT;
	struct sh_tcps t = { 0 };
	size_t pairs = 0, accepted = 0, here = 0;

	sh_buf_addstr(&text, "0: 0500000A:0050 00000000:0000 0A" REST "1\n");
	for (unsigned i = 0; i < SH_TCP_MOST / 2; i++) {
		sh_buf_addf(&text, "1: 0500000A:0050 %04X000A:%04X 01" REST "2\n", i, 1024 + i % 60000);
		sh_buf_addf(&text, "2: %04X000A:%04X 0500000A:0050 01" REST "3\n", i, 1024 + i % 60000);
	}
	sh_tcp_parse(&t, 0, (struct sh_span){ text.data, text.len });
	sh_tcp_sort(&t);
	for (size_t i = 0; i < t.n; i++) {
		pairs += sh_tcp_peer(&t, &t.item[i]) != NULL;
		accepted += sh_tcp_is_accepted(&t, &t.item[i]);
		here += sh_tcp_is_here(&t, &t.item[i].remote);
	}
	OK(t.n == SH_TCP_MOST && t.cut, "not more than there may be");
	OK(pairs == SH_TCP_MOST - 2 && accepted == SH_TCP_MOST / 2 + 1 && here >= pairs,
	   "%zu of %zu have both ends here", pairs, t.n);
	sh_tcp_release(&t);
	sh_buf_release(&text);
}

static void test_edges(void)
{
	const struct sh_edge_fact fact = { "x", 2 };
	const char *from, *type, *to;
	struct sh_edge_set s;
	char name[32], *key;

	sh_edge_set_init(&s);
	sh_edge_set_add(&s, "a:1", "t", "b:1", &fact);
	sh_edge_set_add(&s, "a:1", "t", "b:1", &fact);
	sh_edge_set_add(&s, "a:1", "t", "a:1", &fact);
	sh_edge_set_add(&s, "a:1", "t", "b:", &fact);
	sh_edge_set_add(&s, "a:@h", "t", "b:1", &fact);
	OK(s.map.live == 1, "each once, none to itself, and none without a name");
	key = s.map.entry[0].key;
	sh_edge_key_split(key, &from, &type, &to);
	OK(!strcmp(from, "a:1") && !strcmp(type, "t") && !strcmp(to, "b:1"), "a key taken apart");
	for (int i = 0; i < SH_EDGE_SET_MOST + 5; i++) {
		snprintf(name, sizeof(name), "c:%d", i);
		sh_edge_set_add(&s, name, "t", "d:1", &fact);
	}
	OK(s.map.live == SH_EDGE_SET_MOST && s.refused == 6, "not more than there may be");
	sh_edge_set_release(&s);
}

int main(void)
{
	test_place();
	test_nginx();
	test_tcp();
	test_many();
	test_edges();
	return plan_done();
}

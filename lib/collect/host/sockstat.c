/* SPDX-License-Identifier: MIT */
/* Sockets and what TCP and UDP count: /proc/net/sockstat, snmp, netstat. */
#include "config.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "collect/host/kv.h"
#include "collect/table.h"
#include "collect/text.h"

/* What is told of sockstat: "TCP: inuse 4 orphan 0 tw 4 alloc 17 mem 1" */
static const struct { const char *head, *key, *group, *name; } usage[] = {
	{ "sockets", "used", "sockets", "used" },
	{ "TCP", "inuse", "tcp", "sockets" },
	{ "TCP", "orphan", "tcp", "orphans" },
	{ "TCP", "tw", "tcp", "time_wait" },
	{ "TCP", "mem", "tcp", "memory_bytes" },
	{ "UDP", "inuse", "udp", "sockets" },
	{ "UDP", "mem", "udp", "memory_bytes" },
};
enum { USAGE = sizeof(usage) / sizeof(*usage) };

/* Counters of snmp and netstat that are told as rates. */
static const struct { const char *head, *key, *group, *name; } rate[] = {
	{ "Tcp", "ActiveOpens", "tcp", "opens" },
	{ "Tcp", "PassiveOpens", "tcp", "accepts" },
	{ "Tcp", "AttemptFails", "tcp", "failed_opens" },
	{ "Tcp", "EstabResets", "tcp", "resets" },
	{ "Tcp", "OutSegs", "tcp", "sent_segments" },
	{ "Tcp", "RetransSegs", "tcp", "retransmits" },
	{ "TcpExt", "ListenOverflows", "tcp", "listen_overflows" },
	{ "TcpExt", "ListenDrops", "tcp", "listen_drops" },
	{ "TcpExt", "TCPTimeouts", "tcp", "timeouts" },
	{ "Udp", "InErrors", "udp", "receive_errors" },
	{ "Udp", "RcvbufErrors", "udp", "receive_buffer_errors" },
	{ "Udp", "SndbufErrors", "udp", "send_buffer_errors" },
	{ "Udp", "NoPorts", "udp", "no_ports" },
};
enum { RATES = sizeof(rate) / sizeof(*rate) };

struct sockets {
	double usage[USAGE];
	double rate[RATES];  /* a second */
	double established;
	bool found;
};

/* A line "TCP: inuse 4 orphan 0": *rest is cut. */
static bool next_pair(struct sh_span *rest, struct sh_span *name, double *v)
{
	struct sh_span value;

	return sh_text_field(rest, name) && sh_text_field(rest, &value) && sh_kv_double(value, v);
}

static void read_usage(struct sh_collect *c, struct sockets *s)
{
	struct sh_error missing = SH_ERROR_INIT;
	struct sh_span text, head, rest, name;
	double v, page = (double)sysconf(_SC_PAGESIZE);

	if (sh_collect_read(c, "proc/net/sockstat", &missing) < 0)
		return;
	text = sh_text_of(&c->text);
	while (sh_kv_line(&text, &head, &rest))
		while (next_pair(&rest, &name, &v))
			for (size_t i = 0; i < USAGE; i++)
				if (sh_span_is(head, usage[i].head) && sh_span_is(name, usage[i].key)) {
					s->usage[i] = strcmp(usage[i].key, "mem") ? v : v * page;
					s->found = true;
				}
}

/* Which of the rates it is; RATES: none, as most of some two hundred. */
static size_t rate_of(struct sh_span head, struct sh_span name)
{
	for (size_t i = 0; i < RATES; i++)
		if (rate[i].key[0] == *name.p && sh_span_is(name, rate[i].key) &&
		    sh_span_is(head, rate[i].head))
			return i;
	return RATES;
}

/* How many numbers are wanted of the lines of a head. */
static size_t wanted_of(struct sh_span head)
{
	size_t n = sh_span_is(head, "Tcp"); /* CurrEstab */

	for (size_t i = 0; i < RATES; i++)
		n += rate[i].head[0] == *head.p && sh_span_is(head, rate[i].head);
	return n;
}

/* Whether the number is one of those told. */
static bool take(struct sh_collect *c, struct sockets *s, struct sh_span head, struct sh_span name,
		 struct sh_span value)
{
	size_t i = rate_of(head, name);
	uint64_t v, delta;
	double seconds;

	if (i == RATES) {
		if (!sh_span_is(name, "CurrEstab"))
			return false;
		if (sh_text_u64(value, &v))
			s->established = (double)v;
		return true;
	}
	if (!sh_text_u64(value, &v))
		return true;
	/* No two of the table have the same name in the kernel's text. */
	if (sh_counters_delta(c->counters, rate[i].key, &v, 1, &delta, &seconds))
		s->rate[i] = (double)delta / seconds;
	s->found = true;
	return true;
}

/* The rates whose names stand in a file; one walk for all of them. */
static void read_rates(struct sh_collect *c, const char *path, struct sockets *s)
{
	struct sh_error missing = SH_ERROR_INIT;
	struct sh_kv_pairs p = { .rest = SH_SPAN_NONE };
	struct sh_span name, value;
	const char *head = NULL;
	size_t wanted = 0;

	if (sh_collect_read(c, path, &missing) < 0)
		return;
	p.rest = sh_text_of(&c->text);
	while (sh_kv_pair(&p, &name, &value)) {
		if (p.head.p != head)
			wanted = wanted_of(p.head);
		head = p.head.p;
		if (wanted && take(c, s, p.head, name, value))
			wanted--;
		if (!wanted)
			p.names = SH_SPAN_NONE; /* nothing more of interest in this pair of lines */
	}
}

static void write_sockets(struct sh_collect *c, const struct sockets *s)
{
	static const char *const group[] = { "sockets", "tcp", "udp" };
	struct sh_sample_writer w;

	sh_collect_begin(c, &w, "host", c->host, c->host, NULL, NULL);
	for (size_t g = 0; g < sizeof(group) / sizeof(*group); g++) {
		sh_sample_group(&w, group[g]);
		for (size_t i = 0; i < USAGE; i++)
			if (!strcmp(usage[i].group, group[g]))
				sh_sample_number(&w, usage[i].name, s->usage[i]);
		for (size_t i = 0; i < RATES; i++)
			if (!strcmp(rate[i].group, group[g]))
				sh_sample_number(&w, rate[i].name, s->rate[i]);
		if (!strcmp(group[g], "tcp"))
			sh_sample_number(&w, "established", s->established);
	}
	sh_sample_end(&w);
}

/* All of sockstat as "sockstat.TCP_inuse". */
static void write_all_usage(struct sh_collect *c, struct sh_sample_writer *w, const char *path)
{
	struct sh_error missing = SH_ERROR_INIT;
	struct sh_span text, head, rest, name;
	double v, page = (double)sysconf(_SC_PAGESIZE);
	char member[96];

	if (sh_collect_read(c, path, &missing) < 0)
		return;
	text = sh_text_of(&c->text);
	while (sh_kv_line(&text, &head, &rest))
		while (next_pair(&rest, &name, &v)) {
			snprintf(member, sizeof(member), "%.*s_%.*s", (int)head.len, head.p, (int)name.len,
				 name.p);
			if (!sh_kv_is_name(member))
				continue;
			sh_sample_number(w, member, v);
			if (!sh_span_is(name, "mem"))
				continue;
			snprintf(member, sizeof(member), "%.*s_mem_bytes", (int)head.len, head.p);
			sh_sample_number(w, member, v * page);
		}
}

/* All pairs of snmp and netstat as "netstat.Tcp_InSegs". */
static void write_all_pairs(struct sh_collect *c, struct sh_sample_writer *w, const char *path)
{
	struct sh_error missing = SH_ERROR_INIT;
	struct sh_kv_pairs p = { .rest = SH_SPAN_NONE };
	struct sh_span name, value;
	char member[96];
	double v;

	if (sh_collect_read(c, path, &missing) < 0)
		return;
	p.rest = sh_text_of(&c->text);
	while (sh_kv_pair(&p, &name, &value)) {
		snprintf(member, sizeof(member), "%.*s_%.*s", (int)p.head.len, p.head.p, (int)name.len,
			 name.p);
		if (sh_kv_is_name(member) && sh_kv_double(value, &v))
			sh_sample_number(w, member, v);
	}
}

/* Lines "Ip6InReceives 7" as "netstat.Ip6_InReceives". */
static void write_snmp6(struct sh_collect *c, struct sh_sample_writer *w)
{
	struct sh_error missing = SH_ERROR_INIT;
	struct sh_span text, key, value;
	char member[96];
	double v;

	if (sh_collect_read(c, "proc/net/snmp6", &missing) < 0)
		return;
	text = sh_text_of(&c->text);
	while (sh_kv_line(&text, &key, &value)) {
		const char *six = memchr(key.p, '6', key.len);
		int head = six ? (int)(six + 1 - key.p) : 0;

		if (!six || !sh_kv_double(value, &v))
			continue;
		snprintf(member, sizeof(member), "%.*s_%.*s", head, key.p, (int)key.len - head, six + 1);
		if (sh_kv_is_name(member))
			sh_sample_number(w, member, v);
	}
}

static void write_detail(struct sh_collect *c)
{
	struct sh_sample_writer w;

	sh_collect_begin(c, &w, "host", c->host, c->host, NULL, NULL);
	sh_sample_group(&w, "sockstat");
	write_all_usage(c, &w, "proc/net/sockstat");
	write_all_usage(c, &w, "proc/net/sockstat6");
	sh_sample_group(&w, "netstat");
	write_all_pairs(c, &w, "proc/net/snmp");
	write_all_pairs(c, &w, "proc/net/netstat");
	write_snmp6(c, &w);
	sh_sample_end(&w);
}

int sh_collect_sockets(struct sh_collect *c, struct sh_error *err)
{
	struct sockets s = { .established = (double)NAN };

	(void)err;
	if (!sh_collect_wants(c, c->host))
		return 0;
	for (size_t i = 0; i < USAGE; i++)
		s.usage[i] = (double)NAN;
	for (size_t i = 0; i < RATES; i++)
		s.rate[i] = (double)NAN;
	read_usage(c, &s);
	read_rates(c, "proc/net/snmp", &s);
	read_rates(c, "proc/net/netstat", &s);
	write_sockets(c, &s);
	if (c->detail)
		write_detail(c);
	return 0;
}

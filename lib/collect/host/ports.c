/* SPDX-License-Identifier: MIT */
/*
 * Who listens on which port of TCP, and what waits there: connections that are not
 * accepted, and bytes of those that are which nobody reads, or the other side does not take.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/file.h"
#include "base/mem.h"
#include "base/num.h"
#include "collect/host/sockets.h"
#include "collect/table.h"
#include "collect/text.h"

#define MAX_TABLE ((size_t)16 << 20)
#define PORTS 65536
#define LISTENING "0A"

/* Of all connections of a port. */
struct use {
	double connections, unread, unsent;
};

/* The port behind the last ':' of "0100007F:1F90"; false: it is none. */
static bool parse_port(struct sh_span end, uint16_t *port)
{
	struct sh_span digits = { end.p + end.len - 4, 4 };
	uint64_t v = 0;

	if (end.len < 5 || digits.p[-1] != ':')
		return false;
	for (size_t i = 0; i < digits.len; i++) {
		char c = digits.p[i];

		if (!(c >= '0' && c <= '9') && !(c >= 'A' && c <= 'F'))
			return false;
		v = v << 4 | (uint64_t)(c <= '9' ? c - '0' : c - 'A' + 10);
	}
	*port = (uint16_t)v;
	return true;
}

static void add_connections(struct use *all, struct sh_span text)
{
	struct sh_span line, local, state, queues;
	uint64_t tx, rx;
	uint16_t port;

	while (sh_text_line(&text, &line)) {
		if (!sh_text_skip(&line, 1) || !sh_text_field(&line, &local) ||
		    !sh_text_skip(&line, 1) || !sh_text_field(&line, &state) ||
		    sh_span_is(state, LISTENING) || !sh_text_field(&line, &queues) ||
		    !sh_socket_queues(queues, &tx, &rx) || !parse_port(local, &port))
			continue;
		all[port].connections++;
		all[port].unsent += (double)tx;
		all[port].unread += (double)rx;
	}
}

static void write_port(struct sh_collect *c, const struct sh_listener *k, const struct use *use,
		       const char *target)
{
	const struct sh_pstat *p = k->pid ? sh_pstat_find(&c->procs, k->pid) : NULL;
	char pid[SH_U64_MAX_TEXT] = "";
	const char *dims[] = { "address", k->address, p ? "pid" : NULL, pid, NULL };
	struct sh_sample_writer w;

	if (p)
		sh_format_u64(pid, (uint64_t)p->pid);
	/* Whose it is only root may see. */
	sh_collect_begin(c, &w, p ? "process" : "host", p ? p->name : c->host, target, dims, NULL);
	sh_sample_group(&w, "port");
	sh_sample_number(&w, "number", k->port);
	sh_sample_number(&w, "waiting", (double)k->waiting);
	sh_sample_number(&w, "connections", use->connections);
	sh_sample_number(&w, "unread_bytes", use->unread);
	sh_sample_number(&w, "unsent_bytes", use->unsent);
	sh_sample_end(&w);
}

static void read_tables(struct sh_collect *c, struct sh_listeners *l, struct use *use)
{
	static const char *const path[] = { "proc/net/tcp", "proc/net/tcp6" };
	SH_CLEANUP_BUF struct sh_buf text = SH_BUF_INIT;

	for (size_t i = 0; i < 2; i++) {
		struct sh_error missing = SH_ERROR_INIT;

		if (sh_file_read(c->root, path[i], MAX_TABLE, &text, &missing) < 0)
			continue;
		sh_listeners_parse(l, sh_text_of(&text));
		add_connections(use, sh_text_of(&text));
	}
}

/* The target is a port. */
int sh_collect_ports(struct sh_collect *c, struct sh_error *err)
{
	const struct sh_pstat_table *t = sh_collect_procs(c, err);
	SH_CLEANUP_FREE struct use *use = NULL;
	struct sh_listeners l = { 0 };

	if (!t)
		return -1;
	use = sh_calloc(PORTS, sizeof(*use));
	read_tables(c, &l, use);
	sh_listeners_own(&l, c->root, t);
	for (size_t i = 0; i < l.n; i++) {
		char number[SH_U64_MAX_TEXT];

		sh_format_u64(number, l.item[i].port);
		if (sh_collect_wants(c, number) || sh_collect_wants(c, c->host))
			write_port(c, &l.item[i], &use[l.item[i].port], number);
	}
	sh_listeners_release(&l);
	return 0;
}

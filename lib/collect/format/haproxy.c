/* SPDX-License-Identifier: MIT */
/* HAProxy's `show stat`, also as the page ";csv". */
#include "config.h"

#include <math.h>
#include <string.h>

#include "base/address.h"
#include "base/mem.h"
#include "collect/format/document.h"
#include "collect/format/formats.h"
#include "collect/format/units.h"
#include "collect/text.h"

#define MAX_COLUMNS 256

/* Columns of a row; quotes taken off, what is quoted twice stays so. */
struct row {
	struct sh_span cell[MAX_COLUMNS];
	size_t n;
};

struct table {
	struct sh_import *in;
	struct row head;
	/* Servers of the backend at hand: HAProxy writes its own row after them. */
	double servers, servers_up;
};

static void split(struct sh_span line, struct row *row)
{
	size_t at = 0;

	row->n = 0;
	while (at < line.len && row->n < MAX_COLUMNS) {
		size_t from = at, to;

		if (line.p[at] == '"') {
			for (at = ++from; at < line.len && line.p[at] != '"'; at++)
				;
			to = at;
			while (at < line.len && line.p[at] != ',')
				at++;
		} else {
			while (at < line.len && line.p[at] != ',')
				at++;
			to = at;
		}
		row->cell[row->n++] = sh_unit_trim((struct sh_span){ line.p + from, to - from });
		at++;
	}
}

static struct sh_span cell(const struct table *t, const struct row *row, const char *column)
{
	for (size_t i = 0; i < t->head.n && i < row->n; i++)
		if (sh_span_is(t->head.cell[i], column))
			return row->cell[i];
	return SH_SPAN_NONE;
}

static double number(const struct table *t, const struct row *row, const char *column)
{
	return sh_unit_number(cell(t, row, column));
}

/* Serving: also a server that is not checked, and one that is on its way down. NaN when not told. */
static double is_up(struct sh_span status)
{
	if (!status.len)
		return NAN;
	return sh_text_after(status, "UP").p || sh_span_is(status, "OPEN") ||
	       sh_text_after(status, "no check").p;
}

static const struct {
	const char *name, *column;
} levels[] = {
	{ "sessions", "scur" },	      { "sessions_limit", "slim" }, { "queue", "qcur" },
	{ "session_rate", "rate" },   { "request_rate", "req_rate" }, { "weight", "weight" },
	{ "queue_ms", "qtime" },      { "connect_ms", "ctime" },    { "response_ms", "rtime" },
	{ "total_ms", "ttime" },      { "check_ms", "check_duration" },
	{ "changed_s", "lastchg" },
}, totals[] = {
	{ "sessions_total", "stot" },	       { "rx_bytes_total", "bin" },
	{ "tx_bytes_total", "bout" },	       { "requests_total", "req_tot" },
	{ "request_errors_total", "ereq" },    { "connect_errors_total", "econ" },
	{ "response_errors_total", "eresp" },  { "retries_total", "wretr" },
	{ "redispatches_total", "wredis" },    { "requests_denied_total", "dreq" },
	{ "responses_denied_total", "dresp" }, { "downtime_s_total", "downtime" },
	{ "check_failures_total", "chkfail" }, { "responses_1xx_total", "hrsp_1xx" },
	{ "responses_2xx_total", "hrsp_2xx" }, { "responses_3xx_total", "hrsp_3xx" },
	{ "responses_4xx_total", "hrsp_4xx" }, { "responses_5xx_total", "hrsp_5xx" },
};

static const char *begin(struct table *t, struct sh_sample_writer *s, struct sh_span proxy,
			 struct sh_span server)
{
	SH_CLEANUP_BUF struct sh_buf name = SH_BUF_INIT;
	const char *type = "server";

	if (sh_span_is(server, "FRONTEND"))
		type = "frontend";
	else if (sh_span_is(server, "BACKEND"))
		type = "backend";
	sh_buf_add(&name, proxy.p, proxy.len);
	if (!strcmp(type, "server")) {
		sh_buf_addch(&name, '/');
		sh_buf_add(&name, server.p, server.len);
	}
	sh_document_begin(s, t->in, type, sh_buf_str(&name), NULL, NULL);
	return type;
}

static void put_servers(struct table *t, struct sh_sample_writer *s)
{
	if (t->servers > 0) {
		sh_sample_number(s, "servers", t->servers);
		sh_sample_number(s, "servers_up", t->servers_up);
	}
	t->servers = t->servers_up = 0;
}

static void convert(struct table *t, const struct row *row)
{
	struct sh_span proxy = cell(t, row, "pxname"), server = cell(t, row, "svname");
	double up = is_up(cell(t, row, "status"));
	double sessions = number(t, row, "scur"), limit = number(t, row, "slim");
	struct sh_sample_writer s;
	const char *type;

	if (!proxy.len || !server.len)
		return;
	type = begin(t, &s, proxy, server);
	sh_sample_group(&s, "haproxy");
	sh_sample_number(&s, "up", up);
	sh_sample_number(&s, "sessions_usage", sh_percent(sessions, limit));
	for (size_t i = 0; i < sizeof(levels) / sizeof(levels[0]); i++)
		sh_sample_number(&s, levels[i].name, number(t, row, levels[i].column));
	if (!strcmp(type, "server")) {
		t->servers++;
		t->servers_up += up > 0;
	} else if (!strcmp(type, "backend")) {
		put_servers(t, &s);
	}
	for (size_t i = 0; i < sizeof(totals) / sizeof(totals[0]); i++)
		sh_sample_number(&s, totals[i].name, number(t, row, totals[i].column));
	sh_sample_end(&s);
}

static char *text_of(struct sh_span s)
{
	return sh_strndup(s.p ? s.p : "", s.len);
}

/* A server belongs to its backend, which cannot do without one; it is where its address says. */
static void link_server(struct table *t, const struct row *row)
{
	SH_CLEANUP_FREE char *proxy = text_of(cell(t, row, "pxname"));
	SH_CLEANUP_FREE char *server = text_of(cell(t, row, "svname"));
	SH_CLEANUP_FREE char *at = text_of(cell(t, row, "addr"));
	SH_CLEANUP_FREE char *both = sh_asprintf("%s/%s", proxy, server);
	SH_CLEANUP_FREE char *member = sh_import_name(t->in, "server", both);
	SH_CLEANUP_FREE char *backend = sh_import_name(t->in, "backend", proxy);
	SH_CLEANUP_FREE char *host = NULL;
	struct sh_address address;

	if (!*proxy || !*server || sh_span_is(cell(t, row, "svname"), "FRONTEND") ||
	    sh_span_is(cell(t, row, "svname"), "BACKEND"))
		return;
	sh_import_member(t->in, member, backend, 1);
	if (!sh_address_parse(at, &address) || !strncmp(address.host, "127.", 4) || !strcmp(address.host, "::1"))
		return;
	host = sh_import_name_fleet("host", address.host);
	sh_import_link(t->in, member, "connects", host);
}

int sh_format_haproxy(struct sh_import *in, struct sh_span text, struct sh_error *err)
{
	struct table *t = sh_calloc(1, sizeof(*t));
	struct row *row = sh_calloc(1, sizeof(*row));
	bool known = false;
	struct sh_span line;

	t->in = in;
	while (sh_text_line(&text, &line)) {
		struct sh_span head = sh_text_after(line, "# pxname,");

		if (head.p) {
			split((struct sh_span){ line.p + 2, line.len - 2 }, &t->head);
			known = true;
		} else if (t->head.n && sh_unit_trim(line).len) {
			split(line, row);
			convert(t, row);
			link_server(t, row);
		}
	}
	free(row);
	free(t);
	return known ? 0 : sh_error_set(err, SH_ERRC_INPUT, "no statistics of haproxy");
}

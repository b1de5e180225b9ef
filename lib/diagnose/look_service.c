/* SPDX-License-Identifier: MIT */
/* What the site says of a service tells where to look: its ports, and its logs. */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/num.h"
#include "diagnose/look.h"
#include "diagnose/look_parts.h"
#include "record/entity.h"
#include "record/json.h"

#define MOST_PORTS 4
#define MOST_LOGS 3
#define LINES 5 /* of each log, the latest */
#define MAX_PIDFILE 64

struct inquiry {
	struct sh_look *l;
	const struct sh_diagnosis *d;
	const struct sh_service *service; /* NULL: the site does not have it */
	json_t *found;
	size_t logs;
};

/* The number that stands in the pid file is that of the holder. */
static bool is_in_pidfile(const char *path, const char *pid)
{
	SH_CLEANUP_BUF struct sh_buf text = SH_BUF_INIT;
	struct sh_error none = SH_ERROR_INIT;
	size_t len = strlen(pid);

	if (sh_file_read(AT_FDCWD, path, MAX_PIDFILE, &text, &none) < 0)
		return false;
	return !strncmp(sh_buf_str(&text), pid, len) && strspn(sh_buf_str(&text) + len, "\n ") == text.len - len;
}

static bool begins_so(const char *text, const char *begin)
{
	return !strncmp(text, begin, strlen(begin));
}

/*
 * Whether who has the port may be the service itself, started anew meanwhile: where it
 * is known by its program or unit, whatever is called like that.
 */
static bool may_be_own(const struct sh_service *s, const char *entity, const char *pid)
{
	struct sh_entity parts = { 0 };
	SH_CLEANUP_BUF struct sh_buf name = SH_BUF_INIT;
	const char *exe = s->exe ? strrchr(s->exe, '/') : NULL;

	if (s->pidfile)
		return is_in_pidfile(s->pidfile, pid);
	if (!sh_entity_split(sh_span_of(entity), &parts))
		return true;
	sh_entity_decode(parts.name, &name);
	return s->cmdline || (exe && begins_so(exe + 1, sh_buf_str(&name))) ||
	       (s->unit && begins_so(s->unit, sh_buf_str(&name)));
}

/* Of process 1 it is who is started by a connection. */
static bool is_taken(const struct inquiry *q, const json_t *record)
{
	const char *pid = sh_json_str(json_object_get(record, "dims"), "pid", "");

	return !strcmp(q->d->fault.fault_type, "service_down") && *pid && strcmp(pid, "1") != 0 &&
	       !may_be_own(q->service, sh_json_str(record, "entity", ""), pid);
}

/* What is kept of an earlier look may tell of a process that has ended since. */
static bool has_ended(const char *pid)
{
	SH_CLEANUP_FREE char *path = sh_asprintf("/proc/%s", pid);

	return *pid && access(path, F_OK) < 0 && errno == ENOENT;
}

static void add_port(const struct inquiry *q, const json_t *record)
{
	const json_t *port = json_object_get(json_object_get(record, "metrics"), "port");
	const json_t *dims = json_object_get(record, "dims");
	const char *pid = sh_json_str(dims, "pid", "");
	json_t *item;

	if (!port || has_ended(pid))
		return; /* it could not be seen, or is over */
	item = json_pack("{s:s,s:s,s:s,s:s,s:f,s:f,s:f,s:f,s:f}", "what",
			 is_taken(q, record) ? "port_taken" : "port", "entity",
			 sh_json_str(record, "entity", ""), "of", q->d->entity, "address",
			 sh_json_str(dims, "address", "?"), "share", 100.0, "value",
			 sh_json_num(port, "waiting", 0), "connections",
			 sh_json_num(port, "connections", 0), "unread_bytes",
			 sh_json_num(port, "unread_bytes", 0), "unsent_bytes",
			 sh_json_num(port, "unsent_bytes", 0));
	if (*pid)
		json_object_set_new(item, "pid", json_string(pid));
	json_array_append_new(q->found, item);
}

static void look_at_ports(const struct inquiry *q)
{
	size_t told = 0, i;
	json_t *r;

	for (size_t k = 0; k < q->service->checks && told < MOST_PORTS; k++) {
		char host[256], number[SH_U64_MAX_TEXT];
		uint16_t port;

		if (!sh_check_endpoint(&q->service->check[k], host, sizeof(host), &port))
			continue;
		told++;
		sh_format_u64(number, port);
		json_array_foreach(sh_look_run(q->l, SH_LOOK_PORTS, number), i, r)
			add_port(q, r);
	}
}

static bool is_bad(const json_t *record)
{
	const char *severity = sh_json_str(record, "severity", "");

	return !strcmp(severity, "medium") || !strcmp(severity, "high") || !strcmp(severity, "critical");
}

static bool is_line(const json_t *record, int64_t since, bool all)
{
	const char *time = sh_json_str(record, "time", "");
	int64_t t;

	return !strcmp(sh_json_str(record, "kind", ""), "log") && (all || is_bad(record)) &&
	       sh_time_parse(time, strlen(time), &t) == 0 && t >= since;
}

/* The latest, in their order: what went wrong, or where nothing did whatever there is. */
static void add_lines(const struct inquiry *q, const json_t *records, const char *log)
{
	int64_t since = q->d->onset - SH_LOOK_AGE;
	const json_t *line[LINES];
	size_t n = 0;

	for (int all = 0; all < 2 && !n; all++)
		for (size_t i = json_array_size(records); i-- > 0 && n < LINES;)
			if (is_line(json_array_get(records, i), since, all))
				line[n++] = json_array_get(records, i);
	while (n--)
		json_array_append_new(q->found,
				      json_pack("{s:s,s:s,s:s,s:s,s:s,s:s}", "what", "log_line", "entity",
						q->d->entity, "path", log, "time",
						sh_json_str(line[n], "time", ""), "severity",
						sh_json_str(line[n], "severity", "info"), "line",
						sh_json_str(line[n], "text", "")));
}

static void look_at_log(struct inquiry *q, const char *log)
{
	if (q->logs++ < MOST_LOGS)
		add_lines(q, sh_look_run(q->l, SH_LOOK_LOGS, log), log);
}

static void look_at_unit(struct inquiry *q, const char *unit)
{
	SH_CLEANUP_FREE char *target = sh_asprintf("unit:%s", unit);

	look_at_log(q, target);
}

/* A pattern of files is no file. */
static void look_at_logs(struct inquiry *q)
{
	for (size_t i = 0; i < q->service->checks; i++) {
		const struct sh_check *k = &q->service->check[i];

		if (k->kind == SH_CHECK_LOG && !strpbrk(k->address, "*?["))
			look_at_log(q, k->address);
		else if (k->kind == SH_CHECK_JOURNAL && !k->path && strcmp(k->address, "all") != 0)
			look_at_unit(q, k->address);
	}
	if (q->service->unit)
		look_at_unit(q, q->service->unit);
}

static bool has_log(const struct sh_service *s, const char *path)
{
	for (size_t i = 0; i < s->checks; i++)
		if (s->check[i].kind == SH_CHECK_LOG && !fnmatch(s->check[i].address, path, FNM_PATHNAME))
			return true;
	return false;
}

static const struct sh_service *owner(const struct sh_look *l, const char *path, const char *pid)
{
	for (size_t i = 0; l->site && i < l->site->services; i++) {
		const struct sh_service *s = &l->site->service[i];

		if (has_log(s, path) || (s->pidfile && *pid && is_in_pidfile(s->pidfile, pid)))
			return s;
	}
	return NULL;
}

void sh_look_own(const struct sh_look *l, json_t *found)
{
	size_t i;
	json_t *item;

	json_array_foreach(found, i, item) {
		const char *path = sh_json_str(item, "path", "");
		const struct sh_service *s = owner(l, path, sh_json_str(item, "pid", ""));
		struct sh_buf entity = SH_BUF_INIT;

		if (!s || !*path)
			continue;
		sh_entity_add(&entity, "service", s->id, l->host);
		json_object_set_new(item, "service", json_string(sh_buf_str(&entity)));
		sh_buf_release(&entity);
	}
}

void sh_look_service(struct sh_look *l, const struct sh_diagnosis *d, json_t *found)
{
	struct inquiry q = { .l = l, .d = d, .found = found };
	SH_CLEANUP_BUF struct sh_buf name = SH_BUF_INIT;
	struct sh_entity parts;

	if (!l->site || !sh_entity_split(sh_span_of(d->entity), &parts) ||
	    !sh_span_is(parts.type, "service"))
		return;
	sh_entity_decode(parts.name, &name);
	q.service = sh_site_service(l->site, sh_buf_str(&name));
	if (!q.service)
		return;
	look_at_ports(&q);
	look_at_logs(&q);
}

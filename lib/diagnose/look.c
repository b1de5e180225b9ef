/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "diagnose/look.h"

#include <string.h>

#include "base/mem.h"
#include "diagnose/look_parts.h"
#include "diagnose/ranking.h"
#include "record/entity.h"
#include "record/json.h"

#define SUREST 0.9
#define MOST_CONFIDENT 0.99

/*
 * What is looked at for a fault whose type or metrics begin so; and what only stands
 * beside it: whether a service lacks what a busy process uses, the rules know.
 */
static const struct family {
	const char *begin;
	unsigned causes, beside;
} families[] = {
	{ "disk_full", SH_LOOK_SPACE | SH_LOOK_DELETED, 0 },
	/* These are no matter of space. */
	{ "storage_read_only", 0, SH_LOOK_KERNEL },
	{ "storage_mounted", 0, SH_LOOK_KERNEL },
	{ "storage_errors", 0, SH_LOOK_KERNEL },
	{ "storage_responding", 0, SH_LOOK_KERNEL },
	{ "storage_inodes", 0, SH_LOOK_FILES },
	{ "storage", SH_LOOK_SPACE | SH_LOOK_DELETED, 0 },
	{ "inodes", 0, SH_LOOK_FILES },
	{ "cpu", SH_LOOK_CPU, 0 },
	{ "load", SH_LOOK_CPU | SH_LOOK_IO, 0 },
	{ "high_latency", SH_LOOK_PROCESSES, 0 },
	{ "latency", SH_LOOK_PROCESSES, 0 },
	{ "pressure", SH_LOOK_PROCESSES, 0 },
	{ "memory", SH_LOOK_MEMORY, SH_LOOK_KERNEL },
	{ "paging", SH_LOOK_MEMORY, SH_LOOK_KERNEL },
	{ "swap", SH_LOOK_MEMORY, SH_LOOK_KERNEL },
	{ "oom", SH_LOOK_MEMORY, SH_LOOK_KERNEL },
	{ "disk", SH_LOOK_IO, SH_LOOK_KERNEL },
	{ "io", SH_LOOK_IO, SH_LOOK_KERNEL },
	{ "service", SH_LOOK_PORTS, SH_LOOK_PROCESSES | SH_LOOK_KERNEL | SH_LOOK_LOGS },
	{ "tcp", SH_LOOK_SOCKETS, SH_LOOK_KERNEL },
	{ "udp", SH_LOOK_SOCKETS, 0 },
	{ "sockets", SH_LOOK_SOCKETS, 0 },
	{ "network", SH_LOOK_SOCKETS, SH_LOOK_KERNEL },
	{ "log_", 0, SH_LOOK_SOCKETS | SH_LOOK_KERNEL },
	{ "filesystem", 0, SH_LOOK_KERNEL },
	{ "smart", 0, SH_LOOK_KERNEL },
};

struct kinds {
	unsigned causes, all;
};

static void add_kinds(struct kinds *k, const char *name)
{
	for (size_t i = 0; i < sizeof(families) / sizeof(families[0]); i++) {
		const struct family *f = &families[i];

		if (strncmp(name, f->begin, strlen(f->begin)) != 0)
			continue;
		k->causes |= f->causes;
		k->all |= f->causes | f->beside;
		return;
	}
}

static struct kinds kinds_of(const struct sh_fault *f)
{
	struct kinds k = { 0, 0 };
	size_t i;
	json_t *name;

	add_kinds(&k, f->fault_type);
	json_array_foreach(f->affected_metrics, i, name)
		add_kinds(&k, json_string_value(name) ? json_string_value(name) : "");
	return k;
}

/* The mount point of a file system, else the root. A new string. */
static char *path_of(const struct sh_diagnosis *d)
{
	struct sh_entity parts;
	struct sh_buf path = SH_BUF_INIT;

	if (sh_entity_split(sh_span_of(d->entity), &parts) && sh_span_is(parts.type, "filesystem"))
		sh_entity_decode(parts.name, &path);
	if (!path.len || *path.data != '/' || memchr(path.data, '\0', path.len)) {
		sh_buf_clear(&path);
		sh_buf_addch(&path, '/');
	}
	return sh_buf_take(&path);
}

/* What a finding means as a cause, from what share and value on, of faults of that kind. */
struct meaning {
	const char *what, *cause;
	enum sh_look_kind of;
	double share, value;
};

static const struct meaning *meaning_of(const json_t *item)
{
	static const struct meaning meanings[] = {
		{ "process_cpu", "process_uses_processors", SH_LOOK_CPU, 50, 50 },
		{ "process_memory", "process_uses_memory", SH_LOOK_MEMORY, 30, 0 },
		{ "process_io", "process_uses_storage", SH_LOOK_IO, 60, 1 << 20 },
		{ "deleted_file", "deleted_file_open", SH_LOOK_DELETED, 10, 0 },
		{ "directory", "directory_holds_space", SH_LOOK_SPACE, 40, 0 },
		{ "port_taken", "port_conflict", SH_LOOK_PORTS, 0, 0 },
	};
	const char *what = sh_json_str(item, "what", "");

	for (size_t i = 0; i < sizeof(meanings) / sizeof(meanings[0]); i++)
		if (!strcmp(what, meanings[i].what))
			return &meanings[i];
	return NULL;
}

static bool is_found(const json_t *entry)
{
	const json_t *evidence = json_array_get(json_object_get(entry, "evidence"), 0);

	return !strcmp(sh_json_str(evidence, "source", ""), "look");
}

/* In its place by confidence, behind equal ones; what is EXACT before those of the rules. */
static void rank(json_t *ranking, json_t *entry, bool exact)
{
	size_t i = 0, n = json_array_size(ranking);
	double sure = sh_json_num(entry, "confidence", 0);

	for (; i < n; i++) {
		const json_t *other = json_array_get(ranking, i);
		double theirs = sh_json_num(other, "confidence", 0);

		if (theirs < sure || (theirs <= sure && exact && !is_found(other)))
			break;
	}
	json_array_insert_new(ranking, i, entry);
}

/* Of what is full, or taken, the finding is the rules' cause told exactly. */
static bool is_exact(const struct meaning *m)
{
	return m->of & (SH_LOOK_SPACE | SH_LOOK_DELETED | SH_LOOK_PORTS);
}

/* "app.log", "app.log.1", "catalina.out", "syslog", "system.journal". */
static bool is_log(const char *path)
{
	const char *name = strrchr(path, '/') ? strrchr(path, '/') + 1 : path;
	size_t len = strlen(name);

	return strstr(name, ".log") || strstr(name, ".journal") ||
	       (len > 4 && !strcmp(name + len - 4, ".out")) || !strcmp(name, "syslog") ||
	       !strcmp(name, "messages");
}

/* A directory of which one log is the most is filled by that. */
static const char *cause_of(const struct meaning *m, const json_t *item)
{
	if (m->of == SH_LOOK_SPACE && is_log(sh_json_str(item, "path", "")))
		return "log_growth";
	return m->cause;
}

/* As sure as its share; of a directory what was written long ago is half as likely what filled it up now. */
static double surety_of(const struct meaning *m, const json_t *item)
{
	double sure = sh_json_num(item, "share", 0) / 100, value = sh_json_num(item, "value", 0);

	if (m->of == SH_LOOK_SPACE && value > 0)
		sure *= (1 + sh_json_num(item, "recent", 0) / value) / 2;
	return sure > SUREST ? SUREST : sure;
}

/* That no space is left is a fact, and who has it was measured: both speak for it (noisy-or). */
static double joined(const struct meaning *m, double sure, double rules)
{
	if (!is_exact(m))
		return sure;
	sure = 1 - (1 - sure) * (1 - rules);
	return sure > MOST_CONFIDENT ? MOST_CONFIDENT : sure;
}

static void add_cause(struct sh_diagnosis *d, const struct meaning *m, const json_t *item, double rules)
{
	json_t *evidence = json_copy((json_t *)(uintptr_t)item);
	json_t *known = m->of == SH_LOOK_PORTS ? sh_ranking_find(d->ranking, m->cause, false) : NULL;

	json_object_set_new(evidence, "source", json_string("look"));
	json_object_set_new(evidence, "text", sh_look_text(item));
	if (known) {
		json_array_append_new(json_object_get(known, "evidence"), evidence);
		sh_ranking_raise(known, surety_of(m, item));
		d->ranking = sh_ranking_sorted(d->ranking);
		return;
	}
	rank(d->ranking,
	     json_pack("{s:s,s:f,s:s,s:[o]}", "root_cause", cause_of(m, item), "confidence",
		       joined(m, surety_of(m, item), rules), "entity",
		       sh_json_str(item, "entity", d->entity), "evidence", evidence),
	     is_exact(m));
}

static void conclude(struct sh_diagnosis *d, const json_t *found, unsigned kinds)
{
	double rules = sh_json_num(json_array_get(d->ranking, 0), "confidence", 0);
	size_t i;
	json_t *item;

	json_array_foreach(found, i, item) {
		const struct meaning *m = meaning_of(item);

		if (m && (kinds & m->of) && sh_json_num(item, "share", 0) >= m->share &&
		    sh_json_num(item, "value", 0) >= m->value)
			add_cause(d, m, item, rules);
	}
}

static void look(struct sh_look *l, const struct sh_diagnosis *d, unsigned kinds, int64_t now, json_t *found)
{
	SH_CLEANUP_FREE char *path = path_of(d);
	double used = 0;

	if (kinds & SH_LOOK_PROCESSES)
		sh_look_processes(sh_look_run(l, SH_LOOK_PROCESSES, ""), found);
	if (kinds & SH_LOOK_SPACE)
		used = sh_look_space(sh_look_run(l, SH_LOOK_SPACE, path), found);
	if (kinds & SH_LOOK_FILES)
		sh_look_files(sh_look_run(l, SH_LOOK_SPACE, path), found);
	if (kinds & SH_LOOK_DELETED)
		sh_look_deleted(sh_look_run(l, SH_LOOK_DELETED, path), used, found);
	sh_look_own(l, found);
	if (kinds & SH_LOOK_SOCKETS)
		sh_look_sockets(sh_look_run(l, SH_LOOK_SOCKETS, ""), found);
	if (kinds & SH_LOOK_KERNEL)
		sh_look_kernel(sh_look_run(l, SH_LOOK_KERNEL, ""), now - SH_LOOK_AGE, found);
	if (kinds & (SH_LOOK_PORTS | SH_LOOK_LOGS))
		sh_look_service(l, d, found);
}

void sh_look_at(struct sh_look *l, struct sh_diagnosis *d, int64_t now)
{
	struct kinds kinds = kinds_of(&d->fault);
	json_t *found;

	if (!kinds.all || strcmp(d->host, l->host) != 0 || now - d->fault.time > SH_LOOK_AGE ||
	    d->fault.time - now > SH_LOOK_AGE)
		return;
	l->until = sh_clock_mono() + SH_LOOK_TOTAL;
	found = json_array();
	look(l, d, kinds.all, now, found);
	conclude(d, found, kinds.causes);
	sh_look_prove(d, found);
	json_decref(d->look);
	d->look = json_pack("{s:o}", "found", found);
}

/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/mem.h"
#include "base/process.h"
#include "diagnose/look.h"
#include "diagnose/look_parts.h"
#include "record/json.h"

#define MOST_OUTPUT (4 << 20)
#define MOST_RECORDS 20000
#define KERNEL_LOG "/dev/kmsg"

struct sh_look_kept {
	json_t *records;
};

static void free_kept(void *kept)
{
	struct sh_look_kept *k = kept;

	json_decref(k->records);
	free(k);
}

struct sh_look *sh_look_new(const char *program, const char *host, const struct sh_site *site)
{
	struct sh_look *l = sh_calloc(1, sizeof(*l));

	l->program = sh_strdup(program);
	l->host = sh_strdup(host);
	l->site = site;
	l->nothing = json_array();
	sh_map_init(&l->kept, free_kept);
	return l;
}

void sh_look_free(struct sh_look *l)
{
	if (!l)
		return;
	sh_map_release(&l->kept);
	json_decref(l->nothing);
	free(l->program);
	free(l->host);
	free(l);
}

/* {"collector":…,"target":PATH} as --source takes it. A new string. */
static char *source_of(const char *collector, const char *path)
{
	json_t *source = json_pack("{s:s,s:s}", "collector", collector, "target", path);
	char *text = source ? sh_json_text(source, JSON_COMPACT) : NULL;

	json_decref(source);
	return text;
}

/* Where it is looked: the words of the command line behind the program. */
static void arguments(enum sh_look_kind kind, char *source, const char **argv)
{
	size_t n = 1;

	argv[n++] = "--no-stock";
	argv[n++] = "--output=ndjson";
	switch (kind) {
	case SH_LOOK_CPU:
	case SH_LOOK_MEMORY:
	case SH_LOOK_IO:
	case SH_LOOK_PROCESSES:
		argv[n++] = "process";
		argv[n++] = "memory";
		break;
	case SH_LOOK_SOCKETS:
		argv[n++] = "sockets";
		break;
	case SH_LOOK_KERNEL:
	case SH_LOOK_SPACE:
	case SH_LOOK_FILES:
	case SH_LOOK_DELETED:
	case SH_LOOK_PORTS:
	case SH_LOOK_LOGS:
		argv[n++] = "--source";
		argv[n++] = source;
		break;
	}
}

static char **environment(const struct sh_look *l)
{
	static const char *const passed[] = { "SH_STOCK", "SH_LIBEXEC", "TZ" };
	char **env = sh_calloc(sizeof(passed) / sizeof(passed[0]) + 4, sizeof(*env));
	size_t n = 0;

	env[n++] = sh_strdup("PATH=/usr/sbin:/usr/bin:/sbin:/bin");
	env[n++] = sh_strdup("LC_ALL=C");
	env[n++] = sh_asprintf("SH_HOST=%s", l->host);
	for (size_t i = 0; i < sizeof(passed) / sizeof(passed[0]); i++) {
		const char *value = secure_getenv(passed[i]);

		if (value)
			env[n++] = sh_asprintf("%s=%s", passed[i], value);
	}
	return env;
}

/* Whole lines that are records; the last may have been cut off. */
static json_t *records_of(const struct sh_buf *text)
{
	json_t *records = json_array();
	const char *p = sh_buf_str(text), *end;

	while ((end = strchr(p, '\n')) && json_array_size(records) < MOST_RECORDS) {
		struct sh_error none = SH_ERROR_INIT;
		json_t *record = sh_json_parse(p, (size_t)(end - p), &none);

		if (json_is_object(record))
			json_array_append(records, record);
		json_decref(record);
		p = end + 1;
	}
	return records;
}

static const char *collector_of(enum sh_look_kind kind)
{
	if (kind == SH_LOOK_LOGS || kind == SH_LOOK_KERNEL)
		return "tail";
	return kind == SH_LOOK_SPACE ? "space" :
	       kind == SH_LOOK_PORTS ? "ports" :
				       "deleted";
}

static int64_t least(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

static json_t *run(const struct sh_look *l, enum sh_look_kind kind, const char *path)
{
	SH_CLEANUP_FREE char *source =
		source_of(collector_of(kind), kind == SH_LOOK_KERNEL ? KERNEL_LOG : path);
	const char *argv[8] = { l->program };
	char **env = environment(l);
	struct sh_child_options o = { .argv = argv,
				      .envp = (const char *const *)env,
				      .timeout = least(SH_LOOK_TIME, l->until - sh_clock_mono()),
				      .kill_after = 200 * SH_MS,
				      .give_up = 500 * SH_MS,
				      .max_output = MOST_OUTPUT,
				      .enough = true,
				      .alone = true };
	struct sh_error none = SH_ERROR_INIT;
	json_t *records = NULL;
	struct sh_child c;

	arguments(kind, source, argv);
	if (source && sh_child_start(&c, &o, &none) == 0) {
		if (sh_child_wait(&c, &none) == 0)
			records = records_of(&c.stdout_data);
		sh_child_release(&c);
	}
	for (size_t i = 0; env[i]; i++)
		free(env[i]);
	free(env);
	return records ? records : json_array();
}

/* Whether one more may be run; else what was seen before has to do. */
static bool may_run(struct sh_look *l, int64_t now)
{
	if (!l->since || now - l->since >= SH_LOOK_KEPT) {
		l->since = now;
		l->children = 0;
		sh_map_release(&l->kept);
		sh_map_init(&l->kept, free_kept);
	}
	return l->children < SH_LOOK_MOST;
}

const json_t *sh_look_run(struct sh_look *l, enum sh_look_kind kind, const char *path)
{
	SH_CLEANUP_FREE char *key = sh_asprintf("%d %s", (int)kind, path);
	int64_t now = sh_clock_mono();
	bool may = may_run(l, now);
	struct sh_look_kept *k = sh_map_gets(&l->kept, key);

	if (k)
		return k->records;
	if (may && now >= l->until)
		return l->nothing;
	k = sh_calloc(1, sizeof(*k));
	k->records = may ? run(l, kind, path) : json_array();
	l->children += may;
	sh_map_puts(&l->kept, key, k);
	return k->records;
}

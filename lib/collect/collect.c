/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "collect/collector.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/mem.h"
#include "collect/check/together.h"
#include "collect/facts.h"
#include "collect/text.h"
#include "record/entity.h"

#define MAX_TEXT ((size_t)8 << 20)
#define READING  16384
#define LOOK_AGAIN SH_MIN
#define MAX_KEPT 48

/* A file of procfs that is read in each round: to open it costs more than to read it. */
struct sh_collect_kept {
	char *path; /* owned */
	bool one_record; /* the kernel shows it at once */
	int fd;
	uint32_t moment;    /* when it was read last */
	bool shared;        /* it was wanted twice at one moment: what is read is kept for that */
	struct sh_buf text; /* owned */
};

static void close_kept(struct sh_collect *c)
{
	for (size_t i = 0; i < c->kepts; i++) {
		close(c->kept[i].fd);
		free(c->kept[i].path);
		sh_buf_release(&c->kept[i].text);
	}
	free(c->kept);
	c->kept = NULL;
	c->kepts = 0;
}

int sh_collect_init(struct sh_collect *c, const char *root, const char *host, struct sh_error *err)
{
	struct statfs fs;
	int proc;

	memset(c, 0, sizeof(*c));
	c->host = host;
	c->machine = !root;
	c->set = sh_calloc(sh_collectors_count, sizeof(*c->set));
	for (size_t i = 0; i < sh_collectors_count; i++)
		sh_counters_init(&c->set[i]);
	sh_map_init(&c->stuck, free);
	sh_map_init(&c->absent, NULL);
	sh_facts_init(&c->facts);
	sh_followed_init(&c->followed);
	c->root = open(root ? root : "/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (c->root < 0) {
		sh_error_set_(err, SH_ERRC_SYSTEM, errno, "cannot open '%s'", root ? root : "/");
		sh_collect_release(c);
		return -1;
	}
	proc = openat(c->root, "proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	c->live = proc >= 0 && fstatfs(proc, &fs) == 0 && fs.f_type == PROC_SUPER_MAGIC;
	if (proc >= 0)
		close(proc);
	return 0;
}

void sh_collect_release(struct sh_collect *c)
{
	sh_together_free(c, c->checks);
	c->checks = NULL;
	if (c->root >= 0)
		close(c->root);
	c->root = -1;
	for (size_t i = 0; c->set && i < sh_collectors_count; i++)
		sh_counters_release(&c->set[i]);
	free(c->set);
	c->set = NULL;
	close_kept(c);
	sh_map_release(&c->stuck);
	sh_map_release(&c->absent);
	sh_map_release(&c->facts);
	sh_followed_release(&c->followed);
	sh_pstat_release(&c->procs);
	sh_mounts_release(&c->mounts);
	sh_buf_release(&c->mounts_text);
	sh_buf_release(&c->out);
	sh_buf_release(&c->text);
	sh_buf_release(&c->name);
}

static bool is_kept(const struct sh_collect *c, const char *path)
{
	if (!c->live)
		return false;
	/* What names a process is another's tomorrow (pidfiles.h), and few are not too many. */
	if (!strncmp(path, "proc/", 5))
		return path[5] < '0' || path[5] > '9';
	return !strcmp(path, "sys/devices/system/cpu/online");
}

/*
 * Files that the kernel shows as one record: a reading that leaves room is the
 * whole. Others may end short wherever a record does not fit any more.
 */
static bool is_one_record(const char *path)
{
	static const char *const one[] = { "sys/", "pressure/", "loadavg", "meminfo", "stat", "uptime",
					   "net/snmp", "net/snmp6", "net/netstat", "net/sockstat",
					   "net/sockstat6", NULL };

	if (strncmp(path, "proc/", 5) != 0)
		return false;
	for (const char *const *o = one; *o; o++) {
		size_t n = strlen(*o);

		if (!strncmp(path + 5, *o, n) && ((*o)[n - 1] == '/' || !path[5 + n]))
			return true;
	}
	return false;
}

/* Kept from now on, if there is still room; NULL when it is not, with errno of opening it. */
static struct sh_collect_kept *kept_file(struct sh_collect *c, const char *path)
{
	int fd;

	errno = 0;
	if (!is_kept(c, path))
		return NULL;
	for (size_t i = 0; i < c->kepts; i++)
		if (!strcmp(c->kept[i].path, path))
			return &c->kept[i];
	if (c->kepts == MAX_KEPT)
		return NULL;
	fd = openat(c->root, path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	if (fd < 0)
		return NULL;
	sh_grow(c->kept, c->kepts, c->kept_cap);
	c->kept[c->kepts] = (struct sh_collect_kept){ .path = sh_strdup(path), .fd = fd,
						      .one_record = is_one_record(path) };
	return &c->kept[c->kepts++];
}

/* The whole of a kept file, by as few calls as will do. */
static int reread(struct sh_collect *c, const struct sh_collect_kept *k, struct sh_error *err)
{
	struct sh_buf *text = &c->text;
	ssize_t n;

	sh_buf_clear(text);
	do {
		char *at = sh_buf_reserve(text, READING);

		n = pread(k->fd, at, READING, (off_t)text->len);
		if (n < 0 && errno != EINTR)
			return sh_error_sys(err, "cannot read '%s'", k->path);
		text->len += n > 0 ? (size_t)n : 0;
		text->data[text->len] = '\0';
		if (text->len > MAX_TEXT)
			return sh_error_set(err, SH_ERRC_SYSTEM, "'%s' is too large", k->path);
	} while (n != 0 && !(k->one_record && n > 0 && n < READING));
	return 0;
}

static int read_kept(struct sh_collect *c, struct sh_collect_kept *k, struct sh_error *err)
{
	bool again = c->moment && k->moment == c->moment;

	if (again && k->shared) {
		sh_buf_clear(&c->text);
		sh_buf_add(&c->text, k->text.data, k->text.len);
		return 0;
	}
	k->shared = k->shared || again;
	k->moment = 0;
	if (reread(c, k, err) < 0)
		return -1;
	k->moment = c->moment;
	if (!k->shared)
		return 0;
	sh_buf_clear(&k->text);
	sh_buf_add(&k->text, c->text.data, c->text.len);
	return 0;
}

static void forget_kept(struct sh_collect *c, struct sh_collect_kept *k)
{
	close(k->fd);
	free(k->path);
	sh_buf_release(&k->text);
	*k = c->kept[--c->kepts];
}

int sh_collect_read(struct sh_collect *c, const char *path, struct sh_error *err)
{
	struct sh_collect_kept *k = kept_file(c, path);
	struct sh_error gone = SH_ERROR_INIT;

	if (k && read_kept(c, k, &gone) == 0)
		return 0;
	/* A module that was unloaded takes its files with it, also where it was loaded again. */
	if (k)
		forget_kept(c, k);
	else if (errno == ENOENT) /* no need to look twice for what is not there */
		return sh_error_set(err, SH_ERRC_UNAVAILABLE, "no such file '%s'", path);
	return sh_file_read(c->root, path, MAX_TEXT, &c->text, err);
}

bool sh_collect_class(struct sh_collect *c, struct sh_kv_names *names, const char *path,
		      const char *prefix)
{
	uintptr_t now = (uintptr_t)(sh_clock_mono() / SH_SEC) + 1;
	uintptr_t looked = c->live ? (uintptr_t)sh_map_gets(&c->absent, path) : 0;

	if (looked && now - looked < LOOK_AGAIN / SH_SEC)
		return false;
	if (sh_kv_names_read(names, c->root, path, prefix) && names->n) {
		if (looked)
			sh_map_remove(&c->absent, path, strlen(path));
		return true;
	}
	if (c->live)
		sh_map_puts(&c->absent, path, (void *)now);
	return false;
}

void sh_collect_refresh(struct sh_collect *c)
{
	if (++c->moment == 0)
		c->moment = 1;
}

const struct sh_mounts *sh_collect_mounts(struct sh_collect *c, struct sh_error *err)
{
	struct sh_buf *last = &c->mounts_text;

	if (sh_collect_read(c, "proc/self/mountinfo", err) < 0)
		return NULL;
	if (c->text.len && c->text.len == last->len && !memcmp(c->text.data, last->data, last->len))
		return &c->mounts;
	sh_buf_clear(last);
	sh_buf_add(last, c->text.data, c->text.len);
	sh_mounts_release(&c->mounts);
	sh_mounts_parse(&c->mounts, sh_text_of(last));
	c->mounts_version++;
	return &c->mounts;
}

const struct sh_pstat_table *sh_collect_procs(struct sh_collect *c, struct sh_error *err)
{
	if (!c->procs_fresh && sh_pstat_scan(&c->procs, c->root, err) < 0)
		return NULL;
	c->procs_fresh = true;
	return &c->procs;
}

bool sh_collect_wants(const struct sh_collect *c, const char *name)
{
	return !c->target || !strcmp(c->target, name);
}

static void note(struct sh_collect *c, const char *what, const struct sh_process_id *id)
{
	struct sh_process_id *kept = sh_malloc(sizeof(*kept));

	*kept = *id;
	sh_map_puts(&c->stuck, what, kept);
}

void sh_collect_note_stuck(struct sh_collect *c, const char *what, pid_t pid)
{
	struct sh_error none = SH_ERROR_INIT;
	struct sh_process_id id = { .pid = pid };

	if (pid > 0 && sh_process_identify(pid, &id, &none) == 0)
		note(c, what, &id);
}

void sh_collect_end_child(struct sh_collect *c, const char *what, struct sh_child *child)
{
	if (sh_child_release(child))
		note(c, what, &child->id);
}

bool sh_collect_is_stuck(struct sh_collect *c, const char *what)
{
	const struct sh_process_id *id = sh_map_gets(&c->stuck, what);

	if (!id)
		return false;
	/* The leader may have gone and left the one that hangs. */
	if (waitpid(id->pid, NULL, WNOHANG) == 0 || sh_process_group_is_alive(id))
		return true;
	sh_map_remove(&c->stuck, what, strlen(what));
	return false;
}

int64_t sh_collect_time(struct sh_collect *c)
{
	int64_t now = sh_clock_wall() / 1000 * 1000;

	/* Records have microseconds, and what is not newer is dropped by its readers. */
	if (now <= c->last_time)
		now = c->last_time + 1000;
	c->last_time = now;
	return now;
}

void sh_collect_begin(struct sh_collect *c, struct sh_sample_writer *w, const char *type,
		      const char *name, const char *target, const char *const *dims,
		      const char *const *labels)
{
	sh_buf_clear(&c->name);
	if (!strcmp(type, "host"))
		sh_entity_add(&c->name, type, name, NULL);
	else
		sh_entity_add(&c->name, type, name, c->host);
	sh_sample_begin(w, &c->out, c->host, sh_buf_str(&c->name), sh_collect_time(c));
	if (dims)
		sh_sample_dims(w, dims);
	if (labels)
		sh_sample_labels(w, labels);
	sh_sample_source(w, c->current->name, target);
}

void sh_collect_number(struct sh_collect *c, const char *type, const char *name,
		       const char *const *dims, const char *const *labels, const char *group,
		       const char *member, double value)
{
	struct sh_sample_writer w;

	if (!isfinite(value))
		return;
	sh_collect_begin(c, &w, type, name, name, dims, labels);
	sh_sample_group(&w, group);
	sh_sample_number(&w, member, value);
	sh_sample_end(&w);
}

void sh_collect_fail(struct sh_collect *c, const char *target, struct sh_error *err)
{
	sh_collect_failure_write(&c->out, c->host, c->current->name, target, sh_collect_time(c),
				 err->text);
	sh_error_clear(err);
}

void sh_collect_run(struct sh_collect *c, const struct sh_collector *which)
{
	struct sh_error err = SH_ERROR_INIT;
	size_t keep = c->out.len;
	int64_t last = c->last_time;

	c->current = which;
	c->counters = &c->set[which - sh_collectors];
	sh_counters_begin(c->counters, sh_clock_mono());
	if (which->collect(c, &err) < 0 && err.code != SH_ERRC_UNAVAILABLE)
		sh_collect_fail(c, c->target ? c->target : c->host, &err);
	sh_counters_end(c->counters);
	if (c->discard && c->out.data) {
		c->out.len = keep;
		c->out.data[keep] = '\0';
		c->last_time = last;
	}
}

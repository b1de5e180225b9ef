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
#include "collect/host/sessions.h"
#include "collect/sysfile.h"
#include "collect/text.h"
#include "collect/topology/topology.h"
#include "record/entity.h"

/* A file system that turned read-only by itself makes no event, see mounts_are_same. */
#define MOUNTS_AGAIN (10 * SH_SEC)

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
	sh_sysfile_init(c);
	sh_map_init(&c->said, NULL);
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
	sh_sysfile_release(c);
	sh_map_release(&c->stuck);
	sh_map_release(&c->said);
	sh_map_release(&c->facts);
	sh_followed_release(&c->followed);
	sh_topology_free(c->topology);
	c->topology = NULL;
	sh_pstat_release(&c->procs);
	sh_sessions_forget(c);
	sh_mounts_release(&c->mounts);
	sh_buf_release(&c->mounts_text);
	sh_buf_release(&c->out);
	sh_buf_release(&c->text);
	sh_buf_release(&c->name);
}

void sh_collect_refresh(struct sh_collect *c)
{
	if (++c->moment == 0)
		c->moment = 1;
	if (!sh_sysfile_refresh(c))
		return;
	sh_pidfiles_ask_again(&c->procs.files);
	c->procs_forks = 0; /* one may have been hidden from us, and is no longer */
}

/*
 * The kernel tells of what is mounted, unmounted and remounted. It does not of an
 * error that makes a file system read-only: that is seen by who looks at it
 * (sh_collect_mounts_moved), and at the latest after a while.
 */
static bool mounts_are_same(const struct sh_collect *c)
{
	return c->moment && sh_clock_mono() < c->mounts_until &&
	       !sh_sysfile_moved(c, "proc/self/mountinfo");
}

void sh_collect_mounts_moved(struct sh_collect *c)
{
	c->mounts_until = 0;
}

const struct sh_mounts *sh_collect_mounts(struct sh_collect *c, struct sh_error *err)
{
	struct sh_buf *last = &c->mounts_text;

	if (mounts_are_same(c))
		return &c->mounts;
	c->mounts_until = 0;
	if (sh_collect_read(c, "proc/self/mountinfo", err) < 0)
		return NULL;
	c->mounts_until = sh_clock_mono() + MOUNTS_AGAIN;
	if (c->text.len && c->text.len == last->len && !memcmp(c->text.data, last->data, last->len))
		return &c->mounts;
	sh_buf_clear(last);
	sh_buf_add(last, c->text.data, c->text.len);
	sh_mounts_release(&c->mounts);
	sh_mounts_parse(&c->mounts, sh_text_of(last));
	c->mounts_version++;
	return &c->mounts;
}

/*
 * Where nothing was forked since they were listed, none can have come: the kernel
 * counts a fork after the process is in its table, and forks are read before that.
 */
static int read_procs(struct sh_collect *c, struct sh_error *err)
{
	uint64_t forks = c->live && c->moment && c->forks_moment == c->moment ? c->forks : 0;

	if (forks && forks == c->procs_forks) {
		sh_pstat_reread(&c->procs);
		return 0;
	}
	c->procs_forks = forks;
	return sh_pstat_scan(&c->procs, c->root, err);
}

const struct sh_pstat_table *sh_collect_procs(struct sh_collect *c, struct sh_error *err)
{
	if (!c->procs_fresh && read_procs(c, err) < 0)
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

void sh_collect_say_once(struct sh_collect *c, const char *text)
{
	/* What a first reading writes is forgotten. */
	if (c->discard || sh_map_gets(&c->said, text))
		return;
	sh_map_puts(&c->said, text, c);
	sh_notice_write(&c->out, c->host, sh_collect_time(c), "low", text, NULL);
}

void sh_collect_say_cut(struct sh_collect *c, const char *path)
{
	SH_CLEANUP_FREE char *text = sh_asprintf("'%s' has more than %d entries: only so many are looked at",
						 path, SH_KV_NAMES);

	sh_collect_say_once(c, text);
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
	c->wrote |= !c->discard && c->out.len > keep;
	if (c->discard && c->out.data) {
		c->out.len = keep;
		c->out.data[keep] = '\0';
		c->last_time = last;
	}
}

void sh_collect_run_one(struct sh_collect *c, const struct sh_collector *which, const char *target)
{
	struct sh_counters *set = &c->set[which - sh_collectors], kept = *set;
	const char *all = c->target;

	sh_counters_init(set);
	c->target = target;
	sh_collect_run(c, which);
	c->target = all;
	sh_counters_release(set);
	*set = kept;
}

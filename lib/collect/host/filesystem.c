/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/mem.h"
#include "collect/bounded.h"
#include "collect/host/kv.h"
#include "collect/host/mounts.h"
#include "collect/table.h"
#include "collect/text.h"

#define ANSWER_LIMIT SH_SEC
#define CHANGE_EVERY (5 * SH_SEC)
/* What is taken away, and never was there: that changes nothing, and waits as a change does. */
#define NOTHING ".selfheal-is-never-here"

/* One mount in work. */
struct question {
	const struct sh_mount *mount;
	bool declared;
	bool bounded; /* asked in a child, as it may not answer */
	bool change;  /* and whether it takes one */
	struct sh_bounded child;
};

/* What one mount point answered. */
struct usage {
	int error; /* errno, 0 when the rest is filled */
	bool directory;
	struct statvfs fs;
};

static void ask(const char *point, struct usage *out)
{
	struct stat st;

	memset(out, 0, sizeof(*out));
	if (stat(point, &st) < 0 || statvfs(point, &out->fs) < 0)
		out->error = errno;
	else
		out->directory = S_ISDIR(st.st_mode);
}

/* A frozen file system tells how full it is, but holds up whoever changes it. */
static void ask_for_change(const char *point)
{
	int dir = open(point, O_PATH | O_DIRECTORY | O_CLOEXEC);

	if (dir >= 0 && unlinkat(dir, NOTHING, AT_REMOVEDIR) == 0)
		errno = 0;
	if (dir >= 0)
		close(dir);
}

static void ask_in_child(const void *arg, int fd)
{
	const struct question *q = arg;
	struct usage u;

	ask(q->mount->point, &u);
	if (!u.error && q->change)
		ask_for_change(q->mount->point);
	if (sh_write_all(fd, &u, sizeof(u)) < 0)
		_exit(1);
}

/* ext file systems count what the kernel found wrong in them, over mounts too, until a check has mended it. */
static double errors_of(struct sh_collect *c, const struct sh_mount *m)
{
	SH_CLEANUP_FREE char *path = sh_asprintf("sys/dev/block/%s/uevent", m->number);
	SH_CLEANUP_BUF struct sh_buf text = SH_BUF_INIT;
	struct sh_error ignored = SH_ERROR_INIT;
	char device[256];
	double n = NAN;

	if (!strncmp(m->type, "ext", 3) && sh_collect_read_to(c, path, &text, &ignored) == 0 &&
	    sh_kv_copy(sh_text_line_after(sh_text_of(&text), "DEVNAME="), device, sizeof(device)))
		sh_kv_number(c->root, &n, "sys/fs/ext4/%s/errors_count", device);
	return m->stopped && !(n > 0) ? 1 : n;
}

/* df's formulas: what root may still use does not count as free. */
static void write_usage(struct sh_collect *c, const struct question *q, const struct usage *u)
{
	const struct sh_mount *m = q->mount;
	const char *labels[] = { "fstype", m->type, "device", m->device, NULL };
	double unit = (double)u->fs.f_frsize;
	double used = (double)(u->fs.f_blocks - u->fs.f_bfree);
	double available = (double)u->fs.f_bavail;
	double files = (double)u->fs.f_files, files_free = (double)u->fs.f_ffree;
	struct sh_sample_writer w;

	sh_collect_begin(c, &w, "filesystem", m->point, m->point, NULL, labels);
	sh_sample_group(&w, "storage");
	sh_sample_number(&w, "utilization",
			 used + available > 0 ? 100 * used / (used + available) : NAN);
	sh_sample_number(&w, "size_bytes", (double)u->fs.f_blocks * unit);
	sh_sample_number(&w, "used_bytes", used * unit);
	sh_sample_number(&w, "available_bytes", available * unit);
	if (files > 0) {
		sh_sample_number(&w, "inodes_utilization", 100 * (files - files_free) / files);
		sh_sample_number(&w, "inodes_total", files);
		sh_sample_number(&w, "inodes_free", files_free);
	}
	sh_sample_number(&w, "read_only", u->fs.f_flag & ST_RDONLY || m->stopped ? 1 : 0);
	sh_sample_number(&w, "errors", errors_of(c, m));
	sh_sample_number(&w, "image", m->class == SH_MOUNT_IMAGE ? 1 : 0);
	if (q->declared)
		sh_sample_number(&w, "mounted", 1);
	if (q->bounded)
		sh_sample_number(&w, "responding", 1);
	sh_sample_end(&w);
}

/* A file system that the site declares and that is not mounted. */
static void write_missing(struct sh_collect *c, const char *point)
{
	struct sh_sample_writer w;

	sh_collect_begin(c, &w, "filesystem", point, point, NULL, NULL);
	sh_sample_group(&w, "storage");
	sh_sample_number(&w, "mounted", 0);
	sh_sample_end(&w);
}

/* One that hangs is there all the same, and its users hang with it. */
static void write_silence(struct sh_collect *c, const struct question *q, const char *what)
{
	const char *labels[] = { "fstype", q->mount->type, "device", q->mount->device, NULL };
	struct sh_error e = SH_ERROR_INIT;
	struct sh_sample_writer w;

	sh_collect_begin(c, &w, "filesystem", q->mount->point, q->mount->point, NULL, labels);
	sh_sample_group(&w, "storage");
	sh_sample_number(&w, "responding", 0);
	sh_sample_end(&w);
	sh_error_set_(&e, SH_ERRC_SYSTEM, 0, "'%s' %s", q->mount->point, what);
	sh_collect_fail(c, q->mount->point, &e);
}

static void conclude(struct sh_collect *c, const struct question *q, const struct usage *u)
{
	const struct sh_mount *m = q->mount;
	struct sh_error e = SH_ERROR_INIT;

	if (u->error == ENOENT || u->error == ENOTDIR)
		return; /* unmounted meanwhile, or below a mount that covers it */
	if (u->error == EACCES && !q->declared && !c->target)
		return; /* another user's FUSE mount is none of ours */
	if (u->error) {
		sh_error_set_(&e, SH_ERRC_SYSTEM, u->error, "cannot look at '%s'", m->point);
		sh_collect_fail(c, m->point, &e);
		return;
	}
	if (m->read_only != !!(u->fs.f_flag & ST_RDONLY))
		sh_collect_mounts_moved(c);
	/* Single files are bind-mounted into containers; without blocks there is nothing to fill. */
	if (u->fs.f_blocks && (u->directory || q->declared))
		write_usage(c, q, u);
}

static void start_asking(struct sh_collect *c, struct question *q)
{
	struct sh_error e = SH_ERROR_INIT;

	if (sh_collect_is_stuck(c, q->mount->point))
		write_silence(c, q, "still gives no answer");
	else if (sh_bounded_start(&q->child, ask_in_child, q, &e) < 0)
		sh_collect_fail(c, q->mount->point, &e);
}

static void finish_asking(struct sh_collect *c, struct question *q, int64_t deadline)
{
	struct usage u;
	pid_t stuck;

	if (!q->child.pid)
		return;
	if (sh_bounded_finish(&q->child, &u, sizeof(u), deadline, &stuck) == sizeof(u)) {
		conclude(c, q, &u);
		return;
	}
	sh_collect_note_stuck(c, q->mount->point, stuck);
	write_silence(c, q, "gives no answer within a second");
}

static bool is_declared(const struct sh_collect *c, const char *point)
{
	return c->site && sh_site_filesystem(c->site, point);
}

/* Whoever waits and cannot be interrupted may wait for a file system. */
static bool somebody_waits(const struct sh_collect *c)
{
	for (size_t i = 0; c->procs_fresh && i < c->procs.n; i++)
		if (c->procs.item[i].state == 'D' && !c->procs.item[i].kernel)
			return true;
	return false;
}

static bool is_time_for_changes(struct sh_collect *c)
{
	int64_t now = sh_clock_mono();

	if (now < c->changes_until && !somebody_waits(c))
		return false;
	c->changes_until = now + CHANGE_EVERY;
	return true;
}

/* Only what is on a device can be frozen. */
static bool is_to_change(struct sh_collect *c, const struct sh_mount *m, bool time)
{
	return m->class == SH_MOUNT_LOCAL && *m->device == '/' && !m->read_only &&
	       (time || sh_collect_is_stuck(c, m->point));
}

static void look_at_all(struct sh_collect *c, const struct sh_mounts *mounts)
{
	SH_CLEANUP_FREE struct question *q = sh_calloc(mounts->n + 1, sizeof(*q));
	int64_t deadline;
	bool time = is_time_for_changes(c);
	size_t n = 0;

	for (size_t i = 0; i < mounts->n; i++) {
		const struct sh_mount *m = &mounts->item[i];
		bool declared = is_declared(c, m->point);
		struct usage u;

		if (!sh_collect_wants(c, m->point) || sh_mounts_at(mounts, m->point) != m)
			continue;
		if (!declared && !c->target && !sh_mount_is_shown(mounts, m))
			continue;
		q[n] = (struct question){ .mount = m, .declared = declared, .child = { 0, -1 } };
		q[n].change = declared && is_to_change(c, m, time);
		q[n].bounded = q[n].change || sh_mount_may_hang(mounts, m);
		if (q[n].bounded) {
			start_asking(c, &q[n++]);
			continue;
		}
		ask(m->point, &u);
		conclude(c, &q[n], &u);
	}
	deadline = sh_clock_mono() + ANSWER_LIMIT;
	for (size_t i = 0; i < n; i++)
		finish_asking(c, &q[i], deadline);
}

int sh_collect_filesystem(struct sh_collect *c, struct sh_error *err)
{
	const struct sh_mounts *mounts;

	if (c->discard)
		return 0;
	mounts = sh_collect_mounts(c, err);
	if (!mounts)
		return -1;
	look_at_all(c, mounts);
	for (size_t i = 0; c->site && i < c->site->filesystems; i++) {
		const char *point = c->site->filesystem[i].id;

		if (sh_collect_wants(c, point) && !sh_mounts_at(mounts, point))
			write_missing(c, point);
	}
	return 0;
}

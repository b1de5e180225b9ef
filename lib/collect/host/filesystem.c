/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <errno.h>
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

static void ask_in_child(const void *point, int fd)
{
	struct usage u;

	ask(point, &u);
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
static void write_usage(struct sh_collect *c, const struct sh_mount *m, const struct usage *u,
			bool declared)
{
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
	if (declared)
		sh_sample_number(&w, "mounted", 1);
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

static void conclude(struct sh_collect *c, const struct sh_mount *m, const struct usage *u,
		     bool declared)
{
	struct sh_error e = SH_ERROR_INIT;

	if (u->error == ENOENT || u->error == ENOTDIR)
		return; /* unmounted meanwhile, or below a mount that covers it */
	if (u->error == EACCES && !declared && !c->target)
		return; /* another user's FUSE mount is none of ours */
	if (u->error) {
		sh_error_set_(&e, SH_ERRC_SYSTEM, u->error, "cannot look at '%s'", m->point);
		sh_collect_fail(c, m->point, &e);
		return;
	}
	if (m->read_only != !!(u->fs.f_flag & ST_RDONLY))
		sh_collect_mounts_moved(c);
	/* Single files are bind-mounted into containers; without blocks there is nothing to fill. */
	if (u->fs.f_blocks && (u->directory || declared))
		write_usage(c, m, u, declared);
}

/* One mount in work: those that may hang are asked together, each in a child. */
struct question {
	const struct sh_mount *mount;
	bool declared;
	struct sh_bounded child;
};

static void start_asking(struct sh_collect *c, struct question *q)
{
	struct sh_error e = SH_ERROR_INIT;

	if (sh_collect_is_stuck(c, q->mount->point))
		sh_error_set_(&e, SH_ERRC_SYSTEM, 0, "'%s' still gives no answer",
			      q->mount->point);
	else
		sh_bounded_start(&q->child, ask_in_child, q->mount->point, &e);
	if (sh_error_is_set(&e))
		sh_collect_fail(c, q->mount->point, &e);
}

static void finish_asking(struct sh_collect *c, struct question *q, int64_t deadline)
{
	struct sh_error e = SH_ERROR_INIT;
	struct usage u;
	pid_t stuck;

	if (!q->child.pid)
		return;
	if (sh_bounded_finish(&q->child, &u, sizeof(u), deadline, &stuck) == sizeof(u)) {
		conclude(c, q->mount, &u, q->declared);
		return;
	}
	sh_collect_note_stuck(c, q->mount->point, stuck);
	sh_error_set_(&e, SH_ERRC_SYSTEM, 0, "'%s' gives no answer within %d ms",
		      q->mount->point, (int)(ANSWER_LIMIT / SH_MS));
	sh_collect_fail(c, q->mount->point, &e);
}

static bool is_declared(const struct sh_collect *c, const char *point)
{
	return c->site && sh_site_filesystem(c->site, point);
}

static void look_at_all(struct sh_collect *c, const struct sh_mounts *mounts)
{
	SH_CLEANUP_FREE struct question *q = sh_calloc(mounts->n + 1, sizeof(*q));
	int64_t deadline;
	size_t n = 0;

	for (size_t i = 0; i < mounts->n; i++) {
		const struct sh_mount *m = &mounts->item[i];
		bool declared = is_declared(c, m->point);
		struct usage u;

		if (!sh_collect_wants(c, m->point) || sh_mounts_at(mounts, m->point) != m)
			continue;
		if (!declared && !c->target && !sh_mount_is_shown(mounts, m))
			continue;
		if (sh_mount_may_hang(mounts, m)) {
			q[n] = (struct question){ m, declared, { 0, -1 } };
			start_asking(c, &q[n++]);
			continue;
		}
		ask(m->point, &u);
		conclude(c, m, &u, declared);
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

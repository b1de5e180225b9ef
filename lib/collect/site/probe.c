/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "collect/site/probe.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/mem.h"
#include "collect/bounded.h"
#include "collect/table.h"

#define BLOCK 4096
#define OPERATIONS 4
#define PROBE_LIMIT (2 * SH_SEC)
/* After this no further operation is begun, so that a slow disk is not made slower. */
#define PROBE_BUDGET SH_SEC

enum step { OPENED, WRITE_BEGUN, WRITE_DONE, READ_BEGUN, READ_DONE, FAILED };

/* What the child reports, one after the other. */
struct progress {
	enum step step;
	int error;    /* FAILED */
	int64_t time; /* sh_clock_mono */
};

static void say(int fd, enum step step, int error)
{
	struct progress p = { step, error, sh_clock_mono() };

	if (sh_write_all(fd, &p, sizeof(p)) < 0)
		_exit(1);
}

/* A file without a name; where the file system has no such thing, one whose name is gone at once. */
static int open_scratch(const char *dir)
{
	SH_CLEANUP_FREE char *path = sh_asprintf("%s/.selfheal-probe.XXXXXX", dir);
	int fd = open(dir, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);

	if (fd < 0 && (errno == EOPNOTSUPP || errno == EISDIR || errno == EINVAL)) {
		fd = mkostemp(path, O_CLOEXEC);
		if (fd >= 0)
			unlink(path);
	}
	return fd;
}

static int write_block(int fd, const void *block, off_t at)
{
	ssize_t n = pwrite(fd, block, BLOCK, at);

	if (n >= 0 && n != BLOCK)
		errno = ENOSPC;
	return n == BLOCK ? fsync(fd) : -1;
}

static int read_block(int fd, void *block, off_t at)
{
	ssize_t n = pread(fd, block, BLOCK, at);

	if (n >= 0 && n != BLOCK)
		errno = EIO;
	return n == BLOCK ? 0 : -1;
}

/* Reads must come from the device: directly, or else at least not from the page cache. */
static void bypass_cache(int fd)
{
	int flags = fcntl(fd, F_GETFL);

	if (flags < 0 || fcntl(fd, F_SETFL, flags | O_DIRECT) < 0)
		posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
}

static int measure(int fd, char *block, int out)
{
	int64_t stop = sh_clock_mono() + PROBE_BUDGET;
	off_t written = 0;

	for (int i = 0; i < OPERATIONS && (i == 0 || sh_clock_mono() < stop); i++) {
		memset(block, 'a' + i, BLOCK);
		say(out, WRITE_BEGUN, 0);
		if (write_block(fd, block, written) < 0)
			return -1;
		say(out, WRITE_DONE, 0);
		written += BLOCK;
	}
	bypass_cache(fd);
	for (off_t at = 0; at < written && (at == 0 || sh_clock_mono() < stop); at += BLOCK) {
		say(out, READ_BEGUN, 0);
		if (read_block(fd, block, at) < 0)
			return -1;
		say(out, READ_DONE, 0);
	}
	return 0;
}

static void probe_child(const void *arg, int out)
{
	int fd = open_scratch(arg);
	char *block = NULL;

	if (fd < 0 || posix_memalign((void **)&block, BLOCK, BLOCK) != 0)
		say(out, FAILED, errno);
	else if (measure(fd, block, out) < 0)
		say(out, FAILED, errno);
	free(block);
	if (fd >= 0)
		close(fd);
}

struct sum {
	double ns;
	size_t n;
};

static double average(const struct sum *s)
{
	return s->n ? s->ns / (double)s->n / (double)SH_MS : NAN;
}

static void add(struct sum *s, int64_t from, int64_t to)
{
	s->ns += (double)(to - from);
	s->n++;
}

int sh_probe_run(const char *dir, int64_t limit, struct sh_probe *out, pid_t *stuck,
		 struct sh_error *err)
{
	struct progress p[OPERATIONS * 4 + 1];
	struct sum reads = { 0 }, writes = { 0 };
	struct sh_bounded child;
	size_t n, last;

	*stuck = 0;
	if (sh_bounded_start(&child, probe_child, dir, err) < 0)
		return -1;
	n = sh_bounded_finish(&child, p, sizeof(p), sh_clock_mono() + limit, stuck) / sizeof(*p);
	if (n && p[n - 1].step == FAILED)
		return sh_error_set(err, SH_ERRC_SYSTEM, "cannot probe '%s': %s", dir,
				    strerror(p[n - 1].error));
	if (n == 0)
		return sh_error_set(err, SH_ERRC_SYSTEM, "'%s' gives no answer within %d ms", dir,
				    (int)(limit / SH_MS));
	last = n - 1;
	for (size_t i = 1; i < n; i++) {
		if (p[i].step == WRITE_DONE)
			add(&writes, p[i - 1].time, p[i].time);
		else if (p[i].step == READ_DONE)
			add(&reads, p[i - 1].time, p[i].time);
	}
	if (p[last].step == WRITE_BEGUN)
		add(&writes, p[last].time, sh_clock_mono());
	else if (p[last].step == READ_BEGUN)
		add(&reads, p[last].time, sh_clock_mono());
	*out = (struct sh_probe){ average(&reads), average(&writes), reads.n, writes.n };
	return 0;
}

bool sh_probe_applies(const struct sh_site *site)
{
	for (size_t i = 0; site && i < site->filesystems; i++)
		if (site->filesystem[i].probe)
			return true;
	return false;
}

static void probe_one(struct sh_collect *c, const struct sh_filesystem *fs)
{
	struct sh_error e = SH_ERROR_INIT;
	struct sh_sample_writer w;
	struct sh_probe p;
	pid_t stuck = 0;
	int rc;

	if (sh_collect_is_stuck(c, fs->probe))
		rc = sh_error_set(&e, SH_ERRC_SYSTEM, "'%s' still gives no answer", fs->probe);
	else
		rc = sh_probe_run(fs->probe, PROBE_LIMIT, &p, &stuck, &e);
	sh_collect_note_stuck(c, fs->probe, stuck);
	if (rc < 0) {
		sh_collect_fail(c, fs->id, &e);
		return;
	}
	sh_collect_begin(c, &w, "filesystem", fs->id, fs->id, NULL, NULL);
	sh_sample_group(&w, "latency");
	sh_sample_number(&w, "read_avg", p.read_ms);
	sh_sample_number(&w, "write_avg", p.write_ms);
	sh_sample_end(&w);
}

int sh_collect_probe(struct sh_collect *c, struct sh_error *err)
{
	(void)err;
	for (size_t i = 0; !c->discard && c->site && i < c->site->filesystems; i++) {
		const struct sh_filesystem *fs = &c->site->filesystem[i];

		if (fs->probe && sh_collect_wants(c, fs->id))
			probe_one(c, fs);
	}
	return 0;
}

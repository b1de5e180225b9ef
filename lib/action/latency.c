/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "action/latency.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/mem.h"

#define BLOCK 4096
#define MAX_ROUNDS 50

static int open_nameless(const char *dir)
{
	SH_CLEANUP_FREE char *path = NULL;
	int fd = open(dir, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);

	if (fd >= 0 || (errno != EOPNOTSUPP && errno != EISDIR))
		return fd;
	path = sh_asprintf("%s/.selfheal-probe-XXXXXX", dir);
	fd = mkostemp(path, O_CLOEXEC);
	if (fd >= 0)
		unlink(path);
	return fd;
}

/* Reads must reach the device: where O_DIRECT is refused, at least the page is dropped. */
static void bypass_cache(int fd)
{
	int flags = fcntl(fd, F_GETFL);

	if (fcntl(fd, F_SETFL, flags | O_DIRECT) < 0)
		posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
}

static int one_round(int fd, void *block, double *read_ms, double *write_ms)
{
	int64_t t0 = sh_clock_mono(), t1;

	if (pwrite(fd, block, BLOCK, 0) != BLOCK || fsync(fd) < 0)
		return -1;
	t1 = sh_clock_mono();
	*write_ms += (double)(t1 - t0) / 1e6;
	bypass_cache(fd);
	t0 = sh_clock_mono();
	if (pread(fd, block, BLOCK, 0) != BLOCK)
		return -1;
	*read_ms += (double)(sh_clock_mono() - t0) / 1e6;
	return 0;
}

int sh_latency_measure(const char *dir, int64_t budget, struct sh_latency *out, struct sh_error *err)
{
	SH_CLEANUP_FD int fd = open_nameless(dir);
	SH_CLEANUP_FREE void *block = NULL;
	int64_t until = sh_clock_mono() + budget;

	if (fd < 0)
		return sh_error_sys(err, "cannot probe '%s'", dir);
	if (posix_memalign(&block, BLOCK, BLOCK))
		return sh_error_set(err, SH_ERRC_SYSTEM, "out of memory");
	memset(block, 'p', BLOCK);
	*out = (struct sh_latency){ 0 };
	do {
		if (one_round(fd, block, &out->read_ms, &out->write_ms) < 0)
			return sh_error_sys(err, "cannot probe '%s'", dir);
		out->rounds++;
		sh_clock_sleep(10 * SH_MS);
	} while (out->rounds < MAX_ROUNDS && sh_clock_mono() < until);
	out->read_ms /= out->rounds;
	out->write_ms /= out->rounds;
	return 0;
}

double sh_latency_worst(const struct sh_latency *l)
{
	return l->read_ms > l->write_ms ? l->read_ms : l->write_ms;
}

/* SPDX-License-Identifier: MIT */
/*
 * A file that another program keeps up to date, or a directory of them: those
 * that end in .prom, as node_exporter's textfile collector reads them.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <math.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/mem.h"
#include "collect/check/convert.h"
#include "collect/check/net.h"
#include "collect/check/ways.h"
#include "collect/host/kv.h"
#include "collect/text.h"

#define MAX_TEXT ((size_t)16 << 20)

struct reading {
	struct sh_collect *c;
	struct sh_job_run *run;
	double oldest; /* age in seconds of the file that is oldest; NaN without any */
	uint64_t bytes, samples, bad, files;
};

static void note_age(struct reading *r, const struct stat *st)
{
	double age = (double)(sh_clock_wall() - (int64_t)st->st_mtim.tv_sec * SH_SEC -
			      st->st_mtim.tv_nsec) / (double)SH_SEC;

	if (isnan(r->oldest) || age > r->oldest)
		r->oldest = age;
}

/* Opened without waiting for a writer, should it be a FIFO. */
static void read_one(struct reading *r, const char *path)
{
	SH_CLEANUP_FD int fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	SH_CLEANUP_BUF struct sh_buf text = SH_BUF_INIT;
	struct sh_error e = SH_ERROR_INIT;
	struct sh_converted got;
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0) {
		sh_outcome_fail(&r->run->outcome, "cannot open '%s': %s", path, strerror(errno));
		return;
	}
	if (!S_ISREG(st.st_mode)) {
		sh_outcome_fail(&r->run->outcome, "'%s' is no regular file", path);
		return;
	}
	if (sh_fd_read(fd, path, MAX_TEXT, &text, &e) < 0) {
		sh_outcome_fail(&r->run->outcome, "%s", e.text);
		return;
	}
	note_age(r, &st);
	got = sh_job_convert(r->c, r->run, path, 0, sh_text_of(&text));
	r->files++;
	r->bytes += text.len;
	r->samples += got.samples;
	r->bad += got.bad;
}

static bool ends_in_prom(const char *name)
{
	size_t len = strlen(name);

	return len > 5 && *name != '.' && !strcmp(name + len - 5, ".prom");
}

static void read_all(struct reading *r, const char *path)
{
	SH_CLEANUP_NAMES struct sh_kv_names names = { 0 };

	if (!sh_kv_names_read(&names, AT_FDCWD, path, NULL)) {
		sh_outcome_fail(&r->run->outcome, "cannot read the directory '%s'", path);
		return;
	}
	if (names.cut)
		sh_collect_say_cut(r->c, path);
	for (size_t i = 0; i < names.n; i++) {
		SH_CLEANUP_FREE char *file = NULL;

		if (!ends_in_prom(names.name[i]))
			continue;
		file = sh_asprintf("%s/%s", path, names.name[i]);
		read_one(r, file);
	}
}

int sh_check_read_finish(struct sh_collect *c, struct sh_job_run *run, struct sh_error *err)
{
	struct reading r = { .c = c, .run = run, .oldest = (double)NAN };
	const char *path = run->check.address;
	struct stat st;

	(void)err;
	if (stat(path, &st) == 0 && S_ISDIR(st.st_mode))
		read_all(&r, path);
	else
		read_one(&r, path);
	run->outcome.time_ms = sh_net_since(run->begun);
	sh_outcome_add(&run->outcome, "files", (double)r.files);
	sh_outcome_add(&run->outcome, "bytes", (double)r.bytes);
	sh_outcome_add(&run->outcome, "age_s", r.oldest);
	if (r.samples)
		sh_outcome_add(&run->outcome, "samples", (double)r.samples);
	if (r.bad)
		sh_outcome_fail(&run->outcome, "%" PRIu64 " parts of it are bad", r.bad);
	return 0;
}

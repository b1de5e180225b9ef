/* SPDX-License-Identifier: MIT */
/*
 * What a log said last, as one reads it by hand: the last lines of a file, or
 * ("unit:NAME") of a unit in the journal, or (/dev/kmsg) all that the kernel still
 * keeps. Nothing is remembered of it.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/process.h"
#include "collect/format/format.h"
#include "collect/table.h"
#include "collect/text.h"

#define LAST ((off_t)64 << 10) /* bytes, of which the first line may be cut */
#define LINES 50
#define KERNEL "/dev/kmsg"
#define KERNEL_MOST ((size_t)32 << 20)
#define KERNEL_RECORD ((size_t)8 << 10) /* one a read, which fails for a longer one */
#define UNIT "unit:"
#define JOURNALCTL "/usr/bin/journalctl"
#define MAX_OUTPUT ((size_t)1 << 20)

static void ignore(void *arg, const char *file, uint64_t line, const struct sh_error *err)
{
	(void)arg;
	(void)file;
	(void)line;
	(void)err;
}

static int convert(struct sh_collect *c, const char *format, struct sh_span text, struct sh_error *err)
{
	struct sh_import in = { .c = c, .format = sh_format_find(format), .target = c->target,
				.report = ignore, .own_host = true };

	return sh_import_text(&in, text, err);
}

/* Behind all lines but the last of them. */
static struct sh_span last_lines(struct sh_span text)
{
	size_t lines = 0;

	for (size_t i = text.len; i > 1; i--)
		if (text.p[i - 2] == '\n' && ++lines == LINES)
			return (struct sh_span){ text.p + i - 1, text.len - i + 1 };
	return text;
}

static int read_end(int fd, struct sh_buf *out, struct sh_error *err)
{
	struct stat st;
	off_t from;
	ssize_t n;

	if (fstat(fd, &st) < 0)
		return sh_error_sys(err, "cannot read the log");
	if (!S_ISREG(st.st_mode))
		return sh_error_set(err, SH_ERRC_INPUT, "this is no regular file");
	from = st.st_size > LAST ? st.st_size - LAST : 0;
	sh_buf_reserve(out, (size_t)LAST);
	n = pread(fd, out->data, (size_t)LAST, from);
	if (n < 0)
		return sh_error_sys(err, "cannot read the log");
	out->len = (size_t)n;
	return 0;
}

static int tail_file(struct sh_collect *c, struct sh_error *err)
{
	SH_CLEANUP_BUF struct sh_buf text = SH_BUF_INIT;
	SH_CLEANUP_FD int fd = open(c->target, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	const char *first;
	struct sh_span all;

	if (fd < 0)
		return sh_error_sys(err, "cannot open '%s'", c->target);
	if (read_end(fd, &text, err) < 0) {
		sh_error_prefix(err, "%s", c->target);
		return -1;
	}
	all = (struct sh_span){ text.data, text.len };
	first = text.len == (size_t)LAST ? memchr(all.p, '\n', all.len) : NULL;
	if (first)
		sh_span_cut(&all, (size_t)(first + 1 - all.p));
	return convert(c, "log", last_lines(all), err);
}

/* 1 when there was a record, or one that was overwritten just now; 0 at the end, -1 on an error. */
static int read_record(int fd, struct sh_buf *out, struct sh_error *err)
{
	ssize_t n;

	sh_buf_reserve(out, KERNEL_RECORD);
	n = read(fd, out->data + out->len, KERNEL_RECORD);
	if (n > 0)
		out->len += (size_t)n;
	if (n > 0 || (n < 0 && (errno == EPIPE || errno == EINTR)))
		return 1;
	return n == 0 || errno == EAGAIN ? 0 : sh_error_sys(err, "cannot read '%s'", KERNEL);
}

/* The ring has a size, but the kernel may write as fast as it is read. */
static int tail_kernel(struct sh_collect *c, struct sh_error *err)
{
	SH_CLEANUP_BUF struct sh_buf text = SH_BUF_INIT;
	SH_CLEANUP_FD int fd = open(KERNEL, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	int more = 1;

	if (fd < 0)
		return sh_error_sys(err, "cannot open '%s'", KERNEL);
	while (more > 0 && text.len < KERNEL_MOST)
		more = read_record(fd, &text, err);
	return more < 0 ? -1 : convert(c, "kmsg", sh_text_of(&text), err);
}

static int tail_unit(struct sh_collect *c, struct sh_error *err)
{
	SH_CLEANUP_FREE char *unit = sh_asprintf("--unit=%s", c->target + strlen(UNIT));
	const char *argv[] = { JOURNALCTL, "--output=json", "--no-pager", "--quiet", "--lines=50", unit, NULL };
	const struct sh_child_options opt = { .argv = argv, .timeout = 3 * SH_SEC,
					      .kill_after = 200 * SH_MS, .give_up = 200 * SH_MS,
					      .max_output = MAX_OUTPUT, .enough = true, .alone = true };
	struct sh_child child;
	int rc;

	if (sh_child_start(&child, &opt, err) < 0)
		return -1;
	rc = sh_child_wait(&child, err);
	if (rc == 0 && child.stdout_data.len)
		rc = convert(c, "journal", sh_text_of(&child.stdout_data), err);
	sh_child_release(&child);
	return rc;
}

int sh_collect_tail(struct sh_collect *c, struct sh_error *err)
{
	if (c->target && !strcmp(c->target, KERNEL))
		return tail_kernel(c, err);
	if (c->target && *c->target == '/')
		return tail_file(c, err);
	if (c->target && !strncmp(c->target, UNIT, strlen(UNIT)))
		return tail_unit(c, err);
	return sh_error_set(err, SH_ERRC_USAGE, "it is said by --source which log: a path, or unit:NAME");
}

/* SPDX-License-Identifier: MIT */
/*
 * fuzz_ndjson - the reader and the stream against a model that holds all of it
 *
 * The first byte chooses the sizes of reads and the longest record; the rest is
 * the input. Every line comes once and unchanged, in however many reads; every
 * line is either written or rejected.
 */
#include "config.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "record/reader.h"
#include "record/stream.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define MUST(cond)                                                           \
	do {                                                                 \
		if (!(cond)) {                                               \
			fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #cond); \
			abort();                                             \
		}                                                            \
	} while (0)

struct model {
	const char *p, *end; /* what is left */
	size_t max;
};

/* The next line of the model; false at the end. */
static bool model_next(struct model *m, struct sh_span *line, bool *has_newline)
{
	const char *newline;

	if (m->p == m->end)
		return false;
	newline = memchr(m->p, '\n', (size_t)(m->end - m->p));
	*has_newline = newline != NULL;
	*line = (struct sh_span){ m->p, (size_t)((newline ? newline : m->end) - m->p) };
	m->p = newline ? newline + 1 : m->end;
	return true;
}

static struct model model_of(const char *s, size_t len, size_t max)
{
	if (len >= 3 && !memcmp(s, "\xEF\xBB\xBF", 3)) {
		s += 3;
		len -= 3;
	}
	return (struct model){ s, s + len, max };
}

/* Put the pieces of long lines together again, and compare. */
static void check_reader(const char *s, size_t len, size_t max, size_t chunk)
{
	struct model m = model_of(s, len, max);
	struct sh_reader r = { .fd = -1 };
	struct sh_error err = SH_ERROR_INIT;
	struct sh_span piece, line = SH_SPAN_NONE;
	size_t given = 0, in_long = 0;
	bool has_newline;
	enum sh_read what;
	int fds[2];

	MUST(pipe2(fds, O_CLOEXEC | O_NONBLOCK) == 0);
	sh_reader_open(&r, fds[0], max);
	while ((what = sh_reader_next(&r, &piece)) != SH_READ_END) {
		size_t n = len - given < chunk ? len - given : chunk;

		if (what == SH_READ_MORE) {
			if (n) {
				MUST(write(fds[1], s + given, n) == (ssize_t)n);
			} else if (fds[1] >= 0) {
				close(fds[1]);
				fds[1] = -1;
			}
			given += n;
			MUST(sh_reader_fill(&r, &err) >= 0);
			MUST(r.cap <= 2 * max + 2);
			continue;
		}
		if (what != SH_READ_REST) {
			MUST(!in_long);
			MUST(model_next(&m, &line, &has_newline));
			MUST((what == SH_READ_LONG) == (line.len > max));
			MUST(what != SH_READ_LAST || !has_newline);
		}
		MUST(piece.len <= line.len - in_long);
		MUST(!memcmp(piece.p, line.p + in_long, piece.len));
		in_long += piece.len;
		if (!r.in_long) {
			MUST(in_long == line.len);
			in_long = 0;
		}
		if (what == SH_READ_LAST)
			MUST(in_long == 0);
	}
	MUST(in_long == 0 || m.p == m.end);
	MUST(!model_next(&m, &line, &has_newline));
	sh_reader_release(&r);
	close(fds[0]);
	if (fds[1] >= 0)
		close(fds[1]);
}

static int forward(void *arg, struct sh_stream *s, const struct sh_record *r, struct sh_error *err)
{
	(void)arg;
	(void)err;
	sh_writer_line(s->out, r->line.p, r->line.len);
	return 0;
}

static void collect(void *arg, const char *line, size_t len)
{
	sh_buf_add(arg, line, len);
	sh_buf_addch(arg, '\n');
}

/* What the stream should write and reject. */
static void expect(struct model m, struct sh_buf *good, struct sh_buf *bad)
{
	struct sh_record r = SH_RECORD_INIT;
	struct sh_span line, raw;
	bool has_newline;

	while (model_next(&m, &line, &has_newline)) {
		struct sh_error err = SH_ERROR_INIT;
		size_t blanks = 0;

		raw = line;
		if (line.len > m.max) {
			collect(bad, raw.p, raw.len);
			if (!has_newline) /* the end of it is not known to be one */
				bad->len--;
			continue;
		}
		if (line.len && line.p[line.len - 1] == '\r')
			line.len--;
		if (line.len && line.p[0] == 0x1E) {
			line.p++;
			line.len--;
		}
		while (blanks < line.len && (line.p[blanks] == ' ' || line.p[blanks] == '\t'))
			blanks++;
		if (blanks == line.len)
			continue;
		if (sh_record_view(&r, line.p, line.len, "here", 1, &err) == 0)
			collect(good, line.p, line.len);
		else
			collect(bad, raw.p, raw.len);
	}
	sh_record_release(&r);
}

static void check_stream(const char *s, size_t len, size_t max)
{
	struct sh_buf good = SH_BUF_INIT, bad = SH_BUF_INIT, out = SH_BUF_INIT;
	struct sh_error err = SH_ERROR_INIT;
	char path[32], *rejected = NULL;
	const char *files[] = { path, NULL };
	size_t rejected_len = 0;
	struct sh_stream stream;
	struct sh_writer w;
	int fd = memfd_create("input", MFD_CLOEXEC);

	MUST(fd >= 0 && write(fd, s, len) == (ssize_t)len);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	sh_writer_init(&w, -1);
	w.tap = collect;
	w.tap_arg = &out;
	w.tap_only = true;
	sh_stream_init(&stream, &w);
	stream.files = files;
	stream.local_host = "here";
	stream.now = 1;
	stream.max_record = max;
	stream.reject = open_memstream(&rejected, &rejected_len);
	stream.ops.record = forward;
	MUST(sh_stream_run(&stream, &err) == 0);
	fclose(stream.reject);
	close(fd);
	expect(model_of(s, len, max), &good, &bad);
	MUST(good.len == out.len && (!good.len || !memcmp(good.data, out.data, out.len)));
	MUST(bad.len == rejected_len && (!bad.len || !memcmp(bad.data, rejected, rejected_len)));
	free(rejected);
	sh_buf_release(&good);
	sh_buf_release(&bad);
	sh_buf_release(&out);
	sh_writer_release(&w);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t max, chunk;

	if (size < 1 || size > 4096)
		return 0;
	chunk = (size_t)1 << (data[0] & 7);
	max = (size_t)8 << (data[0] >> 4 & 7);
	check_reader((const char *)data + 1, size - 1, max, chunk);
	check_stream((const char *)data + 1, size - 1, max);
	return 0;
}

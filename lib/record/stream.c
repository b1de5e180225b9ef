/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "record/stream.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "record/reader.h"

/* What a callback or a step says: go on, stop quietly, or stop with the error. */
enum { GO_ON = 0, STOP = 1, FAILED = -1 };

_Static_assert(SH_READ_ROOM >= SH_SHAPE_ROOM, "shapes may look behind what was read");

struct run {
	struct sh_stream *s;
	struct sh_reader reader;
	struct sh_record record;
	struct sh_foreign foreign; /* the last line of another part */
	bool theirs;           /* the long line at hand is of another part */
	int64_t arrived;       /* when what is in the buffer was read */
	const char *file;      /* as it is named in messages */
	bool polls;            /* the input can make us wait: no regular file */
	struct sh_error *err;  /* what stops the run */
	struct sh_error why;   /* what is wrong with the line at hand; one for all, as zeroing it costs */
	struct sh_error later; /* of a file that could not be read, reported at the end */
};

void sh_stream_init(struct sh_stream *s, struct sh_writer *out)
{
	*s = (struct sh_stream){ .wake_fd = -1, .out = out };
}

static void reject_bytes(const struct sh_stream *s, struct sh_span piece, bool newline)
{
	if (!s->reject)
		return;
	fwrite(piece.p, 1, piece.len, s->reject);
	if (newline)
		fputc('\n', s->reject);
}

static int bad_line(struct run *run, struct sh_error *why)
{
	struct sh_stream *s = run->s;

	s->bad++;
	if (s->strict) {
		sh_error_prefix(why, "%s:%llu", run->file, (unsigned long long)run->reader.line);
		*run->err = *why;
		return FAILED;
	}
	if (s->ops.bad)
		s->ops.bad(s->ops.bad_arg, run->file, run->reader.line, why);
	return GO_ON;
}

static bool is_blank(struct sh_span line)
{
	while (line.len && (*line.p == ' ' || *line.p == '\t')) {
		line.p++;
		line.len--;
	}
	return !line.len;
}

static struct sh_error *no_error(struct run *run)
{
	if (sh_error_is_set(&run->why))
		sh_error_clear(&run->why);
	return &run->why;
}

/* Hand the record over. A callback that finds it bad after all (SH_ERRC_INPUT) has it rejected. */
static int take_record(struct run *run, struct sh_span raw)
{
	struct sh_stream *s = run->s;
	int answer = s->ops.record(s->ops.arg, s, &run->record, no_error(run));

	if (answer != FAILED)
		return answer;
	if (run->why.code != SH_ERRC_INPUT) {
		*run->err = run->why;
		return FAILED;
	}
	reject_bytes(s, raw, true);
	return bad_line(run, &run->why);
}

/* A line of another part that need not be viewed. */
static bool pass_by(struct run *run, struct sh_span line)
{
	const struct sh_stream *s = run->s;

	return s->part.of > 1 && s->ops.foreign && sh_part_is_foreign(&s->part, &run->foreign, line) &&
	       s->ops.foreign(s->ops.arg, run->foreign.kind, run->foreign.time);
}

/* One that is to be viewed; RAW is all of it. */
static int view_line(struct run *run, struct sh_span line, struct sh_span raw, bool truncated)
{
	struct sh_stream *s = run->s;
	struct sh_record *r = &run->record;

	if (sh_record_view(r, line.p, line.len, s->local_host ? s->local_host : "localhost",
			   run->arrived, no_error(run)) < 0) {
		if (!sh_part_has_bad(&s->part, line))
			return GO_ON;
		if (truncated)
			sh_error_prefix(&run->why, "truncated record");
		reject_bytes(s, raw, true);
		return bad_line(run, &run->why);
	}
	r->number = run->reader.line;
	r->is_ours = run->foreign.ours;
	s->records++;
	return take_record(run, raw);
}

static int take_line(struct run *run, struct sh_span line, bool truncated)
{
	struct sh_span raw = line;

	if (line.len && line.p[line.len - 1] == '\r')
		line.len--;
	if (line.len && line.p[0] == 0x1E) { /* RFC 7464 */
		line.p++;
		line.len--;
	}
	return is_blank(line) || pass_by(run, line) ? GO_ON : view_line(run, line, raw, truncated);
}

static int take_long(struct run *run, struct sh_span piece)
{
	struct sh_error why = SH_ERROR_INIT;

	run->theirs = !sh_part_has_bad(&run->s->part, piece);
	if (run->theirs)
		return GO_ON;
	reject_bytes(run->s, piece, !run->reader.in_long);
	(void)sh_error_set(&why, SH_ERRC_INPUT, "record longer than %zu bytes", run->reader.max_record);
	return bad_line(run, &why);
}

/* Nothing that is written arrives any more. */
static bool is_over(const struct sh_stream *s)
{
	return s->out && (s->out->broken || s->out->error);
}

static int flush(struct run *run)
{
	return run->s->out ? sh_writer_flush(run->s->out, run->err) : 0;
}

/*
 * Past the lines that begin as the last one did, which was another part's, as long as each
 * is all there and nobody wants to have it as a record.
 */
static inline void pass_others(struct run *run)
{
	const struct sh_stream *s = run->s;
	struct sh_reader *r = &run->reader;
	struct sh_foreign *f = &run->foreign;

	if (!f->tail_len || f->ours || !s->ops.foreign)
		return;
	for (;;) {
		struct sh_span rest = { r->data + r->start, r->end - r->start };
		size_t begun = sh_part_continues(f, rest);
		const char *end;

		if (!begun)
			return;
		end = memchr(rest.p + begun, '\n', rest.len - begun);
		if (!end || (size_t)(end - rest.p) > r->max_record || !s->ops.foreign(s->ops.arg, f->kind, f->time))
			return;
		sh_reader_skip(r, (size_t)(end + 1 - rest.p));
	}
}

/* Everything that is in the buffer; *end tells that it was the last. */
static int take_buffered(struct run *run, bool *end)
{
	struct sh_span piece;
	int answer = GO_ON;

	while (answer == GO_ON) {
		enum sh_read what;

		if (!run->reader.in_long)
			pass_others(run);
		what = sh_reader_next(&run->reader, &piece);
		if (what == SH_READ_MORE)
			return GO_ON;
		if (what == SH_READ_END) {
			*end = true;
			return GO_ON;
		}
		if (what == SH_READ_LONG)
			answer = take_long(run, piece);
		else if (what == SH_READ_REST && !run->theirs)
			reject_bytes(run->s, piece, !run->reader.in_long);
		else if (what == SH_READ_REST)
			continue;
		else
			answer = take_line(run, piece, what == SH_READ_LAST);
		if (answer == GO_ON && (run->s->stop || is_over(run->s)))
			answer = STOP;
	}
	return answer;
}

/* Returns the longest wait in ms, -1 until input comes. */
static int call_idle(struct run *run)
{
	const struct sh_writer *out = run->s->out;
	int idle = run->s->ops.idle ? run->s->ops.idle(run->s->ops.arg, run->s) : -1;
	int quiet = out && out->quiet ? out->quiet(out->tap_arg) : -1;

	return idle < 0 || (quiet >= 0 && quiet < idle) ? quiet : idle;
}

/* A reader that went away shows on a pipe or socket without writing to it. */
static bool is_reader_gone(short revents)
{
	return (revents & (POLLERR | POLLHUP | POLLNVAL)) != 0;
}

/*
 * Wait until there is input. While there is some, nothing is flushed: that is
 * the batching; before waiting everything is: that is the promptness.
 */
static int wait_input(struct run *run)
{
	struct sh_stream *s = run->s;
	struct pollfd fds[3] = {
		{ .fd = run->polls ? run->reader.fd : -1, .events = POLLIN },
		{ .fd = s->wake_fd, .events = POLLIN },
		{ .fd = -1 },
	};
	int timeout = 0;

	if (!run->polls && s->wake_fd < 0)
		return GO_ON;
	for (;;) {
		int n = poll(fds, 3, timeout);

		if (n < 0 && errno != EINTR)
			return sh_error_sys(run->err, "cannot wait for input");
		if (n > 0 && s->out && is_reader_gone(fds[2].revents)) {
			s->out->broken = true;
			return STOP;
		}
		if (!run->polls || (n > 0 && fds[0].revents)) {
			if (n > 0 && fds[1].revents) /* busy input does not starve idle work */
				call_idle(run);
			return s->stop ? STOP : GO_ON;
		}
		if (flush(run) < 0)
			return FAILED;
		timeout = call_idle(run);
		/* What idle wrote must not wait for the next input either. */
		if (flush(run) < 0)
			return FAILED;
		if (s->stop || is_over(s))
			return STOP;
		if (s->out && !s->out->tap_only)
			fds[2].fd = s->out->fd;
	}
}

/* The first is what the run returns; the others are reported at once. */
static int file_error(struct run *run, const struct sh_error *why)
{
	const struct sh_stream_ops *ops = &run->s->ops;

	if (!sh_error_is_set(&run->later))
		run->later = *why;
	else if (ops->bad)
		ops->bad(ops->bad_arg, run->file, 0, why);
	return GO_ON;
}

static int read_lines(struct run *run)
{
	struct sh_error why = SH_ERROR_INIT;
	bool end = false;

	for (;;) {
		int answer = take_buffered(run, &end);

		if (answer == GO_ON && !end)
			answer = wait_input(run);
		if (answer != GO_ON || end)
			return answer;
		if (sh_reader_fill(&run->reader, &why) < 0) {
			sh_error_prefix(&why, "%s", run->file);
			return file_error(run, &why);
		}
		run->arrived = run->s->now ? run->s->now : sh_clock_wall();
	}
}

static int read_descriptor(struct run *run, int fd)
{
	size_t max = run->s->max_record ? run->s->max_record : SH_MAX_RECORD;
	struct stat st;

	run->polls = fstat(fd, &st) < 0 || !S_ISREG(st.st_mode);
	sh_reader_open(&run->reader, fd, max);
	return read_lines(run);
}

static int read_file(struct run *run, const char *name)
{
	struct sh_error why = SH_ERROR_INIT;
	int answer, fd;

	if (!strcmp(name, "-")) {
		run->file = "stdin";
		return read_descriptor(run, STDIN_FILENO);
	}
	run->file = name;
	/* Non-blocking: a FIFO without a writer must not keep us from idle work. */
	fd = open(name, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd < 0) {
		(void)sh_error_sys(&why, "cannot open '%s'", name);
		return file_error(run, &why);
	}
	answer = read_descriptor(run, fd);
	close(fd);
	return answer;
}

int sh_stream_run(struct sh_stream *s, struct sh_error *err)
{
	static const char *const standard_input[] = { "-", NULL };
	const char *const *files = s->files && s->files[0] ? s->files : standard_input;
	struct run run = { .s = s, .err = err, .record = SH_RECORD_INIT };
	struct sh_shapes *shapes = sh_shapes_new();
	int answer = GO_ON;

	run.record.shapes = shapes;
	for (; *files && answer == GO_ON; files++)
		answer = read_file(&run, *files);
	if (answer != FAILED && flush(&run) < 0)
		answer = FAILED;
	if (answer != FAILED && sh_error_is_set(&run.later)) {
		*err = run.later;
		answer = FAILED;
	}
	sh_record_release(&run.record);
	sh_shapes_free(shapes);
	sh_reader_release(&run.reader);
	return answer == FAILED ? -1 : 0;
}

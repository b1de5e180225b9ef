/* SPDX-License-Identifier: MIT */
/*
 * feeder - feeds a pipeline with barriers, kills its programs, and takes each
 * batch that comes out exactly once
 *
 *	feeder --every K --kills N --seed S --within MS -- PROGRAM ARG... [ '|' PROGRAM ARG... ]
 *
 * Records come on standard input; what comes out at the far end goes to standard
 * output in batches, when their barrier has come. At seeded moments, up to MS
 * milliseconds after a line was sent, one program is killed by SIGKILL, by its
 * pid; all are started again, and the input is sent again from the last barrier
 * that came out. Run with --kills 0 and with more, each with a state directory of
 * its own, the output must be the same. Exits 0, or 1 with a reason on standard error.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/mem.h"
#include "base/num.h"
#include "base/span.h"
#include "record/barrier.h"

#define PROGRAMS 4
#define WINDOW 8            /* barriers sent and not yet seen at the far end */
#define PATIENCE_MS 20000   /* without any progress */
#define START INT64_C(1700000000)

struct feeder {
	int64_t every, kills, within;
	uint32_t seed;
	char **argv[PROGRAMS]; /* NULL-terminated each */
	size_t programs;
	struct sh_span *line;  /* of the input */
	size_t lines;
	uint64_t batches;
	uint64_t out_seq;      /* the last barrier that came out */
	struct sh_buf input;
	/* Of one life of the pipeline: */
	pid_t pid[PROGRAMS];
	int to, from;
	size_t next;           /* line to send */
	size_t fed;            /* lines sent in this life */
	uint64_t sent_seq;
	struct sh_buf sending, coming, pending;
	uint64_t killed, resumes, repeated;
};

static void __attribute__((noreturn, format(printf, 1, 2))) die(const char *fmt, ...)
{
	va_list ap;

	fputs("feeder: ", stderr);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
	exit(1);
}

static uint32_t next_random(struct feeder *f, uint32_t below)
{
	f->seed = f->seed * 1664525 + 1013904223;
	return (f->seed >> 8) % below;
}

static void read_input(struct feeder *f)
{
	size_t cap = 0;
	ssize_t n;
	char *p, *end;

	while ((n = read(STDIN_FILENO, sh_buf_reserve(&f->input, 65536), 65536)) > 0)
		f->input.len += (size_t)n;
	if (!f->input.len || f->input.data[f->input.len - 1] != '\n')
		die("the input is no whole lines");
	end = f->input.data + f->input.len;
	for (p = f->input.data; p < end; p = (char *)memchr(p, '\n', (size_t)(end - p)) + 1) {
		size_t len = (size_t)((char *)memchr(p, '\n', (size_t)(end - p)) + 1 - p);

		sh_grow(f->line, f->lines, cap);
		f->line[f->lines++] = (struct sh_span){ p, len };
	}
	f->batches = (f->lines + (size_t)f->every - 1) / (size_t)f->every;
}

/* PROGRAM I between the descriptors IN and OUT. */
static pid_t start_program(struct feeder *f, size_t i, int in, int out)
{
	pid_t pid = fork();

	if (pid < 0)
		die("fork: %s", strerror(errno));
	if (pid)
		return pid;
	dup2(in, STDIN_FILENO);
	dup2(out, STDOUT_FILENO);
	signal(SIGPIPE, SIG_DFL);
	execvp(f->argv[i][0], f->argv[i]);
	_exit(127);
}

static void start_pipeline(struct feeder *f)
{
	int in, fds[2];

	if (pipe2(fds, O_CLOEXEC) < 0)
		die("pipe: %s", strerror(errno));
	in = fds[0];
	f->to = fds[1];
	for (size_t i = 0; i < f->programs; i++) {
		if (pipe2(fds, O_CLOEXEC) < 0)
			die("pipe: %s", strerror(errno));
		f->pid[i] = start_program(f, i, in, fds[1]);
		close(in);
		close(fds[1]);
		in = fds[0];
	}
	f->from = in;
	fcntl(f->to, F_SETFL, O_NONBLOCK);
	f->next = (size_t)f->out_seq * (size_t)f->every;
	f->sent_seq = f->out_seq;
	f->fed = 0;
	sh_buf_clear(&f->sending);
	sh_buf_clear(&f->coming);
	sh_buf_clear(&f->pending);
}

static void close_input(struct feeder *f)
{
	if (f->to >= 0)
		close(f->to);
	f->to = -1;
}

/* Put the next line into the buffer to send, and a barrier after it where one is due. */
static void queue_line(struct feeder *f)
{
	sh_buf_add(&f->sending, f->line[f->next].p, f->line[f->next].len);
	f->next++;
	f->fed++;
	if (f->next % (size_t)f->every != 0 && f->next != f->lines)
		return;
	f->sent_seq++;
	sh_barrier_write(&f->sending, f->sent_seq, f->out_seq,
			 (START + (int64_t)f->sent_seq) * SH_SEC);
}

static void take_barrier(struct feeder *f, uint64_t seq)
{
	if (seq > f->out_seq + 1)
		die("barrier %llu came out after %llu", (unsigned long long)seq,
		    (unsigned long long)f->out_seq);
	if (seq == f->out_seq + 1) {
		fwrite(sh_buf_str(&f->pending), 1, f->pending.len, stdout);
		f->out_seq = seq;
	} else {
		f->repeated++;
	}
	sh_buf_clear(&f->pending);
}

static void take_line(struct feeder *f, const char *line, size_t len)
{
	struct sh_record r = SH_RECORD_INIT;
	struct sh_error err = SH_ERROR_INIT;
	uint64_t seq, acked;

	if (sh_record_view(&r, line, len, "feeder", 1, &err) < 0)
		die("%s in '%.*s'", err.text, (int)(len < 100 ? len : 100), line);
	if (r.kind == SH_KIND_RESUME) {
		f->resumes++;
	} else if (r.kind == SH_KIND_BARRIER) {
		if (sh_barrier_read(&r, &seq, &acked, &err) < 0)
			die("%s", err.text);
		take_barrier(f, seq);
	} else {
		sh_buf_add(&f->pending, line, len);
		sh_buf_addch(&f->pending, '\n');
	}
	sh_record_release(&r);
}

/* Read what has come; false at the end. */
static bool take_output(struct feeder *f)
{
	ssize_t n = read(f->from, sh_buf_reserve(&f->coming, 65536), 65536);
	const char *p, *newline;

	if (n <= 0)
		return n < 0 && errno == EINTR;
	f->coming.len += (size_t)n;
	p = f->coming.data;
	while ((newline = memchr(p, '\n', f->coming.len - (size_t)(p - f->coming.data)))) {
		take_line(f, p, (size_t)(newline - p));
		p = newline + 1;
	}
	sh_buf_consume(&f->coming, (size_t)(p - f->coming.data));
	return true;
}

static void send_some(struct feeder *f)
{
	/* In pieces of no particular size, so that kills find lines cut in two. */
	size_t want = f->sending.len < 997 ? f->sending.len : 997;
	ssize_t n = write(f->to, f->sending.data, want);

	if (n > 0)
		sh_buf_consume(&f->sending, (size_t)n);
	else if (n < 0 && errno == EPIPE)
		close_input(f);
}

/* Wait for all; true when each ended well. */
static bool reap(struct feeder *f)
{
	bool good = true;
	int status;

	for (size_t i = 0; i < f->programs; i++) {
		while (waitpid(f->pid[i], &status, 0) < 0 && errno == EINTR)
			;
		if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
			good = false;
	}
	return good;
}

static void kill_one(struct feeder *f)
{
	size_t victim = next_random(f, (uint32_t)f->programs);

	sh_clock_sleep((int64_t)next_random(f, (uint32_t)f->within * 1000) * 1000);
	kill(f->pid[victim], SIGKILL);
	f->killed++;
	/* What was written before reaches us, as it would a reader that lives on. */
	close_input(f);
	while (take_output(f))
		;
	close(f->from);
	reap(f);
}

/* Feed and read until all came out, or until FED lines were sent; true when all came out. */
static bool live(struct feeder *f, size_t lines)
{
	while (f->out_seq < f->batches) {
		struct pollfd fds[2];

		while (f->sending.len < 4096 && f->next < f->lines && f->fed < lines &&
		       f->sent_seq < f->out_seq + WINDOW)
			queue_line(f);
		if (f->fed >= lines && f->sending.len < 4096)
			return false;
		fds[0] = (struct pollfd){ .fd = f->from, .events = POLLIN };
		fds[1] = (struct pollfd){ .fd = f->sending.len ? f->to : -1, .events = POLLOUT };
		if (poll(fds, 2, PATIENCE_MS) == 0)
			die("nothing came for %d s after barrier %llu of %llu", PATIENCE_MS / 1000,
			    (unsigned long long)f->out_seq, (unsigned long long)f->batches);
		if (fds[1].revents)
			send_some(f);
		if (fds[0].revents && !take_output(f))
			die("the pipeline ended after barrier %llu of %llu",
			    (unsigned long long)f->out_seq, (unsigned long long)f->batches);
	}
	return true;
}

static void finish(struct feeder *f)
{
	close_input(f);
	while (take_output(f))
		;
	close(f->from);
	if (!reap(f))
		die("a program did not end well");
	if (f->coming.len)
		die("the output ends within a line");
	/* After the last barrier: what the end of input brings. */
	fwrite(sh_buf_str(&f->pending), 1, f->pending.len, stdout);
}

static void feed(struct feeder *f)
{
	/* Lives of all lengths, the shortest ending before anything was sent. */
	uint32_t longest = (uint32_t)(2 * f->lines / (size_t)(f->kills + 1) + 2);

	while (f->killed < (uint64_t)f->kills) {
		start_pipeline(f);
		if (live(f, next_random(f, longest))) {
			fprintf(stderr, "feeder: all came out after %llu kills\n",
				(unsigned long long)f->killed);
			finish(f);
			return;
		}
		kill_one(f);
	}
	start_pipeline(f);
	live(f, SIZE_MAX);
	finish(f);
}

static void add_programs(struct feeder *f, char **argv)
{
	while (*argv) {
		if (f->programs == PROGRAMS)
			die("at most %d programs", PROGRAMS);
		f->argv[f->programs++] = argv;
		while (*argv && strcmp(*argv, "|") != 0)
			argv++;
		if (*argv)
			*argv++ = NULL;
	}
}

int main(int argc, char **argv)
{
	struct feeder f = { .every = 10, .within = 3, .seed = 1, .to = -1, .from = -1 };
	int64_t seed = 1;
	int i;

	for (i = 1; i + 1 < argc && strcmp(argv[i], "--") != 0; i += 2) {
		int64_t *value = !strcmp(argv[i], "--every")   ? &f.every
				 : !strcmp(argv[i], "--kills") ? &f.kills
				 : !strcmp(argv[i], "--seed")  ? &seed
				 : !strcmp(argv[i], "--within") ? &f.within
							       : NULL;

		if (!value || sh_parse_i64(argv[i + 1], value) < 0 || *value < 0)
			die("unknown option or value: %s %s", argv[i], argv[i + 1]);
	}
	if (i + 1 >= argc || f.every < 1 || f.within < 1 || f.within > 60000)
		die("usage: feeder --every K --kills N --seed S --within MS -- PROGRAM ARG... ['|' ...]");
	f.seed = (uint32_t)seed;
	add_programs(&f, argv + i + 1);
	signal(SIGPIPE, SIG_IGN);
	read_input(&f);
	feed(&f);
	fprintf(stderr, "feeder: %llu barriers, %llu kills, %llu resumes, %llu batches repeated\n",
		(unsigned long long)f.batches, (unsigned long long)f.killed,
		(unsigned long long)f.resumes, (unsigned long long)f.repeated);
	sh_buf_release(&f.input);
	sh_buf_release(&f.sending);
	sh_buf_release(&f.coming);
	sh_buf_release(&f.pending);
	free(f.line);
	return fflush(stdout) ? 1 : 0;
}

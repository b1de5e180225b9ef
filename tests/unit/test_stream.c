/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "record/stream.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "tap.h"

/* What the callbacks saw. */
struct seen {
	struct sh_buf bad;
	int records, idles, stop_after;
	int idle_wait; /* what idle answers */
};

static int forward(void *arg, struct sh_stream *s, const struct sh_record *r, struct sh_error *err)
{
	struct seen *seen = arg;

	(void)err;
	sh_writer_line(s->out, r->line.p, r->line.len);
	return ++seen->records == seen->stop_after;
}

static void note_bad(void *arg, const char *file, uint64_t line, const struct sh_error *err)
{
	struct seen *seen = arg;
	const char *base = strrchr(file, '/');

	sh_buf_addf(&seen->bad, "%s:%llu: %s\n", base ? base + 1 : file, (unsigned long long)line,
		    err->text);
}

static void init(struct sh_stream *s, struct sh_writer *w, int out, struct seen *seen)
{
	*seen = (struct seen){ .idle_wait = -1 };
	sh_writer_init(w, out);
	sh_stream_init(s, w);
	s->local_host = "here";
	s->now = 1;
	s->ops.record = forward;
	s->ops.bad = note_bad;
	s->ops.arg = seen;
	s->ops.bad_arg = seen;
}

static void make_file(const char *path, const char *data, size_t len)
{
	struct sh_error err = SH_ERROR_INIT;

	if (sh_file_write_atomic(path, data, len, 0600, &err) < 0) {
		diag("%s", err.text);
		exit(1);
	}
}

static void read_back(const char *path, struct sh_buf *out)
{
	struct sh_error err = SH_ERROR_INIT;

	sh_file_read(AT_FDCWD, path, (size_t)1 << 26, out, &err);
}

static int open_out(const char *path)
{
	return open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
}

/* Lines in, lines out: good ones unchanged, bad ones told and rejected. */
static void test_files(void)
{
	static const char first[] = "\xEF\xBB\xBF{ \"a\" : 1.10 }\r\n\n  \n\x1E{\"kind\":\"novel\"}\n{\"a\":}\n"
				    "{\"x\":18446744073709551616,\"y\":\"\\u0000\"}\n[1]\n{\"cut\":";
	static const char second[] = "{\"b\":2}";
	const char *const files[] = { "first", "missing", "second", "gone", NULL };
	struct sh_buf out = SH_BUF_INIT, rejected = SH_BUF_INIT;
	struct sh_error err = SH_ERROR_INIT;
	struct sh_stream s;
	struct sh_writer w;
	struct seen seen;

	make_file("first", first, sizeof(first) - 1);
	make_file("second", second, sizeof(second) - 1);
	init(&s, &w, open_out("out"), &seen);
	s.files = files;
	s.reject = fopen("rejected", "we");
	OK(sh_stream_run(&s, &err) < 0 && err.code == SH_ERRC_SYSTEM && strstr(err.text, "'missing'"),
	   "a missing file is told at the end");
	fclose(s.reject);
	read_back("out", &out);
	read_back("rejected", &rejected);
	OK(!strcmp(sh_buf_str(&out), "{ \"a\" : 1.10 }\n{\"kind\":\"novel\"}\n"
				     "{\"x\":18446744073709551616,\"y\":\"\\u0000\"}\n{\"b\":2}\n"),
	   "records pass byte for byte");
	OK(!strcmp(sh_buf_str(&rejected), "{\"a\":}\n[1]\n{\"cut\":\n"), "bad lines are rejected as they came");
	if (!OK(!strcmp(sh_buf_str(&seen.bad),
			"first:5: byte 5: value expected\n"
			"first:7: byte 0: not a JSON object\n"
			"first:8: truncated record: byte 7: value expected\n"
			"gone:0: cannot open 'gone': No such file or directory\n"),
		"bad lines are told with file, line and byte"))
		diag("got %s", sh_buf_str(&seen.bad));
	OK(s.records == 4 && s.bad == 3, "records and bad lines are counted");
	sh_buf_release(&out);
	sh_buf_release(&rejected);
	sh_buf_release(&seen.bad);
	close(w.fd);
	sh_writer_release(&w);
}

static void test_strict(void)
{
	const char *const files[] = { "strict", NULL };
	struct sh_error err = SH_ERROR_INIT;
	struct sh_stream s;
	struct sh_writer w;
	struct seen seen;

	make_file("strict", "{}\nx\n{}\n", 8);
	init(&s, &w, open_out("out"), &seen);
	s.files = files;
	s.strict = true;
	OK(sh_stream_run(&s, &err) < 0 && seen.records == 1 && !seen.bad.len &&
		   !strcmp(err.text, "strict:2: byte 0: not a JSON object"),
	   "strict stops at the first bad line");
	sh_error_clear(&err);
	s.strict = false;
	seen.stop_after = 2;
	OK(sh_stream_run(&s, &err) == 0 && seen.records == 2, "a callback can stop the stream");
	sh_buf_release(&seen.bad);
	close(w.fd);
	sh_writer_release(&w);
}

/* 100 MB without a newline: one message, constant memory, and the next record comes out. */
static void test_long(void)
{
	struct sh_error err = SH_ERROR_INIT;
	struct sh_buf out = SH_BUF_INIT;
	struct rusage usage;
	struct sh_stream s;
	struct sh_writer w;
	struct seen seen;
	long before;
	int fds[2], null = dup(STDIN_FILENO);
	pid_t pid;

	if (pipe2(fds, O_CLOEXEC) < 0 || (pid = fork()) < 0)
		abort();
	if (!pid) {
		static char chunk[1 << 20];

		memset(chunk, 'x', sizeof(chunk));
		sh_write_all(fds[1], "{\"a\":\"", 6);
		for (int i = 0; i < 100; i++)
			sh_write_all(fds[1], chunk, sizeof(chunk));
		sh_write_all(fds[1], "\"}\n{\"b\":1}\n", 11);
		_exit(0);
	}
	close(fds[1]);
	dup2(fds[0], STDIN_FILENO);
	close(fds[0]);
	getrusage(RUSAGE_SELF, &usage);
	before = usage.ru_maxrss;
	init(&s, &w, open_out("out"), &seen);
	OK(sh_stream_run(&s, &err) == 0 && s.bad == 1 && s.records == 1, "a line of 100 MB is one bad line");
	OK(!strcmp(sh_buf_str(&seen.bad), "stdin:1: record longer than 1048576 bytes\n"), "and told so");
	getrusage(RUSAGE_SELF, &usage);
	if (!OK(usage.ru_maxrss - before < 8 << 10, "in bounded memory"))
		diag("grew by %ld KiB", usage.ru_maxrss - before);
	read_back("out", &out);
	OK(!strcmp(sh_buf_str(&out), "{\"b\":1}\n"), "the record after it comes out");
	waitpid(pid, NULL, 0);
	dup2(null, STDIN_FILENO);
	close(null);
	close(w.fd);
	sh_buf_release(&out);
	sh_buf_release(&seen.bad);
	sh_writer_release(&w);
}

/* Read one whole answer within 5 s; the reader of a prompt filter must not need more input. */
static bool comes_out(int fd, const char *want)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	char text[256];
	ssize_t n;

	if (poll(&p, 1, 5000) != 1)
		return false;
	n = read(fd, text, sizeof(text));
	return n == (ssize_t)strlen(want) && !memcmp(text, want, (size_t)n);
}

/* A filter in a child, with pipes to it and from it. */
static pid_t start_filter(const char *input, int *from)
{
	int out[2];
	pid_t pid;

	if (pipe2(out, O_CLOEXEC) < 0 || (pid = fork()) < 0)
		abort();
	if (!pid) {
		const char *const files[] = { input, NULL };
		struct sh_error err = SH_ERROR_INIT;
		struct sh_stream s;
		struct sh_writer w;
		struct seen seen;

		signal(SIGPIPE, SIG_IGN);
		close(out[0]);
		init(&s, &w, out[1], &seen);
		s.files = files;
		_exit(sh_stream_run(&s, &err) == 0 ? (w.broken ? 1 : 0) : 2);
	}
	close(out[1]);
	*from = out[0];
	return pid;
}

static int wait_exit(pid_t pid)
{
	int status;

	for (int i = 0; i < 500; i++) {
		if (waitpid(pid, &status, WNOHANG) == pid)
			return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
		sh_clock_sleep(10 * SH_MS);
	}
	kill(pid, SIGKILL);
	waitpid(pid, &status, 0);
	return -1;
}

static void test_fifo(void)
{
	int from, to;
	pid_t pid;

	if (mkfifo("fifo", 0600) < 0)
		abort();
	pid = start_filter("fifo", &from);
	to = open("fifo", O_WRONLY | O_CLOEXEC);
	sh_write_all(to, "{\"a\":1}\n{\"b\"", 12);
	OK(comes_out(from, "{\"a\":1}\n"), "a record from a FIFO is written before the next is whole");
	sh_write_all(to, ":2}\n", 4);
	OK(comes_out(from, "{\"b\":2}\n"), "and so is the next");
	close(to);
	OK(wait_exit(pid) == 0, "the end of the FIFO is the end of the input");
	close(from);
	pid = start_filter("fifo", &from);
	to = open("fifo", O_WRONLY | O_CLOEXEC);
	close(from);
	OK(wait_exit(pid) == 1, "a reader that went away is noticed while nothing is written");
	close(to);
}

static int idle(void *arg, struct sh_stream *s)
{
	struct seen *seen = arg;
	char byte;

	if (s->wake_fd >= 0 && read(s->wake_fd, &byte, 1) == 1)
		sh_writer_lines(s->out, "woken\n", 6);
	if (++seen->idles == seen->stop_after)
		s->stop = true;
	return seen->idle_wait;
}

static void test_idle(void)
{
	struct sh_error err = SH_ERROR_INIT;
	struct sh_buf out = SH_BUF_INIT;
	struct sh_stream s;
	struct sh_writer w;
	struct seen seen;
	int in[2], wake[2], null = dup(STDIN_FILENO);
	pid_t pid;

	if (pipe2(in, O_CLOEXEC) < 0 || pipe2(wake, O_CLOEXEC | O_NONBLOCK) < 0)
		abort();
	dup2(in[0], STDIN_FILENO);
	init(&s, &w, open_out("out"), &seen);
	s.ops.record = forward;
	s.ops.idle = idle;
	seen.idle_wait = 1;
	seen.stop_after = 3;
	OK(sh_stream_run(&s, &err) == 0 && seen.idles == 3, "idle work is done after its wait, and can stop");
	s.stop = false;
	s.wake_fd = wake[0];
	seen.idles = 0;
	seen.idle_wait = -1;
	seen.stop_after = 2;
	if ((pid = fork()) == 0) {
		sh_clock_sleep(50 * SH_MS);
		sh_write_all(wake[1], "x", 1);
		_exit(0);
	}
	OK(sh_stream_run(&s, &err) == 0 && seen.idles == 2, "a descriptor of its own wakes it");
	waitpid(pid, NULL, 0);
	read_back("out", &out);
	OK(!strcmp(sh_buf_str(&out), "woken\n"), "and what it writes is flushed");
	dup2(null, STDIN_FILENO);
	close(null);
	for (int i = 0; i < 2; i++) {
		close(in[i]);
		close(wake[i]);
	}
	close(w.fd);
	sh_buf_release(&out);
	sh_buf_release(&seen.bad);
	sh_writer_release(&w);
}

static void count_tap(void *arg, const char *line, size_t len)
{
	sh_buf_addf(arg, "<%.*s>", (int)len, line);
}

static void test_writer(void)
{
	struct sh_error err = SH_ERROR_INIT;
	struct sh_buf taps = SH_BUF_INIT;
	struct sh_writer w;
	int fds[2];

	sh_writer_init(&w, open("/dev/full", O_WRONLY | O_CLOEXEC));
	w.tap = count_tap;
	w.tap_arg = &taps;
	sh_writer_line(&w, "{}", 2);
	sh_writer_lines(&w, "{1}\n{2}\n", 8);
	OK(!strcmp(sh_buf_str(&taps), "<{}><{1}><{2}>"), "a tap sees each line");
	OK(sh_writer_flush(&w, &err) < 0 && err.code == SH_ERRC_SYSTEM && !w.broken,
	   "a full device is an error");
	close(w.fd);
	sh_writer_release(&w);
	signal(SIGPIPE, SIG_IGN);
	if (pipe2(fds, O_CLOEXEC) < 0)
		abort();
	close(fds[0]);
	sh_error_clear(&err);
	sh_writer_init(&w, fds[1]);
	sh_writer_line(&w, "{}", 2);
	OK(sh_writer_flush(&w, &err) == 0 && w.broken, "a reader that went away is none");
	close(fds[1]);
	sh_writer_release(&w);
	sh_buf_release(&taps);
}

int main(void)
{
	char dir[] = "/tmp/selfheal-stream-XXXXXX";
	static const char *const made[] = { "first", "second", "strict", "out", "rejected", "fifo" };

	if (!mkdtemp(dir) || chdir(dir) < 0)
		skip_all("no scratch directory");
	alarm(60); /* a stream that waits for ever is a failure */
	test_files();
	test_strict();
	test_long();
	test_fifo();
	test_idle();
	test_writer();
	for (size_t i = 0; i < sizeof(made) / sizeof(made[0]); i++)
		unlink(made[i]);
	if (chdir("/") == 0)
		rmdir(dir);
	return plan_done();
}

/* SPDX-License-Identifier: MIT */
/* Answers of HTTP as servers send them: whole, byte by byte, cut at each place, and wrong ones. */
#include "config.h"

#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "collect/check/http_answer.h"
#include "tap.h"

static const struct sample {
	const char *sent;
	bool head;         /* the request was HEAD */
	int status;        /* 0: it fails */
	const char *text;  /* body, or the reason */
	bool whole_if_cut; /* nothing says where its body ends */
} samples[] = {
	{ "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", false, 200, "ok", false },
	{ "HTTP/1.0 404 Not Found\n\nnone", false, 404, "none", true },
	{ "HTTP/1.1 200\r\n\r\n", false, 200, "", true },
	{ "HTTP/1.1 204 No\r\nContent-Length: 9\r\n\r\n", false, 204, "", false },
	{ "HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n", true, 200, "", false },
	{ "HTTP/1.1 100 Go on\r\nX: y\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length:2 \r\n\r\nok", false, 200, "ok", false },
	{ "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2;x=y\r\nde\r\n0\r\nT: x\r\n\r\n", false, 200,
	  "abcde", false },
	{ "HTTP/1.1 200 OK\r\nContent-Length: 7\r\nTransfer-Encoding: Chunked\r\n\r\n1\r\na\r\n0\r\n\r\n", false, 200, "a",
	  false },
	{ "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nabc", false, 0, "the answer has two lengths",
	  false },
	{ "HTTP/1.1 200 OK\r\nContent-Length: -2\r\n\r\n", false, 0, "the length of the answer is no number", false },
	{ "HTTP/1.1 200 OK\r\nContent-Length: 99999999\r\n\r\nabc", false, 0, "it hung up in its answer", false },
	{ "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n", false, 0,
	  "the answer comes in an encoding that is not known", false },
	{ "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", false, 0, "a part of the answer has no size", false },
	{ "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nabc\r\n", false, 0,
	  "a part of the answer is longer than its size", false },
	{ "SSH-2.0-x\r\n", false, 0, "it does not speak HTTP/1", false },
	{ "HTTP/2 200 OK\r\n\r\n", false, 0, "it does not speak HTTP/1", false },
	{ "HTTP/1.1 20x OK\r\n\r\n", false, 0, "it does not speak HTTP/1", false },
	{ "", false, 0, "it hung up", false },
};

/* What comes of the first LEN bytes; there is nothing after them. */
static int hear(const struct sample *s, size_t len, struct sh_http_answer *a, struct sh_outcome *out)
{
	int fd[2], rc;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, fd) < 0 ||
	    send(fd[1], s->sent, len, 0) != (ssize_t)len)
		return -2;
	close(fd[1]);
	*a = (struct sh_http_answer){ .body = SH_BUF_INIT };
	sh_outcome_init(out);
	rc = sh_http_read(fd[0], s->head, sh_clock_mono() + SH_SEC, a, out);
	close(fd[0]);
	return rc;
}

static void test_whole(const struct sample *s, size_t i)
{
	struct sh_http_answer a;
	struct sh_outcome out;
	int rc = hear(s, strlen(s->sent), &a, &out);

	if (s->status)
		OK(rc == 0 && a.status == s->status && !strcmp(sh_buf_str(&a.body), s->text), "%zu: %d '%s' %s", i,
		   a.status, sh_buf_str(&a.body), out.error);
	else
		OK(rc == -1 && !strcmp(out.error, s->text), "%zu: %s", i, out.error);
	sh_buf_release(&a.body);
}

/* However its bytes are cut into pieces, the same comes of it. */
static void test_pieces(const struct sample *s, size_t i)
{
	size_t len = strlen(s->sent), wrong = 0;

	for (size_t piece = 1; piece <= len; piece++) {
		struct sh_http_answer a = { .body = SH_BUF_INIT };
		struct sh_http_reader r;
		struct sh_outcome out;
		size_t at = 0;
		int rc = 0;

		sh_outcome_init(&out);
		sh_http_reader_init(&r, &a, s->head, &out);
		for (; rc == 0 && at < len; at += piece)
			rc = sh_http_reader_feed(&r, s->sent + at, piece < len - at ? piece : len - at);
		if (rc == 0)
			rc = sh_http_reader_feed(&r, NULL, 0);
		if (s->status)
			wrong += rc != 1 || a.status != s->status || strcmp(sh_buf_str(&a.body), s->text) != 0;
		else
			wrong += rc != -1 || strcmp(out.error, s->text) != 0;
		sh_http_reader_release(&r);
		sh_buf_release(&a.body);
	}
	OK(wrong == 0, "%zu: %zu of the ways to cut it change it", i, wrong);
}

/* Whatever is missing at the end, it is not taken for the whole. */
static void test_cut(const struct sample *s, size_t i)
{
	size_t len = strlen(s->sent), head = len - strlen(s->text), wrong = 0;

	for (size_t n = 0; s->status && n < (s->whole_if_cut ? head : len); n++) {
		struct sh_http_answer a;
		struct sh_outcome out;

		wrong += hear(s, n, &a, &out) != -1;
		sh_buf_release(&a.body);
	}
	OK(wrong == 0, "%zu: %zu of its beginnings are taken for the whole", i, wrong);
}

/* A header without end, from a server that never stops. */
static void test_size(void)
{
	struct sh_http_answer a = { .body = SH_BUF_INIT };
	struct sh_outcome out;
	int fd[2];
	pid_t pid;

	sh_outcome_init(&out);
	if (socketpair(AF_UNIX, SOCK_STREAM, 0, fd) < 0 || (pid = fork()) < 0) {
		OK(false, "no sockets");
		return;
	}
	if (pid == 0) {
		close(fd[0]);
		while (send(fd[1], "HTTP/1.1 200 OK", 15, MSG_NOSIGNAL) > 0)
			;
		_exit(0);
	}
	close(fd[1]);
	OK(sh_http_read(fd[0], false, sh_clock_mono() + 10 * SH_SEC, &a, &out) == -1 &&
		   !strcmp(out.error, "the header of the answer is too large"),
	   "a header without end: %s", out.error);
	close(fd[0]);
	waitpid(pid, NULL, 0);
	sh_buf_release(&a.body);
}

int main(void)
{
	for (size_t i = 0; i < sizeof(samples) / sizeof(*samples); i++) {
		test_whole(&samples[i], i);
		test_pieces(&samples[i], i);
		test_cut(&samples[i], i);
	}
	test_size();
	return plan_done();
}

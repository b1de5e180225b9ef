/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "record/stream.h"

#define BATCH ((size_t)64 << 10)

void sh_writer_init(struct sh_writer *w, int fd)
{
	*w = (struct sh_writer){ .fd = fd, .batch = BATCH };
}

void sh_writer_release(struct sh_writer *w)
{
	sh_buf_release(&w->buf);
}

/* Write it all; false on a failure, which is kept in W. */
static bool write_all(struct sh_writer *w, const char *p, size_t len)
{
	while (len) {
		ssize_t n = write(w->fd, p, len);

		if (n >= 0) {
			p += n;
			len -= (size_t)n;
		} else if (errno == EAGAIN) {
			/* Whoever shares the descriptor may have made it non-blocking. */
			struct pollfd out = { .fd = w->fd, .events = POLLOUT };

			poll(&out, 1, -1);
		} else if (errno == EPIPE || errno == ECONNRESET) {
			w->broken = true;
			return false;
		} else if (errno != EINTR) {
			w->error = errno;
			return false;
		}
	}
	return true;
}

static void push(struct sh_writer *w)
{
	if (w->buf.len && !w->broken && !w->error)
		write_all(w, w->buf.data, w->buf.len);
	sh_buf_clear(&w->buf);
}

static void show_tap(const struct sh_writer *w, const char *data, size_t len)
{
	const char *end = data + len;

	while (data < end) {
		const char *newline = memchr(data, '\n', (size_t)(end - data));
		size_t n = (size_t)((newline ? newline : end) - data);

		w->tap(w->tap_arg, data, n);
		data += n + 1;
	}
}

void sh_writer_lines(struct sh_writer *w, const char *data, size_t len)
{
	if (w->tap)
		show_tap(w, data, len);
	if (w->tap_only || w->broken || w->error)
		return;
	sh_buf_add(&w->buf, data, len);
	if (w->buf.len >= w->batch)
		push(w);
}

void sh_writer_line(struct sh_writer *w, const char *line, size_t len)
{
	char *to;

	if (w->tap)
		w->tap(w->tap_arg, line, len);
	if (w->tap_only || w->broken || w->error)
		return;
	to = sh_buf_reserve(&w->buf, len + 1);
	memcpy(to, line, len);
	to[len] = '\n';
	to[len + 1] = '\0';
	w->buf.len += len + 1;
	if (w->buf.len >= w->batch)
		push(w);
}

int sh_writer_flush(struct sh_writer *w, struct sh_error *err)
{
	push(w);
	if (!w->error)
		return 0;
	errno = w->error;
	return sh_error_sys(err, "cannot write");
}

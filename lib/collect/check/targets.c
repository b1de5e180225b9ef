/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "collect/check/targets.h"

#include <stdlib.h>
#include <string.h>

#include "base/address.h"
#include "base/buf.h"
#include "base/file.h"
#include "base/mem.h"

#define MAX_FILE ((size_t)1 << 20)

struct list {
	char **item;
	size_t n, cap;
};

/* LEN bytes of a line, whose comment is cut. */
static int add_line(struct list *l, const char *line, size_t len)
{
	SH_CLEANUP_FREE char *text = NULL;
	const char *comment = memchr(line, '#', len);
	struct sh_address a;

	if (comment)
		len = (size_t)(comment - line);
	while (len && strchr(" \t\r", line[len - 1]))
		len--;
	for (; len && strchr(" \t", *line); len--)
		line++;
	if (len == 0)
		return 0;
	text = sh_strndup(line, len);
	if (memchr(line, '\0', len) || !sh_address_parse(text, &a))
		return -1;
	sh_grow(l->item, l->n, l->cap);
	l->item[l->n++] = text;
	text = NULL;
	return 0;
}

char **sh_targets_read(const char *path, size_t *n, struct sh_error *err)
{
	SH_CLEANUP_BUF struct sh_buf text = SH_BUF_INIT;
	SH_CLEANUP_FD int fd = sh_file_open_trusted(path, err);
	struct list l = { sh_calloc(1, sizeof(char *)), 0, 1 };
	const char *at, *stop, *end;
	int line = 0;

	*n = 0;
	if (fd < 0 || sh_fd_read(fd, path, MAX_FILE, &text, err) < 0) {
		free(l.item);
		return NULL;
	}
	at = sh_buf_str(&text);
	for (stop = at + text.len; at < stop; at = end + 1) {
		end = memchr(at, '\n', (size_t)(stop - at));
		if (!end)
			end = stop;
		line++;
		if (add_line(&l, at, (size_t)(end - at)) < 0) {
			sh_error_set(err, SH_ERRC_CONFIG, "%s:%d: '%.*s' is no host", path, line,
				     (int)(end - at > 60 ? 60 : end - at), at);
			sh_targets_free(l.item, l.n);
			return NULL;
		}
	}
	*n = l.n;
	return l.item;
}

void sh_targets_free(char **target, size_t n)
{
	for (size_t i = 0; i < n; i++)
		free(target[i]);
	free(target);
}

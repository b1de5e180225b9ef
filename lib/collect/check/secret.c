/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "collect/check/secret.h"

#include <string.h>

#include "base/file.h"

#define MAX_SECRET 8192

int sh_secret_read(const char *path, struct sh_buf *out, struct sh_error *err)
{
	SH_CLEANUP_FD int fd = sh_file_open_trusted(path, err);

	if (fd < 0 || sh_fd_read(fd, path, MAX_SECRET, out, err) < 0)
		return -1;
	while (out->len && strchr("\r\n", out->data[out->len - 1]))
		out->data[--out->len] = '\0';
	if (out->len == 0)
		return sh_error_set(err, SH_ERRC_CONFIG, "'%s' is empty", path);
	for (size_t i = 0; i < out->len; i++)
		if ((unsigned char)out->data[i] < ' ' || out->data[i] == 127)
			return sh_error_set(err, SH_ERRC_CONFIG, "'%s' holds more than one line of text",
					    path);
	return 0;
}

/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "action/manifest.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "action/action.h"
#include "action/beneath.h"
#include "base/buf.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/sha256.h"

#define MAX_MANIFEST ((size_t)256 << 20)
#define MAX_NAMES 20
#define DIGEST_LEN 64
#define PIECE 65536

static bool is_inside(const char *path)
{
	if (!*path || *path == '/')
		return false;
	for (;;) {
		size_t len = strcspn(path, "/");

		if (len == 0 || (len == 1 && path[0] == '.') ||
		    (len == 2 && path[0] == '.' && path[1] == '.'))
			return false;
		if (!path[len])
			return true;
		path += len + 1;
	}
}

/* "./a" is how find and tar write "a". */
static char *take_path(const char *s, size_t len, bool escaped)
{
	char *path, *to;

	while (len > 2 && s[0] == '.' && s[1] == '/') {
		s += 2;
		len -= 2;
	}
	path = to = sh_malloc(len + 1);
	for (size_t i = 0; i < len; i++) {
		if (escaped && s[i] == '\\' && i + 1 < len) {
			i++;
			*to++ = s[i] == 'n' ? '\n' : s[i] == 'r' ? '\r' : s[i];
		} else {
			*to++ = s[i];
		}
	}
	*to = '\0';
	return path;
}

static int read_line(struct sh_manifest *m, const char *line, size_t len)
{
	bool escaped = len && *line == '\\';
	struct sh_manifest_entry *e;

	line += escaped;
	len -= escaped;
	if (len < DIGEST_LEN + 3 || line[DIGEST_LEN] != ' ' ||
	    (line[DIGEST_LEN + 1] != ' ' && line[DIGEST_LEN + 1] != '*') || memchr(line, '\0', len))
		return -1;
	sh_grow(m->entry, m->n, m->cap);
	e = &m->entry[m->n++];
	e->path = take_path(line + DIGEST_LEN + 2, len - DIGEST_LEN - 2, escaped);
	for (size_t i = 0; i < DIGEST_LEN; i++) {
		char c = line[i];

		c = (char)(c >= 'A' && c <= 'F' ? c - 'A' + 'a' : c);
		if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f')))
			return -1;
		e->digest[i] = c;
	}
	e->digest[DIGEST_LEN] = '\0';
	return is_inside(e->path) ? 0 : -1;
}

int sh_manifest_read(struct sh_manifest *m, const char *path, struct sh_error *err)
{
	SH_CLEANUP_BUF struct sh_buf text = SH_BUF_INIT;
	size_t number = 0;

	*m = (struct sh_manifest){ 0 };
	if (sh_file_read(AT_FDCWD, path, MAX_MANIFEST, &text, err) < 0)
		return -1;
	for (const char *line = sh_buf_str(&text), *end = line + text.len; line < end;) {
		const char *newline = memchr(line, '\n', (size_t)(end - line));
		size_t len = (size_t)((newline ? newline : end) - line);

		number++;
		if (len && read_line(m, line, len) < 0)
			return sh_error_set(err, SH_ERRC_INPUT,
					    "%s:%zu: not a SHA-256 sum and a path inside", path, number);
		line += len + 1;
	}
	if (!m->n)
		return sh_error_set(err, SH_ERRC_INPUT, "manifest '%s' lists no file", path);
	return 0;
}

void sh_manifest_release(struct sh_manifest *m)
{
	for (size_t i = 0; i < m->n; i++)
		free(m->entry[i].path);
	free(m->entry);
	*m = (struct sh_manifest){ 0 };
}

static int digest_file(int fd, char out[SH_SHA256_TEXT])
{
	SH_CLEANUP_FREE char *piece = sh_malloc(PIECE);
	struct sh_sha256 sum;
	ssize_t n;

	sh_sha256_init(&sum);
	while ((n = read(fd, piece, PIECE)) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		sh_sha256_update(&sum, piece, (size_t)n);
	}
	sh_sha256_final(&sum, out);
	return 0;
}

/* 0 as noted, 1 changed (or no regular file), 2 missing, -1 with errno. */
static int compare(const struct sh_manifest_entry *e, int dirfd)
{
	SH_CLEANUP_FD int fd = sh_open_beneath(dirfd, e->path, O_RDONLY | O_NONBLOCK | O_CLOEXEC, 0);
	char digest[SH_SHA256_TEXT];
	struct stat st;

	if (fd < 0 && (errno == ENOENT || errno == ENOTDIR))
		return 2;
	if (fd < 0 && (errno == ELOOP || errno == EXDEV))
		return 1;
	if (fd < 0 || fstat(fd, &st) < 0)
		return -1;
	if (!S_ISREG(st.st_mode))
		return 1;
	if (digest_file(fd, digest) < 0)
		return -1;
	return strcmp(digest, e->digest) != 0;
}

static void note(json_t *list, const char *path)
{
	if (json_array_size(list) < MAX_NAMES)
		json_array_append_new(list, sh_action_text(path));
}

int sh_manifest_verify(const struct sh_manifest *m, int dirfd, json_t *out, struct sh_error *err)
{
	json_t *names[3] = { NULL, json_array(), json_array() };
	json_int_t count[3] = { 0, 0, 0 };

	json_object_set_new(out, "changed_files", names[1]);
	json_object_set_new(out, "missing_files", names[2]);
	for (size_t i = 0; i < m->n; i++) {
		int found = compare(&m->entry[i], dirfd);

		if (found < 0)
			return sh_error_sys(err, "cannot read '%s'", m->entry[i].path);
		count[found]++;
		if (found)
			note(names[found], m->entry[i].path);
	}
	json_object_set_new(out, "checked", json_integer((json_int_t)m->n));
	json_object_set_new(out, "changed", json_integer(count[1]));
	json_object_set_new(out, "missing", json_integer(count[2]));
	if (count[1] || count[2])
		return sh_error_set(err, SH_ERRC_SYSTEM,
				    "of %zu files %lld are missing and %lld are not as noted", m->n,
				    (long long)count[2], (long long)count[1]);
	return 0;
}

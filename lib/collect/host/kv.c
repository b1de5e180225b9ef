/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "collect/host/kv.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"
#include "collect/text.h"

#define MAX_PATH 512
#define MAX_VALUE 256

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\0';
}

struct sh_span sh_kv_trim(struct sh_span s)
{
	while (s.len && is_blank(s.p[s.len - 1]))
		s.len--;
	while (s.len && is_blank(*s.p)) {
		s.p++;
		s.len--;
	}
	return s;
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

bool sh_kv_hex(struct sh_span s, uint64_t *out)
{
	uint64_t v = 0;

	if (!s.len)
		return false;
	for (size_t i = 0; i < s.len; i++) {
		int digit = hex_digit(s.p[i]);

		if (digit < 0 || v >> 60)
			return false;
		v = v << 4 | (uint64_t)digit;
	}
	*out = v;
	return true;
}

bool sh_kv_double(struct sh_span s, double *out)
{
	bool negative = s.len > 1 && *s.p == '-';
	uint64_t v;

	if (negative)
		s = (struct sh_span){ s.p + 1, s.len - 1 };
	if (s.len > 2 && s.p[0] == '0' && (s.p[1] == 'x' || s.p[1] == 'X')) {
		if (!sh_kv_hex((struct sh_span){ s.p + 2, s.len - 2 }, &v))
			return false;
		*out = (double)v;
	} else if (!sh_text_double(s, out)) {
		return false;
	}
	if (negative)
		*out = -*out;
	return true;
}

bool sh_kv_copy(struct sh_span s, char *out, size_t size)
{
	if (s.len >= size)
		return false;
	if (s.len)
		memcpy(out, s.p, s.len);
	out[s.len] = '\0';
	return true;
}

bool sh_kv_line(struct sh_span *rest, struct sh_span *key, struct sh_span *value)
{
	struct sh_span line;

	do {
		if (!sh_text_line(rest, &line))
			return false;
	} while (!sh_text_field(&line, key));
	*value = sh_kv_trim(line);
	if (key->len > 1 && key->p[key->len - 1] == ':')
		key->len--;
	else if (value->len && (*value->p == ':' || *value->p == '='))
		*value = sh_kv_trim((struct sh_span){ value->p + 1, value->len - 1 });
	return true;
}

bool sh_kv_split(struct sh_span *rest, char sep, struct sh_span *key, struct sh_span *value)
{
	struct sh_span line;
	const char *at;

	do {
		if (!sh_text_line(rest, &line))
			return false;
		at = line.len ? memchr(line.p, sep, line.len) : NULL;
	} while (!at);
	*key = sh_kv_trim((struct sh_span){ line.p, (size_t)(at - line.p) });
	*value = sh_kv_trim((struct sh_span){ at + 1, line.len - (size_t)(at + 1 - line.p) });
	return true;
}

/* A line of names is remembered until the line below it turns out to have the same head. */
static bool next_pair(struct sh_kv_pairs *p)
{
	struct sh_span head, rest;

	while (sh_kv_line(&p->rest, &head, &rest)) {
		if (p->head.p && sh_span_equal(p->head, head) && p->names.len) {
			p->values = rest;
			return true;
		}
		p->head = head;
		p->names = rest;
	}
	return false;
}

bool sh_kv_pair(struct sh_kv_pairs *p, struct sh_span *name, struct sh_span *value)
{
	for (;;) {
		if (p->values.len && sh_text_field(&p->names, name) &&
		    sh_text_field(&p->values, value))
			return true;
		p->head = p->names = p->values = SH_SPAN_NONE;
		if (!next_pair(p))
			return false;
	}
}

/* Bytes of a small file, without fstat: a pipe in its place is not waited for, and gives none. */
static bool __attribute__((format(printf, 5, 0)))
read_small(int dir, char *out, size_t size, struct sh_span *text, const char *format, va_list ap)
{
	SH_CLEANUP_FD int fd = -1;
	char path[MAX_PATH];
	int len = vsnprintf(path, sizeof(path), format, ap);
	ssize_t n;

	if (len < 0 || (size_t)len >= sizeof(path))
		return false;
	fd = openat(dir, path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	if (fd < 0)
		return false;
	do {
		n = read(fd, out, size);
	} while (n < 0 && errno == EINTR);
	*text = (struct sh_span){ out, n > 0 ? (size_t)n : 0 };
	return n > 0;
}

bool sh_kv_number(int dir, double *out, const char *path, ...)
{
	char value[MAX_VALUE];
	struct sh_span text;
	va_list ap;
	bool good;

	va_start(ap, path);
	good = read_small(dir, value, sizeof(value), &text, path, ap);
	va_end(ap);
	return good && sh_kv_double(sh_kv_trim(text), out);
}

bool sh_kv_text(int dir, char *out, size_t size, const char *path, ...)
{
	char value[4096];
	struct sh_span text, line;
	va_list ap;
	bool good;

	va_start(ap, path);
	good = read_small(dir, value, sizeof(value), &text, path, ap);
	va_end(ap);
	if (!good || !sh_text_line(&text, &line))
		return false;
	line = sh_kv_trim(line);
	if (line.len >= size)
		line.len = size - 1;
	return sh_kv_copy(line, out, size);
}

static int by_name(const void *a, const void *b)
{
	const char *const *x = a, *const *y = b;

	return strverscmp(*x, *y);
}

static bool is_wanted(const char *name, const char *prefix)
{
	if (!strcmp(name, ".") || !strcmp(name, ".."))
		return false;
	return !prefix || !strncmp(name, prefix, strlen(prefix));
}

bool sh_kv_names_read(struct sh_kv_names *names, int dir, const char *path, const char *prefix)
{
	int fd = openat(dir, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *d = fd >= 0 ? fdopendir(fd) : NULL;
	const struct dirent *e;

	*names = (struct sh_kv_names){ 0 };
	if (!d) {
		if (fd >= 0)
			close(fd);
		return false;
	}
	while (!names->cut && (e = readdir(d))) {
		if (!is_wanted(e->d_name, prefix))
			continue;
		if (names->n == SH_KV_NAMES) {
			names->cut = true;
			continue;
		}
		sh_grow(names->name, names->n, names->cap);
		names->name[names->n++] = sh_strdup(e->d_name);
	}
	closedir(d);
	if (names->n)
		qsort(names->name, names->n, sizeof(*names->name), by_name);
	return true;
}

void sh_kv_names_release(struct sh_kv_names *names)
{
	for (size_t i = 0; i < names->n; i++)
		free(names->name[i]);
	free(names->name);
	*names = (struct sh_kv_names){ 0 };
}

bool sh_kv_is_word(const char *text)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_-() ";

	return *text && !text[strspn(text, letters)];
}

bool sh_kv_is_name(const char *text)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789";
	size_t n = strspn(text, letters);

	return n && n <= 80 && !text[n];
}

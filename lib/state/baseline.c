/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "state/baseline.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/hash.h"
#include "base/mem.h"
#include "base/sha256.h"
#include "record/json.h"
#include "state/dir.h"

#define MAX_JSON ((size_t)64 << 10)

void sh_baseline_release(struct sh_baseline *b)
{
	free(b->path);
	free(b->sha256);
	free(b->by);
	*b = (struct sh_baseline){ 0 };
}

static void path_digest(const char *path, char out[SH_HASH_TEXT])
{
	struct sh_hash h;

	sh_hash_init(&h);
	sh_hash_str(&h, path);
	sh_hash_finish(&h, out);
}

static char *json_path(const char *state_dir, const char *path)
{
	char digest[SH_HASH_TEXT];

	path_digest(path, digest);
	return sh_asprintf("%s/baselines/%s.json", state_dir, digest);
}

static char *data_path(const char *state_dir, const struct sh_baseline *b)
{
	char digest[SH_HASH_TEXT];

	path_digest(b->path, digest);
	return sh_asprintf("%s/baselines/%s-%s.data", state_dir, digest, b->sha256);
}

static void digest_of(const struct sh_buf *content, char out[SH_SHA256_TEXT])
{
	struct sh_sha256 s;

	sh_sha256_init(&s);
	sh_sha256_update(&s, content->data, content->len);
	sh_sha256_final(&s, out);
}

static int read_descriptor(int fd, const char *path, struct sh_buf *out, struct sh_error *err)
{
	char name[40];

	/* Through the descriptor that was checked: the path may be another file by now. */
	snprintf(name, sizeof(name), "/proc/self/fd/%d", fd);
	if (sh_file_read(AT_FDCWD, name, SH_BASELINE_MAX_BYTES, out, err) < 0) {
		sh_error_prefix(err, "'%s'", path);
		return -1;
	}
	return 0;
}

static int check_file(int fd, const char *path, struct stat *st, struct sh_error *err)
{
	if (fstat(fd, st) < 0)
		return sh_error_sys(err, "cannot stat '%s'", path);
	if (!S_ISREG(st->st_mode))
		return sh_error_set(err, SH_ERRC_USAGE, "'%s' is not a regular file", path);
	if ((uint64_t)st->st_size > SH_BASELINE_MAX_BYTES)
		return sh_error_set(err, SH_ERRC_USAGE, "'%s' is larger than %zu bytes", path,
				    SH_BASELINE_MAX_BYTES);
	return 0;
}

static int open_file(const char *path, struct sh_error *err)
{
	int fd;

	if (path[0] != '/')
		return sh_error_set(err, SH_ERRC_USAGE, "'%s' is not an absolute path", path);
	fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
	if (fd < 0 && errno == ELOOP)
		return sh_error_set(err, SH_ERRC_USAGE, "'%s' is not a regular file but a link",
				    path);
	if (fd < 0 && (errno == ENXIO || errno == ENODEV))
		return sh_error_set(err, SH_ERRC_USAGE, "'%s' is not a regular file", path);
	if (fd < 0 && errno == ENOENT)
		return sh_error_set(err, SH_ERRC_USAGE, "no such file '%s'", path);
	if (fd < 0)
		return sh_error_sys(err, "cannot open '%s'", path);
	return fd;
}

static int read_file(const char *path, struct sh_baseline *b, struct sh_buf *content,
		     struct sh_error *err)
{
	SH_CLEANUP_FD int fd = open_file(path, err);
	char sha256[SH_SHA256_TEXT];
	struct stat st;

	if (fd < 0 || check_file(fd, path, &st, err) < 0 ||
	    read_descriptor(fd, path, content, err) < 0)
		return -1;
	digest_of(content, sha256);
	b->path = sh_strdup(path);
	b->sha256 = sh_strdup(sha256);
	b->size = (int64_t)content->len;
	b->mode = st.st_mode & 07777;
	b->uid = st.st_uid;
	b->gid = st.st_gid;
	return 0;
}

static int write_json(const char *state_dir, const struct sh_baseline *b, struct sh_error *err)
{
	SH_CLEANUP_FREE char *path = json_path(state_dir, b->path);
	SH_CLEANUP_FREE char *text = NULL;
	char time[SH_TIME_TEXT];
	json_auto_t *o = NULL;

	sh_time_format(time, b->time);
	o = json_pack("{s:s, s:s, s:I, s:I, s:I, s:I, s:s, s:s}", "path", b->path, "sha256",
		      b->sha256, "size", (json_int_t)b->size, "mode", (json_int_t)b->mode,
		      "uid", (json_int_t)b->uid, "gid", (json_int_t)b->gid, "by", b->by, "time",
		      time);
	text = o ? sh_json_text(o, JSON_COMPACT) : NULL;
	if (!text)
		return sh_error_set(err, SH_ERRC_USAGE, "'%s' or '%s' is not UTF-8", b->path, b->by);
	return sh_file_write_atomic(path, text, strlen(text), 0600, err);
}

/* Drop the contents of PATH that are not the one KEEP names; NULL drops all. */
static void drop_contents(const char *state_dir, const char *path, const char *keep)
{
	SH_CLEANUP_FREE char *dir = sh_asprintf("%s/baselines", state_dir);
	char digest[SH_HASH_TEXT];
	struct dirent *e;
	DIR *d = opendir(dir);

	path_digest(path, digest);
	while (d && (e = readdir(d))) {
		const char *name = e->d_name;

		if (strncmp(name, digest, strlen(digest)) != 0 || name[strlen(digest)] != '-')
			continue;
		if (!keep || !strstr(name, keep))
			unlinkat(dirfd(d), name, 0);
	}
	if (d)
		closedir(d);
}

static int store(const char *state_dir, const struct sh_baseline *b, const struct sh_buf *content,
		 struct sh_error *err)
{
	SH_CLEANUP_FREE char *dir = sh_asprintf("%s/baselines", state_dir);
	SH_CLEANUP_FREE char *data = data_path(state_dir, b);

	if (sh_mkdir_parents(dir, 0700, err) < 0 ||
	    sh_file_write_atomic(data, sh_buf_str(content), content->len, 0600, err) < 0 ||
	    write_json(state_dir, b, err) < 0)
		return -1;
	drop_contents(state_dir, b->path, b->sha256);
	return 0;
}

int sh_baseline_approve(const char *state_dir, const char *path, const char *by, int64_t now,
			struct sh_baseline *out, struct sh_error *err)
{
	SH_CLEANUP_FREE char *dir = sh_state_dir(state_dir, true, err);
	SH_CLEANUP_BUF struct sh_buf content = SH_BUF_INIT;
	struct sh_baseline b = { .by = sh_strdup(by), .time = now };
	int rc = -1;

	if (dir && read_file(path, &b, &content, err) == 0)
		rc = store(dir, &b, &content, err);
	if (rc == 0 && out)
		*out = b;
	else
		sh_baseline_release(&b);
	return rc;
}

static char *member_text(const json_t *o, const char *name)
{
	return sh_strdup_or_null(json_string_value(json_object_get(o, name)));
}

static int64_t member_int(const json_t *o, const char *name)
{
	return json_integer_value(json_object_get(o, name));
}

static bool is_complete(const json_t *o, const struct sh_baseline *b, const char *time)
{
	return b->path && b->by && b->sha256 && strlen(b->sha256) == SH_SHA256_TEXT - 1 &&
	       strspn(b->sha256, "0123456789abcdef") == SH_SHA256_TEXT - 1 && time &&
	       json_is_integer(json_object_get(o, "mode")) &&
	       json_is_integer(json_object_get(o, "uid")) &&
	       json_is_integer(json_object_get(o, "gid"));
}

static int parse(const char *file, const struct sh_buf *text, struct sh_baseline *out,
		 struct sh_error *err)
{
	json_auto_t *o = json_loadb(sh_buf_str(text), text->len, 0, NULL);
	const char *time = json_string_value(json_object_get(o, "time"));

	*out = (struct sh_baseline){
		.path = member_text(o, "path"),
		.sha256 = member_text(o, "sha256"),
		.size = member_int(o, "size"),
		.mode = (unsigned)member_int(o, "mode") & 07777,
		.uid = (unsigned)member_int(o, "uid"),
		.gid = (unsigned)member_int(o, "gid"),
		.by = member_text(o, "by"),
	};
	if (is_complete(o, out, time) && sh_time_parse(time, strlen(time), &out->time) == 0)
		return 0;
	sh_baseline_release(out);
	return sh_error_set(err, SH_ERRC_STATE,
			    "'%s' is damaged: remove it and approve the baseline again", file);
}

/* 1, 0 no such file, -1. */
static int load(const char *file, struct sh_baseline *out, struct sh_error *err)
{
	SH_CLEANUP_BUF struct sh_buf text = SH_BUF_INIT;
	struct sh_error missing = SH_ERROR_INIT;

	*out = (struct sh_baseline){ 0 };
	if (sh_file_read(AT_FDCWD, file, MAX_JSON, &text, &missing) < 0) {
		if (missing.code == SH_ERRC_UNAVAILABLE)
			return 0;
		*err = missing;
		return -1;
	}
	return parse(file, &text, out, err) < 0 ? -1 : 1;
}

/* NULL without an error when there is no state directory yet. */
static char *existing_dir(const char *state_dir, struct sh_error *err)
{
	struct sh_error local = SH_ERROR_INIT;
	char *dir = sh_state_dir(state_dir, false, &local);

	if (!dir && local.code != SH_ERRC_UNAVAILABLE)
		*err = local;
	return dir;
}

int sh_baseline_get(const char *state_dir, const char *path, struct sh_baseline *out,
		    struct sh_error *err)
{
	SH_CLEANUP_FREE char *dir = existing_dir(state_dir, err);
	SH_CLEANUP_FREE char *file = NULL;
	int got;

	*out = (struct sh_baseline){ 0 };
	if (!dir)
		return sh_error_is_set(err) ? -1 : 0;
	file = json_path(dir, path);
	got = load(file, out, err);
	if (got > 0 && strcmp(out->path, path) != 0) {
		sh_baseline_release(out);
		return sh_error_set(err, SH_ERRC_STATE, "'%s' is the baseline of another file", file);
	}
	return got;
}

int sh_baseline_content(const char *state_dir, const struct sh_baseline *b, struct sh_buf *out,
			struct sh_error *err)
{
	SH_CLEANUP_FREE char *dir = sh_state_dir(state_dir, false, err);
	SH_CLEANUP_FREE char *file = NULL;
	char sha256[SH_SHA256_TEXT];

	if (!dir)
		return -1;
	file = data_path(dir, b);
	if (sh_file_read(AT_FDCWD, file, SH_BASELINE_MAX_BYTES, out, err) < 0)
		return -1;
	digest_of(out, sha256);
	if (strcmp(sha256, b->sha256) != 0) {
		sh_buf_clear(out);
		return sh_error_set(err, SH_ERRC_STATE,
				    "'%s' is damaged: approve the baseline of '%s' again", file,
				    b->path);
	}
	return 0;
}

struct list {
	struct sh_baseline *item;
	size_t n, cap;
};

static int by_path(const void *a, const void *b)
{
	const struct sh_baseline *x = a, *y = b;

	return strcmp(x->path, y->path);
}

static int add_entry(struct list *list, const char *dir, const char *name, struct sh_error *err)
{
	SH_CLEANUP_FREE char *file = sh_asprintf("%s/%s", dir, name);
	size_t len = strlen(name);
	int got;

	if (len < 5 || strcmp(name + len - 5, ".json") != 0)
		return 0;
	sh_grow(list->item, list->n, list->cap);
	got = load(file, &list->item[list->n], err);
	if (got > 0)
		list->n++;
	return got < 0 ? -1 : 0;
}

static int read_all(const char *dir, struct list *list, struct sh_error *err)
{
	DIR *d = opendir(dir);
	struct dirent *e;
	int rc = 0;

	if (!d && errno != ENOENT)
		return sh_error_sys(err, "cannot read directory '%s'", dir);
	while (d && rc == 0 && (e = readdir(d)))
		rc = add_entry(list, dir, e->d_name, err);
	if (d)
		closedir(d);
	return rc;
}

int sh_baseline_each(const char *state_dir, int (*each)(void *arg, const struct sh_baseline *b),
		     void *arg, struct sh_error *err)
{
	SH_CLEANUP_FREE char *dir = existing_dir(state_dir, err);
	SH_CLEANUP_FREE char *sub = NULL;
	struct list list = { 0 };
	int rc;

	if (!dir)
		return sh_error_is_set(err) ? -1 : 0;
	sub = sh_asprintf("%s/baselines", dir);
	rc = read_all(sub, &list, err);
	if (list.n)
		qsort(list.item, list.n, sizeof(*list.item), by_path);
	for (size_t i = 0; i < list.n && rc == 0 && !each(arg, &list.item[i]); i++)
		;
	for (size_t i = 0; i < list.n; i++)
		sh_baseline_release(&list.item[i]);
	free(list.item);
	return rc;
}

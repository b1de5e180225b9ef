/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "state/baseline.h"

#include <dirent.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"
#include "scratch.h"
#include "tap.h"

static void write_text(const char *path, const char *text)
{
	struct sh_error err = SH_ERROR_INIT;

	if (sh_file_write_atomic(path, text, strlen(text), 0640, &err) < 0)
		diag("%s", err.text);
}

static void test_approve(const char *dir, const char *file)
{
	struct sh_error err = SH_ERROR_INIT;
	struct sh_baseline b;
	SH_CLEANUP_BUF struct sh_buf content = SH_BUF_INIT;

	OK(sh_baseline_get(dir, file, &b, &err) == 0, "before any there is none");
	write_text(file, "abc");
	OK(sh_baseline_approve(dir, file, "ann", 1700000000123456000, NULL, &err) == 0,
	   "approve: %s", err.text);
	OK(sh_baseline_get(dir, file, &b, &err) == 1, "get: %s", err.text);
	OK(b.sha256 && !strcmp(b.sha256, "ba7816bf8f01cfea414140de5dae2223"
					 "b00361a396177a9cb410ff61f20015ad"),
	   "its digest is that of the content");
	OK(b.mode == 0640 && b.uid == geteuid() && b.size == 3 && !strcmp(b.by, "ann") &&
		   b.time == 1700000000123456000,
	   "mode, owner, size, who and when");
	OK(sh_baseline_content(dir, &b, &content, &err) == 0 && content.len == 3 &&
		   !memcmp(content.data, "abc", 3),
	   "the content comes back");
	sh_baseline_release(&b);
}

static int count_files(const char *dir)
{
	SH_CLEANUP_FREE char *sub = sh_asprintf("%s/baselines", dir);
	DIR *d = opendir(sub);
	int n = 0;

	for (struct dirent *e; d && (e = readdir(d));)
		n += e->d_name[0] != '.';
	if (d)
		closedir(d);
	return n;
}

static void test_again(const char *dir, const char *file)
{
	struct sh_error err = SH_ERROR_INIT;
	struct sh_baseline b = { 0 };
	SH_CLEANUP_BUF struct sh_buf content = SH_BUF_INIT;

	write_text(file, "changed");
	OK(sh_baseline_approve(dir, file, "bob", 1700000001000000000, &b, &err) == 0 &&
		   !strcmp(b.by, "bob"),
	   "approving again replaces it");
	OK(sh_baseline_content(dir, &b, &content, &err) == 0 && content.len == 7,
	   "with the new content");
	OK(count_files(dir) == 2, "and the older content is gone");
	sh_baseline_release(&b);
}

static void test_refuse(const char *dir, const char *base)
{
	SH_CLEANUP_FREE char *link = sh_asprintf("%s/link", base);
	SH_CLEANUP_FREE char *fifo = sh_asprintf("%s/fifo", base);
	SH_CLEANUP_FREE char *none = sh_asprintf("%s/none", base);
	SH_CLEANUP_FREE char *big = sh_asprintf("%s/big", base);
	const char *const path[] = { link, fifo, none, base, big, "relative", "/dev/null" };

	if (symlink("file", link) < 0 || mkfifo(fifo, 0600) < 0)
		diag("cannot make %s", link);
	write_text(big, "");
	if (truncate(big, SH_BASELINE_MAX_BYTES + 1) < 0)
		diag("cannot grow %s", big);
	for (size_t i = 0; i < sizeof(path) / sizeof(path[0]); i++) {
		struct sh_error err = SH_ERROR_INIT;

		OK(sh_baseline_approve(dir, path[i], "ann", 1, NULL, &err) < 0 &&
			   err.code == SH_ERRC_USAGE,
		   "refused: %s", err.text);
	}
}

static void damage(const char *dir, const char *suffix)
{
	SH_CLEANUP_FREE char *sub = sh_asprintf("%s/baselines", dir);
	DIR *d = opendir(sub);

	for (struct dirent *e; d && (e = readdir(d));) {
		size_t len = strlen(e->d_name), n = strlen(suffix);
		int fd;

		if (len < n || strcmp(e->d_name + len - n, suffix) != 0)
			continue;
		fd = openat(dirfd(d), e->d_name, O_WRONLY | O_CLOEXEC);
		if (fd < 0 || write(fd, "X", 1) != 1)
			diag("cannot damage %s", e->d_name);
		close(fd);
	}
	if (d)
		closedir(d);
}

static void test_damage(const char *dir, const char *file)
{
	struct sh_error err = SH_ERROR_INIT;
	struct sh_baseline b;
	SH_CLEANUP_BUF struct sh_buf content = SH_BUF_INIT;

	damage(dir, ".data");
	OK(sh_baseline_get(dir, file, &b, &err) == 1 &&
		   sh_baseline_content(dir, &b, &content, &err) < 0 &&
		   err.code == SH_ERRC_STATE && content.len == 0,
	   "damaged content is not handed out: %s", err.text);
	sh_baseline_release(&b);
	sh_error_clear(&err);
	damage(dir, ".json");
	OK(sh_baseline_get(dir, file, &b, &err) < 0 && err.code == SH_ERRC_STATE,
	   "damaged description: %s", err.text);
}

static int note_path(void *arg, const struct sh_baseline *b)
{
	struct sh_buf *out = arg;

	sh_buf_addf(out, "%s ", strrchr(b->path, '/') + 1);
	return 0;
}

static void test_list(const char *base)
{
	SH_CLEANUP_FREE char *dir = sh_asprintf("%s/list-state", base);
	SH_CLEANUP_BUF struct sh_buf seen = SH_BUF_INIT;
	struct sh_error err = SH_ERROR_INIT;
	const char *const name[] = { "zeta", "alpha", "mid" };

	OK(sh_baseline_each(dir, note_path, &seen, &err) == 0 && seen.len == 0,
	   "without a directory the list is empty");
	for (size_t i = 0; i < 3; i++) {
		SH_CLEANUP_FREE char *file = sh_asprintf("%s/%s", base, name[i]);

		write_text(file, name[i]);
		OK(sh_baseline_approve(dir, file, "ann", 1, NULL, &err) == 0, "approve %s",
		   name[i]);
	}
	OK(sh_baseline_each(dir, note_path, &seen, &err) == 0 &&
		   !strcmp(sh_buf_str(&seen), "alpha mid zeta "),
	   "the list is sorted by path");
}

int main(void)
{
	char *base = scratch_make();
	SH_CLEANUP_FREE char *dir = sh_asprintf("%s/state", base);
	SH_CLEANUP_FREE char *file = sh_asprintf("%s/file", base);

	test_approve(dir, file);
	test_again(dir, file);
	test_refuse(dir, base);
	test_damage(dir, file);
	test_list(base);
	scratch_remove(base);
	return plan_done();
}

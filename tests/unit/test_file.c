/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "base/file.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tap.h"

/* Everything happens in a directory of our own, entered once, and removed at the end. */
static char top[] = "/tmp/test_file.XXXXXX";

static void make(const char *path, const char *text, mode_t mode)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	if (fd < 0 || sh_write_all(fd, text, strlen(text)) < 0 || fchmod(fd, mode) < 0)
		abort();
	close(fd);
}

static void reads(void)
{
	struct sh_error err = SH_ERROR_INIT;
	struct sh_buf b = SH_BUF_INIT;

	make("ten", "0123456789", 0644);
	make("empty", "", 0644);
	OK(sh_file_read(AT_FDCWD, "ten", 10, &b, &err) == 0 && b.len == 10, "a file of just MAX bytes");
	OK(sh_file_read(AT_FDCWD, "ten", 9, &b, &err) < 0 && err.code == SH_ERRC_SYSTEM,
	   "one byte more than MAX: %s", err.text);
	sh_error_clear(&err);
	OK(sh_file_read(AT_FDCWD, "empty", 9, &b, &err) == 0 && b.len == 0 && !strcmp(b.data, ""),
	   "an empty file replaces what the buffer held");
	OK(sh_file_read(AT_FDCWD, "/proc/self/stat", 4096, &b, &err) == 0 && b.len > 20,
	   "a file of /proc, whose size is 0");
	OK(sh_file_read(AT_FDCWD, "missing", 9, &b, &err) < 0 && err.code == SH_ERRC_UNAVAILABLE,
	   "a missing file: %s", err.text);
	sh_error_clear(&err);
	OK(sh_file_read(AT_FDCWD, "ten/below", 9, &b, &err) < 0 && err.code == SH_ERRC_UNAVAILABLE,
	   "below a file there is none: %s", err.text);
	sh_error_clear(&err);
	OK(sh_file_read(AT_FDCWD, ".", 9, &b, &err) < 0 && err.code == SH_ERRC_SYSTEM,
	   "a directory: %s", err.text);
	sh_buf_release(&b);
}

static void writes(void)
{
	struct sh_error err = SH_ERROR_INIT;
	struct sh_buf b = SH_BUF_INIT;
	struct stat st;

	make("target", "old", 0600);
	OK(sh_file_write_atomic("target", "new", 3, 0640, &err) == 0, "an atomic write: %s", err.text);
	OK(sh_file_read(AT_FDCWD, "target", 9, &b, &err) == 0 && !strcmp(b.data, "new") &&
	   stat("target", &st) == 0 && (st.st_mode & 07777) == 0640, "new content and mode");
	OK(sh_file_write_atomic("nowhere/target", "new", 3, 0640, &err) < 0, "no directory: %s", err.text);
	sh_error_clear(&err);
	mkdir("occupied", 0700);
	make("occupied/child", "", 0600);
	OK(sh_file_write_atomic("occupied", "new", 3, 0640, &err) < 0, "a directory in the way: %s",
	   err.text);
	OK(system("test -z \"$(ls | grep 'occupied\\.')\"") == 0, "no temporary file is left");
	sh_buf_release(&b);
}

static void directories(void)
{
	static const struct {
		const char *path;
		int rc;
	} cases[] = {
		{ "d1/d2/d3", 0 }, { "d1/d2/d3", 0 },  { "d1/d4/", 0 }, { "d1//d5", 0 }, { ".", 0 },
		{ "/", 0 },        { "ten", -1 },      { "ten/x", -1 }, { "", -1 },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct sh_error err = SH_ERROR_INIT;
		int rc = sh_mkdir_parents(cases[i].path, 0700, &err);

		OK(rc == cases[i].rc && sh_error_is_set(&err) == (rc < 0), "mkdir -p '%s': %s",
		   cases[i].path, rc ? err.text : "made");
	}
}

static void trust(void)
{
	static const struct {
		const char *path;
		enum sh_errc code;
		const char *what;
	} cases[] = {
		{ "good/file", SH_ERRC_NONE, "an ordinary file" },
		{ "good/../good/./file", SH_ERRC_NONE, "by . and .." },
		{ "good", SH_ERRC_NONE, "a directory" },
		{ "good/group", SH_ERRC_CONFIG, "a group-writable file" },
		{ "good/world", SH_ERRC_CONFIG, "a world-writable file" },
		{ "open", SH_ERRC_CONFIG, "a world-writable directory" },
		{ "open/file", SH_ERRC_CONFIG, "a file in it" },
		{ "open/sub/file", SH_ERRC_CONFIG, "a good directory below it" },
		{ "link", SH_ERRC_NONE, "our own link" },
		{ "dirlink/file", SH_ERRC_NONE, "by our own link to a directory" },
		{ "good/absolute", SH_ERRC_NONE, "an absolute link" },
		{ "open/link", SH_ERRC_CONFIG, "a link in an open directory to a good file" },
		{ "into", SH_ERRC_CONFIG, "a link into an open directory" },
		{ "loop", SH_ERRC_SYSTEM, "a link to itself" },
		{ "dangling", SH_ERRC_UNAVAILABLE, "a link to nothing" },
		{ "good/missing", SH_ERRC_UNAVAILABLE, "a missing file" },
		{ "good/file/below", SH_ERRC_UNAVAILABLE, "below a file" },
		{ "/", SH_ERRC_NONE, "the root" },
	};
	char absolute[sizeof(top) + 16];

	snprintf(absolute, sizeof(absolute), "%s/good/file", top);
	if (mkdir("good", 0755) < 0 || mkdir("open", 0700) < 0 || mkdir("open/sub", 0755) < 0 ||
	    symlink("good/file", "link") < 0 || symlink("good", "dirlink") < 0 ||
	    symlink(absolute, "good/absolute") < 0 || symlink("../good/file", "open/link") < 0 ||
	    symlink("open/file", "into") < 0 || symlink("loop", "loop") < 0 ||
	    symlink("missing", "dangling") < 0 || chmod("open", 0777) < 0)
		abort();
	make("good/file", "x", 0644);
	make("good/group", "x", 0664);
	make("good/world", "x", 0666);
	make("open/file", "x", 0644);
	make("open/sub/file", "x", 0644);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct sh_error err = SH_ERROR_INIT;
		int fd = sh_file_open_trusted(cases[i].path, &err);

		OK(err.code == cases[i].code && (fd >= 0) == (err.code == SH_ERRC_NONE), "%s: %s",
		   cases[i].what, fd >= 0 ? "opened" : err.text);
		if (fd >= 0)
			close(fd);
	}
}

static void foreign_owner(void)
{
	struct sh_error err = SH_ERROR_INIT;
	int fd;

	if (geteuid() != 0) {
		tap_skip("a file of somebody else", "needs root");
		tap_skip("a link of somebody else", "needs root");
		return;
	}
	make("foreign", "x", 0644);
	if (chown("foreign", 12345, 12345) < 0 || symlink("good/file", "foreign-link") < 0 ||
	    lchown("foreign-link", 12345, 12345) < 0)
		abort();
	fd = sh_file_open_trusted("foreign", &err);
	OK(fd < 0 && err.code == SH_ERRC_CONFIG, "a file of somebody else: %s", err.text);
	sh_error_clear(&err);
	fd = sh_file_open_trusted("foreign-link", &err);
	OK(fd < 0 && err.code == SH_ERRC_CONFIG, "a link of somebody else: %s", err.text);
}

static void read_trusted(void)
{
	struct sh_error err = SH_ERROR_INIT;
	int fd = sh_file_open_trusted("good/absolute", &err);
	char c = 0;

	OK(fd >= 0 && read(fd, &c, 1) == 1 && c == 'x', "the descriptor reads the file");
	OK(fd >= 0 && fcntl(fd, F_GETFD) & FD_CLOEXEC, "and is closed on exec");
	if (fd >= 0)
		close(fd);
}

int main(void)
{
	char command[sizeof(top) + 16];

	umask(022);
	if (!mkdtemp(top) || chdir(top) < 0)
		return 99;
	reads();
	writes();
	directories();
	trust();
	foreign_owner();
	read_trusted();
	snprintf(command, sizeof(command), "rm -rf %s", top);
	OK(chdir("/") == 0 && system(command) == 0, "nothing is left behind");
	return plan_done();
}

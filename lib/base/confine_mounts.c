/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "base/confine.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <unistd.h>

static int result(long rc)
{
	return rc < 0 ? -errno : 0;
}

/* linux/mount.h cannot be included beside sys/mount.h everywhere. */
enum { NR_MOUNT_SETATTR = 442 };
#define AT_WHOLE_TREE 0x8000
struct attributes {
	uint64_t set, clear, propagation, userns;
};

static int set_readonly(const char *path, bool readonly, unsigned flags)
{
	const uint64_t bit = MS_RDONLY;
	const struct attributes a = { .set = readonly ? bit : 0, .clear = readonly ? 0 : bit };

	return result(syscall(NR_MOUNT_SETATTR, AT_FDCWD, path, flags, &a, sizeof(a)));
}

/* A place that can be written gets a mount of its own, if it is none. What was read-only stays it. */
static int keep_writable(const char *path, bool *kept)
{
	struct statvfs fs;

	*kept = false;
	if (statvfs(path, &fs) < 0)
		return errno == ENOENT || errno == ENOTDIR ? 0 : -errno;
	if (fs.f_flag & ST_RDONLY)
		return 0;
	*kept = true;
	/* A mount already: a second one over it would only look like another file system. */
	if (set_readonly(path, false, 0) == 0)
		return 0;
	/* With what is mounted beneath: it may be a place that was kept before. */
	return result(mount(path, path, NULL, MS_BIND | MS_REC, NULL));
}

static int private_tmp(void)
{
	static const char *const places[] = { "/tmp", "/var/tmp" };

	for (size_t i = 0; i < 2; i++)
		if (mount("tmpfs", places[i], "tmpfs", MS_NOSUID | MS_NODEV, "mode=1777,size=64m") < 0 &&
		    errno != ENOENT)
			return -errno;
	return 0;
}

/* So much of the table of mounts is looked at; a machine with more gets none of this. */
#define MOST_TABLE ((size_t)8 << 20)
#define MOST_PLACES 64

/* The table before anything was changed. */
struct table {
	char *text; /* mapped, NUL-terminated */
};

static int read_table(struct table *t)
{
	int fd = open("/proc/self/mountinfo", O_RDONLY | O_CLOEXEC);
	size_t len = 0;
	ssize_t n = 1;

	t->text = mmap(NULL, MOST_TABLE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (fd < 0 || t->text == MAP_FAILED)
		n = -1;
	while (n > 0 && len < MOST_TABLE - 1) {
		n = read(fd, t->text + len, MOST_TABLE - 1 - len);
		len += n > 0 ? (size_t)n : 0;
	}
	n = n > 0 ? -E2BIG : n < 0 ? -errno : 0;
	if (fd >= 0)
		close(fd);
	return (int)n;
}

static void release_table(struct table *t)
{
	if (t->text && t->text != MAP_FAILED)
		munmap(t->text, MOST_TABLE);
}

/* The word N of a line, from 0; its end is a blank. */
static const char *word(const char *line, int n)
{
	while (n-- > 0) {
		line += strcspn(line, " \n");
		line += *line == ' ';
	}
	return line;
}

/* The place of a mount, where a blank and others stand as \040; false when it is too long. */
static bool place_of(const char *line, char *out, size_t size)
{
	const char *p = word(line, 4);

	while (*p && *p != ' ' && *p != '\n' && size > 1) {
		bool octal = p[0] == '\\' && strspn(p + 1, "01234567") >= 3;

		*out++ = (char)(octal ? (p[1] - '0') * 64 + (p[2] - '0') * 8 + (p[3] - '0') : *p);
		p += octal ? 4 : 1;
		size--;
	}
	*out = '\0';
	return *p == ' ';
}

/* By the flags of the mount itself, the first of its options. */
static bool is_readonly(const char *line)
{
	const char *options = word(line, 5);

	return !strncmp(options, "ro", 2) && strchr(", \n", options[2]);
}

static const char *next_line(const char *line)
{
	const char *end = strchr(line, '\n');

	return end ? end + 1 : line + strlen(line);
}

/* A later mount at the same place hides an earlier. */
static bool is_hidden(const char *line, const char *place)
{
	char other[4096];

	for (line = next_line(line); *line; line = next_line(line))
		if (place_of(line, other, sizeof(other)) && !strcmp(place, other))
			return true;
	return false;
}

static bool is_beneath(const char *place, const char *const *write, const bool *kept)
{
	for (size_t i = 0; write[i]; i++) {
		size_t len = strlen(write[i]);

		while (len && write[i][len - 1] == '/')
			len--;
		if (kept[i] && !strncmp(place, write[i], len) && place[len] == '/')
			return true;
	}
	return false;
}

/* What is mounted beneath a place that can be written is as writable as it was. */
static int restore_beneath(const struct table *t, const char *const *write, const bool *kept)
{
	char place[4096];

	for (const char *line = t->text; *line; line = next_line(line)) {
		int rc;

		if (is_readonly(line) || !place_of(line, place, sizeof(place)) ||
		    !is_beneath(place, write, kept) || is_hidden(line, place))
			continue;
		rc = set_readonly(place, false, 0);
		/* It is out of reach, below another mount: there is nothing to write to. */
		if (rc < 0 && rc != -ENOENT && rc != -ENOTDIR && rc != -EINVAL)
			return rc;
	}
	return 0;
}

static int keep_only(const char *const *write, bool beneath, const struct table *t)
{
	bool kept[MOST_PLACES];
	int rc = 0;

	for (size_t i = 0; rc == 0 && write[i]; i++)
		rc = i == MOST_PLACES ? -E2BIG : keep_writable(write[i], &kept[i]);
	if (rc == 0)
		rc = set_readonly("/", true, AT_WHOLE_TREE);
	for (size_t i = 0; rc == 0 && write[i]; i++)
		if (kept[i])
			rc = set_readonly(write[i], false, 0);
	return rc < 0 || !beneath ? rc : restore_beneath(t, write, kept);
}

int sh_confine_write_mounts(const char *const *write, bool beneath, bool tmp)
{
	struct table table = { NULL };
	int rc = result(unshare(CLONE_NEWNS));

	/* What the machine mounts from now on is seen here; never the other way. */
	if (rc == 0)
		rc = result(mount(NULL, "/", NULL, MS_REC | MS_SLAVE, NULL));
	if (rc == 0 && write)
		rc = read_table(&table);
	if (rc == 0 && write)
		rc = keep_only(write, beneath, &table);
	release_table(&table);
	return rc == 0 && tmp ? private_tmp() : rc;
}

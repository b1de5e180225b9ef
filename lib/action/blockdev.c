/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "action/blockdev.h"

#include <fcntl.h>
#include <mntent.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/file.h"

static dev_t read_dev(const char *path)
{
	SH_CLEANUP_BUF struct sh_buf buf = SH_BUF_INIT;
	struct sh_error ignored = SH_ERROR_INIT;
	unsigned maj, min;

	if (sh_file_read(AT_FDCWD, path, 64, &buf, &ignored) < 0 ||
	    sscanf(sh_buf_str(&buf), "%u:%u", &maj, &min) != 2)
		return 0;
	return makedev(maj, min);
}

/* A partition's disk; a disk is its own. 0 for what is no block device. */
static dev_t whole_disk(dev_t dev)
{
	char path[96];

	snprintf(path, sizeof(path), "/sys/dev/block/%u:%u/partition", major(dev), minor(dev));
	if (access(path, F_OK) < 0) {
		snprintf(path, sizeof(path), "/sys/dev/block/%u:%u/dev", major(dev), minor(dev));
		return read_dev(path);
	}
	snprintf(path, sizeof(path), "/sys/dev/block/%u:%u/../dev", major(dev), minor(dev));
	return read_dev(path);
}

/* btrfs and others give files a device number of their own; the mount names the real one. */
static dev_t mount_source(dev_t fs)
{
	FILE *f = setmntent("/proc/self/mounts", "re");
	char buf[PATH_MAX * 2];
	struct mntent m;
	struct stat st;
	dev_t dev = 0;

	while (f && !dev && getmntent_r(f, &m, buf, sizeof(buf)))
		if (stat(m.mnt_dir, &st) == 0 && st.st_dev == fs && m.mnt_fsname[0] == '/' &&
		    stat(m.mnt_fsname, &st) == 0 && S_ISBLK(st.st_mode))
			dev = st.st_rdev;
	if (f)
		endmntent(f);
	return dev;
}

int sh_blockdev_of_mount(const char *mount, dev_t *fs, dev_t *disk, struct sh_error *err)
{
	struct stat st;

	if (stat(mount, &st) < 0)
		return sh_error_sys(err, "cannot look at '%s'", mount);
	*fs = st.st_dev;
	*disk = whole_disk(st.st_dev);
	if (!*disk) {
		dev_t source = mount_source(st.st_dev);

		*disk = source ? whole_disk(source) : 0;
	}
	return 0;
}

int sh_blockdev_of_name(const char *name, dev_t *fs, dev_t *disk, struct sh_error *err)
{
	char path[NAME_MAX + 32];
	unsigned maj, min;
	int end = 0;
	dev_t dev;

	if (!*name || *name == '.' || strchr(name, '/') || strlen(name) > NAME_MAX)
		return sh_error_set(err, SH_ERRC_INPUT, "'%s' is no name of a device", name);
	if (sscanf(name, "%u:%u%n", &maj, &min, &end) == 2 && !name[end]) {
		dev = makedev(maj, min);
	} else {
		snprintf(path, sizeof(path), "/sys/class/block/%s/dev", name);
		dev = read_dev(path);
	}
	*disk = dev ? whole_disk(dev) : 0;
	if (!*disk)
		return sh_error_set(err, SH_ERRC_UNAVAILABLE, "no such block device '%s'", name);
	*fs = dev; /* most file systems give their files the number of their device */
	return 0;
}

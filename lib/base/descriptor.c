/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "base/descriptor.h"

#include <dirent.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

/* The kernel lists by number, not by place: closing on the way makes it miss none. */
static int close_listed(int first)
{
	DIR *list = opendir("/proc/self/fd");
	const struct dirent *e;

	if (!list)
		return -1;
	while ((e = readdir(list))) {
		int fd = e->d_name[0] == '.' ? -1 : (int)strtol(e->d_name, NULL, 10);

		if (fd >= first && fd != dirfd(list))
			close(fd);
	}
	closedir(list);
	return 0;
}

int sh_descriptors_close_from(int first)
{
	if (syscall(SYS_close_range, (unsigned)first, ~0U, 0) == 0)
		return 0;
	return close_listed(first);
}

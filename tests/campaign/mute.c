/* SPDX-License-Identifier: MIT */
/*
 * mute DIRECTORY - mount a FUSE file system there whose server never answers
 *
 * It answers the first request, with which the kernel asks for the protocol's version,
 * and takes all others without a word, as a server that hangs does. It ends when its
 * connection is aborted.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/fuse.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

static void greet(int fd, const struct fuse_in_header *in)
{
	struct {
		struct fuse_out_header head;
		struct fuse_init_out init;
	} out = {
		.head = { .len = sizeof(out), .unique = in->unique },
		.init = { .major = FUSE_KERNEL_VERSION, .minor = FUSE_KERNEL_MINOR_VERSION, .max_write = 4096 },
	};

	if (write(fd, &out, sizeof(out)) < 0)
		perror("mute: greeting");
}

int main(int argc, char **argv)
{
	static char request[1 << 16];
	char options[128];
	int fd = open("/dev/fuse", O_RDWR | O_CLOEXEC);

	if (argc != 2 || fd < 0)
		return 77;
	snprintf(options, sizeof(options), "fd=%d,rootmode=40000,user_id=0,group_id=0", fd);
	if (mount("mute", argv[1], "fuse.mute", MS_NOSUID | MS_NODEV, options) < 0)
		return 77;
	for (;;) {
		ssize_t n = read(fd, request, sizeof(request));
		const struct fuse_in_header *in = (const void *)request;

		if (n < 0 && errno != EINTR && errno != EAGAIN && errno != ENOENT)
			return 0;
		if (n >= (ssize_t)sizeof(*in) && in->opcode == FUSE_INIT)
			greet(fd, in);
	}
}

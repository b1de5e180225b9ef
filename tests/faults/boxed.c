/* SPDX-License-Identifier: MIT */
/*
 * boxed ACTION VERB - execute a stock action in the sandbox of its description
 *
 * As sh-repair would, but for intents and deadlines: the request is on standard
 * input. So the tests of an action show that what it gives up it does not need.
 */
#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "repair/descriptor.h"

static int complain(const char *text)
{
	fprintf(stderr, "boxed: %s\n", text);
	return 125;
}

/* Standard input, to be read once more. */
static int keep_input(struct sh_buf *in, struct sh_error *err)
{
	int fd = memfd_create("input", MFD_CLOEXEC);

	if (sh_fd_read(STDIN_FILENO, "standard input", (size_t)64 << 20, in, err) < 0)
		return -1;
	if (fd < 0 || sh_write_all(fd, in->data, in->len) < 0 || lseek(fd, 0, SEEK_SET) < 0 ||
	    dup2(fd, STDIN_FILENO) < 0)
		return sh_error_sys(err, "cannot keep the input");
	return 0;
}

int main(int argc, char **argv)
{
	SH_CLEANUP_BUF struct sh_buf in = SH_BUF_INIT;
	struct sh_error err = SH_ERROR_INIT;
	const struct sh_descriptor *d;
	struct sh_actions actions;
	struct sh_sandbox_use use;
	const char *state;
	json_t *request;

	if (argc != 3)
		return complain("usage: boxed ACTION VERB");
	sh_actions_init(&actions);
	d = sh_actions_find(&actions, argv[1], &err);
	if (!d || keep_input(&in, &err) < 0)
		return complain(err.text);
	request = json_loadb(sh_buf_str(&in), in.len, 0, NULL);
	state = json_string_value(json_object_get(request, "state"));
	/* Of sh-repair it has a ledger, so it is there. */
	if (state && mkdir(state, 0700) < 0 && errno != EEXIST)
		state = NULL;
	/* What is no request, or no path, is the action's to refuse. */
	if (sh_sandbox_prepare(&use, &d->sandbox, json_object_get(request, "parameters"), state, &err) == 0)
		sh_sandbox_enter(&use);
	execl(d->path, d->path, argv[2], (char *)NULL);
	return complain("cannot execute the action");
}

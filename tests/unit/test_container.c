/* SPDX-License-Identifier: MIT */
/* The names of containers, by which one that was left is found again. */
#include "config.h"

#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/file.h"
#include "repair/container.h"
#include "scratch.h"
#include "tap.h"

/* An engine that says of each image what podman does, for here none is run. */
#define ENGINE "#!/bin/sh\necho 0123 sha256:4567\n"

/* The --name= that a step gets; a new string. */
static char *name_of(const char *engine, const char *plan, const char *step)
{
	const char *versions[] = { "1", NULL };
	const struct sh_container c = { .image = "i", .program = "/p", .engine = engine, .versions = versions };
	const struct sh_sandbox s = { .parts = 0 };
	const struct sh_container_call call = { .verb = "run", .plan = plan, .step = step, .timeout = SH_SEC };
	struct sh_error err = SH_ERROR_INIT;
	struct sh_container_use u;
	char *name = NULL, **argv = NULL;

	if (sh_container_prepare(&u, &c, &s, 0, &call, &err) < 0)
		diag("%s", err.text);
	else
		argv = sh_container_argv(&u, &call);
	for (size_t i = 0; argv && argv[i]; i++)
		if (!strncmp(argv[i], "--name=", 7))
			name = sh_strdup(argv[i] + 7);
	sh_container_argv_free(argv);
	sh_container_use_release(&u);
	return name ? name : sh_strdup("");
}

int main(void)
{
	static const char *const steps[] = { "a", "a[0]", "a_0_", "a_5b0_5d", "a__0__", "a 0 ", "a.0-", "a\xc3\xa4" };
	enum { N = sizeof(steps) / sizeof(steps[0]) };
	char *dir = scratch_make(), *name[N];
	SH_CLEANUP_FREE char *engine = sh_asprintf("%s/engine", dir);
	struct sh_error err = SH_ERROR_INIT;
	bool differ = true, plain = true;

	if (sh_file_write_atomic(engine, ENGINE, strlen(ENGINE), 0700, &err) < 0)
		diag("%s", err.text);
	for (size_t i = 0; i < N; i++) {
		name[i] = name_of(engine, "p-1", steps[i]);
		plain &= strspn(name[i], "abcdefghijklmnopqrstuvwxyz0123456789_.-") == strlen(name[i]);
		for (size_t k = 0; k < i; k++)
			differ &= strcmp(name[i], name[k]) != 0;
	}
	OK(!strcmp(name[0], "selfheal-p-1-a-run"), "a container is named after its plan, step and verb");
	OK(plain, "other letters than a name may have are written in hex");
	OK(differ, "steps of different names have containers of different names");
	for (size_t i = 0; i < N; i++)
		free(name[i]);
	scratch_remove(dir);
	return plan_done();
}

/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "collect/place.h"

#include <stdlib.h>

#include "base/error.h"
#include "base/file.h"
#include "base/mem.h"

char *sh_place_libexec(void)
{
	const char *given = getenv("SH_LIBEXEC");
	struct sh_error untrusted = SH_ERROR_INIT;
	SH_CLEANUP_FD int fd = -1;

	if (given && *given == '/')
		fd = sh_file_open_trusted(given, &untrusted);
	return sh_strdup(fd >= 0 ? given : SH_LIBEXECDIR);
}

char *sh_place_stock(const char *name)
{
	const char *given = getenv("SH_STOCK");

	return sh_asprintf("%s/%s", given && *given ? given : SH_DATADIR, name);
}

/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "schedule/look.h"

#include <glob.h>
#include <sys/stat.h>

#include "base/clock.h"

void sh_look_init(struct sh_look *l)
{
	sh_hash_init(&l->hash);
}

static void add_file(struct sh_look *l, const char *path)
{
	struct stat st;
	int64_t parts[4] = { 0 };

	sh_hash_str(&l->hash, path);
	if (lstat(path, &st) == 0) {
		parts[0] = (int64_t)st.st_ino;
		parts[1] = st.st_size;
		parts[2] = sh_clock_of(st.st_mtim);
		parts[3] = st.st_mode;
	}
	sh_hash_part(&l->hash, parts, sizeof(parts));
}

void sh_look_add(struct sh_look *l, const char *path)
{
	glob_t found;

	sh_hash_str(&l->hash, path);
	if (glob(path, 0, NULL, &found) == 0)
		for (size_t i = 0; i < found.gl_pathc; i++)
			add_file(l, found.gl_pathv[i]);
	globfree(&found);
}

void sh_look_finish(struct sh_look *l, char out[SH_LOOK_TEXT])
{
	sh_hash_finish(&l->hash, out);
}

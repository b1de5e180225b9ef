/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "collect/host/owners.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/mem.h"
#include "collect/text.h"

#define MAX_PASSWD ((size_t)8 << 20)

/* "name:x:uid:…" */
static void add_line(struct sh_owners *o, struct sh_span line)
{
	const char *name_end = memchr(line.p, ':', line.len);
	const char *end = line.p + line.len, *uid, *uid_end;

	if (!name_end || name_end == line.p)
		return;
	uid = memchr(name_end + 1, ':', (size_t)(end - name_end - 1));
	uid_end = uid ? memchr(uid + 1, ':', (size_t)(end - uid - 1)) : NULL;
	if (!uid_end || sh_map_get(&o->names, uid + 1, (size_t)(uid_end - uid - 1)))
		return;
	sh_map_put(&o->names, uid + 1, (size_t)(uid_end - uid - 1),
		   sh_strndup(line.p, (size_t)(name_end - line.p)));
}

void sh_owners_read(struct sh_owners *o, int root)
{
	SH_CLEANUP_BUF struct sh_buf text = SH_BUF_INIT;
	struct sh_error none = SH_ERROR_INIT;
	struct sh_span rest, line;

	o->root = root;
	sh_map_init(&o->names, free);
	if (sh_file_read(root, "etc/passwd", MAX_PASSWD, &text, &none) < 0)
		return;
	rest = sh_text_of(&text);
	while (sh_text_line(&rest, &line))
		add_line(o, line);
}

void sh_owners_release(struct sh_owners *o)
{
	sh_map_release(&o->names);
}

const char *sh_owners_of(struct sh_owners *o, pid_t pid)
{
	const char *name;
	struct stat st;
	char path[32];

	snprintf(path, sizeof(path), "proc/%d", (int)pid);
	if (fstatat(o->root, path, &st, 0) < 0)
		return NULL;
	snprintf(path, sizeof(path), "%u", (unsigned)st.st_uid);
	name = sh_map_gets(&o->names, path);
	if (!name) {
		name = sh_strdup(path);
		sh_map_puts(&o->names, path, (void *)(uintptr_t)name);
	}
	return name;
}

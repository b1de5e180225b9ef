/* SPDX-License-Identifier: MIT */
/* Whether something is mounted, and as it should be. Only the kernel's table is read. */
#include "config.h"

#include <errno.h>
#include <limits.h>
#include <mntent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collect/check/ways.h"
#include "config/check.h"

#define TABLE "/proc/self/mounts"

/* /dev/disk/by-uuid/… is the same as what it leads to. */
static bool is_device(const char *wanted, const char *is)
{
	char a[PATH_MAX], b[PATH_MAX];

	if (!strcmp(wanted, is))
		return true;
	return *wanted == '/' && *is == '/' && realpath(wanted, a) && realpath(is, b) && !strcmp(a, b);
}

static void judge(const struct sh_check *k, const struct mntent *m, struct sh_outcome *out)
{
	if (k->device && !is_device(k->device, m->mnt_fsname))
		sh_outcome_fail(out, "'%.100s' is mounted there", m->mnt_fsname);
	if (k->fstype && strcmp(k->fstype, m->mnt_type) != 0)
		sh_outcome_fail(out, "its type is '%.60s'", m->mnt_type);
	for (const char **o = k->options; o && *o; o++)
		if (!hasmntopt(m, *o))
			sh_outcome_fail(out, "'%.60s' is not among its options", *o);
}

/* Of several at one place the last is what is seen. */
void sh_check_mount(const struct sh_check *k, int64_t deadline, struct sh_outcome *out)
{
	FILE *f = setmntent(TABLE, "re");
	struct sh_outcome last;
	bool mounted = false;
	struct mntent m;
	char text[8192];

	(void)deadline;
	if (!f) {
		sh_outcome_fail(out, "cannot read '%s': %s", TABLE, strerror(errno));
		return;
	}
	sh_outcome_init(&last);
	while (getmntent_r(f, &m, text, sizeof(text))) {
		if (strcmp(m.mnt_dir, k->address) != 0)
			continue;
		mounted = true;
		sh_outcome_init(&last);
		judge(k, &m, &last);
	}
	endmntent(f);
	if (!mounted)
		sh_outcome_fail(&last, "nothing is mounted there");
	*out = last;
	sh_outcome_add(out, "mounted", mounted);
}

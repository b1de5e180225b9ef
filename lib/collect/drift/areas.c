/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include "base/sha256.h"
#include "collect/drift/drift.h"
#include "collect/host/mounts.h"
#include "collect/host/packages.h"
#include "collect/text.h"
#include "state/baseline.h"

static int look_packages(struct sh_collect *c, const struct sh_listing *before,
			 struct sh_listing *now, struct sh_error *err)
{
	(void)before;
	return sh_packages_read(c, now, err);
}

static int look_mounts(struct sh_collect *c, const struct sh_listing *before, struct sh_listing *now,
		       struct sh_error *err)
{
	const struct sh_mounts *mounts = sh_collect_mounts(c, err);

	(void)before;
	if (!mounts)
		return -1;
	sh_mounts_list(mounts, now);
	return 0;
}

void sh_drift_describe_file(struct sh_buf *out, unsigned mode, unsigned uid, unsigned gid,
			    const char *sha256)
{
	sh_buf_addf(out, "%04o %u %u %s", mode, uid, gid, sha256);
}

/* Of a file that is there; one that cannot be read, or is none any more, has no digest. */
static void add_file(const char *path, const struct stat *st, struct sh_listing *now)
{
	SH_CLEANUP_BUF struct sh_buf value = SH_BUF_INIT;
	struct sh_error none = SH_ERROR_INIT;
	char digest[SH_SHA256_TEXT] = "-";

	if (S_ISREG(st->st_mode) && (uint64_t)st->st_size <= SH_BASELINE_MAX_BYTES &&
	    sh_sha256_file(AT_FDCWD, path, digest, &none) < 0)
		memcpy(digest, "-", 2);
	sh_drift_describe_file(&value, st->st_mode & 07777, st->st_uid, st->st_gid, digest);
	sh_listing_add(now, path, sh_buf_str(&value));
}

static int look_files(struct sh_collect *c, const struct sh_listing *before, struct sh_listing *now,
			struct sh_error *err)
{
	(void)c;
	for (size_t i = 0; before && i < before->n; i++) {
		const char *path = before->item[i].name;
		struct stat st;

		if (lstat(path, &st) == 0)
			add_file(path, &st, now);
		else if (errno != ENOENT && errno != ENOTDIR)
			return sh_error_sys(err, "cannot look at '%s'", path);
	}
	return 0;
}

bool sh_drift_is_secret(const char *name)
{
	static const char *const words[] = { "password", "passwd", "passphrase", "secret", "token",
					     "key",      "cred",   "private",    NULL };

	for (size_t i = 0; words[i]; i++)
		if (strcasestr(name, words[i]))
			return true;
	return false;
}

const struct sh_drift_area sh_drift_areas[] = {
	{ "packages", false, look_packages },
	{ "ports", false, sh_drift_look_ports },
	{ "mounts", false, look_mounts },
	{ "sysctl", false, sh_drift_look_sysctl },
	{ "files", true, look_files },
	{ NULL, false, NULL },
};

const struct sh_drift_area *sh_drift_area(const char *name)
{
	for (const struct sh_drift_area *a = sh_drift_areas; a->name; a++)
		if (!strcmp(a->name, name))
			return a;
	return NULL;
}

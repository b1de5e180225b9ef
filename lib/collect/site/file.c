/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/num.h"
#include "base/sha256.h"
#include "collect/table.h"
#include "state/baseline.h"

/* Larger ones are not what a baseline is for, and reading them each round would be work. */
#define MAX_DIGEST SH_BASELINE_MAX_BYTES

bool sh_file_applies(const struct sh_site *site)
{
	for (size_t i = 0; site && i < site->services; i++)
		if (site->service[i].files)
			return true;
	return false;
}

/* 644 for 0644: the digits that people write. */
static double mode_digits(mode_t mode)
{
	unsigned m = mode & 07777;

	return (m >> 9) * 1000 + (m >> 6 & 7) * 100 + (m >> 3 & 7) * 10 + (m & 7);
}

static void owner_text(uid_t uid, char *out, size_t size)
{
	const struct passwd *pw = getpwuid(uid);

	if (pw)
		snprintf(out, size, "%s", pw->pw_name);
	else
		snprintf(out, size, "%u", (unsigned)uid);
}

/* 1 as approved, 0 not, -1 nothing approved, -2 with *err. */
static int compare(struct sh_collect *c, const char *path, const struct stat *st,
		   const char *digest, struct sh_error *err)
{
	struct sh_baseline b;
	int rc = c->state_dir ? sh_baseline_get(c->state_dir, path, &b, err) : 0;

	if (rc <= 0)
		return rc < 0 ? -2 : -1;
	rc = st && S_ISREG(st->st_mode) && !strcmp(b.sha256, digest) &&
	     b.mode == (unsigned)(st->st_mode & 07777) && b.uid == st->st_uid && b.gid == st->st_gid;
	sh_baseline_release(&b);
	return rc;
}

/* 1 it is that one, 0 another, -1 nobody of that name is known, now or at all. */
static int is_user(const char *name, uid_t uid)
{
	const struct passwd *pw = getpwnam(name);
	int64_t number;

	if (pw)
		return pw->pw_uid == uid;
	return sh_parse_i64(name, &number) < 0 ? -1 : number == (int64_t)uid;
}

static int is_group(const char *name, gid_t gid)
{
	const struct group *g = getgrnam(name);
	int64_t number;

	if (g)
		return g->gr_gid == gid;
	return sh_parse_i64(name, &number) < 0 ? -1 : number == (int64_t)gid;
}

/* OWNER is USER, USER:GROUP or :GROUP. */
static int is_owned(const char *owner, const struct stat *st)
{
	SH_CLEANUP_FREE char *user = sh_strdup(owner);
	char *group = strchr(user, ':');
	int mine, ours;

	if (group)
		*group++ = '\0';
	mine = *user ? is_user(user, st->st_uid) : 1;
	ours = group && *group ? is_group(group, st->st_gid) : 1;
	return !mine || !ours ? 0 : mine < ours ? mine : ours;
}

/* 1 as the site declares, 0 not, -1 it declares nothing, or whom it names cannot be told. */
static int permitted(const struct sh_site_file *f, const struct stat *st)
{
	int owned = f->owner ? is_owned(f->owner, st) : 1;

	if (f->mode_bits >= 0 && f->mode_bits != (int64_t)(st->st_mode & 07777))
		return 0;
	return f->mode_bits < 0 && !f->owner ? -1 : owned;
}

/* ST NULL: there is no such file. */
static void write_file(struct sh_collect *c, const struct sh_site_file *f, const struct stat *st,
		       const char *digest, int match)
{
	const char *path = f->path;
	struct sh_sample_writer w;
	char owner[64];

	sh_collect_begin(c, &w, "file", path, path, NULL, NULL);
	sh_sample_group(&w, "file");
	sh_sample_number(&w, "exists", st ? 1 : 0);
	if (st) {
		double modified = (double)st->st_mtim.tv_sec + (double)st->st_mtim.tv_nsec / 1e9;

		sh_sample_number(&w, "age_s", (double)sh_clock_wall() / 1e9 - modified);
		sh_sample_number(&w, "size_bytes", (double)st->st_size);
		sh_sample_number(&w, "mode", mode_digits(st->st_mode));
	}
	if (match >= 0)
		sh_sample_number(&w, "matches_baseline", match);
	if (st && permitted(f, st) >= 0)
		sh_sample_number(&w, "matches_mode", permitted(f, st));
	if (*digest)
		sh_sample_text(&w, "sha256", digest);
	if (st) {
		owner_text(st->st_uid, owner, sizeof(owner));
		sh_sample_text(&w, "owner", owner);
	}
	sh_sample_end(&w);
}

static int look_at(struct sh_collect *c, const struct sh_site_file *f, struct sh_error *err)
{
	const char *path = f->path;
	char digest[SH_SHA256_TEXT] = "";
	struct stat st;
	bool there = lstat(path, &st) == 0;
	int match;

	if (!there && errno != ENOENT && errno != ENOTDIR)
		return sh_error_sys(err, "cannot look at '%s'", path);
	/* What we may not read is not as approved, and its permissions may be what is wrong. */
	if (there && S_ISREG(st.st_mode) && (uint64_t)st.st_size <= MAX_DIGEST &&
	    sh_sha256_file(AT_FDCWD, path, digest, err) < 0) {
		if (err->sys != EACCES)
			return -1;
		sh_error_clear(err);
	}
	match = compare(c, path, there ? &st : NULL, digest, err);
	if (match == -2)
		return -1;
	write_file(c, f, there ? &st : NULL, digest, match);
	return 0;
}

/* Two services may share a file; it is still one. */
static bool seen_before(const struct sh_site *site, size_t service, size_t file)
{
	const char *path = site->service[service].file[file].path;

	for (size_t i = 0; i <= service; i++)
		for (size_t k = 0; k < (i == service ? file : site->service[i].files); k++)
			if (!strcmp(site->service[i].file[k].path, path))
				return true;
	return false;
}

int sh_collect_file(struct sh_collect *c, struct sh_error *err)
{
	(void)err;
	for (size_t i = 0; !c->discard && c->site && i < c->site->services; i++) {
		const struct sh_service *s = &c->site->service[i];

		for (size_t k = 0; k < s->files; k++) {
			struct sh_error e = SH_ERROR_INIT;

			if (sh_collect_wants(c, s->file[k].path) && !seen_before(c->site, i, k) &&
			    look_at(c, &s->file[k], &e) < 0)
				sh_collect_fail(c, s->file[k].path, &e);
		}
	}
	return 0;
}

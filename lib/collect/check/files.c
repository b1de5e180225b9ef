/* SPDX-License-Identifier: MIT */
/* A file as the site wants it: there, of its size and age, with its content. */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <pwd.h>
#include <string.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "base/sha256.h"
#include "collect/check/net.h"
#include "collect/check/ways.h"
#include "config/check.h"

static void judge_age(const struct sh_check *k, double age, struct sh_outcome *out)
{
	sh_outcome_add(out, "age_s", age);
	sh_outcome_old(out, k->max_age, age, "it");
}

static void judge_owner(const struct sh_check *k, uid_t uid, struct sh_outcome *out)
{
	const struct passwd *owner = getpwuid(uid);

	if (!owner)
		sh_outcome_fail(out, "its owner is the user number %u", (unsigned)uid);
	else if (strcmp(owner->pw_name, k->owner) != 0)
		sh_outcome_fail(out, "its owner is '%.60s'", owner->pw_name);
}

static void judge_file(const struct sh_check *k, const struct stat *st, struct sh_outcome *out)
{
	unsigned permissions = (unsigned)st->st_mode & 07777;

	sh_outcome_add(out, "size_bytes", (double)st->st_size);
	if (k->absent)
		sh_outcome_fail(out, "it is there");
	else if (S_ISDIR(st->st_mode))
		sh_outcome_fail(out, "it is a directory");
	else if (!S_ISREG(st->st_mode))
		sh_outcome_fail(out, "it is no regular file");
	judge_age(k, sh_clock_age(st->st_mtim), out);
	if (k->min_size != SH_CHECK_UNSET && st->st_size < k->min_size)
		sh_outcome_fail(out, "it has only %lld bytes", (long long)st->st_size);
	if (k->max_size != SH_CHECK_UNSET && st->st_size > k->max_size)
		sh_outcome_fail(out, "it has %lld bytes", (long long)st->st_size);
	if (k->permissions != SH_CHECK_UNSET && permissions != (unsigned)k->permissions)
		sh_outcome_fail(out, "its permissions are %04o", permissions);
	if (k->owner)
		judge_owner(k, st->st_uid, out);
}

/* 1 there, 0 not; -1 when that cannot be known. What is not as it should be is said. */
static int look(const struct sh_check *k, struct stat *st, struct sh_outcome *out)
{
	int gone;

	if (stat(k->address, st) == 0)
		return 1;
	gone = errno == ENOENT || errno == ENOTDIR;
	if (!k->absent || !gone)
		sh_outcome_fail(out, "%s", strerror(errno));
	return gone ? 0 : -1;
}

void sh_check_file(const struct sh_check *k, int64_t deadline, struct sh_outcome *out)
{
	int64_t begun = sh_clock_mono();
	struct stat st;
	int there = look(k, &st, out);

	(void)deadline;
	if (there >= 0)
		sh_outcome_add(out, "exists", there);
	if (there > 0)
		judge_file(k, &st, out);
	out->time_ms = sh_net_since(begun);
}

void sh_check_fresh(const struct sh_check *k, int64_t deadline, struct sh_outcome *out)
{
	int64_t begun = sh_clock_mono();
	struct stat st;

	(void)deadline;
	if (look(k, &st, out) > 0)
		judge_age(k, sh_clock_age(st.st_mtim), out);
	out->time_ms = sh_net_since(begun);
}

void sh_check_checksum(const struct sh_check *k, int64_t deadline, struct sh_outcome *out)
{
	int64_t begun = sh_clock_mono();
	struct sh_error err = SH_ERROR_INIT;
	char digest[SH_SHA256_TEXT];
	struct stat st;

	(void)deadline;
	/* A fifo or a device has no end. */
	if (look(k, &st, out) <= 0)
		return;
	if (!S_ISREG(st.st_mode))
		sh_outcome_fail(out, "it is no regular file");
	else if (sh_sha256_file(AT_FDCWD, k->address, digest, &err) < 0)
		sh_outcome_fail(out, "%s", err.text);
	else if (strcmp(digest, k->sha256) != 0)
		sh_outcome_fail(out, "its sha256 is %s", digest);
	out->time_ms = sh_net_since(begun);
}

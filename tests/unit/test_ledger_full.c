/* SPDX-License-Identifier: MIT */
/*
 * A disk that is really full: a small tmpfs in a mount namespace of this test,
 * filled to the last byte.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/mem.h"
#include "scratch.h"
#include "state/ledger.h"
#include "state/reserve.h"
#include "state/state.h"
#include "tap.h"

static bool write_text(const char *path, const char *text)
{
	SH_CLEANUP_FD int fd = open(path, O_WRONLY | O_CLOEXEC);

	return fd >= 0 && sh_write_all(fd, text, strlen(text)) == 0;
}

/* Both ids are mapped: a tmpfs makes no file for an owner or group that does not exist. */
static bool own_namespace(void)
{
	SH_CLEANUP_FREE char *user = sh_asprintf("0 %u 1", (unsigned)geteuid());
	SH_CLEANUP_FREE char *group = sh_asprintf("0 %u 1", (unsigned)getegid());

	if (unshare(CLONE_NEWNS) == 0)
		return true;
	return unshare(CLONE_NEWUSER | CLONE_NEWNS) == 0 &&
	       write_text("/proc/self/uid_map", user) &&
	       write_text("/proc/self/setgroups", "deny") &&
	       write_text("/proc/self/gid_map", group);
}

static bool mount_tmpfs(const char *dir)
{
	if (!own_namespace())
		return false;
	return mount("none", "/", "none", MS_REC | MS_PRIVATE, NULL) == 0 &&
	       mount("tmpfs", dir, "tmpfs", 0, "size=24m,mode=0700") == 0;
}

/* To the last byte. */
static void fill(const char *base)
{
	SH_CLEANUP_FREE char *path = sh_asprintf("%s/hog", base);
	SH_CLEANUP_FD int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	static const char piece[65536];

	for (size_t size = sizeof(piece); size; size /= 2)
		while (write(fd, piece, size) > 0)
			;
	OK(fd >= 0 && write(fd, "x", 1) < 0 && errno == ENOSPC, "the disk is full");
}

static void make_room(const char *base)
{
	SH_CLEANUP_FREE char *path = sh_asprintf("%s/hog", base);

	unlink(path);
}

static int64_t reserve_bytes(const char *dir)
{
	SH_CLEANUP_FREE char *path = sh_asprintf("%s/ledger.reserve", dir);
	struct stat st;

	return stat(path, &st) < 0 ? 0 : (int64_t)st.st_blocks * 512;
}

static int record_intent(struct sh_ledger *l, struct sh_error *err)
{
	struct sh_repair_row r = { .plan_id = (char[]){ "p-full" },
				   .target = (char[]){ "filesystem:/x@h" },
				   .playbook = (char[]){ "disk-clean" },
				   .started = sh_clock_wall() };
	struct sh_intent i = { .target = r.target,
			       .step = (char[]){ "clean" },
			       .action = (char[]){ "disk-clean" } };
	int64_t row;

	if (sh_ledger_repair_begin(l, &r, &i.repair, err) < 0)
		return -1;
	return sh_ledger_intent_open(l, &i, &row, err);
}

static int count_one(void *arg, const struct sh_intent *i)
{
	(void)i;
	++*(int *)arg;
	return 0;
}

static int count_intents(const char *dir)
{
	struct sh_error err = SH_ERROR_INIT;
	struct sh_ledger *l;
	int n = 0;

	if (sh_ledger_open_readonly(&l, dir, &err) < 0) {
		diag("%s", err.text);
		return -1;
	}
	sh_ledger_intents(l, 0, true, count_one, &n, &err);
	sh_ledger_close(l);
	return n;
}

static void test_open_before(const char *base, const char *dir)
{
	struct sh_error err = SH_ERROR_INIT;
	struct sh_ledger *l = NULL;

	OK(sh_ledger_open(&l, dir, &err) == 0, "open with room: %s", err.text);
	if (!l)
		return;
	OK(reserve_bytes(dir) >= SH_RESERVE_BYTES, "the reserve is there");
	fill(base);
	/* The WAL may have some room left in it: go on until the reserve is really asked for. */
	for (int n = 1; n <= 200; n++)
		if (record_intent(l, &err) < 0)
			break;
	OK(!sh_error_is_set(&err), "200 intents are recorded on a full disk: %s", err.text);
	OK(reserve_bytes(dir) < SH_RESERVE_BYTES, "from the reserve");
	sh_ledger_close(l);
	OK(count_intents(dir) == 200, "and a reader finds them");
}

static void test_open_after(const char *base, const char *dir)
{
	struct sh_error err = SH_ERROR_INIT;
	struct sh_ledger *l;

	make_room(base);
	OK(sh_ledger_open(&l, dir, &err) == 0 && reserve_bytes(dir) >= SH_RESERVE_BYTES,
	   "with room again, opening makes the reserve whole");
	sh_ledger_close(l);
	fill(base);
	OK(count_intents(dir) == 200, "a reader opens on a full disk");
	OK(sh_ledger_open(&l, dir, &err) == 0, "so does a writer: %s", err.text);
	OK(record_intent(l, &err) == 0, "and records: %s", err.text);
	OK(sh_ledger_lock_target(l, "service:new@h", 0, &err) >= 0, "and locks a target: %s",
	   err.text);
	sh_ledger_close(l);
	OK(count_intents(dir) == 201, "which is found");
}

static void test_useful(const char *base, const char *dir)
{
	SH_CLEANUP_FREE char *text = sh_malloc(100001);
	struct sh_error err = SH_ERROR_INIT;
	struct sh_ledger *l;
	json_t *record;

	make_room(base);
	OK(sh_ledger_open(&l, dir, &err) == 0, "open with room: %s", err.text);
	fill(base);
	memset(text, 'x', 100000);
	text[100000] = '\0';
	record = json_string(text);
	for (int n = 0; n < 1000 && !sh_error_is_set(&err); n++)
		sh_ledger_note(l, n, "long", NULL, record, &err);
	OK(err.code == SH_ERRC_STATE && err.sys == ENOSPC, "notes come to an end: %s", err.text);
	OK(reserve_bytes(dir) == SH_RESERVE_BYTES / 2, "and leave half of the reserve");
	sh_error_clear(&err);
	OK(record_intent(l, &err) == 0, "to an intent: %s", err.text);
	json_decref(record);
	sh_ledger_close(l);
}

static void test_without_reserve(const char *base, const char *dir)
{
	SH_CLEANUP_FREE char *path = sh_asprintf("%s/ledger.reserve", dir);
	struct sh_error err = SH_ERROR_INIT;
	struct sh_ledger *l;
	int before, n = 0;

	make_room(base);
	OK(sh_ledger_open(&l, dir, &err) == 0, "open with room: %s", err.text);
	unlink(path);
	fill(base);
	before = count_intents(dir);
	while (n < 100000 && record_intent(l, &err) == 0)
		n++;
	OK(err.code == SH_ERRC_STATE && err.sys == ENOSPC && n < 100000,
	   "without a reserve the intent fails: %s", err.text);
	OK(count_intents(dir) == before + n, "and is not there");
	sh_error_clear(&err);
	OK(sh_ledger_remake_reserve(l, &err) < 0 && err.sys == ENOSPC && reserve_bytes(dir) == 0,
	   "the reserve takes nothing of a full disk: %s", err.text);
	sh_error_clear(&err);
	make_room(base);
	OK(record_intent(l, &err) == 0 && sh_ledger_remake_reserve(l, &err) == 0 &&
		   reserve_bytes(dir) >= SH_RESERVE_BYTES,
	   "with room the same handle goes on: %s", err.text);
	sh_ledger_close(l);
}

static int put_big(struct sh_state *s, char key, struct sh_error *err)
{
	static const char value[1 << 20];

	return sh_state_put(s, "t", &key, 1, value, sizeof(value), err);
}

static void test_private(const char *base, const char *dir)
{
	struct sh_error err = SH_ERROR_INIT;
	struct sh_state *s;
	void *value;
	size_t len;

	make_room(base);
	OK(sh_state_open(&s, dir, "detect", 0, &err) == 0 &&
		   sh_state_put(s, "t", "old", 3, "1", 1, &err) == 0 &&
		   sh_state_commit(s, &err) == 0,
	   "a private state with room: %s", err.text);
	fill(base);
	for (char key = 'a'; key <= 'e' && !sh_error_is_set(&err); key++)
		put_big(s, key, &err);
	OK((sh_error_is_set(&err) || sh_state_commit(s, &err) < 0) && err.sys == ENOSPC,
	   "a commit that does not fit fails: %s", err.text);
	sh_error_clear(&err);
	if (sh_state_commit(s, &err) < 0)
		diag("%s", err.text);
	sh_error_clear(&err);
	OK(sh_state_get(s, "t", "old", 3, &value, &len, &err) == 1, "the older state is there");
	free(value);
	make_room(base);
	OK(put_big(s, 'z', &err) == 0 && sh_state_commit(s, &err) == 0,
	   "with room the same handle goes on: %s", err.text);
	OK(sh_state_get(s, "t", "a", 1, &value, &len, &err) == 0, "no part of what failed is there");
	sh_state_close(s);
}

int main(void)
{
	char *base = scratch_make();
	SH_CLEANUP_FREE char *dir = sh_asprintf("%s/state", base);

	if (!mount_tmpfs(base)) {
		scratch_remove(base);
		skip_all("no mount namespace of our own permitted");
	}
	test_open_before(base, dir);
	test_open_after(base, dir);
	test_useful(base, dir);
	test_without_reserve(base, dir);
	test_private(base, dir);
	umount2(base, MNT_DETACH);
	scratch_remove(base);
	return plan_done();
}

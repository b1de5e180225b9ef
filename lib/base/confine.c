/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "base/confine.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <sched.h>
#include <stddef.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef PR_CAP_AMBIENT
#define PR_CAP_AMBIENT 47
#define PR_CAP_AMBIENT_RAISE 2
#define PR_CAP_AMBIENT_CLEAR_ALL 4
#endif

static int result(long rc)
{
	return rc < 0 ? -errno : 0;
}

int sh_confine_privileges(void)
{
	return result(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
}

/* By number, linux/capability.h. */
static const char *const capabilities[] = {
	"chown", "dac_override", "dac_read_search", "fowner", "fsetid", "kill", "setgid", "setuid",
	"setpcap", "linux_immutable", "net_bind_service", "net_broadcast", "net_admin", "net_raw",
	"ipc_lock", "ipc_owner", "sys_module", "sys_rawio", "sys_chroot", "sys_ptrace", "sys_pacct",
	"sys_admin", "sys_boot", "sys_nice", "sys_resource", "sys_time", "sys_tty_config", "mknod",
	"lease", "audit_write", "audit_control", "setfcap", "mac_override", "mac_admin", "syslog",
	"wake_alarm", "block_suspend", "audit_read", "perfmon", "bpf", "checkpoint_restore",
};

int sh_capability_number(const char *name)
{
	for (size_t i = 0; i < sizeof(capabilities) / sizeof(capabilities[0]); i++)
		if (!strcmp(name, capabilities[i]))
			return (int)i;
	return -1;
}

const char *sh_capability_name(int number)
{
	size_t i = (size_t)number;

	return number >= 0 && i < sizeof(capabilities) / sizeof(capabilities[0]) ? capabilities[i] : "";
}

static int drop_bounding(uint64_t keep)
{
	for (int cap = 0; cap < 64; cap++) {
		if (keep >> cap & 1)
			continue;
		if (prctl(PR_CAPBSET_READ, cap, 0, 0, 0) != 1)
			continue;
		if (prctl(PR_CAPBSET_DROP, cap, 0, 0, 0) < 0)
			return -errno;
	}
	return 0;
}

/* Who is not root has over exec what is ambient. */
static void raise_ambient(uint64_t keep)
{
	prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
	for (int cap = 0; cap < 64 && geteuid() != 0; cap++)
		if (keep >> cap & 1)
			prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, cap, 0, 0);
}

int sh_confine_capabilities(uint64_t keep)
{
	struct __user_cap_header_struct head = { _LINUX_CAPABILITY_VERSION_3, 0 };
	struct __user_cap_data_struct data[2];
	int rc;

	if (syscall(SYS_capget, &head, data) < 0)
		return -errno;
	/* A change of user has taken them all out of effect, and the bounding set wants one that is. */
	for (int half = 0; half < 2; half++)
		data[half].effective = data[half].permitted;
	if (syscall(SYS_capset, &head, data) < 0)
		return -errno;
	rc = drop_bounding(keep);
	/* Nobody without privileges can lose any by exec that he has not. */
	if (rc == -EPERM && !data[0].permitted && !data[1].permitted)
		rc = 0;
	for (int half = 0; half < 2; half++) {
		uint32_t kept = data[half].permitted & (uint32_t)(keep >> 32 * half);

		data[half].permitted = data[half].effective = data[half].inheritable = kept;
	}
	if (syscall(SYS_capset, &head, data) < 0)
		return -errno;
	raise_ambient(keep);
	return rc;
}

int sh_confine_user(uid_t uid, gid_t gid, bool keep_capabilities)
{
	if (keep_capabilities && prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) < 0)
		return -errno;
	if (setgroups(0, NULL) < 0 || setresgid(gid, gid, gid) < 0 || setresuid(uid, uid, uid) < 0)
		return -errno;
	return uid != 0 && setuid(0) == 0 && !keep_capabilities ? -EPERM : 0;
}

int sh_confine_network(void)
{
	return result(unshare(CLONE_NEWNET));
}

/* linux/landlock.h, which the C library's headers may be too old to have. */
enum { NR_CREATE_RULESET = 444, NR_ADD_RULE = 445, NR_RESTRICT_SELF = 446 };
#define RULESET_VERSION 1
#define RULE_PATH_BENEATH 1
#define WRITE_FILE (1ULL << 1)
#define REMOVE_AND_MAKE (0x1ffULL << 4) /* remove_dir to make_sym */
#define REFER (1ULL << 13)              /* version 2 */
#define TRUNCATE (1ULL << 14)           /* version 3 */
/* What may be allowed for a path that is no directory. */
#define OF_FILES (WRITE_FILE | TRUNCATE)

struct path_beneath {
	uint64_t allowed;
	int32_t parent;
} __attribute__((packed));

static int allow(int ruleset, const char *path, uint64_t access)
{
	struct path_beneath rule = { access, open(path, O_PATH | O_CLOEXEC) };
	struct stat st;
	int rc = 0;

	if (rule.parent < 0)
		return errno == ENOENT || errno == ENOTDIR ? 0 : -errno;
	if (fstat(rule.parent, &st) == 0 && !S_ISDIR(st.st_mode))
		rule.allowed &= OF_FILES;
	if (syscall(NR_ADD_RULE, ruleset, RULE_PATH_BENEATH, &rule, 0) < 0)
		rc = -errno;
	close(rule.parent);
	return rc;
}

int sh_confine_write_landlock(const char *const *write)
{
	static const char *const devices[] = { "/dev/null", "/dev/zero", "/dev/full", "/dev/tty", NULL };
	long version = syscall(NR_CREATE_RULESET, NULL, 0, RULESET_VERSION);
	uint64_t access = WRITE_FILE | REMOVE_AND_MAKE;
	int ruleset, rc = 0;

	if (version < 1)
		return version < 0 ? -errno : -ENOSYS;
	access |= (version >= 2 ? REFER : 0) | (version >= 3 ? TRUNCATE : 0);
	ruleset = (int)syscall(NR_CREATE_RULESET, &access, sizeof(access), 0);
	if (ruleset < 0)
		return -errno;
	for (size_t i = 0; rc == 0 && devices[i]; i++)
		rc = allow(ruleset, devices[i], access);
	for (size_t i = 0; rc == 0 && write[i]; i++)
		rc = allow(ruleset, write[i], access);
	if (rc == 0 && syscall(NR_RESTRICT_SELF, ruleset, 0) < 0)
		rc = -errno;
	close(ruleset);
	return rc;
}

/* SPDX-License-Identifier: MIT */
/*
 * confine - what else a process gives up for good: writing, a network, privileges
 *
 * Each function is one mechanism of Linux, for the calling process and its
 * children to come. All return 0, or a negative errno where the kernel does not
 * have it or does not let us; what was begun then may be half done, and the
 * process should do no more than say so. None takes memory after a fork into
 * account beyond the stack, so they may be used between fork and exec.
 */
#ifndef SH_BASE_CONFINE_H
#define SH_BASE_CONFINE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* No privileges by exec: set-user-id and file capabilities have no effect any more. */
int sh_confine_privileges(void);

/*
 * Keep only the capabilities of KEEP (bits by number), over exec too; of those
 * that are not had nothing is said. Without CAP_SETPCAP the bounding set stays.
 */
int sh_confine_capabilities(uint64_t keep);
/* The number of a capability by its name in lower case without "cap_"; -1 when there is none. */
int sh_capability_number(const char *name);
/* And back; "" for none. */
const char *sh_capability_name(int number);

/* Become this user with no other groups, and never root again. The capabilities of KEEP stay until sh_confine_capabilities. */
int sh_confine_user(uid_t uid, gid_t gid, bool keep_capabilities);

/* A network of its own, with nothing in it, not even loopback. Needs CAP_SYS_ADMIN. */
int sh_confine_network(void);

/*
 * Write only beneath the paths of WRITE (NULL-terminated; one that is missing is
 * passed over) and to device files, by Landlock. It also hides processes that are
 * not confined with us. Without CAP_SYS_ADMIN after sh_confine_privileges only.
 */
int sh_confine_write_landlock(const char *const *write);
/*
 * The same by a mount namespace in which all else is read-only. BENEATH: what is
 * mounted beneath a path of WRITE stays as writable, or read-only, as it was; else it
 * is read-only too. TMP: with a /tmp and /var/tmp of its own. WRITE NULL: everywhere.
 * Needs CAP_SYS_ADMIN.
 */
int sh_confine_write_mounts(const char *const *write, bool beneath, bool tmp);

/* What could not be given up, as bits. */
enum sh_confined {
	SH_CONFINED_PRIVILEGES = 1 << 0,
	SH_CONFINED_WRITE = 1 << 1,
	SH_CONFINED_CAPABILITIES = 1 << 2,
	SH_CONFINED_SYSCALLS = 1 << 3, /* sockets, execution, signals; what nobody needs who only reads */
	SH_CONFINED_ALL = 15,
};
/*
 * Of a program that only reads, decides and writes to what it has open: give up
 * everything else, for good. It still writes beneath WRITE (NULL-terminated), and
 * forks. One that EXECUTES others keeps what they may need: writing, sockets,
 * capabilities. Returns the bits of what was not given up; all in a build with
 * sanitizers or for coverage.
 */
unsigned sh_confine_self(const char *const *write, bool executes);

#endif

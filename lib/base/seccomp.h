/* SPDX-License-Identifier: MIT */
/*
 * seccomp - system calls that a process gives up for good, with all its children
 *
 * A list of what is refused with EPERM (connections: EACCES), not of what is
 * allowed: the library under us may use others tomorrow. Nothing that is refused
 * is needed to read, decide and write. See seccomp(2).
 */
#ifndef SH_BASE_SECCOMP_H
#define SH_BASE_SECCOMP_H

/* What may be given up, as bits. */
enum sh_seccomp {
	SH_SECCOMP_TRACE = 1 << 0,      /* looking into other processes */
	SH_SECCOMP_MOUNT = 1 << 1,
	SH_SECCOMP_SWAP = 1 << 2,
	SH_SECCOMP_CLOCK = 1 << 3,      /* setting it */
	SH_SECCOMP_NAMESPACES = 1 << 4,
	SH_SECCOMP_KERNEL = 1 << 5,     /* modules, programs in the kernel, reboot, keys, raw events */
	SH_SECCOMP_NETWORK = 1 << 6,    /* sockets of every family but AF_UNIX */
	SH_SECCOMP_SOCKETS = 1 << 7,    /* those too */
	SH_SECCOMP_EXECUTE = 1 << 8,
	SH_SECCOMP_SIGNALS = 1 << 9,    /* to processes by their number */
};
/* Names of the first six, in their order; NULL at the end. */
extern const char *const sh_seccomp_groups[];

/*
 * Give up WHAT for good. Needs no_new_privs, or CAP_SYS_ADMIN. Returns 0 or a
 * negative errno: -ENOSYS where this kernel or machine has no filters.
 */
int sh_seccomp_give_up(unsigned what);

#endif

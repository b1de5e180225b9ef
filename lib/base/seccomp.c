/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "base/seccomp.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#if defined(__x86_64__)
#define OUR_ARCH AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define OUR_ARCH AUDIT_ARCH_AARCH64
#elif defined(__riscv) && __riscv_xlen == 64
#define OUR_ARCH AUDIT_ARCH_RISCV64
#endif

/* The numbers of the x32 calls, by which one could get round those of x86-64. */
#define X32_BIT 0x40000000U
#define MOST 256
#define NAMESPACE_FLAGS                                                                           \
	(CLONE_NEWNS | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET | \
	 CLONE_NEWCGROUP)

/* The same on every machine since Linux 5.1; the C library may be older. */
enum {
	NR_PIDFD_SEND_SIGNAL = 424,
	NR_IO_URING_SETUP = 425,
	NR_OPEN_TREE = 428,
	NR_MOVE_MOUNT = 429,
	NR_FSOPEN = 430,
	NR_FSCONFIG = 431,
	NR_FSMOUNT = 432,
	NR_FSPICK = 433,
	NR_CLONE3 = 435,
	NR_PIDFD_GETFD = 438,
	NR_MOUNT_SETATTR = 442,
	NR_QUOTACTL_FD = 443,
};

const char *const sh_seccomp_groups[] = { "trace", "mount", "swap", "clock", "namespaces", "kernel",
					  NULL };

static const struct refused {
	unsigned group;
	uint32_t nr;
} refused[] = {
	{ SH_SECCOMP_TRACE, SYS_ptrace },
	{ SH_SECCOMP_TRACE, SYS_process_vm_readv },
	{ SH_SECCOMP_TRACE, SYS_process_vm_writev },
	{ SH_SECCOMP_TRACE, SYS_kcmp },
	{ SH_SECCOMP_TRACE, NR_PIDFD_GETFD },
	{ SH_SECCOMP_MOUNT, SYS_mount },
	{ SH_SECCOMP_MOUNT, SYS_umount2 },
	{ SH_SECCOMP_MOUNT, SYS_pivot_root },
	{ SH_SECCOMP_MOUNT, SYS_chroot },
	{ SH_SECCOMP_MOUNT, NR_OPEN_TREE },
	{ SH_SECCOMP_MOUNT, NR_MOVE_MOUNT },
	{ SH_SECCOMP_MOUNT, NR_FSOPEN },
	{ SH_SECCOMP_MOUNT, NR_FSCONFIG },
	{ SH_SECCOMP_MOUNT, NR_FSMOUNT },
	{ SH_SECCOMP_MOUNT, NR_FSPICK },
	{ SH_SECCOMP_MOUNT, NR_MOUNT_SETATTR },
	{ SH_SECCOMP_MOUNT, SYS_open_by_handle_at },
	{ SH_SECCOMP_SWAP, SYS_swapon },
	{ SH_SECCOMP_SWAP, SYS_swapoff },
	{ SH_SECCOMP_CLOCK, SYS_settimeofday },
	{ SH_SECCOMP_CLOCK, SYS_clock_settime },
	{ SH_SECCOMP_CLOCK, SYS_clock_adjtime },
	{ SH_SECCOMP_CLOCK, SYS_adjtimex },
	{ SH_SECCOMP_NAMESPACES, SYS_setns },
	{ SH_SECCOMP_NAMESPACES, SYS_unshare },
	{ SH_SECCOMP_KERNEL, SYS_init_module },
	{ SH_SECCOMP_KERNEL, SYS_finit_module },
	{ SH_SECCOMP_KERNEL, SYS_delete_module },
	{ SH_SECCOMP_KERNEL, SYS_kexec_load },
#ifdef SYS_kexec_file_load
	{ SH_SECCOMP_KERNEL, SYS_kexec_file_load },
#endif
	{ SH_SECCOMP_KERNEL, SYS_bpf },
	{ SH_SECCOMP_KERNEL, SYS_perf_event_open },
	{ SH_SECCOMP_KERNEL, SYS_userfaultfd },
	{ SH_SECCOMP_KERNEL, SYS_reboot },
	{ SH_SECCOMP_KERNEL, SYS_acct },
	{ SH_SECCOMP_KERNEL, SYS_quotactl },
	{ SH_SECCOMP_KERNEL, NR_QUOTACTL_FD },
	{ SH_SECCOMP_KERNEL, SYS_add_key },
	{ SH_SECCOMP_KERNEL, SYS_request_key },
	{ SH_SECCOMP_KERNEL, SYS_keyctl },
	{ SH_SECCOMP_KERNEL, SYS_syslog },
	{ SH_SECCOMP_KERNEL, SYS_sethostname },
	{ SH_SECCOMP_KERNEL, SYS_setdomainname },
#ifdef SYS_iopl
	{ SH_SECCOMP_KERNEL, SYS_iopl },
	{ SH_SECCOMP_KERNEL, SYS_ioperm },
#endif
	/* It opens sockets, and more, past this filter. */
	{ SH_SECCOMP_NETWORK | SH_SECCOMP_SOCKETS | SH_SECCOMP_KERNEL, NR_IO_URING_SETUP },
	{ SH_SECCOMP_SOCKETS, SYS_socket },
	{ SH_SECCOMP_SOCKETS, SYS_connect },
	{ SH_SECCOMP_EXECUTE, SYS_execve },
	{ SH_SECCOMP_EXECUTE, SYS_execveat },
	{ SH_SECCOMP_SIGNALS, SYS_kill },
	{ SH_SECCOMP_SIGNALS, SYS_tkill },
	{ SH_SECCOMP_SIGNALS, NR_PIDFD_SEND_SIGNAL },
};

struct program {
	struct sock_filter code[MOST];
	unsigned short n;
};

static void add(struct program *p, struct sock_filter line)
{
	if (p->n < MOST)
		p->code[p->n++] = line;
}

static void load(struct program *p, size_t offset)
{
	add(p, (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (uint32_t)offset));
}

static void answer(struct program *p, int error)
{
	add(p, (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | (uint32_t)error));
}

/* Number NR, which is loaded, fails by ERROR. */
static void refuse(struct program *p, uint32_t nr, int error)
{
	add(p, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, nr, 0, 1));
	answer(p, error);
}

/* An argument's low half: these calls take an int, or flags that are all in it. */
static size_t argument(unsigned i)
{
	const union {
		uint16_t word;
		uint8_t byte[2];
	} order = { .word = 1 };

	return offsetof(struct seccomp_data, args) + i * sizeof(uint64_t) +
	       (order.byte[0] ? 0 : sizeof(uint32_t));
}

static void begin(struct program *p, uint32_t arch)
{
	load(p, offsetof(struct seccomp_data, arch));
	add(p, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, arch, 1, 0));
	answer(p, EPERM);
	load(p, offsetof(struct seccomp_data, nr));
#ifdef __x86_64__
	add(p, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, X32_BIT, 0, 1));
	answer(p, EPERM);
#endif
}

static void refuse_families(struct program *p)
{
	add(p, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_socket, 0, 4));
	load(p, argument(0));
	add(p, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AF_UNIX, 1, 0));
	answer(p, EACCES);
	load(p, offsetof(struct seccomp_data, nr));
}

/* clone3 has its flags in memory, where no filter looks: without it the C library takes clone. */
static void refuse_namespaces(struct program *p)
{
	refuse(p, NR_CLONE3, ENOSYS);
	add(p, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_clone, 0, 4));
	load(p, argument(0));
	add(p, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, (uint32_t)NAMESPACE_FLAGS, 0, 1));
	answer(p, EPERM);
	load(p, offsetof(struct seccomp_data, nr));
}

static int install(const struct program *p)
{
	const struct sock_fprog prog = { p->n, (struct sock_filter *)(uintptr_t)p->code };

	if (p->n == MOST)
		return -E2BIG;
	return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &prog) == 0 ? 0 : -errno;
}

int sh_seccomp_give_up(unsigned what)
{
#ifdef OUR_ARCH
	struct program p = { .n = 0 };

	begin(&p, OUR_ARCH);
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++)
		if (refused[i].group & what)
			refuse(&p, refused[i].nr, EPERM);
	if (what & SH_SECCOMP_NETWORK)
		refuse_families(&p);
	if (what & SH_SECCOMP_NAMESPACES)
		refuse_namespaces(&p);
	add(&p, (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW));
	return install(&p);
#else
	(void)what;
	return -ENOSYS;
#endif
}

/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <linux/capability.h>
#include <stddef.h>

#include "base/confine.h"
#include "base/seccomp.h"

/* Under a sanitizer or for coverage the program does more than it says: it writes files and looks at itself. */
#ifdef INSTRUMENTED
static const bool instrumented = true;
#else
static const bool instrumented = false;
#endif

static unsigned part(unsigned bit, int rc)
{
	return rc < 0 ? bit : 0;
}

unsigned sh_confine_self(const char *const *write, bool executes)
{
	/* Files of others that root is told to read, and a state directory that is another user's. */
	const uint64_t files = (uint64_t)1 << CAP_DAC_OVERRIDE | (uint64_t)1 << CAP_DAC_READ_SEARCH;
	const unsigned always = SH_SECCOMP_MOUNT | SH_SECCOMP_SWAP | SH_SECCOMP_CLOCK |
				SH_SECCOMP_NAMESPACES | SH_SECCOMP_TRACE | SH_SECCOMP_KERNEL;
	unsigned missing;

	if (instrumented)
		return SH_CONFINED_ALL;
	missing = part(SH_CONFINED_PRIVILEGES, sh_confine_privileges());
	if (executes)
		return missing | part(SH_CONFINED_SYSCALLS, sh_seccomp_give_up(always)) |
		       SH_CONFINED_WRITE | SH_CONFINED_CAPABILITIES;
	missing |= part(SH_CONFINED_WRITE, sh_confine_write_landlock(write));
	missing |= part(SH_CONFINED_CAPABILITIES, sh_confine_capabilities(files));
	return missing | part(SH_CONFINED_SYSCALLS,
			      sh_seccomp_give_up(always | SH_SECCOMP_SOCKETS | SH_SECCOMP_NETWORK |
						 SH_SECCOMP_EXECUTE | SH_SECCOMP_SIGNALS));
}

/* SPDX-License-Identifier: MIT */
/* nfsmount - samples of the mounts of NFS: latency, and with --detail all that is counted */
#ifndef SH_COLLECT_NFSMOUNT_H
#define SH_COLLECT_NFSMOUNT_H

#include "collect/collector.h"

int sh_nfs_mounts(struct sh_collect *c, struct sh_error *err);

#endif

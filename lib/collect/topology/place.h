/* SPDX-License-Identifier: MIT */
/* place - what the control group of a process says of where it runs */
#ifndef SH_COLLECT_TOPOLOGY_PLACE_H
#define SH_COLLECT_TOPOLOGY_PLACE_H

#include <stdbool.h>

#include "base/span.h"

/* Each "" where it is not said. */
struct sh_place {
	char container[65]; /* 64 digits: Docker, Podman, containerd, CRI-O */
	char pod[37];       /* the uid of a pod of Kubernetes */
	char machine[128];  /* of systemd-nspawn and LXC: a container that has a name */
	char vm[128];       /* of libvirt */
	char unit[128];     /* the service unit of the system, without ".service" */
	bool session;       /* below user.slice: what a user has started */
};

/* Text of /proc/PID/cgroup, of version 1 or 2. */
void sh_place_parse(struct sh_place *p, struct sh_span text);

#endif

/* SPDX-License-Identifier: MIT */
/* descriptors - what the processes of the machine hold open: sockets, and files they may write */
#ifndef SH_COLLECT_TOPOLOGY_DESCRIPTORS_H
#define SH_COLLECT_TOPOLOGY_DESCRIPTORS_H

#include "collect/topology/survey.h"

struct sh_held_socket {
	uint64_t inode;
	uint32_t process; /* index in the table of processes */
};

/* A place where a process has a file open for writing. */
struct sh_held_file {
	uint32_t process;
	uint64_t mount;      /* its id */
	char device[64];     /* the file is a block device: its name in sysfs; else "" */
};

struct sh_descriptors {
	struct sh_held_socket *socket; /* owned; by inode */
	size_t sockets, sockets_cap;
	struct sh_held_file *file;     /* owned; each process and mount once */
	size_t files, files_cap;
	size_t left;                   /* descriptors that may still be looked at */
};

/* Read when first asked for; those of other users are left out where we may not look. */
const struct sh_descriptors *sh_survey_descriptors(struct sh_survey *s);
void sh_descriptors_free(struct sh_descriptors *d); /* NULL is fine */

/*
 * The process that holds the socket: of several the oldest but process 1, which holds
 * those of others until they begin. False when none is known.
 */
bool sh_socket_holder(const struct sh_survey *s, uint64_t inode, size_t *process);

#endif

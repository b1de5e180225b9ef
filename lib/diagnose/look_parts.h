/* SPDX-License-Identifier: MIT */
/* look_parts - running and reading; for look.c and its parts only */
#ifndef SH_DIAGNOSE_LOOK_PARTS_H
#define SH_DIAGNOSE_LOOK_PARTS_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/map.h"
#include "config/site.h"
#include "record/diagnosis.h"

enum sh_look_kind {
	SH_LOOK_CPU = 1 << 0,
	SH_LOOK_MEMORY = 1 << 1,
	SH_LOOK_IO = 1 << 2,
	SH_LOOK_PROCESSES = SH_LOOK_CPU | SH_LOOK_MEMORY | SH_LOOK_IO, /* one look for the three */
	SH_LOOK_SPACE = 1 << 3,
	SH_LOOK_DELETED = 1 << 4,
	SH_LOOK_SOCKETS = 1 << 5,
	SH_LOOK_KERNEL = 1 << 6,
	SH_LOOK_PORTS = 1 << 7, /* of a service, by the site */
	SH_LOOK_LOGS = 1 << 8,	/* likewise */
	SH_LOOK_FILES = 1 << 9, /* how many there are, by the look at space */
};

struct sh_look {
	char *program, *host; /* owned */
	const struct sh_site *site; /* borrowed; NULL none */
	struct sh_map kept;   /* what was run -> struct sh_look_kept */
	json_t *nothing;      /* owned: no records */
	int64_t since;	      /* sh_clock_mono: from then on are counted */
	unsigned children;
	int64_t until;	      /* sh_clock_mono: for this fault nothing is run after it */
};

/* The records that a look gives, from what is kept where that is young enough. Borrowed, never NULL. */
const json_t *sh_look_run(struct sh_look *l, enum sh_look_kind kind, const char *path);

/* What the records show, appended to FOUND. */
void sh_look_processes(const json_t *records, json_t *found);
void sh_look_deleted(const json_t *records, double used, json_t *found);
/* Returns the bytes that are used of the file system, 0 unknown. */
double sh_look_space(const json_t *records, json_t *found);
/* The directories that have most of the inodes. */
void sh_look_files(const json_t *records, json_t *found);
void sh_look_sockets(const json_t *records, json_t *found);
/* Errors that the kernel told after SINCE. */
void sh_look_kernel(const json_t *records, int64_t since, json_t *found);

/* Who has the ports of the faulty service, and what its logs said last. */
void sh_look_service(struct sh_look *l, const struct sh_diagnosis *d, json_t *found);

/* Directories are told the service that writes what fills them, where the site or its pid file knows. */
void sh_look_own(const struct sh_look *l, json_t *found);

/* What a finding says, in English as records are; explain_evidence.c words it anew. A new string. */
json_t *sh_look_text(const json_t *item);
/* What is found to be lost, and what the kernel said, speaks for the causes of the rules that it proves. */
void sh_look_prove(struct sh_diagnosis *d, const json_t *found);

#endif

/* SPDX-License-Identifier: MIT */
/*
 * clean - find and remove old files below declared roots
 *
 * Removed is only what is beneath the root without any symbolic link, on the
 * root's own device and mount, a regular file with one link, old enough and not
 * open by anyone. Each is looked at again in the moment of its removal.
 */
#ifndef SH_ACTION_CLEAN_H
#define SH_ACTION_CLEAN_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

#include "action/openfiles.h"
#include "base/error.h"

/* How the names of quarantined files begin; cleaning passes them over. */
#define SH_CLEAN_QUARANTINE ".quarantine-"
#define SH_CLEAN_MAX_DEPTH 32
#define SH_CLEAN_MAX_SCAN 2000000 /* entries looked at below one root */

struct sh_clean_file {
	char *path; /* relative to the root; owned */
	dev_t dev;
	ino_t ino;
	int64_t mtime; /* ns */
	uint64_t bytes; /* allocated */
};

struct sh_clean_counts {
	uint64_t open, linked, young, changed, special, deep, elsewhere, failed;
};

struct sh_clean {
	const char *root, *match; /* borrowed */
	int64_t older, now;       /* ns */
	bool quarantine;
	const char *plan;         /* names the quarantine; borrowed */
	uint64_t max_bytes;       /* 0: no cap */
	int64_t max_files;
	int fd;                   /* of the root */
	dev_t dev;
	struct sh_clean_file *file; /* candidates, oldest first; owned */
	size_t n, cap;
	uint64_t scanned;
	bool capped;              /* a cap ended the work, or the scan */
	uint64_t removed, unlinked_bytes, quarantined;
	struct sh_clean_counts skipped;
	json_t *errors;           /* the first few, as text; owned */
};

/* Check the root and open it; -1 when it is one that is never cleaned. Release in any case. */
int sh_clean_open(struct sh_clean *c, struct sh_error *err);
void sh_clean_release(struct sh_clean *c);
/* Find the candidates. OPEN: files in use. */
int sh_clean_scan(struct sh_clean *c, const struct sh_openfiles *open, struct sh_error *err);
/* Remove one candidate by its index; never fails: what went wrong is counted. */
void sh_clean_remove(struct sh_clean *c, size_t i);

#endif

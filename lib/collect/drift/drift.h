/* SPDX-License-Identifier: MIT */
/*
 * drift - what the machine is, compared with what a person approved of
 *
 * An area is a listing: packages, listening ports, mounts, sysctl. Its baseline
 * lies in STATE/drift/AREA, a line of JSON (who, when, why) and the listing.
 * Approved files (state/baseline.h) are the area "files", whose baseline is each
 * file's own. Names are told in records, values never; values whose name sounds
 * like a secret are not even kept, only a digest of them.
 */
#ifndef SH_COLLECT_DRIFT_H
#define SH_COLLECT_DRIFT_H

#include "collect/collector.h"
#include "collect/listing.h"

struct sh_drift_area {
	const char *name;
	bool is_files; /* each file has its own baseline */
	/* What is there now, of what BEFORE (NULL: there is no baseline yet) has. */
	int (*look)(struct sh_collect *c, const struct sh_listing *before, struct sh_listing *now,
		    struct sh_error *err);
};

extern const struct sh_drift_area sh_drift_areas[]; /* ends with a name of NULL */
const struct sh_drift_area *sh_drift_area(const char *name);

struct sh_drift_baseline {
	struct sh_listing items;
	char *by, *reason; /* owned; reason NULL: none was given */
	int64_t time;
};

/* 1 there is one (release it), 0 none, -1. Files: as they were approved. */
int sh_drift_load(const char *state_dir, const struct sh_drift_area *a,
		  struct sh_drift_baseline *out, struct sh_error *err);
/* Not for files. */
int sh_drift_save(const char *state_dir, const struct sh_drift_area *a,
		  const struct sh_drift_baseline *b, struct sh_error *err);
void sh_drift_release(struct sh_drift_baseline *b);

/*
 * Each difference between the baseline of an area and what is there now, as
 * sh_listing_compare. 1 compared, 0 there is no baseline, -1.
 */
int sh_drift_compare(struct sh_collect *c, const struct sh_drift_area *a,
		     void (*each)(void *arg, const char *name, const char *was, const char *is),
		     void *arg, struct sh_error *err);

/* Whether a value under this name is not to be seen: password, secret, token, key and their like. */
bool sh_drift_is_secret(const char *name);

int sh_drift_look_ports(struct sh_collect *c, const struct sh_listing *before, struct sh_listing *now,
			struct sh_error *err);
int sh_drift_look_sysctl(struct sh_collect *c, const struct sh_listing *before,
			 struct sh_listing *now, struct sh_error *err);
/* "MODE UID GID SHA256": a file as it is kept and compared. */
void sh_drift_describe_file(struct sh_buf *out, unsigned mode, unsigned uid, unsigned gid,
			    const char *sha256);

#endif

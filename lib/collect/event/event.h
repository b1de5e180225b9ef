/* SPDX-License-Identifier: MIT */
/*
 * event - what changed since the last look, as event records
 *
 * A source lists what is there now; the listing is compared with the one kept
 * (facts.h), and each difference becomes a record. Without an earlier listing
 * nothing is said: what was there before the first look did not change.
 */
#ifndef SH_COLLECT_EVENT_H
#define SH_COLLECT_EVENT_H

#include "collect/collector.h"
#include "collect/listing.h"

struct sh_event_source {
	const char *name; /* of its fact */
	bool live;        /* looks at this machine, not at a tree */
	bool looks_back;  /* look() is given what was there before; others get NULL */
	/* Whether, by a cheaper look, all is as it was; may be NULL. */
	bool (*is_same)(struct sh_collect *c);
	/* List what is there now. SH_ERRC_UNAVAILABLE: nothing of the kind here. */
	int (*look)(struct sh_collect *c, const struct sh_listing *before, struct sh_listing *now,
		    struct sh_error *err);
	/* WAS NULL: it came; IS NULL: it went. */
	void (*changed)(struct sh_collect *c, const char *name, const char *was, const char *is);
};

extern const struct sh_event_source sh_event_packages, sh_event_services, sh_event_files,
	sh_event_boot, sh_event_clock, sh_event_oom, sh_event_mounts, sh_event_sessions,
	sh_event_marks;

/* TIME 0: not known, so that of seeing it. */
void sh_event_emit(struct sh_collect *c, int64_t time, const char *entity_type,
		   const char *entity_name, const char *type, const char *fmt, ...)
	__attribute__((format(printf, 6, 7)));

#endif

/* SPDX-License-Identifier: MIT */
/*
 * sources - the open faults that others follow from
 *
 * Of rules that inhibit others, and of rules that mean an entity is down. A fault
 * that is itself suppressed counts: silencing a cause must not set free what
 * follows from it. It stands for the one it follows from, and none stands for
 * itself, so two that inhibit each other leave the one that was there first.
 */
#ifndef SH_DETECT_SOURCES_H
#define SH_DETECT_SOURCES_H

#include <jansson.h>

#include "base/map.h"
#include "detect/rule.h"
#include "detect/watched.h"

struct sh_sources {
	const struct sh_rules *rules; /* borrowed */
	struct sh_map pair;           /* distinct "inhibit_on", name of a rule or fault type */
	struct sh_map under;          /* what others look for -> the faults found by it, by fingerprint */
	struct sh_map open;           /* fingerprint -> its fault */
};

void sh_sources_init(struct sh_sources *s, const struct sh_rules *rules);
void sh_sources_release(struct sh_sources *s);
/* RULE, which is not one of those, is inhibited too: before the first fault is put. */
void sh_sources_expect(struct sh_sources *s, const struct sh_rule *rule);
/* W opened, or was open when its state was read. It must stay where it is until it is dropped. */
void sh_sources_put(struct sh_sources *s, const struct sh_watched *w);
void sh_sources_drop(struct sh_sources *s, const struct sh_watched *w);
/*
 * The same for a fault of a rule of another language, in PICTURE, of which a reference is
 * kept; put again it is the newer picture.
 */
void sh_sources_put_other(struct sh_sources *s, json_t *picture);
void sh_sources_drop_other(struct sh_sources *s, const char *fingerprint);

/* The picture of the fault that inhibits the one in PICTURE, of RULE; NULL none. Borrowed. */
const json_t *sh_sources_inhibitor(const struct sh_sources *s, const struct sh_rule *rule,
				   const json_t *picture);
/* Of a fault by which ENTITY is down. */
const json_t *sh_sources_down(const struct sh_sources *s, const char *entity);
/* The one that the fault in PICTURE follows from in the end; itself where it follows from none. */
const json_t *sh_sources_root(const struct sh_sources *s, const json_t *picture);

#endif

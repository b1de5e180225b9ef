/* SPDX-License-Identifier: MIT */
/* alerts - what a rule gave before, per label set: for and keep_firing_for */
#ifndef SH_DETECT_PROM_ALERTS_H
#define SH_DETECT_PROM_ALERTS_H

#include "base/map.h"
#include "detect/prom/engine.h"
#include "detect/prom/eval.h"
#include "series/bytes.h"

/* By the key of its labels; a recording rule has them too, to tell when a series ends. */
struct sh_prom_alerts {
	struct sh_map by_key; /* -> struct sh_prom_held */
};

struct sh_prom_held {
	struct sh_prom_alert alert;
	struct sh_prom_labels *labels; /* owned */
	char *origin, *why;            /* owned */
};

void sh_prom_alerts_init(struct sh_prom_alerts *a);
void sh_prom_alerts_release(struct sh_prom_alerts *a);
/* An element of the result at NOW; NULL when one of the same labels was there already. */
struct sh_prom_held *sh_prom_alerts_note(struct sh_prom_alerts *a, const struct sh_prom_elem *elem,
					 int64_t now);
/*
 * What was in the result came, goes on or ends. Told by CALL, which returns as
 * struct sh_prom_calls says; what ended is gone afterwards.
 */
void sh_prom_alerts_settle(struct sh_prom_alerts *a, const struct sh_prom_rule *rule, int64_t now,
			   char *(*call)(void *arg, enum sh_prom_change change,
					const struct sh_prom_alert *alert),
			   void *arg);
void sh_prom_alerts_save(const struct sh_prom_alerts *a, struct sh_buf *out);
/* From this form of the state on it says what was suppressed. */
#define SH_PROM_FORM_HUSHED 2
/* As the state of FORM has them. False: damaged. */
bool sh_prom_alerts_load(struct sh_prom_alerts *a, struct sh_bytes *in, unsigned form);

#endif

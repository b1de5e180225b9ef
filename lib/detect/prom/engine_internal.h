/* SPDX-License-Identifier: MIT */
/* engine_internal - what the files of the engine share: engine.h is the face */
#ifndef SH_DETECT_PROM_ENGINE_INTERNAL_H
#define SH_DETECT_PROM_ENGINE_INTERNAL_H

#include "detect/prom/alerts.h"
#include "detect/prom/engine.h"
#include "detect/prom/promql.h"
#include "detect/prom/history.h"

/* A rule with what it knows. */
struct sh_prom_ruled {
	struct sh_prom_rule rule;
	struct sh_promql *promql;      /* owned */
	struct sh_prom_watch **watch;  /* by the id of a selector; the array is owned */
	struct sh_prom_labels *labels; /* owned */
	struct sh_prom_alerts alerts;
	int64_t last;                  /* evaluation; INT64_MIN none */
	bool broken;                   /* and told */
};

struct sh_prom_engine {
	struct sh_prom_calls calls;
	struct sh_prom_ruled **rule;
	size_t n, cap;
	struct sh_prom_store store;
	int64_t since;          /* of alerts: what is to be evaluated; 0 all */
	int64_t now;            /* the latest time seen; INT64_MIN none */
	struct sh_arena arena;  /* of an evaluation */
	struct sh_arena intake; /* of a record */
};


#endif

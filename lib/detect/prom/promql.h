/* SPDX-License-Identifier: MIT */
/*
 * promql - the query language of Prometheus, read
 *
 * The whole grammar of PromQL as the documentation of Prometheus has it
 * ("Querying Prometheus", "Operators", "Functions"; versions 2 and 3): selectors
 * with matchers, ranges, subqueries, offset and @, operators with bool, on,
 * ignoring, group_left and group_right, aggregations, functions, durations,
 * strings and comments. What it was read into is checked for its types, so that
 * an expression that parses can be evaluated. Of native histograms nothing is known.
 */
#ifndef SH_DETECT_PROM_PROMQL_H
#define SH_DETECT_PROM_PROMQL_H

#include <stddef.h>

#include "base/error.h"
#include "detect/prom/ast.h"
#include "expr/value.h"

#define SH_PROMQL_MAX_TEXT  65536
#define SH_PROMQL_MAX_DEPTH 200 /* of the tree */

struct sh_promql {
	char *text; /* owned */
	struct sh_prom_ast *root;
	struct sh_prom_ast **selector; /* each, in the order of the text */
	size_t selectors, selector_cap;
	struct sh_arena arena; /* where all of the tree lives */
	void **regex;          /* owned */
	size_t regexes, regex_cap;
};

/* Returns NULL with SH_ERRC_CONFIG and "line:column: what". */
struct sh_promql *sh_promql_parse(const char *text, struct sh_error *err);
void sh_promql_free(struct sh_promql *p);

#endif

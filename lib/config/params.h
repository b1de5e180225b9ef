/* SPDX-License-Identifier: MIT */
/* params - the parameters of a rule with the site's word over them */
#ifndef SH_CONFIG_PARAMS_H
#define SH_CONFIG_PARAMS_H

#include <jansson.h>

/*
 * DEFAULTS (of the rule, may be NULL) with each member that SITE (of the entity,
 * may be NULL) also has taken from there. The site cannot add a parameter that
 * the rule does not have. A new reference, or NULL when there are no defaults.
 */
json_t *sh_rule_params(const json_t *defaults, const json_t *site);

#endif

/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "detect/proof.h"

#include <string.h>

#include "detect/vectors.h"

static bool acts(const struct sh_node *rule)
{
	const struct sh_node *mode = sh_node_get(rule, "mode");

	return mode && mode->text && !strcmp(mode->text, sh_mode_words[SH_MODE_ACT]);
}

static const struct sh_rule *find(const struct sh_rules *rules, const struct sh_node *node)
{
	for (size_t i = 0; i < rules->n; i++)
		if (rules->rule[i].node == node)
			return &rules->rule[i];
	return NULL;
}

/* What the rule is, that one sample does not prove; NULL: one does. */
static const char *unproved(const struct sh_rules *rules, const struct sh_node *node)
{
	const struct sh_rule *r = find(rules, node);

	if (sh_vectors_is_rule(node))
		return "in PromQL";
	if (!r) /* it is broken, and that was told */
		return NULL;
	if (r->is_log)
		return "about logs";
	return sh_expr_needs_past(r->clear ? r->clear : r->expr) ? "about the past" : NULL;
}

size_t sh_proof_check(const struct sh_config *c, const struct sh_rules *rules, sh_config_report_fn *report,
		      void *arg)
{
	const struct sh_config_entry *e;
	size_t i = 0, n = 0;

	while ((e = sh_config_next(c, SH_SECTION_RULES, &i))) {
		struct sh_error err = SH_ERROR_INIT;
		const char *what = acts(e->node) && !sh_node_get(e->node, "verify") ? unproved(rules, e->node) : NULL;

		if (!what)
			continue;
		n++;
		(void)sh_node_fail(e->node, &err,
				   "rule '%s' has mode act and is %s: it needs a verify that one sample can prove",
				   e->id, what);
		if (report)
			report(arg, &err);
	}
	return n;
}

/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "repair/mode.h"

#include <string.h>

#include "base/mem.h"

static enum sh_mode least(enum sh_mode a, enum sh_mode b)
{
	return a < b ? a : b;
}

/* What an operator said last of KIND:ID takes the place of *MODE. */
static int promoted(const struct sh_repairer *r, const char *kind, const char *id, enum sh_mode *mode,
		    struct sh_error *err)
{
	SH_CLEANUP_FREE char *scope = sh_asprintf("%s:%s", kind, id);
	struct sh_mark m = { 0 };
	int found = r->ledger ? sh_ledger_mode(r->ledger, scope, &m, err) : 0;

	for (int i = 0; found > 0 && sh_mode_words[i]; i++)
		if (!strcmp(m.value, sh_mode_words[i]))
			*mode = (enum sh_mode)i;
	sh_mark_release(&m);
	return found < 0 ? -1 : 0;
}

static int of_playbook(const struct sh_repairer *r, const struct sh_playbook *book, enum sh_mode *out,
		       struct sh_error *err)
{
	enum sh_mode mode = book->mode;

	if (promoted(r, "playbook", book->id, &mode, err) < 0)
		return -1;
	*out = least(*out, mode);
	return 0;
}

static int of_rule(const struct sh_repairer *r, const char *id, enum sh_mode *out, struct sh_error *err)
{
	const struct sh_config_entry *rule = sh_config_find(r->config, SH_SECTION_RULES, id);
	struct sh_error ignored = SH_ERROR_INIT;
	int word = SH_MODE_ACT;
	enum sh_mode mode;

	if (!rule) {
		*out = SH_MODE_OBSERVE;
		return 0;
	}
	sh_node_choice(rule->node, "mode", sh_mode_words, &word, &ignored);
	mode = (enum sh_mode)word;
	if (promoted(r, "rule", id, &mode, err) < 0)
		return -1;
	*out = least(*out, mode);
	return 0;
}

int sh_mode_of(const struct sh_repairer *r, const struct sh_request *q, const struct sh_playbook *book,
	       const struct sh_playbook *ladder, enum sh_mode *out, struct sh_error *err)
{
	*out = least(sh_site_lookup(r->site, q->target).mode, r->mode);
	if ((q->rule_id && of_rule(r, q->rule_id, out, err) < 0) || of_playbook(r, book, out, err) < 0)
		return -1;
	return ladder ? of_playbook(r, ladder, out, err) : 0;
}

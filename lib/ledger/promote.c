/* SPDX-License-Identifier: MIT */
/* promote - how much a rule or a playbook may do, by an operator's word */
#include "config.h"

#include <string.h>

#include "base/mem.h"
#include "ledger/control.h"
#include "ledger/note.h"

struct promotion {
	const struct sh_control *c;
	const char *scope, *mode;
};

static int put_mode(struct sh_ledger *l, void *arg, struct sh_error *err)
{
	const struct promotion *p = arg;
	SH_CLEANUP_FREE char *mode = sh_strdup(p->mode);
	SH_CLEANUP_FREE char *why = sh_asprintf("%s: %s", p->c->by, p->c->reason);
	SH_CLEANUP_FREE char *text = sh_asprintf("mode of %s is %s by %s", p->scope, p->mode, why);
	const struct sh_mark m = { .value = mode, .time = p->c->now, .changed = p->c->now, .why = why };
	json_auto_t *more = json_pack("{s:s}", "mode", p->mode);

	if (sh_ledger_mode_put(l, p->scope, &m, err) < 0)
		return -1;
	return sh_control_note_with(p->c, l, "promoted", p->scope, text, p->scope, more, err);
}

int sh_control_promote(const struct sh_control *c, const char *scope, const char *mode, struct sh_error *err)
{
	struct promotion p = { c, scope, mode };
	const char *id = strchr(scope, ':');

	if ((strncmp(scope, "rule:", 5) != 0 && strncmp(scope, "playbook:", 9) != 0) || !id[1])
		return sh_error_set(err, SH_ERRC_USAGE, "'%s' is neither rule:ID nor playbook:ID", scope);
	return sh_ledger_together(c->ledger, put_mode, &p, err);
}

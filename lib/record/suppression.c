/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <string.h>

#include "record/fault.h"
#include "record/json.h"

const json_t *sh_fault_suppression(const json_t *fault)
{
	const json_t *suppressed = json_object_get(fault, "suppressed");

	return json_is_object(suppressed) ? suppressed : NULL;
}

/* The other fault, where one is the reason. */
static void add_other(struct sh_buf *out, const json_t *suppressed)
{
	const char *type = sh_json_str(suppressed, "fault_type", NULL);
	const char *entity = sh_json_str(suppressed, "entity", NULL);

	if (type)
		sh_buf_addf(out, " %s", type);
	if (entity)
		sh_buf_addf(out, " of %s", entity);
}

void sh_suppression_add_text(struct sh_buf *out, const json_t *suppressed)
{
	const char *by = sh_json_str(suppressed, "by", "");
	const char *owner = sh_json_str(suppressed, "owner", NULL);
	const char *until = sh_json_str(suppressed, "until", NULL);
	const char *reason = sh_json_str(suppressed, "reason", NULL);

	if (!strcmp(by, "inhibition") || !strcmp(by, "dependency")) {
		sh_buf_addstr(out, *by == 'i' ? "inhibited by" : "follows from");
		add_other(out, suppressed);
		return;
	}
	sh_buf_addstr(out, !strcmp(by, "maintenance") ? "in maintenance" : "silenced");
	if (owner)
		sh_buf_addf(out, " by %s", owner);
	if (until)
		sh_buf_addf(out, " until %.19sZ", until);
	if (reason)
		sh_buf_addf(out, ": %s", reason);
}

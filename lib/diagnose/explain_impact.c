/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "diagnose/explain_impact.h"

#include <string.h>

#include "base/nls.h"
#include "record/json.h"

static unsigned long count_of(const json_t *of, const char *member)
{
	int64_t n = sh_json_int(of, member, 0);

	return n > 0 ? (unsigned long)n : 0;
}

/* "service:web@h (down, used by people)", "group:db (2 of 3 left, it needs 2)" */
static void add_touched(const json_t *touched, struct sh_buf *out)
{
	bool down = !strcmp(sh_json_str(touched, "fate", ""), "down"), is_group = count_of(touched, "members") > 0;

	sh_buf_addstr(out, sh_json_str(touched, "entity", "?"));
	sh_buf_addstr(out, sh_tr(" ("));
	if (is_group)
		sh_buf_addf(out, sh_tr("%1$lu of %2$lu left, it needs %3$lu"), count_of(touched, "left"),
			    count_of(touched, "members"), count_of(touched, "needed"));
	else
		sh_buf_addstr(out, down ? sh_tr("down") : sh_tr("weaker"));
	if (json_is_true(json_object_get(touched, "users")))
		sh_buf_addstr(out, sh_tr(", a service of users"));
	sh_buf_addstr(out, sh_tr(")"));
}

/* Of the list that MEMBER is, in its order: services of users first. */
static const char *list(const json_t *impact, const char *member, const char *count, struct sh_buf *out)
{
	json_auto_t *words = json_array();
	const json_t *touched;
	size_t i;

	json_array_foreach(json_object_get(impact, member), i, touched) {
		SH_CLEANUP_BUF struct sh_buf text = SH_BUF_INIT;

		add_touched(touched, &text);
		json_array_append_new(words, json_stringn_nocheck(text.data, text.len));
	}
	return sh_tell_some(out, words, (size_t)count_of(impact, count));
}

void sh_explain_impact(const json_t *impact, const struct sh_tell *t)
{
	SH_CLEANUP_BUF struct sh_buf names = SH_BUF_INIT, entity = SH_BUF_INIT;

	if (!json_is_object(impact))
		return;
	sh_tell_cut(&entity, sh_json_str(impact, "entity", "?"));
	if (json_array_size(json_object_get(impact, "affected")))
		sh_tell(t, 1, sh_tr("Without %1$s, affected now: %2$s."), sh_buf_str(&entity),
			list(impact, "affected", "affected_count", &names));
	if (json_array_size(json_object_get(impact, "at_risk")))
		sh_tell(t, 1, sh_tr("Without %1$s, at risk next: %2$s."), sh_buf_str(&entity),
			list(impact, "at_risk", "at_risk_count", &names));
}

/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "base/nls.h"
#include "diagnose/explain.h"

static unsigned long count_of(int64_t n)
{
	return n > 0 ? (unsigned long)n : 0;
}

void sh_explain_incident(const struct sh_incident *i, const struct sh_tell *t)
{
	SH_CLEANUP_BUF struct sh_buf since = SH_BUF_INIT, span = SH_BUF_INIT, entity = SH_BUF_INIT;
	unsigned long open = count_of(i->open), total = count_of(i->total);

	sh_tell_time(&since, i->since);
	sh_tell_span(&span, i->time - i->since);
	if (open)
		sh_tell(t, 0,
			sh_tr_n("Incident %1$s: %2$lu fault is there, %3$lu in all, since %4$s, that is for %5$s; %6$s.",
				"Incident %1$s: %2$lu faults are there, %3$lu in all, since %4$s, that is for %5$s; %6$s.",
				open),
			i->id, open, total, since.data, span.data, sh_explain_severity(i->severity));
	else
		sh_tell(t, 0,
			sh_tr_n("Incident %1$s is over: %2$lu fault in all, since %3$s, that is for %4$s.",
				"Incident %1$s is over: %2$lu faults in all, since %3$s, that is for %4$s.",
				total),
			i->id, total, since.data, span.data);
	sh_tell(t, 1, sh_tr("What explains most of them: %1$s of %2$s; %3$.0f %%."), i->root_cause,
		sh_tell_cut(&entity, i->entity), i->confidence * 100);
}

/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <inttypes.h>
#include <string.h>

#include "cli/text_parts.h"
#include "record/incident.h"

#define ID_SHOWN 10 /* enough to tell a few from each other, and to look for */

static void add_id(struct sh_text *t, const char *id)
{
	sh_text_span(t, (struct sh_span){ id, strnlen(id, ID_SHOWN) });
}

/* incident i-04e0f1a2 open: storage_space_exhausted (95 %) of filesystem:/var@h, 3 faults */
void sh_text_incident(struct sh_text *t, const struct sh_record *r, const json_t *object)
{
	enum sh_text_color color = SH_TEXT_GOOD;
	struct sh_error err = SH_ERROR_INIT;
	struct sh_incident i;

	if (sh_incident_from_json(&i, object, &err)) {
		sh_text_other(t, r, object);
		return;
	}
	sh_text_time(t, r->time);
	sh_buf_addstr(t->out, "incident ");
	add_id(t, i.id);
	sh_buf_addf(t->out, " %s: ", sh_incident_status_words[i.status]);
	if (i.status == SH_INCIDENT_OPEN || i.status == SH_INCIDENT_ONGOING)
		color = sh_text_severity_color(i.severity);
	sh_text_colored(t, color, i.root_cause);
	if (i.confidence > 0)
		sh_buf_addf(t->out, " (%.0f %%)", i.confidence * 100);
	sh_buf_addstr(t->out, " of ");
	sh_text_add(t, i.entity);
	sh_buf_addf(t->out, ", %" PRId64 " of %" PRId64 " fault%s", i.open, i.total,
		    i.total == 1 ? "" : "s");
	if (i.merged_into) {
		sh_buf_addstr(t->out, ", goes on as ");
		add_id(t, i.merged_into);
	}
	sh_buf_addch(t->out, '\n');
	sh_incident_release(&i);
}

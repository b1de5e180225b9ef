/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "diagnose/incidents_parts.h"
#include "record/json.h"

/* The fault that it follows from, where that is there and known. */
static const struct sh_incident_member *source_of(const struct sh_incidents *s, const json_t *suppressed)
{
	const char *of = sh_json_str(suppressed, "of", NULL);
	const struct sh_incident_member *m = of ? sh_map_gets(&s->prints, of) : NULL;

	return m && m->state == SH_MEMBER_THERE ? m : NULL;
}

static void join(struct sh_incidents *s, const struct sh_fault *f, const struct sh_incident_member *source)
{
	SH_CLEANUP_FREE char *root = sh_strdup(s->upstream.place[source->root->place].name);
	struct sh_incident_member *m = sh_calloc(1, sizeof(*m));
	struct sh_incident_group *in = source->in;

	*m = (struct sh_incident_member){ .id = sh_strdup(f->id),
					  .entity = sh_strdup(f->entity),
					  .fingerprint = sh_strdup_or_null(f->fingerprint),
					  .cause = sh_strdup(source->cause),
					  .confidence = source->confidence,
					  .severity = f->severity,
					  .hushed = true,
					  .onset = sh_fault_onset(f),
					  .heard = f->time,
					  .number = ++s->number };
	sh_grouped_add(s, in, m, root);
	in->first = m->onset < in->first ? m->onset : in->first;
	in->last = m->onset > in->last ? m->onset : in->last;
	in->total++;
	sh_incidents_due(s, m->heard + SH_INCIDENT_SILENCE);
	sh_grouped_changed(in, "joined", "fault", m->id);
	sh_grouped_elect(s, in);
	sh_grouped_tell(s, in, NULL);
}

void sh_incidents_follow(struct sh_incidents *s, const struct sh_record *r)
{
	struct sh_error ignored = SH_ERROR_INIT;
	const struct sh_incident_member *source;
	json_auto_t *fault = NULL;
	struct sh_fault f;

	if (sh_record_member(r, "suppressed").type != SH_JSON_OBJECT)
		return;
	fault = sh_record_json(r);
	source = source_of(s, sh_fault_suppression(fault));
	if (!source || sh_fault_from_json(&f, fault, &ignored) < 0)
		return;
	if (f.status != SH_FAULT_OPEN && f.status != SH_FAULT_ONGOING)
		;
	else if (s->members.live >= SH_INCIDENT_FAULTS)
		s->refused++;
	else
		join(s, &f, source);
	sh_fault_release(&f);
}

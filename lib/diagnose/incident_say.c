/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "diagnose/incidents_parts.h"

void sh_grouped_changed(struct sh_incident_group *in, const char *type, const char *key,
			const char *value)
{
	in->dirty = true;
	if (!in->changes)
		in->changes = json_array();
	if (json_array_size(in->changes) < SH_INCIDENT_LISTED)
		json_array_append_new(in->changes,
				      json_pack("{s:s,s:s}", "type", type, key, value));
}

static void changed_from(struct sh_incident_group *in, const char *type, const char *from,
			     const char *to)
{
	if (!strcmp(from, to))
		return;
	sh_grouped_changed(in, type, "from", from);
	json_object_set_new(json_array_get(in->changes, json_array_size(in->changes) - 1), "to",
			    json_string(to));
}

/* Of the members with the elected root the surest speaks, of those that are there if any is. */
static const struct sh_incident_member *speaker(const struct sh_incident_group *in)
{
	const struct sh_incident_member *best = NULL;

	for (const struct sh_incident_member *m = in->oldest; m && in->elected; m = m->next) {
		bool there = m->state == SH_MEMBER_THERE;

		if (m->root != in->elected)
			continue;
		if (!best || (there && best->state != SH_MEMBER_THERE) ||
		    (there == (best->state == SH_MEMBER_THERE) && m->confidence > best->confidence))
			best = m;
	}
	return best;
}

/* Of those that are not suppressed, for nobody is to be called for the others; where there are none, of all. */
static enum sh_severity worst(const struct sh_incident_group *in)
{
	enum sh_severity most = SH_SEVERITY_INFO, hushed = SH_SEVERITY_INFO;
	bool any = false;

	for (const struct sh_incident_member *m = in->oldest; m; m = m->next) {
		if (m->state != SH_MEMBER_THERE)
			continue;
		any = any || !m->hushed;
		if (m->hushed && m->severity > hushed)
			hushed = m->severity;
		else if (!m->hushed && m->severity > most)
			most = m->severity;
	}
	return any ? most : hushed;
}

static enum sh_incident_status status_of(const struct sh_incident_group *in)
{
	if (in->there)
		return in->told.any && !in->over ? SH_INCIDENT_ONGOING : SH_INCIDENT_OPEN;
	for (const struct sh_incident_member *m = in->oldest; m; m = m->next)
		if (m->state == SH_MEMBER_STALE)
			return SH_INCIDENT_STALE;
	return SH_INCIDENT_RESOLVED;
}

static void set(char **text, const char *to)
{
	char *copy = sh_strdup(to);

	free(*text);
	*text = copy;
}

static void look_again(struct sh_incidents *s, struct sh_incident_group *in)
{
	const struct sh_incident_member *m = speaker(in);
	struct sh_told *t = &in->told;
	const char *entity;

	if (!m || !in->there)
		return; /* it stays as it was told */
	entity = s->upstream.place[in->elected->place].name;
	if (t->any) {
		changed_from(in, "cause", t->cause, m->cause);
		changed_from(in, "entity", t->entity, entity);
		changed_from(in, "severity", sh_severity_words[t->severity],
					sh_severity_words[worst(in)]);
	}
	t->severity = worst(in);
	t->confidence = m->confidence;
	set(&t->cause, m->cause);
	set(&t->entity, entity);
}

/* Ids of those that are there, and what they are about, each entity once. */
static void list(const struct sh_incident_group *in, struct sh_incident *out)
{
	struct sh_map seen = SH_MAP_INIT(NULL);

	out->faults = json_array();
	out->entities = json_array();
	for (const struct sh_incident_member *m = in->oldest; m; m = m->next) {
		if (m->state != SH_MEMBER_THERE)
			continue;
		if (json_array_size(out->faults) == SH_INCIDENT_LISTED)
			break;
		json_array_append_new(out->faults, json_string(m->id));
		if (sh_map_gets(&seen, m->entity))
			continue;
		sh_map_puts(&seen, m->entity, out);
		json_array_append_new(out->entities, json_string(m->entity));
	}
	sh_map_release(&seen);
}

static char *describe(const struct sh_incident_group *in, const char *merged_into)
{
	const struct sh_told *t = &in->told;
	bool unknown = !strcmp(t->cause, "unknown");
	uint64_t n = in->there ? in->there : in->total;

	if (merged_into)
		return sh_asprintf("goes on as %s", merged_into);
	return sh_asprintf("%s%" PRIu64 " fault%s, %s %s %s", in->there ? "" : "over, after ", n,
			   n == 1 ? "" : "s", unknown ? "cause" : t->cause,
			   unknown ? "unknown, around" : "of", t->entity);
}

static void write_out(struct sh_incidents *s, struct sh_incident_group *in, const char *merged_into)
{
	const struct sh_told *t = &in->told;
	struct sh_incident out = { .time = s->now,
				   .host = in->host,
				   .entity = t->entity,
				   .id = in->id,
				   .status = t->status,
				   .severity = t->severity,
				   .root_cause = t->cause,
				   .confidence = t->confidence,
				   .since = in->first,
				   .open = in->there,
				   .total = (int64_t)in->total,
				   .reopened = in->reopened,
				   .changes = in->changes,
				   .merged_into = sh_strdup_or_null(merged_into),
				   .description = describe(in, merged_into) };

	list(in, &out);
	s->emit(s->arg, &out);
	json_decref(out.faults);
	json_decref(out.entities);
	free(out.merged_into);
	free(out.description);
}

/* The first record of an incident says who all joined, the later ones who did since. */
static void begin_to_tell(struct sh_incident_group *in)
{
	json_decref(in->changes);
	in->changes = NULL;
	for (const struct sh_incident_member *m = in->oldest; m; m = m->next)
		if (m->state == SH_MEMBER_THERE)
			sh_grouped_changed(in, "joined", "fault", m->id);
}

static void note_status(struct sh_incidents *s, struct sh_incident_group *in,
			enum sh_incident_status status)
{
	bool was_over = in->over != 0;

	in->dirty = true;
	in->told.status = status;
	if (was_over && in->there)
		in->reopened++;
	if (in->there)
		in->over = 0;
	else if (!was_over)
		in->over = s->now;
}

void sh_grouped_tell(struct sh_incidents *s, struct sh_incident_group *in, const char *merged_into)
{
	bool worth = in->told.any || in->total > 1;

	if (!merged_into)
		look_again(s, in);
	if (in->changes) {
		note_status(s, in, merged_into ? SH_INCIDENT_MERGED : status_of(in));
		if (worth && !in->told.any && !merged_into)
			begin_to_tell(in);
		if (worth || merged_into)
			write_out(s, in, merged_into);
		in->told.any |= worth;
	}
	json_decref(in->changes);
	in->changes = NULL;
}

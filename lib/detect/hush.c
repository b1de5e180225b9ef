/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "detect/hush.h"

#include "base/clock.h"
#include "detect/outage.h"
#include "record/json.h"
#include "topology/heard.h"
#include "topology/topology.h"

/* Of record time: what an operator says is heard of within it. */
#define READ_AGAIN (10 * SH_SEC)
/* A reason may end sooner than it said. */
#define ASK_AGAIN SH_MIN

void sh_hush_init(struct sh_hush *h, const struct sh_rules *rules, const struct sh_site *site)
{
	*h = (struct sh_hush){ .site = site };
	sh_sources_init(&h->sources, rules);
	h->graph = sh_graph_new();
	if (site)
		sh_topology_site(h->graph, site);
}

void sh_hush_release(struct sh_hush *h)
{
	sh_sources_release(&h->sources);
	sh_graph_free(h->graph);
	sh_silences_release(&h->fixed);
	sh_silences_release(&h->made);
}

static void refresh(struct sh_hush *h, int64_t now)
{
	if (!h->read || (h->was_read && now < h->read_at + READ_AGAIN))
		return;
	h->was_read = true;
	h->read_at = now;
	sh_silences_clear(&h->made);
	h->read(h->arg, &h->made);
}

/* The one that lasts longest of those that are about the fault. */
static const struct sh_silence *find(const struct sh_silences *s, const json_t *picture, int64_t now,
				     const struct sh_silence *best, int64_t *until)
{
	for (size_t i = 0; i < s->n; i++) {
		int64_t end;

		if (!sh_silence_holds(&s->item[i], now, &end) || (best && end <= *until) ||
		    !sh_silence_matches(&s->item[i], picture))
			continue;
		best = &s->item[i];
		*until = end;
	}
	return best;
}

static json_t *of_silence(const struct sh_silence *s, int64_t until)
{
	char text[SH_TIME_TEXT];

	sh_time_format(text, until);
	return json_pack("{s:s, s:s, s:s, s:s, s:s}", "by", s->maintenance ? "maintenance" : "silence",
			 "id", s->id, "owner", s->owner, "until", text, "reason", s->reason);
}

static json_t *of_fault(const char *by, const json_t *source)
{
	return json_pack("{s:s, s:O, s:O, s:O}", "by", by, "of", json_object_get(source, "fingerprint"),
			 "entity", json_object_get(source, "entity"), "fault_type",
			 json_object_get(source, "fault_type"));
}

static json_t *follows(const struct sh_hush *h, const struct sh_rule *rule, const json_t *picture)
{
	const char *entity = sh_json_str(picture, "entity", ""), *own = sh_json_str(picture, "fingerprint", "");
	const json_t *source = sh_outage_reason(h->graph, &h->sources, entity, own);

	if (source)
		return of_fault("dependency", source);
	source = sh_sources_inhibitor(&h->sources, rule, picture);
	return source ? of_fault("inhibition", source) : NULL;
}

/* With the group that the site declares for it; a new reference. */
static json_t *in_group(const struct sh_hush *h, const json_t *picture)
{
	struct sh_site_word word = { .group = NULL };
	json_t *own;

	if (h->site)
		word = sh_site_lookup(h->site, sh_json_str(picture, "entity", ""));
	if (!word.group)
		return json_incref((json_t *)(uintptr_t)picture);
	own = json_copy((json_t *)(uintptr_t)picture);
	json_object_set_new(own, "group", json_string(word.group));
	return own;
}

json_t *sh_hush_ask(struct sh_hush *h, const struct sh_rule *rule, const json_t *picture, int64_t now, int64_t *until)
{
	const struct sh_silence *s;
	json_auto_t *grouped = in_group(h, picture);
	json_t *why;

	refresh(h, now);
	sh_graph_advance(h->graph, now);
	s = find(&h->fixed, grouped, now, NULL, until);
	s = find(&h->made, grouped, now, s, until);
	why = s ? of_silence(s, *until) : follows(h, rule, picture);
	if (why && !s)
		*until = INT64_MAX;
	if (why && *until > now + ASK_AGAIN)
		*until = now + ASK_AGAIN;
	return why;
}

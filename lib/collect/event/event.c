/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "collect/event/event.h"

#include <stdarg.h>
#include <string.h>

#include "collect/facts.h"
#include "collect/table.h"
#include "collect/text.h"
#include "record/entity.h"

static const struct sh_event_source *const sources[] = {
	&sh_event_boot,     &sh_event_clock, &sh_event_packages, &sh_event_mounts, &sh_event_services,
	&sh_event_files,    &sh_event_oom,   &sh_event_sessions, &sh_event_marks,  NULL,
};

void sh_event_emit(struct sh_collect *c, int64_t time, const char *entity_type,
		   const char *entity_name, const char *type, const char *fmt, ...)
{
	SH_CLEANUP_BUF struct sh_buf text = SH_BUF_INIT;
	bool host = !strcmp(entity_type, "host");
	va_list ap;

	va_start(ap, fmt);
	sh_buf_vaddf(&text, fmt, ap);
	va_end(ap);
	sh_buf_clear(&c->name);
	sh_entity_add(&c->name, entity_type, entity_name, host ? NULL : c->host);
	sh_event_write(&c->out, c->host, sh_buf_str(&c->name), time ? time : sh_collect_time(c),
		       c->current->name, type, sh_buf_str(&text));
}

struct change {
	struct sh_collect *c;
	const struct sh_event_source *source;
};

static void tell(void *arg, const char *name, const char *was, const char *is)
{
	const struct change *ch = arg;

	ch->source->changed(ch->c, name, was, is);
}

/* Compare and keep. Mostly the text is the same, and needs no taking apart. */
static void conclude(struct sh_collect *c, const struct sh_event_source *s,
		     const struct sh_listing *now)
{
	const struct sh_fact *fact = sh_facts_get(&c->facts, s->name);
	SH_CLEANUP_BUF struct sh_buf text = SH_BUF_INIT;
	struct sh_listing before = { 0 };
	struct change change = { c, s };

	sh_listing_dump(now, &text);
	if (fact && fact->len == text.len && !memcmp(fact->text, sh_buf_str(&text), text.len))
		return;
	if (fact && sh_listing_load(&before, (struct sh_span){ fact->text, fact->len }))
		sh_listing_compare(&before, now, tell, &change);
	sh_listing_release(&before);
	sh_facts_put(&c->facts, s->name, sh_buf_str(&text), text.len);
}

static int look(struct sh_collect *c, const struct sh_event_source *s, struct sh_error *err)
{
	const struct sh_fact *fact = sh_facts_get(&c->facts, s->name);
	struct sh_listing before = { 0 }, now = { 0 };
	bool known = false;
	int rc;

	if (fact && s->is_same && s->is_same(c))
		return 0;
	if (fact && s->looks_back)
		known = sh_listing_load(&before, (struct sh_span){ fact->text, fact->len });
	rc = s->look(c, known ? &before : NULL, &now, err);
	if (rc == 0) {
		sh_listing_sort(&now);
		conclude(c, s, &now);
	}
	sh_listing_release(&before);
	sh_listing_release(&now);
	return rc;
}

int sh_collect_event(struct sh_collect *c, struct sh_error *err)
{
	(void)err;
	/* What is forgotten at the end of the run cannot be compared with. */
	if (!c->remembers || c->target)
		return 0;
	for (size_t i = 0; sources[i]; i++) {
		struct sh_error e = SH_ERROR_INIT;

		if (sources[i]->live && !c->machine)
			continue;
		if (look(c, sources[i], &e) < 0 && e.code != SH_ERRC_UNAVAILABLE)
			sh_collect_fail(c, sources[i]->name, &e);
	}
	return 0;
}

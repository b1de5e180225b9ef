/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "repair/depends.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/span.h"
#include "record/entity.h"

struct walk {
	const struct sh_repairer *r;
	const char *on;
	const char *found[SH_DEPENDS_MOST]; /* borrowed from the configuration, but the first */
	size_t n;
	bool reads_it; /* ON is a file of a service that was found */
};

static bool is_same(const char *a, const char *b)
{
	struct sh_entity x, y;

	return sh_entity_split(sh_span_of(a), &x) && sh_entity_split(sh_span_of(b), &y) &&
	       sh_span_equal(x.type, y.type) && sh_span_equal(x.name, y.name) &&
	       (!x.host.p || !y.host.p || sh_span_equal(x.host, y.host));
}

static void add(struct walk *w, const struct sh_dependencies *d)
{
	for (size_t i = 0; i < d->n; i++)
		for (const char **e = d->item[i].any_of; *e; e++) {
			bool known = w->n == SH_DEPENDS_MOST;

			for (size_t k = 0; !known && k < w->n; k++)
				known = is_same(w->found[k], *e);
			if (!known)
				w->found[w->n++] = *e;
		}
}

static bool is_file_of(const struct sh_service *s, const char *entity)
{
	struct sh_entity parts;
	SH_CLEANUP_BUF struct sh_buf path = SH_BUF_INIT;
	bool found = false;

	if (!sh_entity_split(sh_span_of(entity), &parts) || !sh_span_is(parts.type, "file"))
		return false;
	sh_entity_decode(parts.name, &path);
	for (size_t i = 0; !found && i < s->files; i++)
		found = !strcmp(s->file[i].path, sh_buf_str(&path));
	return found;
}

static void add_service(struct walk *w, const char *entity)
{
	struct sh_entity parts;
	SH_CLEANUP_BUF struct sh_buf name = SH_BUF_INIT;
	const struct sh_service *s;

	if (!sh_entity_split(sh_span_of(entity), &parts) || !sh_span_is(parts.type, "service"))
		return;
	sh_entity_decode(parts.name, &name);
	s = sh_site_service(w->r->site, sh_buf_str(&name));
	if (!s)
		return;
	w->reads_it |= is_file_of(s, w->on);
	add(w, &s->depends_on);
}

static void add_topology(struct walk *w, const char *entity)
{
	const struct sh_config_entry *e;
	size_t at = 0;

	while ((e = sh_config_next(w->r->config, SH_SECTION_TOPOLOGY, &at))) {
		struct sh_error ignored = SH_ERROR_INIT;
		struct sh_dependencies d;

		if (is_same(e->id, entity) && sh_dependencies_load(&d, e->node, &ignored) > 0) {
			add(w, &d);
			sh_dependencies_release(&d);
		}
	}
}

bool sh_depends(const struct sh_repairer *r, const char *entity, const char *on)
{
	struct walk w = { .r = r, .on = on, .found = { entity }, .n = 1 };

	for (size_t i = 0; !w.reads_it && i < w.n; i++) {
		if (i > 0 && is_same(w.found[i], on))
			return true;
		add_service(&w, w.found[i]);
		add_topology(&w, w.found[i]);
	}
	return w.reads_it;
}

/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "collect/topology/survey.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "collect/topology/blocks.h"
#include "collect/topology/descriptors.h"
#include "collect/topology/reach.h"
#include "collect/topology/who.h"
#include "record/entity.h"

#define DEEPEST 8 /* overlays on overlays */

void sh_survey_init(struct sh_survey *s, struct sh_collect *c)
{
	struct sh_error none = SH_ERROR_INIT;

	*s = (struct sh_survey){ .c = c };
	sh_edge_set_init(&s->edges);
	sh_map_init(&s->shown, NULL);
	s->mounts = sh_collect_mounts(c, &none);
	for (size_t i = 0; s->mounts && i < s->mounts->n; i++) {
		struct sh_mount *m = &s->mounts->item[i];

		if (sh_mount_is_shown(s->mounts, m))
			sh_map_puts(&s->shown, m->number, m);
	}
}

void sh_survey_release(struct sh_survey *s)
{
	sh_reach_free(s->reach);
	sh_descriptors_free(s->descriptors);
	sh_who_free(s->who);
	sh_blocks_free(s->blocks);
	sh_map_release(&s->shown);
	sh_edge_set_release(&s->edges);
}

static void add(struct sh_survey *s, const char *from, const char *type, const char *to, unsigned need)
{
	struct sh_edge_fact fact = { s->finder, need };

	if (from && to)
		sh_edge_set_add(&s->edges, from, type, to, &fact);
}

void sh_survey_link(struct sh_survey *s, const char *from, const char *type, const char *to)
{
	add(s, from, type, to, 0);
}

void sh_survey_member(struct sh_survey *s, const char *member, const char *group, unsigned need)
{
	add(s, member, "member_of", group, need);
}

char *sh_survey_name(const struct sh_survey *s, const char *type, const char *name)
{
	struct sh_buf text = SH_BUF_INIT;

	sh_entity_add(&text, type, name, strcmp(type, "host") ? s->c->host : NULL);
	return sh_buf_take(&text);
}

char *sh_survey_disk(const struct sh_survey *s, const char *device)
{
	SH_CLEANUP_FREE char *name = sh_strdup(device);

	/* What other files call cciss/c0d0. */
	for (char *p = name; (p = strchr(p, '!')); p++)
		*p = '/';
	return sh_survey_name(s, "disk", name);
}

/* The mount whose file system holds PATH. */
static const struct sh_mount *mount_of(const struct sh_mounts *all, const char *path)
{
	const struct sh_mount *best = NULL;
	size_t most = 0;

	for (size_t i = 0; i < all->n; i++) {
		const struct sh_mount *m = &all->item[i];
		size_t len = strlen(m->point);

		if (!strcmp(m->point, "/"))
			len = 0;
		/* Of several on one point the last is seen. */
		if (len >= most && !strncmp(path, m->point, len) && (path[len] == '/' || !path[len])) {
			best = m;
			most = len;
		}
	}
	return best;
}

static const struct sh_mount *find_number(const struct sh_mounts *all, const char *number)
{
	for (size_t i = all->n; i > 0; i--)
		if (!strcmp(all->item[i - 1].number, number))
			return &all->item[i - 1];
	return NULL;
}

char *sh_survey_filesystem(const struct sh_survey *s, const char *number)
{
	for (int depth = 0; s->mounts && number && depth < DEEPEST; depth++) {
		const struct sh_mount *m = sh_map_gets(&s->shown, number);

		if (m)
			return sh_survey_name(s, "filesystem", m->point);
		m = find_number(s->mounts, number);
		if (!m || !m->upper)
			return NULL;
		/* What is written into an overlay is in its upper directory. */
		m = mount_of(s->mounts, m->upper);
		number = m ? m->number : NULL;
	}
	return NULL;
}

char *sh_survey_filesystem_at(const struct sh_survey *s, const char *path)
{
	const struct sh_mount *m = s->mounts && *path == '/' ? mount_of(s->mounts, path) : NULL;

	return m ? sh_survey_filesystem(s, m->number) : NULL;
}

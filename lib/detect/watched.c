/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "detect/watched.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

void sh_watched_keep(struct sh_watched *w, struct sh_span line)
{
	if (w->cap < line.len) {
		w->line = sh_realloc(w->line, line.len);
		w->cap = line.len;
	}
	memcpy(w->line, line.p, line.len);
	w->len = line.len;
}

void sh_watched_free(struct sh_watched *w)
{
	json_decref(w->shown);
	free(w->line);
	free(w);
}

struct sh_watched *sh_watched_find(struct sh_watched *list, uint32_t rule)
{
	for (; list && list->rule <= rule; list = list->next)
		if (list->rule == rule)
			return list;
	return NULL;
}

struct sh_watched *sh_watched_make(struct sh_watched **list, uint32_t rule)
{
	struct sh_watched *w;

	while (*list && (*list)->rule < rule)
		list = &(*list)->next;
	if (*list && (*list)->rule == rule)
		return *list;
	w = sh_calloc(1, sizeof(*w));
	w->rule = rule;
	w->next = *list;
	*list = w;
	return w;
}

void sh_watched_prune(struct sh_watched **list)
{
	while (*list) {
		struct sh_watched *w = *list;

		if (sh_watch_is_idle(&w->watch) && !w->broken) {
			*list = w->next;
			sh_watched_free(w);
		} else {
			list = &w->next;
		}
	}
}

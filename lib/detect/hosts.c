/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "detect/hosts.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/mem.h"
#include "detect/latest.h"

#define FIRST_SLOTS 64

void sh_hosts_init(struct sh_hosts *hosts, size_t paths)
{
	*hosts = (struct sh_hosts){ .paths = paths };
}

void sh_hosts_release(struct sh_hosts *hosts)
{
	struct sh_host *h;

	for (size_t i = 0; (h = sh_hosts_next(hosts, &i));)
		free(h);
	free(hosts->slot);
	sh_hosts_init(hosts, hosts->paths);
}

static struct sh_host **find(const struct sh_hosts *hosts, struct sh_span name)
{
	size_t i = sh_hash64(name.p, name.len) & (hosts->slots - 1);

	while (hosts->slot[i] && (strncmp(hosts->slot[i]->name, name.p, name.len) != 0 ||
				  hosts->slot[i]->name[name.len]))
		i = (i + 1) & (hosts->slots - 1);
	return &hosts->slot[i];
}

/* At most three of four places are taken. */
static size_t places(size_t n)
{
	size_t slots = FIRST_SLOTS;

	while (n * 4 > slots * 3)
		slots *= 2;
	return slots;
}

/* All N of them, one for each that is there, anew in so many places. */
static void place_all(struct sh_hosts *hosts, size_t n, size_t slots)
{
	struct sh_hosts other = { .paths = hosts->paths, .n = n, .slots = slots };
	struct sh_host *h;

	other.slot = sh_calloc(slots, sizeof(struct sh_host *));
	for (size_t i = 0; (h = sh_hosts_next(hosts, &i));)
		*find(&other, sh_span_of(h->name)) = h;
	free(hosts->slot);
	*hosts = other;
}

void sh_hosts_sweep(struct sh_hosts *hosts)
{
	size_t kept = 0;

	for (size_t i = 0; i < hosts->slots; i++) {
		struct sh_host *h = hosts->slot[i];

		if (h && !h->wanted) {
			free(h);
			hosts->slot[i] = NULL;
		} else if (h) {
			h->wanted = false;
			kept++;
		}
	}
	if (kept < hosts->n)
		place_all(hosts, kept, places(kept + 1));
}

static struct sh_host *make(const struct sh_hosts *hosts, struct sh_span name)
{
	struct sh_host *h;
	size_t start = (sizeof(*h) + name.len + 1 + 7) & ~(size_t)7;

	if (!hosts->paths)
		start = sizeof(*h) + name.len + 1;
	h = sh_calloc(1, start + hosts->paths * sizeof(*h->at));
	memcpy(h->name, name.p, name.len);
	if (hosts->paths)
		h->at = (struct sh_host_value *)(void *)((char *)h + start);
	sh_host_blank(h, hosts->paths);
	return h;
}

struct sh_host *sh_hosts_get(struct sh_hosts *hosts, struct sh_span name)
{
	struct sh_host **place;

	name.len = name.len ? strnlen(name.p, name.len) : 0;
	if ((hosts->n + 1) * 4 > hosts->slots * 3)
		place_all(hosts, hosts->n, places(hosts->n + 1));
	place = find(hosts, name);
	if (!*place) {
		*place = make(hosts, name);
		hosts->n++;
	}
	return *place;
}

void sh_host_blank(struct sh_host *h, size_t paths)
{
	for (size_t i = 0; i < paths; i++)
		h->at[i] = (struct sh_host_value){ NAN, 0, SH_LATEST_FIRST };
}

struct sh_host *sh_hosts_next(const struct sh_hosts *hosts, size_t *i)
{
	while (*i < hosts->slots) {
		struct sh_host *h = hosts->slot[(*i)++];

		if (h)
			return h;
	}
	return NULL;
}

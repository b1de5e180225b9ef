/* SPDX-License-Identifier: MIT */
#include <config.h> /* not the one of this directory */

#include "config/dependency.h"

#include <stdint.h>
#include <stdlib.h>

#include "base/mem.h"
#include "record/entity.h"

const char *const sh_topology_keys[] = { "id",	      "depends_on", "runs_on",	  "stores_on",
					 "mounts",    "connects",   "replicates", "member_of",
					 "members",   "need",	    "contains",	  NULL };

static int check(const struct sh_node *at, const char **entity, struct sh_error *err)
{
	struct sh_entity parts;

	for (; *entity; entity++)
		if (!sh_entity_split(sh_span_of(*entity), &parts))
			return sh_node_fail(at, err, "'%.80s' is no entity such as filesystem:/var", *entity);
	return 0;
}

static int load_group(struct sh_dependency *d, const struct sh_node *n, struct sh_error *err)
{
	static const char *const known[] = { "any_of", NULL };
	int rc;

	if (sh_node_check_keys(n, "dependency", known, err) < 0)
		return -1;
	rc = sh_node_strings(n, "any_of", &d->any_of, err);
	if (rc < 0)
		return -1;
	if (!rc || !d->any_of[0])
		return sh_node_fail(n, err, "'any_of' needs entities");
	return check(n, d->any_of, err);
}

static int load_one(struct sh_dependency *d, const struct sh_node *n, struct sh_error *err)
{
	if (n->type == SH_NODE_MAP)
		return load_group(d, n, err);
	d->any_of = sh_calloc(2, sizeof(*d->any_of));
	if (sh_node_text(n, &d->any_of[0], err) < 0)
		return -1;
	return check(n, d->any_of, err);
}

int sh_dependencies_load(struct sh_dependencies *d, const struct sh_node *map, struct sh_error *err)
{
	const struct sh_node *n = sh_node_get(map, "depends_on");
	struct sh_node *const *item;
	struct sh_node *one[1];
	size_t count;

	*d = (struct sh_dependencies){ 0 };
	if (!n)
		return 0;
	one[0] = (struct sh_node *)(uintptr_t)n;
	item = n->type == SH_NODE_LIST ? n->item : one;
	count = n->type == SH_NODE_LIST ? n->n : 1;
	d->item = sh_calloc(count + 1, sizeof(*d->item));
	while (d->n < count) {
		d->n++; /* counted first: release frees it */
		if (load_one(&d->item[d->n - 1], item[d->n - 1], err) < 0)
			return -1;
	}
	return 1;
}

void sh_dependencies_release(struct sh_dependencies *d)
{
	for (size_t i = 0; i < d->n; i++)
		free(d->item[i].any_of);
	free(d->item);
	*d = (struct sh_dependencies){ 0 };
}

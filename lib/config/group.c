/* SPDX-License-Identifier: MIT */
#include <config.h> /* not the one of this directory */

#include "config/group.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/num.h"

#define MAX_MEMBERS 1000000

/* "51%" or a count. */
static int load_share(const struct sh_node *map, const char *key, double *percent, int64_t *count,
		      struct sh_error *err)
{
	const struct sh_node *at = sh_node_get(map, key);
	size_t len;
	char number[32];
	double v;

	if (!at)
		return 0;
	if (at->type == SH_NODE_NUMBER)
		return sh_node_int(map, key, 0, MAX_MEMBERS, count, err);
	len = at->type == SH_NODE_STRING ? strlen(at->text) : 0;
	if (len >= 2 && len < sizeof(number) && at->text[len - 1] == '%') {
		snprintf(number, sizeof(number), "%.*s", (int)len - 1, at->text);
		if (sh_parse_double(number, &v) == 0 && v >= 0 && v <= 100) {
			*percent = v;
			return 1;
		}
	}
	return sh_node_fail(at, err, "'%s' must be a count or a percentage such as 51%%", key);
}

int sh_group_load(struct sh_group *group, const struct sh_config_entry *from, struct sh_error *err)
{
	static const char *const known[] = { "min_healthy", "max_unavailable", NULL };

	*group = (struct sh_group){ from->id, NAN, -1, NAN, -1 };
	if (sh_node_check_keys(from->node, "group", known, err) < 0 ||
	    load_share(from->node, "min_healthy", &group->min_healthy_percent, &group->min_healthy,
		       err) < 0 ||
	    load_share(from->node, "max_unavailable", &group->max_unavailable_percent,
		       &group->max_unavailable, err) < 0)
		return -1;
	return 0;
}

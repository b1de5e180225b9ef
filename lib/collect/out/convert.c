/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "collect/out/convert.h"

#include <fcntl.h>
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/mem.h"
#include "collect/out/unit.h"
#include "config/node.h"

#define MAX_CATALOGUE ((size_t)1 << 20)

struct sh_convert {
	char *group, *name;         /* owned, as below */
	char *new_group, *new_name;
	double factor;
};

static bool split(const char *metric, char **group, char **name)
{
	const char *dot = strchr(metric, '.');

	if (!dot || dot == metric || !dot[1])
		return false;
	*group = sh_strndup(metric, (size_t)(dot - metric));
	*name = sh_strdup(dot + 1);
	return true;
}

/* The unit of the first metric of that name, whoever measures it; stars stand for anything. */
static const char *find_unit(const struct sh_node *root, const char *metric)
{
	static const char *const sections[] = { "collectors", "formats" };

	for (size_t s = 0; s < 2; s++) {
		const struct sh_node *all = sh_node_get(root, sections[s]);

		for (size_t i = 0; all && i < all->n; i++) {
			const struct sh_node *list = sh_node_get(all->item[i], "metrics");

			for (size_t k = 0; list && k < list->n; k++) {
				const struct sh_node *unit = sh_node_get(list->item[k], "unit");

				if (unit && unit->text && list->key && fnmatch(list->key[k], metric, 0) == 0)
					return unit->text;
			}
		}
	}
	return NULL;
}

static int look_up(struct sh_convert *c, const char *catalogue, const char *metric, const char *unit,
		   struct sh_error *err)
{
	SH_CLEANUP_BUF struct sh_buf text = SH_BUF_INIT;
	struct sh_node *root;
	const char *from;
	int rc = -1;

	if (sh_file_read(AT_FDCWD, catalogue, MAX_CATALOGUE, &text, err) < 0)
		return -1;
	root = sh_node_parse(catalogue, sh_buf_str(&text), text.len, err);
	if (!root)
		return -1;
	from = find_unit(root, metric);
	if (!from)
		sh_error_set(err, SH_ERRC_USAGE, "there is no metric '%s'; --list shows them", metric);
	else if (!sh_unit_factor(from, unit, &c->factor))
		sh_error_set(err, SH_ERRC_USAGE, "'%s' is in '%s', which cannot be converted to '%s'",
			     metric, from, unit);
	else
		rc = 0;
	sh_node_free(root);
	return rc;
}

struct sh_convert *sh_convert_parse(const char *text, const char *catalogue, struct sh_error *err)
{
	struct sh_convert *c = sh_calloc(1, sizeof(*c));
	const char *equals = strchr(text, '='), *from = equals ? equals + 1 : text;
	const char *colon = strchr(from, ':');
	SH_CLEANUP_FREE char *metric = sh_strndup(from, colon ? (size_t)(colon - from) : 0);
	SH_CLEANUP_FREE char *new = equals ? sh_strndup(text, (size_t)(equals - text)) : sh_strdup(metric);

	if (!colon || !colon[1] || !split(metric, &c->group, &c->name) ||
	    !split(new, &c->new_group, &c->new_name))
		sh_error_set(err, SH_ERRC_USAGE, "wanted [NEW=]GROUP.NAME:UNIT, not '%s'", text);
	else if (look_up(c, catalogue, metric, colon + 1, err) == 0)
		return c;
	sh_convert_free(c);
	return NULL;
}

void sh_convert_free(struct sh_convert *c)
{
	free(c->group);
	free(c->name);
	free(c->new_group);
	free(c->new_name);
	free(c);
}

bool sh_convert_apply(const struct sh_convert *c, json_t *metrics)
{
	json_t *group = json_object_get(metrics, c->group);
	const json_t *value = json_object_get(group, c->name);
	json_t *to;
	double v;

	if (!json_is_number(value))
		return false;
	v = json_number_value(value) * c->factor;
	json_object_del(group, c->name);
	to = json_object_get(metrics, c->new_group);
	if (!to) {
		to = json_object();
		json_object_set_new(metrics, c->new_group, to);
	}
	json_object_set_new(to, c->new_name, json_real(v));
	if (json_object_size(group) == 0)
		json_object_del(metrics, c->group);
	return true;
}

/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "detect/grouping.h"

#include <stdio.h>
#include <string.h>

#include "base/hash.h"
#include "base/span.h"

#define ID_TEXT (2 + SH_HASH_TEXT)

/* What comes after PREFIX, NULL when NAME does not begin so or ends there. */
static const char *after(const char *name, const char *prefix)
{
	size_t len = strlen(prefix);

	return !strncmp(name, prefix, len) && name[len] ? name + len : NULL;
}

static bool is_name(const char *name)
{
	return !strcmp(name, "host") || !strcmp(name, "entity") || !strcmp(name, "fault_type") ||
	       !strcmp(name, "rule_id") || after(name, "labels.") || after(name, "dims.");
}

int sh_grouping_load(const struct sh_node *rule, const char ***by, struct sh_error *err)
{
	int rc = sh_node_strings(rule, "group_by", by, err);

	for (const char **name = rc > 0 ? *by : NULL; name && *name; name++)
		if (!is_name(*name))
			return sh_node_fail(sh_node_get(rule, "group_by"), err,
					    "'group_by' has host, entity, fault_type, rule_id, labels.NAME and dims.NAME, not '%.80s'",
					    *name);
	return rc;
}

static const char *value_of(const struct sh_fault *f, const char *name)
{
	if (after(name, "labels."))
		return json_string_value(json_object_get(f->labels, after(name, "labels.")));
	if (after(name, "dims."))
		return json_string_value(json_object_get(f->dims, after(name, "dims.")));
	if (!strcmp(name, "host"))
		return f->host;
	if (!strcmp(name, "entity"))
		return f->entity;
	return !strcmp(name, "rule_id") ? f->rule_id : f->fault_type;
}

json_t *sh_grouping_of(const char *const *by, const struct sh_fault *f)
{
	char digest[SH_HASH_TEXT], id[ID_TEXT];
	json_t *key = json_object();
	struct sh_hash h;

	sh_hash_init(&h);
	for (; by && *by; by++) {
		const char *value = value_of(f, *by);

		if (!value)
			continue;
		sh_hash_str(&h, *by);
		sh_hash_str(&h, value);
		json_object_set_new(key, *by, json_string(value));
	}
	sh_hash_finish(&h, digest);
	if (!json_object_size(key)) {
		json_decref(key);
		return NULL;
	}
	snprintf(id, sizeof(id), "g-%s", digest);
	return json_pack("{s:s, s:o}", "id", id, "key", key);
}

/* SPDX-License-Identifier: MIT */
/* match - which faults a silence is about */
#include <config.h> /* not the one of this directory */

#include <fnmatch.h>
#include <string.h>

#include "base/mem.h"
#include "config/keys.h"
#include "config/silence.h"
#include "record/entity.h"
#include "record/fault.h"
#include "record/json.h"

static const char *const names[] = { "entity", "type", "name", "host", "rule", "fault_type",
				     "severity", "group", "labels", "dims", NULL };

static bool is_known(const char *name)
{
	for (size_t i = 0; names[i]; i++)
		if (!strcmp(names[i], name))
			return true;
	return false;
}

static bool is_map(const char *name)
{
	return !strcmp(name, "labels") || !strcmp(name, "dims");
}

static bool is_severity(const char *pattern)
{
	for (size_t i = 0; sh_severity_words[i]; i++)
		if (!fnmatch(pattern, sh_severity_words[i], 0))
			return true;
	return false;
}

static int check_patterns(const char *name, const json_t *list, struct sh_error *err)
{
	const json_t *v;
	size_t i;

	if (!json_is_array(list) || !json_array_size(list))
		return sh_error_set(err, SH_ERRC_CONFIG, "match: '%.40s' needs a pattern or a list of them", name);
	json_array_foreach(list, i, v) {
		const char *pattern = json_string_value(v);

		if (!pattern || !*pattern)
			return sh_error_set(err, SH_ERRC_CONFIG, "match: '%.40s' has an empty pattern", name);
		if (!strcmp(name, "severity") && !is_severity(pattern))
			return sh_error_set(err, SH_ERRC_CONFIG, "match: '%.40s' is no severity", pattern);
	}
	return 0;
}

static int check_map(const char *name, const json_t *map, struct sh_error *err)
{
	const char *key;
	json_t *v;

	if (!json_object_size(map))
		return sh_error_set(err, SH_ERRC_CONFIG, "match: '%s' must be a map from names to patterns", name);
	json_object_foreach((json_t *)(uintptr_t)map, key, v)
		if (check_patterns(key, v, err) < 0)
			return -1;
	return 0;
}

int sh_match_check(const json_t *match, struct sh_error *err)
{
	const char *name;
	json_t *v;

	if (!json_object_size(match))
		return sh_error_set(err, SH_ERRC_CONFIG, "an empty match; 'entity: \"*\"' is every fault");
	json_object_foreach((json_t *)(uintptr_t)match, name, v) {
		const char *near = is_known(name) ? NULL : sh_keys_nearest(name, names);

		if (!is_known(name))
			return sh_error_set(err, SH_ERRC_CONFIG, "match: unknown key '%.40s'%s%s%s", name,
					    near ? "; did you mean '" : "", near ? near : "", near ? "'?" : "");
		if ((is_map(name) ? check_map(name, v, err) : check_patterns(name, v, err)) < 0)
			return -1;
	}
	return 0;
}

static void append(json_t *map, const char *name, const char *pattern)
{
	json_t *list = json_object_get(map, name);

	if (!list) {
		list = json_array();
		json_object_set_new(map, name, list);
	}
	json_array_append_new(list, json_string(pattern));
}

static json_t *submap(json_t *match, const char *name)
{
	json_t *map = json_object_get(match, name);

	if (!map) {
		map = json_object();
		json_object_set_new(match, name, map);
	}
	return map;
}

json_t *sh_match_from_words(const char *const *words, struct sh_error *err)
{
	json_t *match = json_object();

	for (; *words; words++) {
		const char *equals = strchr(*words, '=');
		SH_CLEANUP_FREE char *name = equals ? sh_strndup(*words, (size_t)(equals - *words)) : NULL;

		if (name && !strncmp(name, "labels.", 7) && name[7])
			append(submap(match, "labels"), name + 7, equals + 1);
		else if (name && !strncmp(name, "dims.", 5) && name[5])
			append(submap(match, "dims"), name + 5, equals + 1);
		else if (name && !is_map(name))
			append(match, name, equals + 1);
		else if (!name && strchr(*words, ':'))
			append(match, "entity", *words);
		else
			break;
	}
	if (*words)
		sh_error_set_(err, SH_ERRC_USAGE, 0,
			      "'%.80s' is neither an entity nor such as rule=ID, host=PATTERN or labels.NAME=PATTERN",
			      *words);
	else if (sh_match_check(match, err) == 0)
		return match;
	else
		err->code = SH_ERRC_USAGE;
	json_decref(match);
	return NULL;
}

static void add_patterns(struct sh_buf *out, const char *group, const char *name, const json_t *list)
{
	const json_t *v;
	size_t i;

	json_array_foreach(list, i, v)
		sh_buf_addf(out, "%s%s%s%s=%s", out->len ? " " : "", group, *group ? "." : "", name,
			    json_string_value(v));
}

void sh_match_add_text(struct sh_buf *out, const json_t *match)
{
	SH_CLEANUP_BUF struct sh_buf words = SH_BUF_INIT;
	const char *name, *key;
	json_t *v, *list;

	json_object_foreach((json_t *)(uintptr_t)match, name, v) {
		if (json_is_array(v))
			add_patterns(&words, "", name, v);
		else
			json_object_foreach(v, key, list)
				add_patterns(&words, name, key, list);
	}
	sh_buf_addstr(out, sh_buf_str(&words));
}

static bool fits(const json_t *list, const char *text)
{
	const json_t *v;
	size_t i;

	json_array_foreach(list, i, v)
		if (!fnmatch(json_string_value(v), text, 0))
			return true;
	return false;
}

/* A label that is not there is an empty text. */
static bool map_fits(const json_t *wanted, const json_t *has)
{
	const char *key;
	json_t *list;

	json_object_foreach((json_t *)(uintptr_t)wanted, key, list)
		if (!fits(list, sh_json_str(has, key, "")))
			return false;
	return true;
}

static bool part_fits(const json_t *list, struct sh_span part, bool encoded)
{
	SH_CLEANUP_BUF struct sh_buf text = SH_BUF_INIT;

	if (encoded)
		sh_entity_decode(part, &text);
	else
		sh_buf_add(&text, part.p, part.len);
	return fits(list, sh_buf_str(&text));
}

/* What is local to a machine is meant with and without it: "service:web" is that of each host. */
static bool entity_fits(const json_t *list, const char *entity)
{
	struct sh_entity e;

	if (fits(list, entity))
		return true;
	if (!sh_entity_split(sh_span_of(entity), &e) || !e.host.p)
		return false;
	return part_fits(list, (struct sh_span){ entity, (size_t)(e.host.p - entity) - 1 }, false);
}

/* It may belong to several. */
static bool group_fits(const json_t *wanted, const json_t *groups)
{
	const json_t *v;
	size_t i;

	json_array_foreach(groups, i, v)
		if (fits(wanted, json_string_value(v)))
			return true;
	return json_is_string(groups) && fits(wanted, json_string_value(groups));
}

static bool member_fits(const char *name, const json_t *wanted, const json_t *fault)
{
	const char *entity = sh_json_str(fault, "entity", "");
	struct sh_entity e;

	if (is_map(name))
		return map_fits(wanted, json_object_get(fault, name));
	if (!strcmp(name, "group"))
		return group_fits(wanted, json_object_get(fault, "group"));
	if (!strcmp(name, "entity"))
		return entity_fits(wanted, entity);
	if (!strcmp(name, "type") || !strcmp(name, "name"))
		return sh_entity_split(sh_span_of(entity), &e) &&
		       part_fits(wanted, *name == 't' ? e.type : e.name, *name == 'n');
	return fits(wanted, sh_json_str(fault, !strcmp(name, "rule") ? "rule_id" : name, ""));
}

bool sh_silence_matches(const struct sh_silence *s, const json_t *fault)
{
	const char *name;
	json_t *v;

	json_object_foreach(s->match, name, v)
		if (!member_fits(name, v, fault))
			return false;
	return true;
}

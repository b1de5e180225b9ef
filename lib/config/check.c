/* SPDX-License-Identifier: MIT */
#include <config.h> /* not the one of this directory */

#include "config/check.h"

#include <string.h>

#include "base/clock.h"
#include "base/num.h"
#include "config/fields.h"

static int check_url(const struct sh_node *at, const char *url, struct sh_error *err)
{
	size_t scheme = strncmp(url, "http://", 7) == 0 ? 7 : strncmp(url, "https://", 8) == 0 ? 8 : 0;

	if (!scheme || !url[scheme] || url[scheme] == '/')
		return sh_node_fail(at, err, "'http' must be an http:// or https:// URL, not '%.80s'", url);
	return 0;
}

static int check_address(const struct sh_node *at, const char *address, struct sh_error *err)
{
	const char *colon = strrchr(address, ':');
	uint64_t port;

	if (!colon || colon == address || sh_parse_u64(colon + 1, &port) < 0 || port < 1 || port > 65535)
		return sh_node_fail(at, err, "'tcp' must be HOST:PORT, not '%.80s'", address);
	return 0;
}

static int load_target(struct sh_check *check, const struct sh_node *node, struct sh_error *err)
{
	const struct sh_node *http = sh_node_get(node, "http"), *tcp = sh_node_get(node, "tcp");

	if (!http == !tcp)
		return sh_node_fail(node, err, "a check has either 'http' or 'tcp'");
	check->kind = http ? SH_CHECK_HTTP : SH_CHECK_TCP;
	if (sh_field_text(node, http ? "http" : "tcp", &check->address, err) < 0)
		return -1;
	if (http)
		return check_url(http, check->address, err);
	return check_address(tcp, check->address, err);
}

static int load_rest(struct sh_check *check, const struct sh_node *node, struct sh_error *err)
{
	const struct sh_node *at;

	check->timeout = 5 * SH_SEC;
	if (sh_node_int(node, "status", 100, 599, &check->status, err) < 0 ||
	    sh_field_text(node, "match", &check->match, err) < 0 ||
	    sh_node_duration(node, "timeout", &check->timeout, err) < 0)
		return -1;
	at = sh_node_get(node, "timeout");
	if (check->timeout < SH_MS || check->timeout > SH_HOUR)
		return sh_node_fail(at ? at : node, err, "'timeout' must be from 1ms to 1h");
	at = check->status ? sh_node_get(node, "status") : check->match ? sh_node_get(node, "match") : NULL;
	if (at && check->kind == SH_CHECK_TCP)
		return sh_node_fail(at, err, "a tcp check has neither 'status' nor 'match'");
	return 0;
}

int sh_check_load(struct sh_check *check, const struct sh_node *node, struct sh_error *err)
{
	static const char *const known[] = { "http", "tcp", "status", "match", "timeout", NULL };

	if (sh_node_check_keys(node, "check", known, err) < 0 || load_target(check, node, err) < 0)
		return -1;
	return load_rest(check, node, err);
}

int sh_check_entry_load(struct sh_check_entry *entry, const struct sh_config_entry *from,
			struct sh_error *err)
{
	static const char *const known[] = {
		"http", "tcp", "status", "match", "timeout", "group", "mode", "params", NULL
	};

	*entry = (struct sh_check_entry){ .id = from->id, .mode = SH_MODE_ASK, .node = from->node };
	if (sh_node_check_keys(from->node, "check", known, err) < 0 ||
	    load_target(&entry->check, from->node, err) < 0 ||
	    load_rest(&entry->check, from->node, err) < 0 ||
	    sh_field_text(from->node, "group", &entry->group, err) < 0 ||
	    sh_field_mode(from->node, &entry->mode, err) < 0 ||
	    sh_field_params(from->node, &entry->params, err) < 0)
		return -1;
	return 0;
}

void sh_check_entry_release(struct sh_check_entry *entry)
{
	json_decref(entry->params);
}

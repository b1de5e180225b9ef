/* SPDX-License-Identifier: MIT */
#include <config.h> /* not the one of this directory */

#include "config/check.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/address.h"
#include "base/buf.h"
#include "base/clock.h"
#include "config/check_keys.h"
#include "config/fields.h"
#include "config/site.h"

#define DEFAULT_TIMEOUT (5 * SH_SEC)
#define MAX_KNOWN (SH_CHECK_KINDS + SH_CHECK_MAX_KEYS + 8)

static const char *const common_keys[] = { "timeout", "hosts", "targets", NULL };
static const char *const entry_keys[] = { "group", "mode", "params", NULL };

static bool fits_address(const char *text, bool port_known)
{
	struct sh_address a;

	return sh_address_parse(text, &a) && (a.port || port_known);
}

static bool fits_host(const char *text)
{
	struct sh_address a;

	return sh_address_parse(text, &a) && !a.port;
}

static bool fits_url(const char *url)
{
	size_t scheme = strncmp(url, "http://", 7) == 0 ? 7 : strncmp(url, "https://", 8) == 0 ? 8 : 0;

	if (!scheme || !url[scheme] || url[scheme] == '/')
		return false;
	/* A password in it would be told to everybody who sees the process. */
	if (memchr(url + scheme, '@', strcspn(url + scheme, "/?#")))
		return false;
	for (; *url; url++)
		if ((unsigned char)*url <= ' ' || *url == 127)
			return false;
	return true;
}

static bool fits_name(const char *text)
{
	static const char allowed[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";

	return *text && *text != '.' && *text != '-' && !text[strspn(text, allowed)];
}

bool sh_check_argument_fits(enum sh_check_kind kind, const char *text)
{
	switch (sh_check_rows[kind].form) {
	case SH_FORM_ADDRESS:
		return fits_address(text, sh_check_rows[kind].port != 0);
	case SH_FORM_HOST:
		return fits_host(text);
	case SH_FORM_URL:
		return fits_url(text);
	case SH_FORM_PATH:
		return sh_path_depth(text) >= 0;
	case SH_FORM_NAME:
		return fits_name(text);
	case SH_FORM_TEXT:
	case SH_FORM_ARGV:
		return *text != '\0';
	}
	return false;
}

const char *sh_check_argument_form(enum sh_check_kind kind)
{
	switch (sh_check_rows[kind].form) {
	case SH_FORM_ADDRESS:
		return sh_check_rows[kind].port ? "HOST or HOST:PORT" : "HOST:PORT";
	case SH_FORM_HOST:
		return "a host";
	case SH_FORM_URL:
		return "an http:// or https:// URL without a password";
	case SH_FORM_PATH:
		return "an absolute path without '.', '..' or '//'";
	case SH_FORM_NAME:
		return "a name of letters, digits, '.', '_' and '-'";
	case SH_FORM_TEXT:
		return "a text";
	case SH_FORM_ARGV:
		return "a list: a program and its arguments";
	}
	return "";
}

static const char **add_words(const char **to, const char *const *words)
{
	while (words && *words)
		*to++ = *words++;
	*to = NULL;
	return to;
}

/* Not one of the kinds: a mistyped one is the likeliest. */
static int fail_no_kind(const struct sh_node *node, const char *const *extra, struct sh_error *err)
{
	const char *known[MAX_KNOWN], **end = known;
	SH_CLEANUP_BUF struct sh_buf list = SH_BUF_INIT;

	for (int kind = 0; kind < SH_CHECK_KINDS; kind++) {
		sh_buf_addf(&list, "%s%s", kind ? ", " : "", sh_check_rows[kind].name);
		*end++ = sh_check_rows[kind].name;
	}
	end = add_words(end, common_keys);
	add_words(end, extra);
	if (sh_node_check_keys(node, "check", known, err) < 0)
		return -1;
	return sh_node_fail(node, err, "a check needs one of: %s", sh_buf_str(&list));
}

static int find_kind(struct sh_check *check, const struct sh_node *node, const char *const *extra,
		     struct sh_error *err)
{
	int found = -1;

	if (node->type != SH_NODE_MAP)
		return sh_node_fail(node, err, "a check must be a map");
	for (size_t i = 0; i < node->n; i++) {
		for (int kind = 0; kind < SH_CHECK_KINDS; kind++) {
			if (strcmp(node->key[i], sh_check_rows[kind].name) != 0)
				continue;
			if (found >= 0)
				return sh_node_fail_key(node, i, err,
							"a check has either '%s' or '%s'",
							sh_check_rows[found].name,
							sh_check_rows[kind].name);
			found = kind;
		}
	}
	if (found < 0)
		return fail_no_kind(node, extra, err);
	check->kind = (enum sh_check_kind)found;
	return 0;
}

static int refuse_unknown(const struct sh_check *check, const struct sh_node *node,
			  const char *const *extra, struct sh_error *err)
{
	const struct sh_check_row *row = &sh_check_rows[check->kind];
	const char *known[MAX_KNOWN], **end = known;
	SH_CLEANUP_BUF struct sh_buf what = SH_BUF_INIT;

	*end++ = row->name;
	end = add_words(end, row->key);
	end = add_words(end, common_keys);
	add_words(end, extra);
	sh_buf_addf(&what, "%s check", row->name);
	return sh_node_check_keys(node, sh_buf_str(&what), known, err);
}

static bool takes_target(const struct sh_check *check)
{
	for (const char **word = check->argv; word && *word; word++)
		if (strstr(*word, SH_CHECK_TARGET))
			return true;
	return check->address && strstr(check->address, SH_CHECK_TARGET);
}

static int load_argument(struct sh_check *check, const struct sh_node *node, struct sh_error *err)
{
	const struct sh_check_row *row = &sh_check_rows[check->kind];

	if (row->form == SH_FORM_ARGV)
		return sh_field_argv(node, row->name, &check->argv, err);
	if (sh_field_text(node, row->name, &check->address, err) < 0)
		return -1;
	if (!takes_target(check) && !sh_check_argument_fits(check->kind, check->address))
		return sh_node_fail(sh_node_get(node, row->name), err, "'%s' must be %s, not '%.80s'",
				    row->name, sh_check_argument_form(check->kind), check->address);
	return 0;
}

static int load_keys(struct sh_check *check, const struct sh_node *node, struct sh_error *err)
{
	const struct sh_check_row *row = &sh_check_rows[check->kind];
	const struct sh_node *at = sh_node_get(node, "timeout");

	check->format = row->format;
	check->timeout = row->timeout ? row->timeout : DEFAULT_TIMEOUT;
	if (sh_node_duration(node, "timeout", &check->timeout, err) < 0)
		return -1;
	if (check->timeout < SH_MS || check->timeout > SH_HOUR)
		return sh_node_fail(at, err, "'timeout' must be from 1ms to 1h");
	for (const char *const *key = row->key; *key; key++)
		if (sh_check_key_read(check, *key, node, err) < 0)
			return -1;
	if (row->need && !sh_node_get(node, row->need))
		return sh_node_fail(node, err, "a %s check needs '%s'", row->name, row->need);
	return 0;
}

/* Secrets are in files, and go to nobody to whom a server sends us on. */
static int check_headers(const struct sh_check *check, const struct sh_node *node, struct sh_error *err)
{
	static const char *const secret[] = { "authorization", "proxy-authorization", "cookie" };
	const char *name;
	json_t *value;

	json_object_foreach(check->headers, name, value)
		for (size_t i = 0; i < sizeof(secret) / sizeof(secret[0]); i++)
			if (!strcasecmp(name, secret[i]))
				return sh_node_fail(sh_node_get(node, "headers"), err,
						    "'%s' is a secret: give it by 'header_files'", name);
	if (check->header_files && check->redirects > 0)
		return sh_node_fail(sh_node_get(node, "redirects"), err,
				    "'redirects' would carry what 'header_files' hold to others");
	return 0;
}

/* In whose place: the hosts of a list, or of a file that is read when the check is made. */
static int load_targets(struct sh_check *check, const struct sh_node *node, struct sh_error *err)
{
	const struct sh_node *hosts = sh_node_get(node, "hosts"), *file = sh_node_get(node, "targets");
	const struct sh_check_row *row = &sh_check_rows[check->kind];
	const struct sh_node *at = hosts ? hosts : file;
	struct sh_address host;

	if (hosts && file)
		return sh_node_fail(file, err, "a check has either 'hosts' or 'targets'");
	if (sh_node_strings(node, "hosts", &check->hosts, err) < 0 ||
	    sh_field_path(node, "targets", &check->targets, err) < 0)
		return -1;
	if (!at && takes_target(check))
		return sh_node_fail(sh_node_get(node, row->name), err,
				    "'" SH_CHECK_TARGET "' needs 'hosts' or 'targets'");
	if (at && !takes_target(check))
		return sh_node_fail(at, err,
				    "'%s' holds no '" SH_CHECK_TARGET "' for these to take the place of",
				    row->name);
	if (at && row->form > SH_FORM_URL && row->form != SH_FORM_ARGV)
		return sh_node_fail(at, err, "a %s check asks no hosts", row->name);
	for (const char **h = check->hosts; h && *h; h++)
		if (!sh_address_parse(*h, &host))
			return sh_node_fail(hosts, err, "'%.80s' is no host", *h);
	return 0;
}

static int load(struct sh_check *check, const struct sh_node *node, const char *const *extra,
		struct sh_error *err)
{
	sh_check_keys_clear(check);
	if (find_kind(check, node, extra, err) < 0 || refuse_unknown(check, node, extra, err) < 0 ||
	    load_argument(check, node, err) < 0 || load_keys(check, node, err) < 0 ||
	    check_headers(check, node, err) < 0)
		return -1;
	return load_targets(check, node, err);
}

int sh_check_load(struct sh_check *check, const struct sh_node *node, struct sh_error *err)
{
	*check = (struct sh_check){ 0 };
	return load(check, node, NULL, err);
}

void sh_check_release(struct sh_check *check)
{
	sh_check_keys_release(check);
	free(check->argv);
	free(check->hosts);
}

int sh_check_entry_load(struct sh_check_entry *entry, const struct sh_config_entry *from,
			struct sh_error *err)
{
	*entry = (struct sh_check_entry){ .id = from->id, .mode = SH_MODE_ASK, .node = from->node };
	if (load(&entry->check, from->node, entry_keys, err) < 0 ||
	    sh_field_text(from->node, "group", &entry->group, err) < 0 ||
	    sh_field_mode(from->node, &entry->mode, err) < 0 ||
	    sh_field_params(from->node, &entry->params, err) < 0)
		return -1;
	return 0;
}

void sh_check_entry_release(struct sh_check_entry *entry)
{
	sh_check_release(&entry->check);
	json_decref(entry->params);
}

/* SPDX-License-Identifier: MIT */
/*
 * The configuration loader: any bytes give a tree or an error with a place, and
 * what was read, written as JSON (which is YAML) and read again, is the same.
 */
#include "config.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "config/node.h"
#include "config/service.h"
#include "config/filesystem.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Any map as an entry of the site; what is refused must have a place. */
static void load_entries(const struct sh_node *n)
{
	for (size_t i = 0; n->type == SH_NODE_MAP && i < n->n; i++) {
		const struct sh_config_entry e = { n->key[i], n->item[i], false };
		struct sh_error err = SH_ERROR_INIT;
		struct sh_check_entry check;
		struct sh_filesystem fs;
		struct sh_service s;

		if (n->item[i]->type != SH_NODE_MAP)
			continue;
		if (sh_service_load(&s, &e, &err) < 0 && strncmp(err.text, "fuzz:", 5) != 0)
			abort();
		sh_service_release(&s);
		sh_error_clear(&err);
		if (sh_filesystem_load(&fs, &e, &err) < 0 && strncmp(err.text, "fuzz:", 5) != 0)
			abort();
		sh_filesystem_release(&fs);
		sh_error_clear(&err);
		if (sh_check_entry_load(&check, &e, &err) < 0 && strncmp(err.text, "fuzz:", 5) != 0)
			abort();
		sh_check_entry_release(&check);
		load_entries(n->item[i]);
	}
}

static void check_round_trip(const struct sh_node *n)
{
	struct sh_error err = SH_ERROR_INIT;
	json_t *json = sh_node_json(n), *again;
	char *text = json_dumps(json, JSON_ENCODE_ANY | JSON_ENSURE_ASCII);
	struct sh_node *back = text ? sh_node_parse("fuzz", text, strlen(text), &err) : NULL;

	if (!text || !back)
		abort();
	again = sh_node_json(back);
	if (!json_equal(json, again))
		abort();
	sh_node_free(back);
	free(text);
	json_decref(json);
	json_decref(again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sh_error err = SH_ERROR_INIT;
	struct sh_node *n;

	if (size > 4096)
		return 0;
	n = sh_node_parse("fuzz", (const char *)data, size, &err);
	if (!n && (err.code != SH_ERRC_CONFIG || strncmp(err.text, "fuzz:", 5) != 0))
		abort();
	if (n) {
		load_entries(n);
		check_round_trip(n);
	}
	sh_node_free(n);
	return 0;
}

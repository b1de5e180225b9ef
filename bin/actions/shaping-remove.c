/* SPDX-License-Identifier: MIT */
/*
 * shaping-remove - take a queueing discipline from an interface that delays, drops or bounds
 *
 * Only the root one, and only of a kind that the site says nobody means to have
 * there, as netem that was left by a trial. What it was stands in the output.
 */
#include "config.h"

#include <net/if.h>
#include <string.h>

#include "action/action.h"
#include "action/command.h"
#include "base/buf.h"
#include "base/clock.h"

#define TIMEOUT (10 * SH_SEC)

static const struct sh_param params[] = {
	{ "interface", SH_PARAM_STRING, true },
	{ "shaping", SH_PARAM_STRINGS, true }, /* kinds that may go */
	{ NULL, SH_PARAM_STRING, false },
};

/* The root discipline that may go: a new reference, or NULL with ERR unset where there is none. */
static json_t *find(const json_t *p, struct sh_error *err)
{
	const char *name = sh_param_str(p, "interface");
	SH_CLEANUP_BUF struct sh_buf text = SH_BUF_INIT;
	json_auto_t *list = NULL;
	json_t *item;
	char tool[SH_TOOL_PATH];
	const char *const argv[] = { tool, "-j", "qdisc", "show", "dev", name, "root", NULL };
	size_t i;

	if (!*name || *name == '-' || strlen(name) >= IF_NAMESIZE || strpbrk(name, "/ \t\n")) {
		sh_error_set_(err, SH_ERRC_INPUT, 0, "'%.40s' is no name of an interface", name);
		return NULL;
	}
	if (sh_command_tool("tc", tool, err) < 0 || sh_command_run(argv, NULL, TIMEOUT, &text, NULL, err) < 0)
		return NULL;
	list = json_loadb(sh_buf_str(&text), text.len, 0, NULL);
	if (!json_is_array(list))
		sh_error_set_(err, SH_ERRC_SYSTEM, 0, "tc(8) did not answer about '%s'", name);
	json_array_foreach(list, i, item) {
		const char *kind = sh_param_str(item, "kind");

		if (kind && json_is_true(json_object_get(item, "root")) &&
		    sh_name_is_allowed(kind, sh_param_json(p, "shaping")))
			return json_incref(item);
	}
	return NULL;
}

static int run(const struct sh_action_call *call, json_t *output, struct sh_error *err)
{
	const char *name = sh_param_str(call->parameters, "interface");
	json_t *found = find(call->parameters, err);
	char tool[SH_TOOL_PATH];
	const char *const argv[] = { tool, "qdisc", "del", "dev", name, "root", NULL };

	if (!found)
		return sh_error_is_set(err) ? -1 :
			       sh_error_set(err, SH_ERRC_UNAVAILABLE,
					    "nothing that may go shapes what '%s' sends", name);
	json_object_set_new(output, "removed", found);
	return sh_command_tool("tc", tool, err) < 0 ? -1 : sh_command_run(argv, NULL, TIMEOUT, NULL, NULL, err);
}

static int check(const struct sh_action_call *call, json_t *output, struct sh_error *err)
{
	json_auto_t *found = find(call->parameters, err);

	if (sh_error_is_set(err))
		return -1;
	sh_action_state(output, found ? "not_done" : "done");
	return 0;
}

int main(int argc, char **argv)
{
	static const struct sh_action action = { "shaping-remove", params, run, check, NULL };

	return sh_action_main(&action, argc, argv);
}

/* SPDX-License-Identifier: MIT */
/* route-restore - put the routes back that the site declares and the kernel has not */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "action/action.h"
#include "action/command.h"
#include "action/note.h"
#include "base/buf.h"
#include "base/clock.h"

#define TIMEOUT (10 * SH_SEC)
#define MOST 64

static const struct sh_param params[] = {
	{ "routes", SH_PARAM_LIST, true },
	{ NULL, SH_PARAM_STRING, false },
};

static const struct sh_param route_params[] = {
	{ "to", SH_PARAM_STRING, true }, /* "default" or a network */
	{ "via", SH_PARAM_STRING, false },
	{ "dev", SH_PARAM_STRING, false },
	{ NULL, SH_PARAM_STRING, false },
};

/* A word that ip(8) cannot take for an option or for one of its own. */
static bool is_word(const char *s, const char *allowed)
{
	return !s || (*s && strspn(s, allowed) == strlen(s));
}

static int check_routes(const json_t *list, struct sh_error *err)
{
	static const char address[] = "0123456789abcdefABCDEF.:/";
	json_t *r;
	size_t i;

	if (json_array_size(list) == 0 || json_array_size(list) > MOST)
		return sh_error_set(err, SH_ERRC_INPUT, "'routes' names no route, or too many");
	json_array_foreach((json_t *)(uintptr_t)list, i, r) {
		const char *to, *via, *dev;

		if (sh_params_check(r, route_params, "route", err) < 0)
			return -1;
		to = sh_param_str(r, "to");
		via = sh_param_str(r, "via");
		dev = sh_param_str(r, "dev");
		if ((strcmp(to, "default") && !is_word(to, address)) || !is_word(via, address) ||
		    (dev && (*dev == '-' || strlen(dev) > 15 || strpbrk(dev, "/ "))))
			return sh_error_set(err, SH_ERRC_INPUT, "'%s' is no route", to);
		if (!via && !dev)
			return sh_error_set(err, SH_ERRC_INPUT, "the route to '%s' needs 'via' or 'dev'", to);
	}
	return 0;
}

static bool is_v6(const json_t *r)
{
	const char *to = sh_param_str(r, "to"), *via = sh_param_str(r, "via");

	return strchr(to, ':') || (via && strchr(via, ':'));
}

/* ip -j -4 route WHAT exact TO [via VIA] [dev DEV] */
static int call_ip(const json_t *r, const char *what, struct sh_buf *out, struct sh_error *err)
{
	char tool[SH_TOOL_PATH];
	const char *argv[12] = { tool, "-j", is_v6(r) ? "-6" : "-4", "route", what };
	size_t n = 5;

	if (sh_command_tool("ip", tool, err) < 0)
		return -1;
	if (!strcmp(what, "show"))
		argv[n++] = "exact";
	argv[n++] = sh_param_str(r, "to");
	if (sh_param_str(r, "via") && strcmp(what, "show")) {
		argv[n++] = "via";
		argv[n++] = sh_param_str(r, "via");
	}
	if (sh_param_str(r, "dev") && strcmp(what, "show")) {
		argv[n++] = "dev";
		argv[n++] = sh_param_str(r, "dev");
	}
	return sh_command_run(argv, NULL, TIMEOUT, out, NULL, err);
}

static bool is_same(const json_t *r, const char *key, const json_t *there, const char *name)
{
	const char *wanted = sh_param_str(r, key), *has = json_string_value(json_object_get(there, name));

	return !wanted || (has && !strcmp(wanted, has));
}

/* 1 as declared, 0 there is none, 2 another goes there, -1. */
static int look(const json_t *r, struct sh_error *err)
{
	SH_CLEANUP_BUF struct sh_buf text = SH_BUF_INIT;
	json_auto_t *list = NULL;
	json_t *there;
	size_t i;

	if (call_ip(r, "show", &text, err) < 0)
		return -1;
	list = json_loadb(sh_buf_str(&text), text.len, 0, NULL);
	if (!json_is_array(list))
		return sh_error_set(err, SH_ERRC_SYSTEM, "ip(8) did not answer about the route to '%s'",
				    sh_param_str(r, "to"));
	json_array_foreach(list, i, there)
		if (is_same(r, "via", there, "gateway") && is_same(r, "dev", there, "dev"))
			return 1;
	return json_array_size(list) ? 2 : 0;
}

/* It could not be added: what is there, now or later, is somebody else's, and undo lets it be. */
static int disown(const json_t *r, json_t *added, json_t *output, const struct sh_note *note,
		  struct sh_error *err)
{
	struct sh_error later = SH_ERROR_INIT;

	json_array_remove(added, json_array_size(added) - 1);
	if (sh_note_write(note, output, &later) < 0)
		return -1;
	/* Another was faster: it is as it should be. */
	if (look(r, &later) != 1)
		return -1;
	sh_error_clear(err);
	return 0;
}

static int add(const json_t *r, json_t *added, json_t *output, const struct sh_note *note,
	       struct sh_error *err)
{
	int rc = look(r, err);

	if (rc == 2)
		return sh_error_set(err, SH_ERRC_CONFIG, "another route to '%s' is there: somebody may have meant it",
				    sh_param_str(r, "to"));
	if (rc != 0)
		return rc < 0 ? -1 : 0;
	json_array_append(added, (json_t *)(uintptr_t)r);
	if (sh_note_write(note, output, err) < 0)
		return -1;
	return call_ip(r, "add", NULL, err) == 0 ? 0 : disown(r, added, output, note, err);
}

static int run(const struct sh_action_call *call, json_t *output, struct sh_error *err)
{
	const json_t *list = sh_param_json(call->parameters, "routes");
	json_t *added = json_array(), *r;
	struct sh_note note;
	size_t i;
	int rc = check_routes(list, err);

	json_object_set_new(output, "added", added);
	sh_note_init(&note, "routes", call);
	json_array_foreach((json_t *)(uintptr_t)list, i, r)
		if (rc == 0)
			rc = add(r, added, output, &note, err);
	sh_note_release(&note);
	return rc;
}

static int check(const struct sh_action_call *call, json_t *output, struct sh_error *err)
{
	const json_t *list = sh_param_json(call->parameters, "routes");
	bool all = true;
	json_t *r;
	size_t i;

	if (check_routes(list, err) < 0)
		return -1;
	json_array_foreach((json_t *)(uintptr_t)list, i, r) {
		int rc = look(r, err);

		if (rc < 0)
			return -1;
		all &= rc == 1;
	}
	sh_action_state(output, all ? "done" : "not_done");
	return 0;
}

static int remove_added(const struct sh_action_call *call, const json_t *known, struct sh_error *err)
{
	const json_t *list = sh_param_json(known, "added");
	json_t *r;
	size_t i;
	int rc = json_array_size(list) ? check_routes(list, err) : 0;

	(void)call;
	json_array_foreach((json_t *)(uintptr_t)list, i, r) {
		int there = rc == 0 ? look(r, err) : 0;

		if (there)
			rc = there < 0 ? -1 : there == 1 ? call_ip(r, "del", NULL, err) : 0;
	}
	return rc;
}

static int undo(const struct sh_action_call *call, json_t *output, struct sh_error *err)
{
	return sh_note_undo("routes", "added", remove_added, call, output, err);
}

int main(int argc, char **argv)
{
	static const struct sh_action action = { "route-restore", params, run, check, undo };

	return sh_action_main(&action, argc, argv);
}

/* SPDX-License-Identifier: MIT */
/*
 * update-list - which packages have updates, and which of them mend what is insecure
 *
 * By what apt knows already: its lists are not fetched anew, and nothing is
 * installed. A security update is one of an archive whose name says so.
 */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "action/action.h"
#include "action/command.h"
#include "base/clock.h"

#define APT_TIMEOUT (2 * SH_MIN)
#define MAX_LISTED 200
#define MAX_WORD 128

static const struct sh_param params[] = {
	{ "max_security", SH_PARAM_INTEGER, false },
	{ NULL, SH_PARAM_STRING, false },
};

struct counts {
	json_int_t security, other;
};

/* "Inst NAME [OLD] (NEW ARCHIVE, ARCHIVE [ARCHITECTURE])"; a new package has no [OLD] and is no update. */
static void take_line(const char *line, size_t len, struct counts *n, json_t *list)
{
	char text[1024], name[MAX_WORD], old[MAX_WORD], new[MAX_WORD];

	if (len >= sizeof(text))
		len = sizeof(text) - 1;
	memcpy(text, line, len);
	text[len] = '\0';
	if (sscanf(text, "Inst %127s [%127[^]]] (%127s", name, old, new) != 3)
		return;
	if (!strcasestr(strchr(text, '('), "-security")) {
		n->other++;
		return;
	}
	if (n->security++ < MAX_LISTED)
		json_array_append_new(list, json_pack("{s:o, s:o, s:o}", "package", sh_action_text(name),
						      "installed", sh_action_text(old), "available",
						      sh_action_text(new)));
}

static int run(const struct sh_action_call *call, json_t *output, struct sh_error *err)
{
	int64_t most = sh_param_int(call->parameters, "max_security", INT64_MAX);
	char tool[SH_TOOL_PATH];
	const char *const argv[] = { tool, "--simulate", "-qq", "dist-upgrade", NULL };
	SH_CLEANUP_BUF struct sh_buf said = SH_BUF_INIT;
	struct counts n = { 0 };
	json_t *list;

	if (sh_command_tool("apt-get", tool, err) < 0) {
		json_object_set_new(output, "skipped", sh_action_text(err->text));
		sh_error_clear(err);
		return 0;
	}
	if (sh_command_run(argv, NULL, APT_TIMEOUT, &said, NULL, err) < 0)
		return -1;
	list = json_array();
	for (const char *line = sh_buf_str(&said); *line; line += strspn(line, "\n")) {
		size_t len = strcspn(line, "\n");

		take_line(line, len, &n, list);
		line += len;
	}
	json_object_set_new(output, "security", list);
	json_object_set_new(output, "security_updates", json_integer(n.security));
	json_object_set_new(output, "other_updates", json_integer(n.other));
	return n.security <= most ? 0 :
	       sh_error_set(err, SH_ERRC_SYSTEM, "%lld security updates are not installed", (long long)n.security);
}

int main(int argc, char **argv)
{
	static const struct sh_action action = { "update-list", params, run, sh_action_check_again, NULL };

	return sh_action_main(&action, argc, argv);
}

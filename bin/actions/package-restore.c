/* SPDX-License-Identifier: MIT */
/*
 * package-restore - install the same version of a package again whose files were changed
 *
 * What the package's own sums say was changed or is missing comes back, files of
 * configuration excepted: those are the operator's. From a declared directory of
 * archives by dpkg(1), else by apt-get(8), and only the version that is installed.
 */
#include "config.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "action/action.h"
#include "action/command.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/mem.h"

#define VERIFY_TIMEOUT (2 * SH_MIN)
#define INSTALL_TIMEOUT (10 * SH_MIN)
#define MOST_NAMED 20

static const struct sh_param params[] = {
	{ "packages", SH_PARAM_OBJECT, true },
	{ NULL, SH_PARAM_STRING, false },
};

static const struct sh_param packages_params[] = {
	{ "names", SH_PARAM_STRINGS, true },
	{ "archives", SH_PARAM_PATH, false },
	{ "root", SH_PARAM_PATH, false },
	{ NULL, SH_PARAM_STRING, false },
};

/* Debian Policy 5.6.7; so it is no option either. */
static bool is_name(const char *s)
{
	return isalnum((unsigned char)s[0]) && s[1] &&
	       strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789+.-") == strlen(s);
}

static int read_params(const struct sh_action_call *call, const json_t **out, struct sh_error *err)
{
	json_t *name;
	size_t i;

	*out = sh_param_json(call->parameters, "packages");
	if (sh_params_check(*out, packages_params, "packages", err) < 0)
		return -1;
	if (json_array_size(sh_param_json(*out, "names")) == 0)
		return sh_error_set(err, SH_ERRC_INPUT, "'names' names no package");
	json_array_foreach((json_t *)(uintptr_t)sh_param_json(*out, "names"), i, name)
		if (!is_name(json_string_value(name)))
			return sh_error_set(err, SH_ERRC_INPUT, "'%.60s' is no name of a package",
					    json_string_value(name));
	return 0;
}

/* A tool with --root=; the caller's words follow. Its exit code does not matter where OUT tells. */
static int dpkg(const json_t *p, const char *name, const char *const *words, int64_t timeout,
		struct sh_buf *out, struct sh_error *err)
{
	const char *root = sh_param_str(p, "root");
	SH_CLEANUP_FREE char *option = sh_asprintf("--root=%s", root ? root : "/");
	char tool[SH_TOOL_PATH];
	const char *argv[10] = { tool, option };
	size_t n = 2;

	while (*words && n < 9)
		argv[n++] = *words++;
	return sh_command_tool(name, tool, err) < 0 ? -1 : sh_command_run(argv, NULL, timeout, out, NULL, err);
}

/* "??5??????   /path", "missing   /path"; "c" before the path is configuration. Returns how many. */
static size_t read_changes(const char *text, json_t *paths)
{
	size_t n = 0;

	for (const char *line = text; *line; line += strcspn(line, "\n"), line += *line == '\n') {
		const char *at = line + strcspn(line, " \n"), *path = at + strspn(at, " ");
		bool configuration = path[0] == 'c' && path[1] == ' ';

		if (configuration || *path != '/')
			continue;
		n++;
		if (json_array_size(paths) < MOST_NAMED)
			json_array_append_new(paths, json_stringn(path, strcspn(path, "\n")));
	}
	return n;
}

/* How many files of it are not as installed; -1 with an error. */
static int verify(const json_t *p, const char *package, json_t *paths, size_t *changed, struct sh_error *err)
{
	const char *const words[] = { "--verify", package, NULL };
	const char *const query[] = { "-W", "-f=${db:Status-Status}", package, NULL };
	SH_CLEANUP_BUF struct sh_buf text = SH_BUF_INIT, status = SH_BUF_INIT;
	struct sh_error differs = SH_ERROR_INIT;

	if (dpkg(p, "dpkg-query", query, VERIFY_TIMEOUT, &status, err) < 0)
		return -1;
	if (strcmp(sh_buf_str(&status), "installed"))
		return sh_error_set(err, SH_ERRC_CONFIG, "package '%s' is %s: that needs a person", package,
				    sh_buf_str(&status));
	if (dpkg(p, "dpkg", words, VERIFY_TIMEOUT, &text, &differs) < 0 && !text.len) {
		sh_error_set_(err, SH_ERRC_SYSTEM, 0, "%s", differs.text);
		return -1;
	}
	*changed = read_changes(sh_buf_str(&text), paths);
	return 0;
}

static int version_of(const json_t *p, const char *package, const char *format, struct sh_buf *out,
		      struct sh_error *err)
{
	const char *const words[] = { "-W", format, package, NULL };

	return dpkg(p, "dpkg-query", words, VERIFY_TIMEOUT, out, err);
}

/* NAME_VERSION_ARCHITECTURE.deb, the colon of an epoch as %3a. */
static char *archive_of(const json_t *p, const char *package, struct sh_error *err)
{
	SH_CLEANUP_BUF struct sh_buf text = SH_BUF_INIT, name = SH_BUF_INIT;
	char *path;

	if (version_of(p, package, "-f=${Package}_${Version}_${Architecture}.deb", &text, err) < 0)
		return NULL;
	for (const char *c = sh_buf_str(&text); *c; c++) {
		if (*c == ':')
			sh_buf_addstr(&name, "%3a");
		else
			sh_buf_addch(&name, *c);
	}
	path = sh_asprintf("%s/%s", sh_param_str(p, "archives"), sh_buf_str(&name));
	if (access(path, R_OK) == 0)
		return path;
	sh_error_sys(err, "cannot read '%s'", path);
	free(path);
	return NULL;
}

static int install_archive(const json_t *p, const char *package, struct sh_error *err)
{
	SH_CLEANUP_FREE char *archive = archive_of(p, package, err);
	const char *const words[] = { "--force-confold", "-i", archive, NULL };

	return archive ? dpkg(p, "dpkg", words, INSTALL_TIMEOUT, NULL, err) : -1;
}

static int install_again(const json_t *p, const char *package, struct sh_error *err)
{
	SH_CLEANUP_BUF struct sh_buf version = SH_BUF_INIT;
	SH_CLEANUP_FREE char *wanted = NULL;
	char tool[SH_TOOL_PATH], env[SH_TOOL_PATH];
	const char *argv[12] = { env, "DEBIAN_FRONTEND=noninteractive", tool, "-y", "-q",
				 "--reinstall", "--no-install-recommends", "--no-remove",
				 "-oDpkg::Options::=--force-confold", "install" };

	if (sh_param_str(p, "root"))
		return sh_error_set(err, SH_ERRC_INPUT, "'root' needs 'archives'");
	if (sh_command_tool("env", env, err) < 0 || sh_command_tool("apt-get", tool, err) < 0 ||
	    version_of(p, package, "-f=${Version}", &version, err) < 0)
		return -1;
	wanted = sh_asprintf("%s=%s", package, sh_buf_str(&version));
	argv[10] = wanted;
	return sh_command_run(argv, NULL, INSTALL_TIMEOUT, NULL, NULL, err);
}

/* 1 restored, 0 nothing to do, -1. */
static int restore(const json_t *p, const char *package, json_t *output, struct sh_error *err)
{
	json_t *paths = json_array();
	json_auto_t *left = json_array();
	size_t changed, after;

	json_object_set_new(output, package, paths);
	if (verify(p, package, paths, &changed, err) < 0)
		return -1;
	if (!changed)
		return 0;
	if ((sh_param_str(p, "archives") ? install_archive(p, package, err) : install_again(p, package, err)) < 0 ||
	    verify(p, package, left, &after, err) < 0)
		return -1;
	return after ? sh_error_set(err, SH_ERRC_SYSTEM, "of package '%s' %zu files still are not as installed",
				    package, after) : 1;
}

static int run(const struct sh_action_call *call, json_t *output, struct sh_error *err)
{
	json_t *restored = json_object(), *name;
	const json_t *p;
	int any = 0;
	size_t i;

	json_object_set_new(output, "changed_files", restored);
	if (read_params(call, &p, err) < 0)
		return -1;
	json_array_foreach((json_t *)(uintptr_t)sh_param_json(p, "names"), i, name) {
		int rc = restore(p, json_string_value(name), restored, err);

		if (rc < 0)
			return -1;
		any |= rc;
	}
	return any ? 0 : sh_error_set(err, SH_ERRC_UNAVAILABLE, "the packages are as they were installed");
}

static int check(const struct sh_action_call *call, json_t *output, struct sh_error *err)
{
	json_auto_t *paths = json_array();
	size_t changed, all = 0;
	const json_t *p;
	json_t *name;
	size_t i;

	if (read_params(call, &p, err) < 0)
		return -1;
	json_array_foreach((json_t *)(uintptr_t)sh_param_json(p, "names"), i, name) {
		if (verify(p, json_string_value(name), paths, &changed, err) < 0)
			return -1;
		all += changed;
	}
	sh_action_state(output, all ? "not_done" : "done");
	return 0;
}

int main(int argc, char **argv)
{
	static const struct sh_action action = { "package-restore", params, run, check, NULL };

	return sh_action_main(&action, argc, argv);
}

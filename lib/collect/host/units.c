/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "collect/host/units.h"

#include <fcntl.h>
#include <jansson.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/process.h"
#include "collect/table.h"
#include "record/json.h"

#define ANSWER_LIMIT (2 * SH_SEC)
#define MAX_LISTED 20

int sh_units_parse(const char *text, size_t len, size_t *failed, struct sh_buf *list,
		   struct sh_error *err)
{
	json_auto_t *all = json_loadb(text, len, 0, NULL);
	const json_t *unit;
	size_t i;

	*failed = 0;
	if (!json_is_array(all))
		return sh_error_set(err, SH_ERRC_SYSTEM, "systemctl: the answer is no list of units");
	json_array_foreach(all, i, unit) {
		const char *name = sh_json_str(unit, "unit", NULL);
		const char *active = sh_json_str(unit, "active", NULL);

		if (!name || !active)
			return sh_error_set(err, SH_ERRC_SYSTEM,
					    "systemctl: the answer is no list of units");
		if (strcmp(active, "failed") != 0)
			continue;
		if (++*failed <= MAX_LISTED)
			sh_buf_addf(list, "%s%s", list->len ? " " : "", name);
	}
	return 0;
}

static const char *systemctl(void)
{
	static const char *const path[] = { "/usr/bin/systemctl", "/bin/systemctl" };

	for (size_t i = 0; i < sizeof(path) / sizeof(*path); i++)
		if (access(path[i], X_OK) == 0)
			return path[i];
	return NULL;
}

#define ASKED "systemctl"

static int ask(struct sh_collect *c, struct sh_child *child, struct sh_error *err)
{
	const char *argv[] = { systemctl(), "list-units", "--failed", "--output=json", "--no-pager",
			       NULL };
	struct sh_child_options opt = { .argv = argv, .timeout = ANSWER_LIMIT, .kill_after = SH_MS,
					.give_up = SH_COLLECT_GIVE_UP };

	if (!argv[0])
		return sh_error_set(err, SH_ERRC_UNAVAILABLE, "systemctl was not found");
	if (sh_collect_is_stuck(c, ASKED))
		return sh_error_set(err, SH_ERRC_SYSTEM, "systemctl still gives no answer");
	if (sh_child_start(child, &opt, err) < 0 || sh_child_wait(child, err) < 0)
		return -1;
	if (child->timed_out)
		return sh_error_set(err, SH_ERRC_SYSTEM, "systemctl gives no answer within %d ms",
				    (int)(ANSWER_LIMIT / SH_MS));
	if (sh_child_exit_code(child) != 0)
		return sh_error_set(err, SH_ERRC_SYSTEM, "systemctl: exit code %d: %.*s",
				    sh_child_exit_code(child),
				    (int)strcspn(sh_buf_str(&child->stderr_data), "\n"),
				    sh_buf_str(&child->stderr_data));
	return 0;
}

static void write_units(struct sh_collect *c, size_t failed, const struct sh_buf *list)
{
	struct sh_sample_writer w;

	sh_collect_begin(c, &w, "host", c->host, c->host, NULL, NULL);
	sh_sample_group(&w, "units");
	sh_sample_number(&w, "failed", (double)failed);
	if (failed)
		sh_sample_text(&w, "units", sh_buf_str(list));
	sh_sample_end(&w);
}

int sh_collect_units(struct sh_collect *c, struct sh_error *err)
{
	SH_CLEANUP_BUF struct sh_buf list = SH_BUF_INIT;
	struct sh_child child = { 0 };
	size_t failed;
	int rc;

	if (!sh_collect_wants(c, c->host))
		return 0;
	if (access("/run/systemd/system", F_OK) < 0)
		return sh_error_set(err, SH_ERRC_UNAVAILABLE, "systemd does not run here");
	rc = ask(c, &child, err);
	if (rc == 0)
		rc = sh_units_parse(sh_buf_str(&child.stdout_data), child.stdout_data.len, &failed,
				    &list, err);
	if (rc == 0)
		write_units(c, failed, &list);
	sh_collect_end_child(c, ASKED, &child);
	return rc;
}

/* SPDX-License-Identifier: MIT */
/* Programs of the site that speak our own protocol, sh-plugin(7). */
#include "config.h"

#include "collect/check/plugin.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/mem.h"
#include "collect/check/program.h"
#include "collect/check/ways.h"
#include "collect/text.h"
#include "record/entity.h"
#include "record/json.h"

#define LARGEST_INPUT 60000 /* what a pipe takes at once, so that none waits to be fed */

struct plugin {
	char *path;          /* owned */
	struct sh_buf input, entity;
	const char *argv[2];
};

static void release(struct sh_job_run *run)
{
	struct plugin *p = run->own;

	if (!p)
		return; /* not begun */
	free(p->path);
	sh_buf_release(&p->input);
	sh_buf_release(&p->entity);
	free(p);
	run->own = NULL;
}

/* The file that declares what the job checks. */
static const char *declared_in(const struct sh_collect *c, const struct sh_job *j)
{
	const struct sh_service *s = sh_site_service(c->site, j->name);
	const struct sh_check_entry *k = sh_site_check(c->site, j->name);

	if (!strcmp(j->type, "service") && s)
		return s->node->file;
	return k ? k->node->file : NULL;
}

/* DIR/plugins/NAME when that exists. */
static char *try_directory(const char *dir, size_t len, const char *name)
{
	char *path = sh_asprintf("%.*s/plugins/%s", (int)len, dir, name);

	if (access(path, F_OK) == 0 || errno == EACCES)
		return path;
	free(path);
	return NULL;
}

/* Beside the file that declares the check, then of the site, then of the installation. */
static char *find(const struct sh_collect *c, const struct sh_job *j, const char *name)
{
	const char *file = declared_in(c, j), *slash = file ? strrchr(file, '/') : NULL;
	char *path = NULL;

	if (file)
		path = slash ? try_directory(file, (size_t)(slash - file), name) :
			       try_directory(".", 1, name);
	if (!path)
		path = try_directory(SH_SYSCONFDIR, strlen(SH_SYSCONFDIR), name);
	if (!path)
		path = try_directory(c->libexec, strlen(c->libexec), name);
	return path;
}

static int locate(const struct sh_collect *c, struct sh_job_run *run, struct sh_error *err)
{
	struct plugin *p = run->own;
	const char *name = run->check.address;
	SH_CLEANUP_FD int fd = -1;

	p->path = find(c, run->job, name);
	if (!p->path)
		return sh_error_set(err, SH_ERRC_CONFIG,
				    "there is no plugin '%.80s' in a directory 'plugins', beside the site file, "
				    "in '%s' or in '%s'", name, SH_SYSCONFDIR, c->libexec);
	fd = sh_file_open_trusted(p->path, err);
	if (fd < 0)
		return -1;
	return access(p->path, X_OK) < 0 ? sh_error_sys(err, "cannot execute '%s'", p->path) : 0;
}

static int fill_input(const struct sh_collect *c, struct sh_job_run *run, struct sh_error *err)
{
	struct plugin *p = run->own;
	json_t *in = json_object();

	sh_entity_add(&p->entity, run->job->type, run->job->name, c->host);
	json_object_set_new(in, "host", json_string(c->host));
	json_object_set_new(in, "target", json_string(run->job->name));
	json_object_set_new(in, "entity", json_string(sh_buf_str(&p->entity)));
	if (run->check.settings)
		json_object_set(in, "settings", run->check.settings);
	else
		json_object_set_new(in, "settings", json_object());
	if (c->interval)
		json_object_set_new(in, "interval", json_real((double)c->interval / (double)SH_SEC));
	json_object_set_new(in, "timeout", json_real((double)run->check.timeout / (double)SH_SEC));
	sh_json_dump(&p->input, in);
	sh_buf_addch(&p->input, '\n');
	json_decref(in);
	if (p->input.len > LARGEST_INPUT)
		return sh_error_set(err, SH_ERRC_CONFIG, "its settings are larger than %d bytes", LARGEST_INPUT);
	return 0;
}

int sh_check_plugin_start(struct sh_collect *c, struct sh_job_run *run, struct sh_error *err)
{
	struct plugin *p = run->own = sh_calloc(1, sizeof(*p));

	if (locate(c, run, err) == 0 && fill_input(c, run, err) == 0) {
		p->argv[0] = p->path;
		if (sh_program_start(run, p->argv, &p->input, err) == 0)
			return 0;
	}
	sh_error_prefix(err, "plugin '%s'", run->check.address);
	release(run);
	return -1;
}

static void read_lines(struct sh_collect *c, const struct sh_job_run *run)
{
	const struct plugin *p = run->own;
	const struct sh_plugin_origin from = { .entity = sh_buf_str(&p->entity),
					       .target = run->job->name,
					       .any_host = run->check.any_host };
	struct sh_program_bad bad = { .c = c, .name = run->job->name };
	struct sh_span rest = sh_text_of(&run->child.stdout_data), line;
	/* What was cut off is no line, however much it looks like one. */
	bool whole = !run->child.truncated && !run->child.timed_out;

	for (uint64_t number = 1; sh_text_line(&rest, &line); number++) {
		struct sh_error e = SH_ERROR_INIT;
		bool ended = line.p + line.len < sh_text_of(&run->child.stdout_data).p + run->child.stdout_data.len;

		if (line.len && line.p[line.len - 1] == '\r')
			line.len--;
		if (!line.len)
			continue;
		if (!ended && !whole)
			sh_error_set(&e, SH_ERRC_INPUT, "cut off");
		else
			sh_plugin_record(c, &from, line, &e);
		if (sh_error_is_set(&e))
			sh_program_bad(&bad, number, &e);
	}
	sh_program_bad_end(&bad);
}

int sh_check_plugin_finish(struct sh_collect *c, struct sh_job_run *run, struct sh_error *err)
{
	const struct plugin *p = run->own;
	SH_CLEANUP_BUF struct sh_buf why = SH_BUF_INIT;
	int rc = 1;

	if (p)
		read_lines(c, run);
	if (sh_program_failed(run, p ? p->path : "", 0, &why))
		rc = sh_error_set(err, SH_ERRC_SYSTEM, "plugin '%s': %s", run->check.address,
				  sh_buf_str(&why));
	else if (run->child.truncated)
		rc = sh_error_set(err, SH_ERRC_SYSTEM, "plugin '%s': more output than is read",
				  run->check.address);
	release(run);
	return rc;
}

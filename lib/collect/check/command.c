/* SPDX-License-Identifier: MIT */
/*
 * A command of the site's choice, and what it prints by one of the formats. Of
 * Nagios plugins the exit code is the state, which the format writes; of others it
 * says whether all is well.
 */
#include "config.h"

#include <sys/wait.h>

#include "collect/check/net.h"
#include "collect/check/program.h"
#include "collect/check/ways.h"
#include "collect/text.h"
#include "record/entity.h"

enum { NAGIOS_UNKNOWN = 3 };

int sh_check_command_start(struct sh_collect *c, struct sh_job_run *run, struct sh_error *err)
{
	(void)c;
	if (!sh_format_find(run->check.format))
		return sh_error_set(err, SH_ERRC_CONFIG, "there is no format '%s'; --list shows them",
				    run->check.format);
	return sh_program_start(run, run->check.argv, NULL, err);
}

static void tell_bad(void *arg, const char *file, uint64_t line, const struct sh_error *err)
{
	(void)file;
	sh_program_bad(arg, line, err);
}

static void convert(struct sh_collect *c, const struct sh_job_run *run, int code)
{
	const char *dims[SH_JOB_DIMS];
	struct sh_program_bad bad = { .c = c, .name = run->job->name };
	SH_CLEANUP_BUF struct sh_buf entity = SH_BUF_INIT;
	struct sh_import in = { .c = c, .file = run->check.argv[0], .target = run->job->name,
				.status = code, .report = tell_bad, .report_arg = &bad };

	sh_entity_add(&entity, run->job->type, run->job->name, NULL);
	in.entity = sh_buf_str(&entity);
	in.format = sh_format_find(run->check.format);
	in.dims = sh_job_dims(run->job, dims);
	sh_import_text(&in, sh_text_of(&run->child.stdout_data), NULL);
	sh_program_bad_end(&bad);
}

/* It came to its end, whatever it thinks of what it saw: what it printed is whole. */
static bool is_whole(const struct sh_job_run *run, int code)
{
	return !run->child.timed_out && WIFEXITED(run->child.status) && code < 126;
}

int sh_check_command_finish(struct sh_collect *c, struct sh_job_run *run, struct sh_error *err)
{
	SH_CLEANUP_BUF struct sh_buf why = SH_BUF_INIT;
	bool nagios = sh_format_find(run->check.format)->flags & SH_FORMAT_STATE;
	int code = sh_child_exit_code(&run->child);
	bool failed = sh_program_failed(run, run->check.argv[0], nagios ? NAGIOS_UNKNOWN : 0, &why);

	(void)err;
	if (is_whole(run, code) && !(nagios && failed)) {
		convert(c, run, code);
		if (nagios)
			return 1;
		run->outcome.time_ms = sh_net_since(run->begun);
	}
	if (failed)
		sh_outcome_fail(&run->outcome, "%s", sh_buf_str(&why));
	if (failed && nagios)
		sh_outcome_add(&run->outcome, "state", NAGIOS_UNKNOWN);
	return 0;
}

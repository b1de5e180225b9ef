/* SPDX-License-Identifier: MIT */
/*
 * A command of the site's choice, and what it prints by one of the formats. Of
 * Nagios plugins the exit code is the state, which the format writes; of others it
 * says whether all is well.
 */
#include "config.h"

#include <sys/wait.h>

#include "collect/check/convert.h"
#include "collect/check/net.h"
#include "collect/check/program.h"
#include "collect/check/ways.h"
#include "collect/text.h"

enum { NAGIOS_UNKNOWN = 3 };

int sh_check_command_start(struct sh_collect *c, struct sh_job_run *run, struct sh_error *err)
{
	(void)c;
	return sh_program_start(run, run->check.argv, NULL, err);
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
		sh_job_convert(c, run, run->check.argv[0], code,
			       sh_text_of(&run->child.stdout_data));
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

/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "collect/check/program.h"

#include <inttypes.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "collect/text.h"

#define MAX_OUTPUT ((size_t)1 << 20)
#define KILL_AFTER (200 * SH_MS) /* who does not end by TERM in this time has nothing to save */
#define MAX_SAID 120
#define MAX_TOLD 5

int sh_program_start(struct sh_job_run *run, const char *const *argv, const struct sh_buf *input,
		     struct sh_error *err)
{
	struct sh_child_options opt = { .argv = argv, .timeout = run->check.timeout,
					.kill_after = KILL_AFTER, .max_output = MAX_OUTPUT,
					.give_up = SH_COLLECT_GIVE_UP, .alone = true };

	if (input) {
		opt.stdin_data = sh_buf_str(input);
		opt.stdin_len = input->len;
	}
	if (sh_child_start(&run->child, &opt, err) < 0)
		return -1;
	if (input)
		sh_child_feed(&run->child);
	return 0;
}

static bool add_first_line(const struct sh_buf *text, struct sh_buf *out)
{
	struct sh_span rest = sh_text_of(text), line = SH_SPAN_NONE;

	while (sh_text_line(&rest, &line) && !line.len)
		;
	for (size_t i = 0; i < line.len && i < MAX_SAID; i++) {
		bool plain = line.p[i] >= ' ' && line.p[i] < 0x7f;

		sh_buf_addch(out, plain ? line.p[i] : '?');
	}
	return line.len != 0;
}

/* The first line of what it said on standard error, else of its output; printable. Appends. */
static void add_said(const struct sh_job_run *run, struct sh_buf *out)
{
	if (!add_first_line(&run->child.stderr_data, out))
		add_first_line(&run->child.stdout_data, out);
}

/* Exit codes of a shell are also those of our own child that could not become the program. */
static bool could_not_run(int code, const char *program, struct sh_buf *why)
{
	if ((code != 126 && code != 127) || access(program, X_OK) == 0)
		return false;
	sh_buf_addf(why, "cannot run '%s': %s", program,
		    code == 127 ? "there is no such program" : "it is not executable");
	return true;
}

static void say_late(const struct sh_job_run *run, struct sh_buf *why)
{
	if (run->hangs) {
		sh_buf_addstr(why, SH_JOB_HANGS);
		return;
	}
	sh_buf_addf(why, "no answer within %" PRId64 " ms", run->check.timeout / SH_MS);
	if (run->child.stuck)
		sh_buf_addf(why, ", and process %d cannot be killed", (int)run->child.id.pid);
}

bool sh_program_failed(const struct sh_job_run *run, const char *program, int highest,
		       struct sh_buf *why)
{
	const struct sh_child *k = &run->child;
	int code = sh_child_exit_code(k);

	if (k->timed_out) {
		say_late(run, why);
		return true;
	}
	if (WIFSIGNALED(k->status)) {
		sh_buf_addf(why, "killed by signal %d", WTERMSIG(k->status));
		return true;
	}
	if (code <= highest)
		return false;
	if (could_not_run(code, program, why))
		return true;
	sh_buf_addf(why, "exit code %d", code);
	if (k->stderr_data.len || k->stdout_data.len)
		sh_buf_addstr(why, ": ");
	add_said(run, why);
	return true;
}

void sh_program_bad(struct sh_program_bad *b, uint64_t line, const struct sh_error *err)
{
	struct sh_error told = *err;

	if (b->n++ >= MAX_TOLD)
		return;
	if (line)
		sh_error_prefix(&told, "line %" PRIu64, line);
	sh_collect_fail(b->c, b->name, &told);
}

void sh_program_bad_end(struct sh_program_bad *b)
{
	struct sh_error e = SH_ERROR_INIT;

	if (b->n <= MAX_TOLD)
		return;
	sh_error_set(&e, SH_ERRC_INPUT, "%" PRIu64 " more lines are bad", b->n - MAX_TOLD);
	sh_collect_fail(b->c, b->name, &e);
}

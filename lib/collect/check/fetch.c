/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "collect/check/fetch.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "record/json.h"

#define GRACE SH_SEC
#define MAX_ANSWER 65536

/* What the child's options point to. */
struct fetch {
	char *program, *url, *options; /* owned */
	const char *argv[3];
};

static void release(struct sh_job_run *run)
{
	struct fetch *f = run->own;

	free(f->program);
	free(f->url);
	free(f->options);
	free(f);
	run->own = NULL;
}

int sh_fetch_start(struct sh_collect *c, struct sh_job_run *run, const char *url, json_t *options,
		   struct sh_error *err)
{
	struct fetch *f = run->own = sh_calloc(1, sizeof(*f));
	struct sh_child_options opt = { .timeout = run->check.timeout + GRACE,
					.max_output = MAX_ANSWER };

	json_object_set_new(options, "timeout_ms", json_integer(run->check.timeout / SH_MS));
	f->options = json_dumps(options, JSON_COMPACT);
	json_decref(options);
	f->program = sh_asprintf("%s/sh-fetch", c->libexec);
	f->url = sh_strdup(url);
	f->argv[0] = f->program;
	f->argv[1] = f->url;
	opt.argv = f->argv;
	opt.stdin_data = f->options;
	opt.stdin_len = strlen(f->options);
	if (sh_child_start(&run->child, &opt, err) < 0) {
		release(run);
		return -1;
	}
	sh_child_feed(&run->child);
	return 0;
}

static json_t *understand(struct sh_job_run *run, struct sh_error *err)
{
	const struct sh_buf *text = &run->child.stdout_data;
	const struct fetch *f = run->own;
	int code = sh_child_exit_code(&run->child);
	json_t *answer;

	if (run->child.timed_out) {
		sh_outcome_fail(&run->outcome, "no answer in time");
		return NULL;
	}
	if (code != 0) {
		sh_error_set(err, SH_ERRC_SYSTEM, "'%s' failed with exit code %d: %.*s", f->program,
			     code, (int)strcspn(sh_buf_str(&run->child.stderr_data), "\n"),
			     sh_buf_str(&run->child.stderr_data));
		return NULL;
	}
	answer = sh_json_parse(sh_buf_str(text), text->len, err);
	if (!answer)
		sh_error_prefix(err, "answer of '%s'", f->program);
	return answer;
}

json_t *sh_fetch_answer(struct sh_job_run *run, struct sh_error *err)
{
	json_t *answer = understand(run, err);

	release(run);
	return answer;
}

/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "collect/check/fetch.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "record/json.h"

#define GRACE SH_SEC
#define MAX_ANSWER 65536

static void release(struct sh_fetch *f)
{
	free(f->program);
	free(f->url);
	free(f->options);
}

int sh_fetch_start(struct sh_fetch *f, const char *libexec, const char *url, const char *match,
		   int64_t timeout, struct sh_error *err)
{
	SH_CLEANUP_BUF struct sh_buf options = SH_BUF_INIT;
	struct sh_child_options opt = { 0 };

	sh_buf_addf(&options, "{\"timeout_ms\":%" PRId64, timeout / SH_MS);
	if (match) {
		sh_buf_addstr(&options, ",\"match\":");
		sh_json_add_string(&options, match, strlen(match));
	}
	sh_buf_addstr(&options, "}\n");
	*f = (struct sh_fetch){ 0 };
	f->program = sh_asprintf("%s/sh-fetch", libexec);
	f->url = sh_strdup(url);
	f->argv[0] = f->program;
	f->argv[1] = f->url;
	opt.stdin_len = options.len;
	f->options = sh_buf_take(&options);
	opt.argv = f->argv;
	opt.stdin_data = f->options;
	opt.timeout = timeout + GRACE;
	opt.max_output = MAX_ANSWER;
	if (sh_child_start(&f->child, &opt, err) < 0) {
		release(f);
		return -1;
	}
	sh_child_feed(&f->child);
	return 0;
}

static void read_answer(const json_t *answer, struct sh_fetch_result *out)
{
	out->status = sh_json_int(answer, "status", 0);
	out->time_ms = sh_json_num(answer, "time_ms", (double)NAN);
	out->matched = json_is_true(json_object_get(answer, "matched"));
	snprintf(out->error, sizeof(out->error), "%s", sh_json_str(answer, "error", ""));
}

static int understand(struct sh_fetch *f, struct sh_fetch_result *out, struct sh_error *err)
{
	const struct sh_buf *text = &f->child.stdout_data;
	int code = sh_child_exit_code(&f->child);
	json_t *answer;

	if (f->child.timed_out) {
		snprintf(out->error, sizeof(out->error), "no answer in time");
		return 0;
	}
	if (code != 0)
		return sh_error_set(err, SH_ERRC_SYSTEM, "'%s' failed with exit code %d: %.*s",
				    f->program, code,
				    (int)strcspn(sh_buf_str(&f->child.stderr_data), "\n"),
				    sh_buf_str(&f->child.stderr_data));
	answer = sh_json_parse(sh_buf_str(text), text->len, err);
	if (!answer) {
		sh_error_prefix(err, "answer of '%s'", f->program);
		return -1;
	}
	read_answer(answer, out);
	json_decref(answer);
	return 0;
}

int sh_fetch_finish(struct sh_fetch *f, struct sh_fetch_result *out, struct sh_error *err)
{
	int rc;

	*out = (struct sh_fetch_result){ .time_ms = (double)NAN };
	rc = sh_child_wait(&f->child, err);
	if (rc == 0)
		rc = understand(f, out, err);
	sh_child_release(&f->child);
	release(f);
	return rc;
}

/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "collect/check/fetch.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "collect/check/secret.h"
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

	if (!f)
		return; /* not begun */
	free(f->program);
	free(f->url);
	free(f->options);
	free(f);
	run->own = NULL;
}

static int add_headers(const struct sh_check *k, json_t *list, struct sh_error *err)
{
	const char *name;
	json_t *value;

	json_object_foreach(k->headers, name, value)
		json_array_append_new(list, json_sprintf("%s: %s", name, json_string_value(value)));
	json_object_foreach(k->header_files, name, value) {
		SH_CLEANUP_BUF struct sh_buf secret = SH_BUF_INIT;

		if (sh_secret_read(json_string_value(value), &secret, err) < 0)
			return -1;
		if (json_array_append_new(list, json_sprintf("%s: %s", name, sh_buf_str(&secret))) < 0)
			return sh_error_set(err, SH_ERRC_CONFIG, "'%s' is no text",
					    json_string_value(value));
	}
	return 0;
}

json_t *sh_fetch_options(const struct sh_check *k, struct sh_error *err)
{
	json_t *options = json_object(), *headers = json_array();

	json_object_set_new(options, "headers", headers);
	if (k->method)
		json_object_set_new(options, "method", json_string(k->method));
	if (k->ca)
		json_object_set_new(options, "ca", json_string(k->ca));
	if (add_headers(k, headers, err) == 0)
		return options;
	json_decref(options);
	return NULL;
}

int sh_fetch_start(struct sh_collect *c, struct sh_job_run *run, const char *url, json_t *options,
		   size_t body, struct sh_error *err)
{
	struct fetch *f = run->own = sh_calloc(1, sizeof(*f));
	struct sh_child_options opt = { .timeout = run->check.timeout + GRACE,
					.give_up = SH_COLLECT_GIVE_UP, .max_output = MAX_ANSWER + body };

	json_object_set_new(options, "timeout_ms", json_integer(run->check.timeout / SH_MS));
	if (body)
		json_object_set_new(options, "body", json_integer((json_int_t)body));
	f->options = sh_json_text(options, JSON_COMPACT);
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

/* A line of JSON, and as much of the body as it says. */
static json_t *read_answer(const struct sh_buf *text, struct sh_span *body, struct sh_error *err)
{
	const char *start = sh_buf_str(text), *end = strchr(start, '\n');
	size_t len = end ? (size_t)(end - start) : text->len;
	json_t *answer = sh_json_parse(start, len, err);
	int64_t length = sh_json_int(answer, "length", -1);

	if (!answer || !body || length < 0)
		return answer;
	if ((uint64_t)length != text->len - len - 1) {
		sh_error_set(err, SH_ERRC_SYSTEM, "the body is not whole");
		json_decref(answer);
		return NULL;
	}
	*body = (struct sh_span){ end + 1, (size_t)length };
	return answer;
}

static json_t *understand(struct sh_job_run *run, struct sh_span *body, struct sh_error *err)
{
	const struct sh_buf *text = &run->child.stdout_data;
	const struct fetch *f = run->own;
	int code = sh_child_exit_code(&run->child);
	json_t *answer;

	if (run->child.timed_out) {
		sh_outcome_fail(&run->outcome, "%s", run->hangs ? SH_JOB_HANGS : "no answer in time");
		return NULL;
	}
	if (code != 0) {
		sh_error_set(err, SH_ERRC_SYSTEM, "'%s' failed with exit code %d: %.*s", f->program,
			     code, (int)strcspn(sh_buf_str(&run->child.stderr_data), "\n"),
			     sh_buf_str(&run->child.stderr_data));
		return NULL;
	}
	answer = read_answer(text, body, err);
	if (!answer)
		sh_error_prefix(err, "answer of '%s'", f->program);
	return answer;
}

json_t *sh_fetch_answer(struct sh_job_run *run, struct sh_span *body, struct sh_error *err)
{
	json_t *answer;

	if (body)
		*body = SH_SPAN_NONE;
	answer = understand(run, body, err);
	release(run);
	return answer;
}

void sh_fetch_times(const json_t *answer, struct sh_outcome *out)
{
	static const char *const figures[] = { "refused", "timed_out",	"no_port", "unreachable",  "unresolved",
					       "dns_ms",  "connect_ms", "tls_ms",  "first_byte_ms" };

	out->time_ms = sh_json_num(answer, "time_ms", (double)NAN);
	sh_outcome_add(out, "status", sh_json_num(answer, "status", (double)NAN));
	for (size_t i = 0; i < sizeof(figures) / sizeof(figures[0]); i++)
		sh_outcome_add(out, figures[i], sh_json_num(answer, figures[i], (double)NAN));
}

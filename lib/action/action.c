/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "action/action.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/mem.h"

/* Deeper requests are refused before jansson would build them. */
static json_t *parse_request(const struct sh_buf *in, struct sh_error *err)
{
	json_error_t je;
	json_t *request = json_loadb(sh_buf_str(in), in->len, JSON_REJECT_DUPLICATES, &je);

	if (!request)
		sh_error_set_(err, SH_ERRC_INPUT, 0, "standard input, byte %d: %s", je.position,
			     je.text);
	else if (!json_is_object(request))
		sh_error_set_(err, SH_ERRC_INPUT, 0, "standard input is not a JSON object");
	if (!sh_error_is_set(err))
		return request;
	json_decref(request);
	return NULL;
}

static json_t *read_request(struct sh_error *err)
{
	SH_CLEANUP_BUF struct sh_buf in = SH_BUF_INIT;

	for (;;) {
		ssize_t n = read(0, sh_buf_reserve(&in, 65536), 65536);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0) {
			sh_error_set_(err, SH_ERRC_SYSTEM, -1, "cannot read standard input");
			return NULL;
		}
		if (n == 0)
			break;
		in.len += (size_t)n;
		if (in.len > SH_ACTION_MAX_INPUT) {
			sh_error_set_(err, SH_ERRC_INPUT, 0, "standard input is larger than %zu bytes",
				     SH_ACTION_MAX_INPUT);
			return NULL;
		}
	}
	return parse_request(&in, err);
}

/* The frame of a request; strangers in it are ignored, as in any record. */
static int read_call(struct sh_action_call *call, const struct sh_action *action,
		     struct sh_error *err)
{
	static const struct sh_param frame[] = {
		{ "target", SH_PARAM_STRING, false }, { "plan", SH_PARAM_STRING, false },
		{ "state", SH_PARAM_PATH, false },    { "started", SH_PARAM_STRING, false },
		{ NULL, SH_PARAM_STRING, false },
	};
	json_auto_t *known = json_object();
	const char *started = sh_param_str(call->request, "started");
	json_t *value;

	for (const struct sh_param *p = frame; p->name; p++)
		if ((value = json_object_get(call->request, p->name)))
			json_object_set(known, p->name, value);
	if (sh_params_check(known, frame, "request", err) < 0)
		return -1;
	call->target = sh_param_str(call->request, "target");
	call->plan = sh_param_str(call->request, "plan");
	call->state = sh_param_str(call->request, "state");
	if (started && sh_time_parse(started, strlen(started), &call->started) < 0)
		return sh_error_set(err, SH_ERRC_INPUT, "request: 'started' is no RFC 3339 time");
	call->output = sh_param_json(call->request, "output");
	call->parameters = json_object_get(call->request, "parameters");
	if (!call->parameters)
		return sh_error_set(err, SH_ERRC_INPUT, "request: 'parameters' is required");
	return sh_params_check(call->parameters, action->param, action->name, err);
}

static int write_answer(bool success, json_t *output, const struct sh_error *err)
{
	json_auto_t *answer = json_pack("{s:b, s:O}", "success", success, "output", output);
	SH_CLEANUP_FREE char *text = NULL;
	size_t len;

	if (!success)
		json_object_set_new(answer, "error", sh_action_text(err->text));
	text = json_dumps(answer, JSON_COMPACT | JSON_REAL_PRECISION(15));
	if (!text)
		return 1;
	len = strlen(text);
	text[len] = '\n';
	return sh_write_all(1, text, len + 1) < 0 ? 1 : 0;
}

static sh_action_verb *find_verb(const struct sh_action *a, const char *name)
{
	if (!strcmp(name, "run"))
		return a->run;
	if (!strcmp(name, "check"))
		return a->check;
	return strcmp(name, "undo") ? NULL : a->undo;
}

static int complain(const struct sh_action *action, const char *text)
{
	SH_CLEANUP_FREE char *line = sh_asprintf("%s: %s\n", action->name, text);

	sh_write_all(2, line, strlen(line));
	return 1;
}

int sh_action_main(const struct sh_action *action, int argc, char **argv)
{
	struct sh_error err = SH_ERROR_INIT;
	struct sh_action_call call = { 0 };
	json_auto_t *output = json_object();
	sh_action_verb *verb = argc == 2 ? find_verb(action, argv[1]) : NULL;
	int rc;

	if (argc != 2 || !verb)
		return complain(action, action->undo ? "usage: run|check|undo, a JSON object on standard input"
						     : "usage: run|check, a JSON object on standard input");
	signal(SIGCHLD, SIG_DFL); /* ignored by a parent, it would hide how children end */
	signal(SIGPIPE, SIG_IGN); /* a vanished reader must not stop a repair half way */
	call.request = read_request(&err);
	rc = call.request ? read_call(&call, action, &err) : -1;
	if (rc == 0)
		rc = verb(&call, output, &err);
	if (rc < 0)
		complain(action, err.text);
	rc = write_answer(rc == 0, output, &err);
	json_decref(call.request);
	return rc;
}

json_t *sh_action_text(const char *s)
{
	SH_CLEANUP_BUF struct sh_buf b = SH_BUF_INIT;
	json_t *v = json_string(s);

	if (v)
		return v;
	for (; *s; s++) {
		unsigned char c = (unsigned char)*s;

		if (c < 0x80)
			sh_buf_addch(&b, *s);
		else
			sh_buf_addf(&b, "\\x%02x", c);
	}
	return json_string(sh_buf_str(&b));
}

void sh_action_state(json_t *output, const char *state)
{
	json_object_set_new(output, "state", json_string(state));
}

int sh_action_check_again(const struct sh_action_call *call, json_t *output, struct sh_error *err)
{
	(void)call;
	(void)err;
	sh_action_state(output, "not_done");
	return 0;
}

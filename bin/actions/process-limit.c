/* SPDX-License-Identifier: MIT */
/* process-limit - bound what a process takes of processors and memory */
#include "config.h"

#include <string.h>

#include "action/action.h"
#include "action/evidence.h"
#include "action/limit.h"
#include "action/note.h"
#include "action/service.h"
#include "base/clock.h"
#include "base/mem.h"
#include "base/num.h"

#define LEAST_MEMORY ((uint64_t)1 << 20)

static const struct sh_param params[] = {
	SH_EVIDENCE_PARAMS,
	{ "pidfile", SH_PARAM_PATH, false },
	{ "exe", SH_PARAM_PATH, false },
	{ "cmdline", SH_PARAM_STRING, false },
	{ "start", SH_PARAM_ARGV, false },
	{ "limits", SH_PARAM_OBJECT, true },
	{ NULL, SH_PARAM_STRING, false },
};

static const struct sh_param limits_params[] = {
	{ "allow", SH_PARAM_STRINGS, false },
	{ "cpu", SH_PARAM_NUMBER, false }, /* percent of one processor */
	{ "memory", SH_PARAM_STRING, false },
	{ "methods", SH_PARAM_STRINGS, false },
	{ NULL, SH_PARAM_STRING, false },
};

struct job {
	const struct sh_action_call *call;
	const json_t *limits;
	struct sh_limit limit;
	struct sh_procs procs;
	struct sh_note note;
};

static int find_evidence(struct job *j, struct sh_error *err)
{
	struct sh_procs all = SH_PROCS_INIT;
	struct sh_proc p;
	int rc = sh_evidence_process(j->call->parameters, sh_param_json(j->limits, "allow"), &p, err);

	if (rc == 0)
		return sh_error_set(err, SH_ERRC_UNAVAILABLE, "the process of the evidence is gone");
	if (rc < 0 || sh_procs_read(&all, err) < 0)
		return -1;
	sh_procs_add(&j->procs, &p);
	sh_procs_add_tree(&j->procs, &all);
	sh_procs_release(&all);
	return 0;
}

/* Either the process of the evidence or those of the service, with all their children. */
static int find_procs(struct job *j, struct sh_error *err)
{
	const json_t *p = j->call->parameters;
	struct sh_selector who;

	if (sh_selector_read(&who, p, true, err) < 0)
		return -1;
	if (sh_param_json(p, "pid") || sh_param_json(p, "find"))
		return find_evidence(j, err);
	if (!who.pidfile && !who.exe && !who.cmdline)
		return sh_error_set(err, SH_ERRC_INPUT, "neither evidence nor a service is given");
	if (sh_service_find_tree(&who, &j->procs, err) < 0)
		return -1;
	return j->procs.n ? 0 : sh_error_set(err, SH_ERRC_UNAVAILABLE, "no such process is running");
}

static int read_limits(struct job *j, struct sh_error *err)
{
	const json_t *p = j->limits;
	const char *memory = sh_param_str(p, "memory");

	j->limit.cpu = sh_param_number(p, "cpu", 0);
	if (sh_param_json(p, "cpu") && !(j->limit.cpu >= 1 && j->limit.cpu <= 1e6))
		return sh_error_set(err, SH_ERRC_INPUT, "'cpu' is percent of one processor, 1 or more");
	if (memory && (sh_parse_size(memory, &j->limit.memory) < 0 || j->limit.memory < LEAST_MEMORY))
		return sh_error_set(err, SH_ERRC_INPUT, "'memory' is a size such as 512M, of 1M or more");
	if (!memory && !sh_param_json(p, "cpu"))
		return sh_error_set(err, SH_ERRC_INPUT, "no limit is given: neither 'cpu' nor 'memory'");
	return 0;
}

static int check_methods(const json_t *methods, struct sh_error *err)
{
	size_t i;
	json_t *m;

	json_array_foreach((json_t *)(uintptr_t)methods, i, m)
		if (!sh_limit_kind(json_string_value(m)))
			return sh_error_set(err, SH_ERRC_INPUT, "no such method '%s'",
					    json_string_value(m));
	return 0;
}

static bool is_wanted(const struct job *j, const char *method)
{
	const json_t *only = sh_param_json(j->limits, "methods");
	size_t i;
	json_t *m;

	if (strcmp(sh_limit_kind(method), "cpu") ? !j->limit.memory : j->limit.cpu <= 0)
		return false;
	json_array_foreach((json_t *)(uintptr_t)only, i, m)
		if (!strcmp(json_string_value(m), method))
			return true;
	return !only;
}

/* One method; its failure is taken back, and is an answer, not the end. */
static json_t *try_method(struct job *j, const char *method, json_t *limits, json_t *tried)
{
	struct sh_error err = SH_ERROR_INIT, undo = SH_ERROR_INIT;
	json_t *t = json_pack("{s:s}", "method", method), *d = NULL, *known = json_object();

	j->limit.method = method;
	json_array_append_new(tried, t);
	if (sh_limit_supported(&j->limit, &err) == 0)
		d = sh_limit_describe(&j->limit, &err);
	if (d) {
		json_array_append(limits, d);
		json_object_set(known, "limits", limits);
		if (sh_note_write(&j->note, known, &err) < 0 || sh_limit_apply(&j->limit, d, &err) < 0) {
			sh_limit_undo(d, &undo);
			json_array_remove(limits, json_array_size(limits) - 1);
			json_decref(d);
			d = NULL;
		}
	}
	json_object_set_new(t, "limited", json_boolean(d));
	if (sh_error_is_set(&err))
		json_object_set_new(t, "reason", sh_action_text(err.text));
	json_decref(known);
	return d;
}

/* The first method of each kind that works. */
static int limit_kind(struct job *j, const char *kind, json_t *limits, json_t *tried, struct sh_error *err)
{
	static const char *const method[] = { "cpu.max",    "cpu.cfs",	    "idle",	"nice",
					      "memory.max", "memory.limit", "oom_score" };
	bool wanted = false;

	for (size_t i = 0; i < sizeof(method) / sizeof(method[0]); i++) {
		json_t *done;

		if (strcmp(sh_limit_kind(method[i]), kind) || !is_wanted(j, method[i]))
			continue;
		wanted = true;
		done = try_method(j, method[i], limits, tried);
		if (done) {
			json_decref(done);
			return 0;
		}
	}
	return wanted ? sh_error_set(err, SH_ERRC_SYSTEM, "no method could limit %s", kind) : 0;
}

static void take_back(const json_t *limits)
{
	struct sh_error ignored = SH_ERROR_INIT;
	json_t *d;
	size_t i;

	json_array_foreach((json_t *)(uintptr_t)limits, i, d)
		sh_limit_undo(d, &ignored);
}

static int limit(struct job *j, json_t *output, struct sh_error *err)
{
	json_t *limits = json_array(), *tried = json_array();

	json_object_set_new(output, "limits", limits);
	json_object_set_new(output, "tried", tried);
	if (limit_kind(j, "cpu", limits, tried, err) < 0 ||
	    limit_kind(j, "memory", limits, tried, err) < 0) {
		take_back(limits);
		json_array_clear(limits);
		sh_note_forget(&j->note);
		return -1;
	}
	return json_array_size(limits) ? 0 :
		       sh_error_set(err, SH_ERRC_INPUT, "'methods' has none for the limits that are given");
}

static int run(const struct sh_action_call *call, json_t *output, struct sh_error *err)
{
	struct job j = { .call = call, .limits = sh_param_json(call->parameters, "limits"),
			 .procs = SH_PROCS_INIT };
	int rc;

	sh_note_init(&j.note, "limited", call);
	j.limit.id = j.note.id;
	j.limit.procs = &j.procs;
	rc = sh_params_check(j.limits, limits_params, "limits", err);
	if (rc == 0)
		rc = check_methods(sh_param_json(j.limits, "methods"), err);
	if (rc == 0)
		rc = read_limits(&j, err);
	if (rc == 0)
		rc = find_procs(&j, err);
	if (rc == 0)
		rc = limit(&j, output, err);
	sh_note_release(&j.note);
	sh_procs_release(&j.procs);
	return rc;
}

static int check(const struct sh_action_call *call, json_t *output, struct sh_error *err)
{
	json_auto_t *known = NULL;
	struct sh_note note;
	json_t *d;
	size_t i, in_force = 0, n;

	(void)err;
	sh_note_init(&note, "limited", call);
	known = sh_note_read(&note);
	n = json_array_size(json_object_get(known, "limits"));
	json_array_foreach(json_object_get(known, "limits"), i, d)
		in_force += (size_t)sh_limit_in_force(d);
	sh_action_state(output, !note.path ? "unknown" : n && in_force == n ? "done" : "not_done");
	sh_note_release(&note);
	return 0;
}

static int lift(const struct sh_action_call *call, const json_t *known, struct sh_error *err)
{
	json_t *d;
	size_t i;

	(void)call;
	json_array_foreach(json_object_get(known, "limits"), i, d)
		if (sh_limit_undo(d, err) < 0)
			return -1;
	return 0;
}

static int undo(const struct sh_action_call *call, json_t *output, struct sh_error *err)
{
	return sh_note_undo("limited", "limits", lift, call, output, err);
}

int main(int argc, char **argv)
{
	static const struct sh_action action = { "process-limit", params, run, check, undo };

	return sh_action_main(&action, argc, argv);
}

/* SPDX-License-Identifier: MIT */
/*
 * action - the protocol of action programs
 *
 * An action is an executable: argv[1] is run, check or undo, standard input one
 * JSON object {parameters, target, plan, started, state, output}, standard
 * output one object {success, output, error}. It exits 0 when it could answer,
 * 1 otherwise. Here is everything but the work: reading with a bound, checking
 * parameters against the action's table, answering. Parameters that the table
 * does not name are refused, so a misspelt safety limit is never ignored.
 */
#ifndef SH_ACTION_ACTION_H
#define SH_ACTION_ACTION_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

#define SH_ACTION_MAX_INPUT ((size_t)4 << 20)

enum sh_param_type {
	SH_PARAM_STRING,
	SH_PARAM_PATH,     /* absolute, without . and .. components */
	SH_PARAM_ARGV,     /* strings, the first an absolute path */
	SH_PARAM_STRINGS,
	SH_PARAM_INTEGER,
	SH_PARAM_NUMBER,
	SH_PARAM_BOOLEAN,
	SH_PARAM_DURATION, /* "10s", or a number of seconds; not negative */
	SH_PARAM_LIST,
	SH_PARAM_OBJECT,
};

struct sh_param {
	const char *name; /* NULL ends a table */
	enum sh_param_type type;
	bool required;
};

struct sh_action_call {
	json_t *request;          /* owned */
	const json_t *parameters; /* borrowed, an object */
	const json_t *output;     /* of the run, for undo; NULL none; borrowed */
	const char *target, *plan, *state; /* borrowed; NULL where absent */
	int64_t started;          /* ns, 0 where absent */
};

/* Work of one verb: fill OUTPUT (a new object) and return 0, or -1 for success:false. */
typedef int sh_action_verb(const struct sh_action_call *call, json_t *output,
			   struct sh_error *err);

struct sh_action {
	const char *name;
	const struct sh_param *param;
	sh_action_verb *run;
	sh_action_verb *check; /* sets output.state by sh_action_state() */
	sh_action_verb *undo;  /* NULL: none */
};

/* The whole of an action's main(); returns the exit code. */
int sh_action_main(const struct sh_action *action, int argc, char **argv);

/* Answer of check: done, not_done or unknown. */
void sh_action_state(json_t *output, const char *state);

/* The check of an action that only reads, or may be done again: what was cut off is not done. */
sh_action_verb sh_action_check_again;

/* S as a JSON string; where it is not UTF-8, its odd bytes as \xNN. A new reference. */
json_t *sh_action_text(const char *s);

/* Check the members of OBJECT against a table; WHERE names it in errors. NULL values count as absent. */
int sh_params_check(const json_t *object, const struct sh_param *table, const char *where,
		    struct sh_error *err);

/*
 * Values of a checked object. Absent (or null): NULL, the fallback, false.
 * Strings are borrowed from the object.
 */
const char *sh_param_str(const json_t *object, const char *name);
const json_t *sh_param_json(const json_t *object, const char *name);
int64_t sh_param_int(const json_t *object, const char *name, int64_t fallback);
double sh_param_number(const json_t *object, const char *name, double fallback);
bool sh_param_bool(const json_t *object, const char *name);
int64_t sh_param_duration(const json_t *object, const char *name, int64_t fallback);
/* A NULL-terminated array of borrowed strings; the array is the caller's. NULL when absent. */
const char **sh_param_argv(const json_t *object, const char *name);

/* Whether one of the shell patterns is that of NAME. No list, or an empty one, allows nothing. */
bool sh_name_is_allowed(const char *name, const json_t *patterns);

/* Whether PATH is absolute and has no empty, . or .. component (a trailing slash is one). */
bool sh_path_is_plain(const char *path);

#endif

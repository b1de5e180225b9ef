/* SPDX-License-Identifier: MIT */
/*
 * expr - the rule language: CEL on JSON
 *
 * Common Expression Language (github.com/google/cel-spec) over jansson values,
 * with the deliberate differences of the manual sh-rules(7): every JSON number
 * that a caller's lookup hands out is a double unless the caller says otherwise,
 * int, uint and double mix by promotion; a name or field that is absent makes
 * the result unknown, which || absorbs only when the other side is true and &&
 * only when it is false; 5m is a duration literal (integer and ms s m h d w);
 * has() of something absent is false. An error (division by zero, wrong types)
 * is a result too: it is reported with its position and, like unknown, absorbed
 * by || and && in CEL's way.
 *
 * Parsing and evaluation are separate; a parsed expression is immutable and may
 * be evaluated any number of times. No state of the past lives here: functions
 * that need it come from the caller through the function table.
 */
#ifndef SH_EXPR_EXPR_H
#define SH_EXPR_EXPR_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/error.h"
#include "expr/value.h"

struct sh_ast;
struct sh_eval;
struct sh_expr;
struct sh_run;

#define SH_EXPR_MAX_TEXT  65536 /* bytes of an expression or template */
#define SH_EXPR_MAX_DEPTH 100   /* brackets within brackets */

/* What a call receives: evaluated arguments, and the first one's text where it is a plain path. */
struct sh_call {
	const char *function;
	const struct sh_value *arg; /* n values; for a path function arg[0] is unset */
	size_t n;
	const char *path; /* "storage.utilization" when the function takes a path; borrowed */
	size_t id;        /* number of this call within its expression, from 0: names bounded state */
	void *user;       /* of struct sh_eval */
	struct sh_eval *eval;
	struct sh_run *run;      /* private */
	const struct sh_ast *at; /* private: the place, for errors */
};

struct sh_function {
	const char *name;
	int min_args, max_args; /* the receiver of a method counts as the first */
	bool takes_path;        /* arg 0 must be a metric path and is not evaluated; with no arguments its path is "*" */
	bool needs_past;        /* --check names it where the past is not available */
	/* Returns the value; errors by sh_value_error(), not known (yet) by sh_value_unknown(). */
	struct sh_value (*call)(const struct sh_call *call);
	bool is_timed; /* the answer changes while its metric is absent: age, absent */
	bool is_group; /* its argument names a group of series: peers(key).share(p, ...) */
};

/* The value of a call that failed: an error whose text gets the place of the call. */
struct sh_value sh_value_error(const struct sh_call *call, const char *fmt, ...) SH_PRINTF(2, 3);

/*
 * Parse. FUNCTIONS (may be NULL; ends with a NULL name; borrowed for the life of
 * the expression) are looked up besides the built-in ones and hide those of the
 * same name. Returns NULL with SH_ERRC_CONFIG and "line:column: what (hint)" in err.
 */
struct sh_expr *sh_expr_parse(const char *text, const struct sh_function *functions,
			      struct sh_error *err);
void sh_expr_free(struct sh_expr *e);
const char *sh_expr_text(const struct sh_expr *e);
bool sh_expr_needs_past(const struct sh_expr *e);
/* The longest constant duration given to a function that needs the past; 0 when none. */
int64_t sh_expr_window(const struct sh_expr *e);
/* Each distinct path the expression reads ("storage.utilization"), in order of first use; NULL past the end. */
const char *sh_expr_path(const struct sh_expr *e, size_t i);

/*
 * Calls of the caller's path functions by their number (sh_call.id): where a
 * function's arguments must be known before the first record, here they are.
 */
#define SH_CALL_SITE_ARGS 4
struct sh_call_site {
	const struct sh_function *function;
	const char *path; /* borrowed from the expression */
	struct sh_value arg[SH_CALL_SITE_ARGS]; /* after the path */
	size_t n;
	bool constant; /* all of them are literals, and no more than there is room for */
	unsigned line, column;
};
/* Numbers run from 0 to below this; a number may belong to a function without path. */
size_t sh_expr_calls(const struct sh_expr *e);
/* False when call ID is of a function that takes no path. */
bool sh_expr_call_site(const struct sh_expr *e, size_t id, struct sh_call_site *out);

enum sh_peers_op {
	SH_PEERS_COUNT, /* of how many the truth holds */
	SH_PEERS_SHARE, /* the same of those for which it is known, 0 to 1 */
	SH_PEERS_SUM,
	SH_PEERS_AVG,
	SH_PEERS_MIN,
	SH_PEERS_MAX,
};

/* What a macro over peers asks: the record at hand joins the group KEY with VALUE, then the group answers. */
struct sh_peers_query {
	const char *text; /* of the macro's inside, "p, p.check.ok == 0": it names the group beside the key */
	enum sh_peers_op op;
	struct sh_span key; /* borrowed */
	bool known;         /* false: it keeps what it had */
	double value;       /* of a truth 0 or 1 */
};

/* One evaluation: who answers names, and what it leaves behind. */
struct sh_eval {
	/*
	 * The value of a root name. Returns false when there is none (the result is
	 * unknown). JSON values given out are borrowed and must outlive the evaluation.
	 */
	bool (*lookup)(void *user, const char *name, struct sh_value *out);
	void *user;
	int64_t now;                /* for time functions; record time */
	/*
	 * For peers(): the record at hand as a map, and what the group comes to. NULL:
	 * there are none here.
	 */
	bool (*self)(void *user, struct sh_value *out);
	struct sh_value (*peers)(void *user, const struct sh_peers_query *q);
	struct sh_arena *arena;     /* where built strings and lists live; reset by the caller */
	char missing[128];          /* out: the name whose absence made the result unknown, or "" */
	char error[160];            /* out: why the result is an error, "line:column: text", or "" */
};

/*
 * The result lives as long as what was looked up and the arena. Work and memory
 * of one evaluation are bounded; beyond, the result is an error.
 * SH_VALUE_UNKNOWN comes with eval->missing, SH_VALUE_ERROR with eval->error.
 */
struct sh_value sh_expr_eval(const struct sh_expr *e, struct sh_eval *eval);

enum sh_truth { SH_FALSE, SH_TRUE, SH_UNKNOWN };
/* For conditions: unknown, error and non-boolean results are SH_UNKNOWN (with a word in eval). */
enum sh_truth sh_expr_truth(const struct sh_expr *e, struct sh_eval *eval);

/*
 * A text with {expression} parts, such as a description: parsed once, filled
 * many times. A part that is unknown or an error shows as "?"; "{{" is "{".
 */
struct sh_template;
struct sh_template *sh_template_parse(const char *text, const struct sh_function *functions,
				      struct sh_error *err);
void sh_template_fill(const struct sh_template *t, struct sh_eval *eval, struct sh_buf *out);
/* The same for people: numbers that are not whole are rounded to four digits. */
void sh_template_tell(const struct sh_template *t, struct sh_eval *eval, struct sh_buf *out);
/* The expressions of T in order, NULL past the end: to check what they read and call. */
const struct sh_expr *sh_template_expr(const struct sh_template *t, size_t i);
void sh_template_free(struct sh_template *t);

#endif

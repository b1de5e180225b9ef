/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "expr/parse.h"

#include <string.h>

#include "expr/builtin.h"
#include "expr/path.h"

static const struct sh_function *find_given(const struct sh_function *f, struct sh_span name)
{
	for (; f && f->name; f++)
		if (sh_span_is(name, f->name))
			return f;
	return NULL;
}

#define MAX_QUALIFIED 64

/* "math.abs" when the receiver is a name, which may be a name space and no value; else just NAME. */
static struct sh_span qualify(const struct sh_ast *receiver, struct sh_span name,
			      char full[MAX_QUALIFIED])
{
	size_t n = receiver && receiver->kind == SH_AST_NAME ? strlen(receiver->name) : 0;

	if (!n || n + 1 + name.len >= MAX_QUALIFIED)
		return name;
	memcpy(full, receiver->name, n);
	full[n] = '.';
	memcpy(full + n + 1, name.p, name.len);
	return (struct sh_span){ full, n + 1 + name.len };
}

static const struct sh_function *fail_unknown(struct sh_parser *p, struct sh_span name,
					      struct sh_place place)
{
	const char *near = sh_builtin_nearest(name, p->functions);
	int len = (int)(name.len < 60 ? name.len : 60);

	if (near)
		sh_lexer_fail(&p->lexer, place, "unknown function '%.*s' (did you mean '%s'?)", len,
			      name.p, near);
	else
		sh_lexer_fail(&p->lexer, place, "unknown function '%.*s'", len, name.p);
	return NULL;
}

/*
 * Whether METHOD of the tables is meant though the caller has a function of that
 * name: [..].last() is of no metric, and tags.last() has no window.
 */
static bool prefers_method(const struct sh_parser *p, const struct sh_function *given,
			   const struct sh_ast *receiver, const struct sh_builtin *method)
{
	char path[SH_PATH_MAX];

	if (!given->takes_path || !receiver || !method || !(method->style & SH_STYLE_METHOD))
		return false;
	return !sh_path_text(receiver, path) ||
	       (given->min_args > 1 && method->function.min_args == 1 && sh_parse_is_char(p, ')'));
}

/* Find what is called; a receiver that turns out to be a name space is dropped. */
static const struct sh_function *find_function(struct sh_parser *p, struct sh_ast **receiver,
					       struct sh_span name, struct sh_place place)
{
	const struct sh_function *given = find_given(p->functions, name);
	char full[MAX_QUALIFIED];
	struct sh_span qualified = qualify(*receiver, name, full);
	const struct sh_builtin *b = sh_builtin_find(qualified);

	if (b && qualified.p == full) {
		*receiver = NULL;
		return &b->function;
	}
	b = sh_builtin_find(name);
	if (given && !prefers_method(p, given, *receiver, b))
		return given;
	if (!b)
		return fail_unknown(p, sh_builtin_is_space(qualified) ? qualified : name, place);
	if (*receiver && !(b->style & SH_STYLE_METHOD)) {
		sh_lexer_fail(&p->lexer, place, "%s is no method (write %s(...))", b->function.name,
			      b->function.name);
		return NULL;
	}
	if (!*receiver && !(b->style & SH_STYLE_FUNCTION)) {
		sh_lexer_fail(&p->lexer, place, "%s is a method (write value.%s(...))",
			      b->function.name, b->function.name);
		return NULL;
	}
	return &b->function;
}

static int parse_arguments(struct sh_parser *p, struct sh_ast *call, struct sh_place open)
{
	struct sh_ast *arg;

	while (!sh_parse_is_char(p, ')')) {
		arg = sh_parse_expression(p);
		if (!arg || sh_ast_add(p, call, arg) < 0)
			return -1;
		if (sh_parse_is_char(p, ')'))
			break;
		if (sh_parse_comma(p, ')', open) < 0)
			return -1;
	}
	return sh_parse_advance(p);
}

static int check_arguments(struct sh_parser *p, struct sh_ast *call, bool method)
{
	const struct sh_function *f = call->function;
	int given = (int)call->n - method, min = f->min_args - method, max = f->max_args - method;

	if ((int)call->n < f->min_args || (f->max_args >= 0 && (int)call->n > f->max_args)) {
		if (f->max_args < 0)
			return sh_lexer_fail(&p->lexer, call->place,
					     "%s takes at least %d argument%s, not %d", f->name,
					     min, min == 1 ? "" : "s", given);
		if (min == max)
			return sh_lexer_fail(&p->lexer, call->place, "%s takes %d argument%s, not %d",
					     f->name, min, min == 1 ? "" : "s", given);
		return sh_lexer_fail(&p->lexer, call->place, "%s takes %d to %d arguments, not %d",
				     f->name, min, max, given);
	}
	if (!f->takes_path)
		return 0;
	if (f->max_args == 0) {
		call->name = "*";
		return 0;
	}
	call->name = call->n ? sh_ast_path(p, call->arg[0]) : NULL;
	if (!call->name)
		return sh_lexer_fail(&p->lexer, call->place,
				     "%s takes the name of a metric first, such as cpu.usage", f->name);
	return 0;
}

struct sh_ast *sh_parse_call(struct sh_parser *p, struct sh_ast *receiver, struct sh_span name,
			     struct sh_place place)
{
	struct sh_ast *call = sh_ast_new(p, SH_AST_CALL, place);
	struct sh_place open = p->open;

	call->function = find_function(p, &receiver, name, place);
	if (!call->function)
		return NULL;
	if (receiver && sh_ast_add(p, call, receiver) < 0)
		return NULL;
	if (parse_arguments(p, call, open) < 0 || check_arguments(p, call, receiver != NULL) < 0)
		return NULL;
	if (find_given(p->functions, name) == call->function)
		call->id = p->expr->calls++;
	return call;
}

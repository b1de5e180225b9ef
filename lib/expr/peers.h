/* SPDX-License-Identifier: MIT */
/*
 * peers - macros over the other series of a group: peers(labels.rack).share(p, p.check.ok == 0)
 *
 * The expression behind the variable is evaluated for the record at hand alone;
 * what it came to for the others is the caller's to remember.
 */
#ifndef SH_EXPR_PEERS_H
#define SH_EXPR_PEERS_H

#include "expr/parse.h"
#include "expr/run.h"

/* Whether .NAME(...) after RECEIVER is such a macro. */
bool sh_peers_is_macro(const struct sh_ast *receiver, struct sh_span name);
/* The opening bracket is used. NULL with the error set. */
struct sh_ast *sh_peers_parse(struct sh_parser *p, struct sh_ast *receiver, struct sh_span name,
			      struct sh_place place);
/* Each path of the record that the expression reads through the variable. */
void sh_peers_paths(struct sh_parser *p, const struct sh_ast *node,
		    void (*note)(struct sh_expr *e, const char *path));
/* Whether the macro's own record can say nothing because all its paths are absent. */
bool sh_peers_reads(const struct sh_ast *node, bool (*own)(void *arg, const char *path), void *arg);

struct sh_value sh_run_peers(struct sh_run *run, const struct sh_ast *node);

#endif

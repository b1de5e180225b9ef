/* SPDX-License-Identifier: MIT */
/* parse - what the files of the parser share: promql.h is the face */
#ifndef SH_DETECT_PROM_PARSE_H
#define SH_DETECT_PROM_PARSE_H

#include "detect/prom/lex.h"
#include "detect/prom/promql.h"

struct sh_prom_parser {
	struct sh_promql *p;
	struct sh_prom_lex lex;
	unsigned depth; /* of brackets and signs around the word at hand */
	struct sh_error *err;
};

/* All of these return NULL or -1 with the error set. */
struct sh_prom_ast *sh_prom_new_node(struct sh_prom_parser *s, enum sh_prom_kind kind, size_t start);
/* Append a member; refuses trees that are too deep. */
int sh_prom_add_arg(struct sh_prom_parser *s, struct sh_prom_ast *to, struct sh_prom_ast *arg);

/* "metric{a="b"}", at a name that is none of a function, or at "{". */
struct sh_prom_ast *sh_prom_parse_selector(struct sh_prom_parser *s);
/* What follows any operand: [5m], [1h:1m], offset, @. */
struct sh_prom_ast *sh_prom_parse_suffix(struct sh_prom_parser *s, struct sh_prom_ast *of);
/* "(a, b)" */
int sh_prom_parse_names(struct sh_prom_parser *s, struct sh_prom_names *names);
/* A pattern that takes whole texts; NULL with the error set. */
void *sh_prom_compile(struct sh_prom_parser *s, const char *pattern, size_t at);
/* Go over MARK, which must stand here. */
int sh_prom_expect(struct sh_prom_parser *s, const char *mark);

/* Whether types fit, and of what type each node is. */
int sh_prom_check_call(struct sh_prom_parser *s, struct sh_prom_ast *call);
int sh_prom_check_aggregate(struct sh_prom_parser *s, struct sh_prom_ast *a);
int sh_prom_check_binary(struct sh_prom_parser *s, struct sh_prom_ast *b);

#endif

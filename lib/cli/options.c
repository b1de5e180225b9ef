/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "cli/parts.h"

/* popt gives back FIRST_VALUE + index for the entry that was met. */
enum { FIRST_VALUE = 1000 };

/* How many entries of a table come before its end. */
static size_t table_length(const struct poptOption *table)
{
	size_t n = 0;

	while (table[n].longName || table[n].shortName)
		n++;
	return n;
}

static unsigned type_of(const struct poptOption *o)
{
	return o->argInfo & POPT_ARG_MASK;
}

static struct sh_cli_parsed *build_tables(struct sh_cli *cli, const struct poptOption *own)
{
	struct sh_cli_parsed *p = sh_calloc(1, sizeof(*p));

	cli->parsed = p;
	p->own = own ? table_length(own) : 0;
	p->table = sh_calloc(p->own + SH_CLI_COMMON_MAX + 1, sizeof(*p->table));
	if (p->own)
		memcpy(p->table, own, p->own * sizeof(*own));
	p->n = p->own + sh_cli_common_table(cli, p->table + p->own);
	p->shadow = sh_calloc(p->n + 1, sizeof(*p->shadow));
	for (size_t i = 0; i < p->n; i++) {
		p->shadow[i] = p->table[i];
		p->shadow[i].arg = NULL;
		p->shadow[i].val = FIRST_VALUE + (int)i;
		if (type_of(&p->table[i]) == POPT_ARG_ARGV)
			p->shadow[i].argInfo = POPT_ARG_STRING;
		else if (type_of(&p->table[i]) == POPT_ARG_VAL)
			p->shadow[i].argInfo = POPT_ARG_NONE;
	}
	return p;
}

static char *keep_string(struct sh_cli_parsed *p, char *s)
{
	sh_grow(p->string, p->strings, p->cap);
	p->string[p->strings++] = s;
	return s;
}

static void append(struct sh_cli_parsed *p, char ***list, char *s)
{
	char **grown;
	size_t n = 0;

	if (!*list) {
		sh_grow(p->list, p->lists, p->list_cap);
		p->list[p->lists++] = NULL;
	}
	while (*list && (*list)[n])
		n++;
	grown = sh_reallocn(*list, n + 2, sizeof(*grown));
	for (size_t i = 0; i < p->lists; i++) {
		if (p->list[i] == *list) {
			p->list[i] = grown;
			break;
		}
	}
	grown[n] = s;
	grown[n + 1] = NULL;
	*list = grown;
}

static void store(struct sh_cli *cli, const struct poptOption *o)
{
	struct sh_cli_parsed *p = cli->parsed;

	switch (type_of(o)) {
	case POPT_ARG_STRING:
		*(char **)o->arg = keep_string(p, poptGetOptArg(cli->popt));
		break;
	case POPT_ARG_ARGV:
		append(p, (char ***)o->arg, keep_string(p, poptGetOptArg(cli->popt)));
		break;
	case POPT_ARG_VAL:
		*(int *)o->arg = o->val;
		break;
	default:
		(*(int *)o->arg)++;
		break;
	}
}

static void answer_and_exit(struct sh_cli *cli)
{
	const struct sh_cli_texts *t = &cli->parsed->text;
	char whole[1 << 14];

	if (!t->help && !t->version && !t->dump)
		return;
	/* One write, however long it is: so the end knows why it failed. */
	setvbuf(stdout, whole, _IOFBF, sizeof(whole));
	if (t->help)
		sh_cli_help(cli);
	else if (t->version)
		sh_cli_version(cli);
	else
		sh_cli_dump_options(cli);
	exit(sh_cli_finish(cli, SH_EXIT_OK));
}

void sh_cli_parse(struct sh_cli *cli, int argc, char **argv, struct poptOption *table)
{
	static const char *const none[] = { NULL };
	struct sh_cli_parsed *p;
	int rc;

	sh_cli_start();
	p = build_tables(cli, table);
	cli->popt = poptGetContext(cli->name, argc, (const char **)(void *)argv, p->shadow, 0);
	while ((rc = poptGetNextOpt(cli->popt)) >= FIRST_VALUE) {
		store(cli, &p->table[rc - FIRST_VALUE]);
		answer_and_exit(cli);
	}
	if (rc < -1)
		sh_cli_usage_error(cli, "%s: %s", poptBadOption(cli->popt, POPT_BADOPTION_NOALIAS),
				   poptStrerror(rc));
	cli->operand = poptGetArgs(cli->popt);
	if (!cli->operand)
		cli->operand = (const char **)(uintptr_t)none;
	sh_cli_common_values(cli);
}

void sh_cli_parsed_free(struct sh_cli_parsed *p)
{
	if (!p)
		return;
	for (size_t i = 0; i < p->strings; i++)
		free(p->string[i]);
	for (size_t i = 0; i < p->lists; i++)
		free(p->list[i]);
	free(p->string);
	free(p->list);
	free(p->table);
	free(p->shadow);
	free(p);
}

/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "cli/parts.h"

enum { COLUMN = 30, WIDTH = 79 };

static bool is_hidden(const struct poptOption *o)
{
	return o->argInfo & POPT_ARGFLAG_DOC_HIDDEN;
}

/* TEXT from column COLUMN on, wrapped at blanks. */
static void print_wrapped(const char *text, size_t column)
{
	while (*text) {
		size_t room = WIDTH - COLUMN, len = strlen(text);

		if (len > room) {
			for (len = room; len > 0 && text[len] != ' '; len--)
				;
			if (len == 0)
				len = strcspn(text, " ");
		}
		printf("%*s%.*s\n", (int)(COLUMN - column), "", (int)len, text);
		text += len;
		text += strspn(text, " ");
		column = 0;
	}
}

static void print_option(const struct poptOption *o)
{
	SH_CLEANUP_BUF struct sh_buf head = SH_BUF_INIT;

	if (o->shortName)
		sh_buf_addf(&head, "  -%c%s", o->shortName, o->longName ? ", " : "");
	else
		sh_buf_addstr(&head, "      ");
	if (o->longName)
		sh_buf_addf(&head, "--%s", o->longName);
	if (o->argDescrip)
		sh_buf_addf(&head, "%s%s", o->longName ? "=" : " ", o->argDescrip);
	fputs(sh_buf_str(&head), stdout);
	if (!o->descrip) {
		putchar('\n');
	} else if (head.len + 2 > COLUMN) {
		putchar('\n');
		print_wrapped(o->descrip, 0);
	} else {
		print_wrapped(o->descrip, head.len);
	}
}

static void print_options(const char *title, const struct poptOption *o, size_t n)
{
	printf("\n%s:\n", title);
	for (size_t i = 0; i < n; i++) {
		if (!is_hidden(&o[i]))
			print_option(&o[i]);
	}
}

void sh_cli_help(const struct sh_cli *cli)
{
	const struct sh_cli_parsed *p = cli->parsed;

	printf("Usage: %s %s\n%s\n", cli->name, cli->operands, cli->summary);
	if (cli->commands)
		printf("\nCommands:\n%s", cli->commands);
	if (p->own)
		print_options("Options", p->table, p->own);
	print_options("Common options", p->table + p->own, p->n - p->own);
	printf("\nFull documentation: man %s\n", cli->name);
}

void sh_cli_version(const struct sh_cli *cli)
{
	printf("%s (%s) %s\n", cli->name, PACKAGE_NAME, PACKAGE_VERSION);
}

void sh_cli_dump_options(const struct sh_cli *cli)
{
	const struct sh_cli_parsed *p = cli->parsed;

	for (size_t i = 0; i < p->n; i++) {
		const struct poptOption *o = &p->table[i];
		const char letter[] = { o->shortName, '\0' };

		if (!is_hidden(o))
			printf("%s\t%s\t%s\t%s\n", o->longName ? o->longName : "", letter,
			       o->argDescrip ? o->argDescrip : "", o->descrip ? o->descrip : "");
	}
}

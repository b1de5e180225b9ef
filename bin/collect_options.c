/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "collect_options.h"

#include <string.h>

void collect_options_table(struct collect_options *o, struct poptOption table[COLLECT_OPTIONS_MAX])
{
	const struct poptOption rows[] = {
		{ "interval", 'i', POPT_ARG_STRING, &o->interval, 0,
		  "measure every DURATION, with a tick after each round", "DURATION" },
		{ "count", 'n', POPT_ARG_STRING, &o->count, 0,
		  "stop after N rounds (without --interval: one a second)", "N" },
		{ "gap", '\0', POPT_ARG_STRING, &o->gap, 0,
		  "time between the two readings of a first round (500ms)", "DURATION" },
		{ "root", '\0', POPT_ARG_STRING, &o->root, 0,
		  "read /proc and /sys below DIR (a captured tree)", "DIR" },
		{ "detail", '\0', POPT_ARG_NONE, &o->detail, 0,
		  "all that the kernel counts, as growing totals too", NULL },
		{ "source", '\0', POPT_ARG_STRING, &o->source, 0,
		  "measure again what a sample names as its source", "JSON" },
		{ "from", '\0', POPT_ARG_ARGV, &o->from, 0,
		  "convert what another tool wrote (- is standard input)", "FORMAT=FILE" },
		{ "entity", '\0', POPT_ARG_STRING, &o->entity, 0,
		  "what the values of --from are about that name nobody, or what --mark is about",
		  "TYPE:NAME" },
		{ "mark", '\0', POPT_ARG_STRING, &o->mark, 0,
		  "leave a mark, such as of a deploy, that becomes an event", "TEXT" },
		{ "select", '\0', POPT_ARG_ARGV, &o->select, 0,
		  "let on only records of which EXPR is true", "EXPR" },
		{ "drop", '\0', POPT_ARG_ARGV, &o->drop, 0,
		  "leave out records of which EXPR is true", "EXPR" },
		{ "convert", '\0', POPT_ARG_ARGV, &o->convert, 0,
		  "give a metric in another unit", "[NEW=]METRIC:UNIT" },
		{ "label", '\0', POPT_ARG_ARGV, &o->label, 0,
		  "set a label of all records", "NAME=VALUE" },
		{ "relabel", '\0', POPT_ARG_ARGV, &o->relabel, 0,
		  "set a label to what EXPR gives of the record, null removes it", "NAME=EXPR" },
		{ "every", '\0', POPT_ARG_STRING, &o->every, 0,
		  "only the last sample of each series in each DURATION", "DURATION" },
		{ "aggregate", '\0', POPT_ARG_STRING, &o->aggregate, 0,
		  "functions of each series over windows: avg min max sum first last p1 to p99",
		  "DURATION=FUNCTION,..." },
		{ "list", '\0', POPT_ARG_NONE, &o->list, 0,
		  "show the collectors and their metrics with units", NULL },
		{ "discover", '\0', POPT_ARG_NONE, &o->discover, 0,
		  "draft a site file from what runs here", NULL },
		POPT_TABLEEND
	};

	_Static_assert(sizeof(rows) / sizeof(*rows) <= COLLECT_OPTIONS_MAX, "the table is full");
	memcpy(table, rows, sizeof(rows));
}

void collect_options_check(const struct sh_cli *cli, const struct collect_options *o)
{
	if (o->source && (o->select || o->drop || o->label || o->relabel || o->convert || o->every ||
			  o->aggregate))
		sh_cli_usage_error(cli, "--source measures as it was measured: it takes none of --select, "
					"--drop, --label, --relabel, --convert, --every and --aggregate");
	if (o->source && (o->interval || o->count || *cli->operand || o->root))
		sh_cli_usage_error(cli, "--source takes no collectors, --interval, --count or --root");
	if (o->from && (o->source || o->interval || o->count || *cli->operand || o->root))
		sh_cli_usage_error(cli, "--from converts and measures nothing: it takes no collectors, "
					"--source, --interval, --count or --root");
	if (o->entity && ((!o->from && !o->mark) || !strchr(o->entity, ':')))
		sh_cli_usage_error(cli, "--entity: wanted TYPE:NAME, beside --from or --mark");
	if (o->mark && (o->source || o->from || o->interval || o->count || *cli->operand || o->root))
		sh_cli_usage_error(cli, "--mark leaves a mark and measures nothing");
	if (o->mark && !cli->opt.state)
		sh_cli_usage_error(cli, "--mark: --state is required: a running sh-collect looks there");
	if (o->list && o->discover)
		sh_cli_usage_error(cli, "give either --list or --discover");
	if (o->discover && o->root)
		sh_cli_usage_error(cli, "--discover looks at this machine, not at a --root");
}

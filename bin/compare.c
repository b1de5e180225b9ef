/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "compare.h"

#include "base/clock.h"

static void there(void *arg, const char *line, size_t len)
{
	struct sh_compare *c = arg;

	sh_differ_fault(&c->differ, SH_SIDE_THERE, line, len);
}

size_t sh_compare_load(struct sh_compare *c, struct sh_cli *cli, const char *path, int64_t count)
{
	const char *const paths[] = { path, NULL };
	const struct sh_ruleset_options o = { .paths = paths, .name = path, .count = count,
					      .emit = there, .arg = c };

	sh_differ_init(&c->differ);
	return sh_ruleset_load(&c->there, cli, &o);
}

void sh_compare_release(struct sh_compare *c)
{
	sh_ruleset_release(&c->there);
	sh_differ_release(&c->differ);
}

void sh_compare_here(struct sh_compare *c, const char *line, size_t len)
{
	sh_differ_fault(&c->differ, SH_SIDE_HERE, line, len);
}

void sh_compare_write(struct sh_compare *c, void (*emit)(void *arg, const char *line, size_t len), void *arg)
{
	char from[SH_TIME_TEXT];

	c->differences = sh_differ_write(&c->differ, emit, arg);
	if (!c->differ.full)
		return;
	sh_time_format(from, c->differ.full);
	sh_cli_warn(c->there.cli, "more than %zu faults differ or are open: those not over at %s were not compared",
		    c->differ.limit, from);
}

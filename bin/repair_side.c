/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "repair_side.h"

size_t sh_side_load(struct sh_side *s, struct sh_cli *cli, const char *const *paths)
{
	/* Stock tasks are: what a scheduler hands over is declared by them. */
	const unsigned not_needed = SH_SECTION_BIT(SH_SECTION_DIAGNOSES);
	size_t errors = sh_setup_load_from(&s->setup, cli, paths, not_needed);

	sh_actions_init(&s->actions);
	errors += sh_playbooks_load(&s->playbooks, &s->setup.config, &s->actions, sh_setup_report, cli);
	errors += sh_limits_load(&s->r.limits, &s->setup.config, sh_setup_report, cli);
	errors += sh_silences_load(&s->silences, &s->setup.config, sh_setup_report, cli);
	s->r.silences = &s->silences;
	s->r.config = &s->setup.config;
	s->r.site = &s->setup.site;
	s->r.playbooks = &s->playbooks;
	s->r.actions = &s->actions;
	s->r.host = sh_cli_host();
	s->r.config_paths = paths;
	s->r.no_stock = cli->opt.no_stock;
	s->r.now = cli->opt.now;
	return errors;
}

void sh_side_release(struct sh_side *s)
{
	sh_ledger_close(s->r.ledger);
	sh_silences_release(&s->silences);
	sh_playbooks_release(&s->playbooks);
	sh_actions_release(&s->actions);
	sh_setup_release(&s->setup);
}

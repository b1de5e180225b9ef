/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "setup.h"

#include "base/clock.h"
#include "base/mem.h"

void sh_setup_report(void *arg, const struct sh_error *err)
{
	struct sh_error copy = *err;

	sh_cli_report(arg, &copy);
}

size_t sh_setup_load(struct sh_setup *setup, struct sh_cli *cli)
{
	return sh_setup_load_from(setup, cli, (const char *const *)cli->opt.config, 0);
}

size_t sh_setup_load_from(struct sh_setup *setup, struct sh_cli *cli, const char *const *paths,
			  unsigned without)
{
	const struct sh_config_options options = {
		.paths = paths,
		.no_stock = cli->opt.no_stock,
		.stock_without = cli->opt.check ? 0 : without,
		.stock_untested = !cli->opt.check && !cli->opt.test,
	};
	struct sh_error err = SH_ERROR_INIT;
	size_t errors = 0;

	if (sh_config_load(&setup->config, &options, sh_setup_report, cli, &err) < 0) {
		errors++;
		sh_cli_report(cli, &err);
	}
	if (sh_site_load(&setup->site, &setup->config, &err) < 0)
		sh_cli_die(cli, &err);
	return errors;
}

void sh_setup_release(struct sh_setup *setup)
{
	sh_site_release(&setup->site);
	sh_config_release(&setup->config);
}

struct sh_state *sh_setup_state_anew(struct sh_cli *cli, const char *name, struct sh_state *state)
{
	struct sh_error err = SH_ERROR_INIT, told = SH_ERROR_INIT;
	SH_CLEANUP_FREE char *aside = NULL;

	sh_state_close(state);
	state = NULL;
	if (sh_state_set_aside(cli->opt.state, name, sh_clock_wall(), cli->opt.lock_wait, &aside, &err) == 0 &&
	    sh_state_open(&state, cli->opt.state, name, cli->opt.lock_wait, &err) == 0) {
		sh_error_set_(&told, SH_ERRC_STATE, 0, "'%s.db' was damaged: it is now '%s', and a new one begins",
			      name, aside);
		sh_cli_report(cli, &told);
		return state;
	}
	sh_error_prefix(&err, "'%s.db' is damaged, going on without state", name);
	sh_cli_report(cli, &err);
	return NULL;
}

struct sh_state *sh_setup_state(struct sh_cli *cli, const char *name)
{
	struct sh_error err = SH_ERROR_INIT;
	struct sh_state *state = NULL;

	if (!cli->opt.state ||
	    sh_state_open(&state, cli->opt.state, name, cli->opt.lock_wait, &err) == 0)
		return state;
	if (sh_state_is_damaged(&err))
		return sh_setup_state_anew(cli, name, NULL);
	if (err.code == SH_ERRC_LOCKED)
		sh_cli_die(cli, &err);
	sh_error_prefix(&err, "going on without state");
	sh_cli_report(cli, &err);
	return NULL;
}

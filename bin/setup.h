/* SPDX-License-Identifier: MIT */
/* setup - what the programs' mains do alike: configuration and state by the common options */
#ifndef SH_BIN_SETUP_H
#define SH_BIN_SETUP_H

#include "cli/cli.h"
#include "config/config.h"
#include "config/site.h"
#include "state/state.h"

struct sh_setup {
	struct sh_config config;
	struct sh_site site;
};

/*
 * Load the configuration and the site by -c and --no-stock; every error is
 * reported. Exits 2 when the site is broken. Returns how many errors there were.
 */
size_t sh_setup_load(struct sh_setup *setup, struct sh_cli *cli);
/*
 * The same with PATHS in place of what -c gave; NULL: none. WITHOUT: SH_SECTION_BITs of
 * what the program has no use for, whose stock files only --check reads. The tests of
 * stock rules are read with --check and --test only.
 */
size_t sh_setup_load_from(struct sh_setup *setup, struct sh_cli *cli, const char *const *paths,
			  unsigned without);
void sh_setup_release(struct sh_setup *setup);

/* For callbacks that report: arg is the struct sh_cli *; the exit code is noted. */
void sh_setup_report(void *arg, const struct sh_error *err);

/*
 * The private database NAME when --state or SH_STATE is given, else NULL. Exits
 * when another process has it. A damaged file is set aside, which is reported, and
 * a new one made. What cannot be used otherwise (a full disk) is reported, and
 * NULL: the program goes on in memory.
 */
struct sh_state *sh_setup_state(struct sh_cli *cli, const char *name);
/* A new one in the place of STATE, which turned out to be damaged and is closed; NULL as above. */
struct sh_state *sh_setup_state_anew(struct sh_cli *cli, const char *name, struct sh_state *state);

#endif

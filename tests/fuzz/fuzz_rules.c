/* SPDX-License-Identifier: MIT */
/*
 * fuzz_rules - any bytes as a file of rules, over records of every kind
 *
 * Whatever the rules are, every fault is a line of JSON, and the same rules over
 * the same records write the same. A rule that cannot be used is told of.
 */
#include "config.h"

#include <stdint.h>

#include "../unit/scratch.h"
#include "play.h"
#include "topology/topology.h"

#define MAX_TEXT 4096

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char *dir, *path; /* the file is written anew for each input */

static void leave(void)
{
	free(path);
	scratch_remove(dir);
}

static void count(void *arg, const struct sh_error *err)
{
	size_t *n = arg;

	MUST(sh_error_is_set(err));
	++*n;
}

static char *run(const struct sh_config *c, const struct sh_rules *rules)
{
	struct sh_error err = SH_ERROR_INIT;
	struct play p = { .out = SH_BUF_INIT };
	struct sh_site site = { 0 };
	size_t broken;

	if (sh_site_load(&site, c, &err) < 0)
		MUST(sh_error_is_set(&err));
	play_start(&p, rules, &site, sh_vectors_load(c, NULL, NULL, &broken));
	sh_topology_load(p.d.hush.graph, c, NULL, NULL);
	play_all(&p);
	sh_detector_release(&p.d);
	sh_vectors_free(p.vectors);
	sh_site_release(&site);
	return sh_buf_take(&p.out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sh_config c = { 0 };
	struct sh_rules rules;
	size_t told = 0;

	if (!dir) {
		dir = scratch_make();
		path = sh_asprintf("%s/rules.yaml", dir);
		atexit(leave);
	}
	play_config(&c, path, data, size < MAX_TEXT ? size : MAX_TEXT);
	MUST(sh_rules_load(&rules, &c, 0, count, &told) == told);
	{
		SH_CLEANUP_FREE char *once = run(&c, &rules), *again = run(&c, &rules);

		MUST((!once && !again) || !strcmp(once, again));
	}
	sh_rules_release(&rules);
	sh_config_release(&c);
	return 0;
}

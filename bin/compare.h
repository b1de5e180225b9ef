/* SPDX-License-Identifier: MIT */
/* compare - the rules of another configuration on the same records, and where the two differ */
#ifndef SH_BIN_COMPARE_H
#define SH_BIN_COMPARE_H

#include "detect/differ.h"
#include "ruleset.h"

struct sh_compare {
	struct sh_ruleset there;
	struct sh_differ differ;
	size_t differences; /* written */
};

/* PATH is a file or directory, as -c takes it; borrowed. Returns the errors, each of which is reported. */
size_t sh_compare_load(struct sh_compare *c, struct sh_cli *cli, const char *path, int64_t count);
void sh_compare_release(struct sh_compare *c);
/* A fault of the rule set that it is compared with. */
void sh_compare_here(struct sh_compare *c, const char *line, size_t len);
/* After the last record: each difference as the line of a notice. */
void sh_compare_write(struct sh_compare *c, void (*emit)(void *arg, const char *line, size_t len), void *arg);

#endif

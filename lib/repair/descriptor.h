/* SPDX-License-Identifier: MIT */
/*
 * descriptor - what an action is and which parameters it takes
 *
 * One YAML file per action in the actions directory; the program beside it under
 * the libexec directory. Both must be trusted (base/file.h).
 */
#ifndef SH_REPAIR_DESCRIPTOR_H
#define SH_REPAIR_DESCRIPTOR_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "base/map.h"
#include "config/node.h"
#include "repair/container.h"
#include "repair/sandbox.h"

enum sh_risk { SH_RISK_LOW, SH_RISK_MEDIUM, SH_RISK_HIGH };
extern const char *const sh_risk_words[];

struct sh_descriptor {
	char *name;              /* owned; the file's name without .yaml */
	char *path;              /* owned; of the program, or of the engine of its container */
	const char *title;       /* borrowed from node, as below */
	int risk;                /* enum sh_risk */
	bool undo;
	int64_t timeout;         /* ns */
	const struct sh_node *parameters; /* map NAME -> {type, required, …}; NULL none */
	struct sh_sandbox sandbox;
	struct sh_container container; /* no image: it runs here */
	struct sh_node *node;    /* owned */
};

struct sh_actions {
	char *directory, *libexec; /* owned */
	struct sh_map known;       /* name -> struct sh_descriptor *, loaded when first asked for */
};

/* Directories by SH_STOCK and SH_LIBEXEC, else as compiled in. */
void sh_actions_init(struct sh_actions *a);
void sh_actions_release(struct sh_actions *a);
/* SH_ERRC_CONFIG when there is no such action or it cannot be trusted. Borrowed. */
const struct sh_descriptor *sh_actions_find(struct sh_actions *a, const char *name,
					    struct sh_error *err);

/* The directory of the programs and helpers: SH_BINDIR, else as compiled in. A new string. */
char *sh_repair_bindir(void);

/*
 * Check filled parameters (an object) against the descriptor: types, patterns,
 * what is required; defaults are added. SH_ERRC_CONFIG names the parameter.
 */
int sh_descriptor_check(const struct sh_descriptor *d, json_t *parameters, struct sh_error *err);
/* Whether a parameter may only come from the site file. */
bool sh_descriptor_is_from_site(const struct sh_descriptor *d, const char *parameter);

/* Check one value against a {type, pattern} map. WHAT names it in errors. */
int sh_parameter_check(const struct sh_node *spec, const char *what, const json_t *value,
		       struct sh_error *err);

#endif

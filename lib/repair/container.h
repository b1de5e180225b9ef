/* SPDX-License-Identifier: MIT */
/*
 * container - an action that runs in an image, by podman or what takes its words
 *
 * Of the machine it sees nothing but the paths its description names, and of the
 * network nothing unless it says so. Images are never fetched: what is not here
 * has failed. Versions are tried from the first on: where one fails the next, an
 * earlier one, takes over, and the record says which it was.
 */
#ifndef SH_REPAIR_CONTAINER_H
#define SH_REPAIR_CONTAINER_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "config/node.h"
#include "repair/sandbox.h"

/* Texts are borrowed from the node. */
struct sh_container {
	const char *image;     /* NULL: no container */
	const char *program;   /* a path in it */
	const char *engine;    /* a path here */
	const char **versions; /* tags, each maybe with @DIGEST; NULL-terminated, owned */
	const char **read;     /* as "write" of the sandbox, but read-only; owned, NULL none */
};

/* From the member "container" of an action's description, which may be NULL. */
int sh_container_read(struct sh_container *c, const struct sh_node *node, struct sh_error *err);
void sh_container_release(struct sh_container *c);

/* What of S every container is confined by. */
unsigned sh_container_parts(const struct sh_sandbox *s);

/* One use of a version. */
struct sh_container_use {
	const struct sh_container *container;
	const struct sh_sandbox *sandbox;
	char *name;          /* of the container; owned */
	char *version;       /* without digest; owned */
	char *id;            /* of the image; owned */
	char **read, **write; /* owned */
	unsigned enforced, missing;
};

struct sh_container_call {
	const char *plan, *step; /* name the container; STEP may be NULL */
	const char *verb;
	const json_t *parameters;
	const char *state; /* directory or NULL */
	int64_t timeout;   /* ns */
};

/*
 * Find version I and say what it will run confined by. -1 when it is not here,
 * is not what its digest says, or a path cannot be given. Released in any case.
 */
int sh_container_prepare(struct sh_container_use *u, const struct sh_container *c,
			 const struct sh_sandbox *s, size_t i, const struct sh_container_call *call,
			 struct sh_error *err);
/* What to execute, NULL-terminated; the caller frees it by sh_container_argv_free. */
char **sh_container_argv(const struct sh_container_use *u, const struct sh_container_call *call);
void sh_container_argv_free(char **argv);
/* End what a run that nobody awaits any more may have left. */
void sh_container_end(const struct sh_container *c, const struct sh_container_call *call);
/* {"enforced":[…],"missing":[…],"image":…,"version":…,"id":…}, a new reference. */
json_t *sh_container_record(const struct sh_container_use *u);
void sh_container_use_release(struct sh_container_use *u);

#endif

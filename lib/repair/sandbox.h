/* SPDX-License-Identifier: MIT */
/*
 * sandbox - what an action gives up before it begins, by its description
 *
 * The child gives it up between fork and exec, while it is still held: what this
 * kernel or user could not enforce is known, and recorded, before anything is
 * done, and where it was required nothing is. Actions without "sandbox" give up
 * nothing here: daemons that they start would inherit it.
 */
#ifndef SH_REPAIR_SANDBOX_H
#define SH_REPAIR_SANDBOX_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/error.h"
#include "config/node.h"

/* What is enforced, or not: the words of the record and of "require", in this order. */
enum sh_sandbox_part {
	SH_SANDBOX_PRIVILEGES = 1 << 0,
	SH_SANDBOX_CAPABILITIES = 1 << 1,
	SH_SANDBOX_USER = 1 << 2,
	SH_SANDBOX_NETWORK = 1 << 3,
	SH_SANDBOX_WRITE = 1 << 4,
	SH_SANDBOX_TMP = 1 << 5,
	SH_SANDBOX_SYSCALLS = 1 << 6,
	SH_SANDBOX_LIMITS = 1 << 7,
};

struct sh_sandbox {
	unsigned parts;        /* asked for */
	bool network;          /* said to be wanted: to a container it is not given by itself */
	unsigned require;      /* without these nothing is begun */
	unsigned allow;        /* groups of base/seccomp.h that are kept */
	uint64_t capabilities; /* that are kept */
	const char **write;    /* NULL-terminated; owned, the texts borrowed from the node */
	bool other_mounts;     /* what is mounted beneath a place to write at is one too */
	const char **unless;   /* parameters ("name" or "name.member") with which nothing is given up; owned likewise */
	const char *user;      /* borrowed */
	uint64_t memory, file_size;            /* bytes; 0 none */
	int64_t processes, open_files, cpu;    /* cpu in ns; 0 none */
};

/* From the member "sandbox" of an action's description, which may be NULL: no parts. */
int sh_sandbox_read(struct sh_sandbox *s, const struct sh_node *node, struct sh_error *err);
void sh_sandbox_release(struct sh_sandbox *s);
/* The bits of the member "require" of a map, a list of words. */
int sh_sandbox_read_require(const struct sh_node *map, unsigned *out, struct sh_error *err);

/* One use of it. */
struct sh_sandbox_use {
	const struct sh_sandbox *sandbox;
	char **write; /* with parameters filled in; owned, NULL-terminated */
	uid_t uid;
	gid_t gid;
	int report[2];
	bool off; /* by "unless": all that was asked for is missing */
	unsigned enforced, missing;
};

/*
 * Before the fork: fill the paths from PARAMETERS (an object) and STATE, the state
 * directory or NULL, and find the user. Released by the caller, also after -1.
 */
int sh_sandbox_prepare(struct sh_sandbox_use *u, const struct sh_sandbox *s, const json_t *parameters,
		       const char *state, struct sh_error *err);
/* In the child: ARG is the use. */
void sh_sandbox_enter(void *arg);
/* In the parent: what came of it. -1 when the child died of it. */
int sh_sandbox_result(struct sh_sandbox_use *u, struct sh_error *err);
/*
 * The paths that TEXTS (NULL-terminated, or NULL) come to; a new NULL-terminated list
 * of new strings, or NULL where one is no plain absolute path.
 */
char **sh_sandbox_paths(const char *const *texts, const json_t *parameters, const char *state,
			struct sh_error *err);
void sh_sandbox_paths_free(char **path);
/* Whether PARAMETERS (an object) let it have its sandbox: none of its "unless" is among them. */
bool sh_sandbox_applies(const struct sh_sandbox *s, const json_t *parameters);
/* Words of bits, a new reference. */
json_t *sh_sandbox_words_record(unsigned enforced, unsigned missing);
/* {"enforced":[…],"missing":[…]}, a new reference; NULL where nothing was asked for. */
json_t *sh_sandbox_record(const struct sh_sandbox_use *u);
/* The words of PARTS, with commas; a new string. */
char *sh_sandbox_text(unsigned parts);
void sh_sandbox_use_release(struct sh_sandbox_use *u);

#endif

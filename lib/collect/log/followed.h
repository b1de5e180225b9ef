/* SPDX-License-Identifier: MIT */
/* followed - all logs and journals that are followed, and their cursors between runs */
#ifndef SH_COLLECT_LOG_FOLLOWED_H
#define SH_COLLECT_LOG_FOLLOWED_H

#include <stdbool.h>

#include "base/map.h"
#include "collect/log/follow.h"
#include "collect/log/bookmark.h"
#include "state/state.h"

struct sh_followed {
	struct sh_map follow; /* key -> struct sh_follow * */
	struct sh_map journal; /* key -> struct sh_bookmark * */
	struct sh_map stored; /* key -> JSON text of the run before, until it is asked for */
};

void sh_followed_init(struct sh_followed *f);
void sh_followed_release(struct sh_followed *f);
/* The log under KEY; made, with its stored cursors, when it is asked for first. */
struct sh_follow *sh_followed(struct sh_followed *f, const char *key, const char *pattern);
/* The same of a journal. */
struct sh_bookmark *sh_followed_journal(struct sh_followed *f, const char *key);
/* Whether a cursor moved since it was stored last. */
bool sh_followed_moved(const struct sh_followed *f);

int sh_followed_load(struct sh_followed *f, struct sh_state *state, struct sh_error *err);
/* Put what moved; the caller commits. */
int sh_followed_save(struct sh_followed *f, struct sh_state *state, struct sh_error *err);

#endif

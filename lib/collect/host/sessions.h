/* SPDX-License-Identifier: MIT */
/*
 * sessions - who is logged in
 *
 * From the record that login programs keep (/run/utmp, as who(1)), or where there
 * is none from the sessions of systemd-logind (/run/systemd/sessions, as
 * loginctl(1)). No library and no name service is asked.
 */
#ifndef SH_COLLECT_SESSIONS_H
#define SH_COLLECT_SESSIONS_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "collect/collector.h"

struct sh_session {
	char user[33];
	char line[33];  /* terminal, "" none */
	char from[257]; /* host it came from, "" local */
	pid_t pid;      /* 0 unknown */
	int64_t since;  /* ns wall clock, 0 unknown */
};

struct sh_sessions {
	struct sh_session *item; /* owned */
	size_t n, cap;
};

/*
 * Those of this moment (sh_collect_refresh), read once; borrowed until the next. Sessions
 * whose process is gone are left out. NULL with *err: SH_ERRC_UNAVAILABLE where nobody
 * keeps a record.
 */
const struct sh_sessions *sh_sessions_now(struct sh_collect *c, struct sh_error *err);
void sh_sessions_forget(struct sh_collect *c);
void sh_sessions_release(struct sh_sessions *s);

/* The whole of a utmp file; an error when it ends within a record. */
int sh_sessions_parse_utmp(struct sh_sessions *s, struct sh_span text, struct sh_error *err);
/* One session file of logind; adds nothing unless a person uses it. */
void sh_sessions_parse_logind(struct sh_sessions *s, struct sh_span text);

#endif

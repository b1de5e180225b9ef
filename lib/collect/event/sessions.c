/* SPDX-License-Identifier: MIT */
/* Who logged in and out. */
#include "config.h"

#include <inttypes.h>
#include <string.h>

#include "base/clock.h"
#include "collect/event/event.h"
#include "collect/host/sessions.h"
#include "collect/text.h"

/* "USER LINE SINCE PID" -> where from: a line is used again, but not by the same process. */
static int look(struct sh_collect *c, const struct sh_listing *before, struct sh_listing *now,
		struct sh_error *err)
{
	const struct sh_sessions *s = sh_sessions_now(c, err);

	(void)before;
	for (size_t i = 0; s && i < s->n; i++) {
		const struct sh_session *k = &s->item[i];
		SH_CLEANUP_BUF struct sh_buf name = SH_BUF_INIT;

		sh_buf_addf(&name, "%s\t%s\t%" PRId64 "\t%d", k->user, k->line, k->since,
			    (int)k->pid);
		sh_listing_add(now, sh_buf_str(&name), k->from);
	}
	return s ? 0 : -1;
}

static struct sh_span cut(struct sh_span *rest)
{
	const char *tab = rest->len ? memchr(rest->p, '\t', rest->len) : NULL;
	struct sh_span head = { rest->p, tab ? (size_t)(tab - rest->p) : rest->len };

	rest->p += head.len + (tab != NULL);
	rest->len -= head.len + (tab != NULL);
	return head;
}

static void changed(struct sh_collect *c, const char *name, const char *was, const char *is)
{
	struct sh_span rest = sh_span_of(name), user = cut(&rest), line = cut(&rest);
	SH_CLEANUP_BUF struct sh_buf who = SH_BUF_INIT;
	const char *from = is ? is : was;
	uint64_t since = 0;

	sh_text_u64(cut(&rest), &since);
	sh_buf_add(&who, user.p, user.len);
	if (was && is)
		return;
	sh_event_emit(c, is ? (int64_t)since : 0, "user", sh_buf_str(&who), is ? "login" : "logout",
		      "%s logged %s%s%.*s%s%s", sh_buf_str(&who), is ? "in" : "out",
		      line.len ? " on " : "", (int)line.len, line.p, *from ? " from " : "", from);
}

const struct sh_event_source sh_event_sessions = {
	.name = "sessions", .look = look, .changed = changed
};

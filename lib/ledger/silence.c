/* SPDX-License-Identifier: MIT */
/* silence - faults that an operator says are known */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/num.h"
#include "config/silence.h"
#include "ledger/control.h"
#include "ledger/note.h"

struct silence {
	const struct sh_control *c;
	json_t *match;
	int64_t row, until;
};

static int put(struct sh_ledger *l, void *arg, struct sh_error *err)
{
	struct silence *s = arg;
	SH_CLEANUP_BUF struct sh_buf text = SH_BUF_INIT, words = SH_BUF_INIT;
	struct sh_ledger_silence row = { .match = s->match, .by = s->c->by, .reason = s->c->reason,
					 .since = s->c->now, .until = s->until };
	char end[SH_TIME_TEXT], id[32];

	if (sh_ledger_silence_add(l, &row, &s->row, err) < 0)
		return -1;
	sh_match_add_text(&words, s->match);
	sh_time_format(end, s->until);
	sh_buf_addf(&text, "%s silenced until %.19sZ by %s: %s", sh_buf_str(&words), end, s->c->by,
		    s->c->reason);
	snprintf(id, sizeof(id), "s-%lld", (long long)s->row);
	return sh_control_note(s->c, l, "silenced", NULL, sh_buf_str(&text), id, err);
}

int sh_control_silence(const struct sh_control *c, const char *const *words, int64_t until, int64_t *row,
		       struct sh_error *err)
{
	json_auto_t *match = sh_match_from_words(words, err);
	struct silence s = { .c = c, .match = match, .until = until };

	if (!match || sh_ledger_together(c->ledger, put, &s, err) < 0)
		return -1;
	*row = s.row;
	return 0;
}

static int end(struct sh_ledger *l, void *arg, struct sh_error *err)
{
	const struct silence *s = arg;
	SH_CLEANUP_BUF struct sh_buf text = SH_BUF_INIT;
	char id[32];
	int64_t ended;

	if (sh_ledger_silence_end(l, s->row, s->c->now, &ended, err) < 0)
		return -1;
	snprintf(id, sizeof(id), "s-%lld", (long long)s->row);
	if (!ended)
		return sh_error_set(err, SH_ERRC_USAGE, "no silence '%s' in force: 'sh-ledger silences' lists them", id);
	sh_buf_addf(&text, "silence %s ended by %s%s%s", id, s->c->by, s->c->reason ? ": " : "",
		    s->c->reason ? s->c->reason : "");
	return sh_control_note(s->c, l, "unsilenced", NULL, sh_buf_str(&text), id, err);
}

int sh_control_unsilence(const struct sh_control *c, const char *id, struct sh_error *err)
{
	struct silence s = { .c = c };

	if (sh_parse_i64(strncmp(id, "s-", 2) ? id : id + 2, &s.row) < 0)
		return sh_error_set(err, SH_ERRC_USAGE, "'%.40s' is no id of a silence such as s-1", id);
	return sh_ledger_together(c->ledger, end, &s, err);
}

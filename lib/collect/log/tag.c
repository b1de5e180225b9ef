/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "collect/log/tag.h"

#include <string.h>

static struct sh_span first_word(struct sh_span rest)
{
	const char *blank = rest.len ? memchr(rest.p, ' ', rest.len) : NULL;

	return (struct sh_span){ rest.p, blank ? (size_t)(blank - rest.p) : rest.len };
}

/* "cron[12]:", "cron:" and "cron[12]"; what is none of these is no tag but the beginning of the text. */
static bool split_tag(struct sh_span word, struct sh_log_entry *e)
{
	bool colon = word.len && word.p[word.len - 1] == ':';
	size_t len = word.len - colon, open = 0;
	int64_t pid = -1;

	if (len && word.p[len - 1] == ']') {
		for (open = len - 1; open && word.p[open] != '[';)
			open--;
		if (word.p[open] == '[')
			pid = sh_log_pid((struct sh_span){ word.p + open + 1, len - open - 2 });
	}
	if (!len || word.p[0] == '[' || (!colon && pid < 0))
		return false;
	e->program = (struct sh_span){ word.p, pid < 0 ? len : open };
	e->pid = pid;
	return true;
}

static void skip_blank(struct sh_span *rest)
{
	if (rest->len && rest->p[0] == ' ')
		sh_span_cut(rest, 1);
}

void sh_log_split(struct sh_span rest, struct sh_log_entry *e, bool may_have_host)
{
	struct sh_span word = first_word(rest);

	if (may_have_host && word.len && word.len < rest.len && !split_tag(word, e)) {
		e->host = word;
		sh_span_cut(&rest, word.len + 1);
		word = first_word(rest);
	}
	if (e->program.p || split_tag(word, e)) {
		sh_span_cut(&rest, word.len);
		skip_blank(&rest);
	}
	e->text = rest;
}

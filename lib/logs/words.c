/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <string.h>

#include "base/mem.h"
#include "logs/parts.h"
#include "record/text.h"

#define ANY "<*>"

/* Its bytes as UTF-8 that can be shown. */
static void add_shown(struct sh_buf *out, struct sh_span w)
{
	const char *end = w.p + w.len;

	for (const char *p = w.p; p < end;) {
		size_t n = sh_text_utf8_length(p, end);

		if ((unsigned char)*p < 0x80) {
			sh_buf_addch(out, *p < ' ' || *p == 0x7f ? '?' : *p);
			p++;
		} else if (n) {
			sh_buf_add(out, p, n);
			p += n;
		} else {
			sh_buf_addstr(out, "\xef\xbf\xbd");
			p++;
		}
	}
}

static void add_word(struct sh_buf *out, const struct sh_log_token *t)
{
	struct sh_span w = t->text;
	bool is_cut = w.len > SH_LOG_WORD;

	if (is_cut) {
		w.len = SH_LOG_WORD;
		/* Not through a character. */
		for (int i = 0; i < 3 && sh_text_continues((unsigned char)w.p[w.len]); i++)
			w.len--;
	}
	add_shown(out, w);
	if (is_cut)
		sh_buf_addstr(out, "...");
	if (sh_log_token_varies(t->hash))
		sh_buf_addstr(out, ANY);
}

char *sh_log_words(const struct sh_log_tokens *line)
{
	struct sh_buf out = SH_BUF_INIT;

	for (size_t i = 0; i < line->n; i++) {
		size_t before = out.len;

		if (i)
			sh_buf_addch(&out, ' ');
		add_word(&out, &line->token[i]);
		if (out.len > SH_LOG_TEXT - strlen(" ...")) {
			out.len = before;
			out.data[out.len] = '\0';
			sh_buf_addstr(&out, " ...");
			break;
		}
	}
	return sh_buf_take(&out);
}

char *sh_log_words_widen(char *text, size_t i)
{
	size_t len = strlen(text), at = 0, end;
	char *wide;

	for (; i; i--) {
		const char *space = memchr(text + at, ' ', len - at);

		if (!space)
			return text;
		at = (size_t)(space + 1 - text);
	}
	for (end = at; end < len && text[end] != ' '; end++)
		;
	if (len - (end - at) + strlen(ANY) > SH_LOG_TEXT)
		return text;
	wide = sh_asprintf("%.*s" ANY "%s", (int)at, text, text + end);
	free(text);
	return wide;
}

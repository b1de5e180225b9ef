/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "collect/topology/nginx_words.h"

#include <stdbool.h>
#include <string.h>

static bool is_blank(char ch)
{
	return ch == ' ' || ch == '\t' || ch == '\n' || ch == '\r';
}

static void skip_blanks(struct sh_span *rest)
{
	while (rest->len && (is_blank(*rest->p) || *rest->p == '#')) {
		const char *newline = *rest->p == '#' ? memchr(rest->p, '\n', rest->len) : rest->p;

		sh_span_cut(rest, newline ? (size_t)(newline - rest->p) + 1 : rest->len);
	}
}

static bool ends_word(char ch, char quote, const struct sh_buf *so_far)
{
	if (quote)
		return ch == quote;
	/* "${name}" is a variable. */
	return is_blank(ch) || ch == ';' ||
	       (ch == '{' && !(so_far->len && so_far->data[so_far->len - 1] == '$'));
}

/* Append the word at the front of *REST and a NUL. False: the text ends within it. */
static bool take_word(struct sh_span *rest, struct sh_buf *out)
{
	char quote = *rest->p == '"' || *rest->p == '\'' ? *rest->p : '\0';

	if (quote)
		sh_span_cut(rest, 1);
	while (rest->len && !ends_word(*rest->p, quote, out)) {
		if (*rest->p == '\\' && rest->len > 1)
			sh_span_cut(rest, 1);
		sh_buf_addch(out, *rest->p);
		sh_span_cut(rest, 1);
	}
	if (!rest->len)
		return false;
	if (quote)
		sh_span_cut(rest, 1);
	sh_buf_addch(out, '\0');
	return true;
}

/* Lua within braces: its quotes and comments are not ours. */
static void skip_code(struct sh_span *rest)
{
	size_t depth = 1;

	while (rest->len && depth) {
		depth += *rest->p == '{';
		depth -= *rest->p == '}';
		sh_span_cut(rest, 1);
	}
}

static bool is_code(const char *word)
{
	static const char end[] = "_by_lua_block";
	size_t len = word ? strlen(word) : 0, n = sizeof(end) - 1;

	return len > n && !strcmp(word + len - n, end);
}

static void finish(struct sh_nginx_directive *d, const size_t *at, struct sh_span *rest)
{
	for (size_t i = 0; i < d->n; i++)
		d->word[i] = d->text.data + at[i];
	d->word[d->n] = NULL;
	if (d->end != '{' || !is_code(d->word[0]))
		return;
	skip_code(rest);
	d->end = ';';
}

bool sh_nginx_next(struct sh_nginx_directive *d, struct sh_span *rest)
{
	size_t at[SH_NGINX_WORDS];

	sh_buf_clear(&d->text);
	d->n = 0;
	for (skip_blanks(rest); rest->len; skip_blanks(rest)) {
		size_t begins = d->text.len;

		if (strchr(";{}", *rest->p) && *rest->p) {
			d->end = *rest->p;
			sh_span_cut(rest, 1);
			finish(d, at, rest);
			return true;
		}
		if (!take_word(rest, &d->text))
			return false;
		if (d->n < SH_NGINX_WORDS)
			at[d->n++] = begins;
	}
	return false;
}

void sh_nginx_release(struct sh_nginx_directive *d)
{
	sh_buf_release(&d->text);
}

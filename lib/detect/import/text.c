/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "detect/import/text.h"

#include <stdbool.h>

#include "record/json.h"

/* Words of one action, blanks between them; strings count as one word. */
static struct sh_span next_word(struct sh_span *s)
{
	struct sh_span word;
	size_t i = 0;

	while (s->len && (*s->p == ' ' || *s->p == '\t' || *s->p == '\n'))
		sh_span_cut(s, 1);
	if (s->len && (*s->p == '"' || *s->p == '`')) {
		for (i = 1; i < s->len && s->p[i] != *s->p; i++)
			i += s->p[i] == '\\';
		i = i < s->len ? i + 1 : s->len;
	} else if (s->len && (*s->p == '|' || *s->p == '(' || *s->p == ')')) {
		i = 1;
	} else {
		while (i < s->len && !memchr(" \t\n|()", s->p[i], 6))
			i++;
	}
	word = (struct sh_span){ s->p, i };
	sh_span_cut(s, i);
	return word;
}

static bool is_name(struct sh_span s)
{
	for (size_t i = 0; i < s.len; i++)
		if (!((s.p[i] >= 'a' && s.p[i] <= 'z') || (s.p[i] >= 'A' && s.p[i] <= 'Z') ||
		      s.p[i] == '_' || (i && s.p[i] >= '0' && s.p[i] <= '9')))
			return false;
	return s.len > 0 && !sh_span_is(s, "in");
}

static bool begins(struct sh_span *s, const char *with)
{
	if (s->len < strlen(with) || memcmp(s->p, with, strlen(with)) != 0)
		return false;
	sh_span_cut(s, strlen(with));
	return true;
}

/* $labels.x, $value */
static bool put_operand(struct sh_span word, const struct sh_import_names *names, struct sh_buf *out)
{
	if (sh_span_is(word, "$value") || sh_span_is(word, ".Value")) {
		sh_buf_addstr(out, names->value ? names->value : "");
		return names->value != NULL;
	}
	if (!begins(&word, "$labels.") && !begins(&word, ".Labels."))
		return false;
	if (!is_name(word))
		return false;
	if (names->instance && sh_span_is(word, "instance"))
		sh_buf_addstr(out, names->instance);
	else
		sh_buf_addf(out, "%s.%.*s", names->labels, (int)word.len, word.p);
	return true;
}

/* A function on what is in OUT already; after it stands AFTER, as text. */
static bool put_function(struct sh_span name, struct sh_buf *out, const char **after)
{
	SH_CLEANUP_BUF struct sh_buf inner = SH_BUF_INIT;

	sh_buf_addstr(&inner, sh_buf_str(out));
	sh_buf_clear(out);
	if (sh_span_is(name, "toLower") || sh_span_is(name, "lower"))
		sh_buf_addf(out, "%s.lowerAscii()", sh_buf_str(&inner));
	else if (sh_span_is(name, "toUpper") || sh_span_is(name, "upper"))
		sh_buf_addf(out, "%s.upperAscii()", sh_buf_str(&inner));
	else if (sh_span_is(name, "humanizePercentage")) {
		sh_buf_addf(out, "math.round((%s) * 10000) / 100.0", sh_buf_str(&inner));
		*after = "%";
	} else if (sh_span_is(name, "humanizeDuration")) {
		sh_buf_addf(out, "%s", sh_buf_str(&inner));
		*after = "s";
	} else if (sh_span_is(name, "humanize") || sh_span_is(name, "humanize1024") ||
		   sh_span_is(name, "title") || sh_span_is(name, "stripPort") ||
		   sh_span_is(name, "toTime") || sh_span_is(name, "humanizeTimestamp"))
		sh_buf_addstr(out, sh_buf_str(&inner));
	else
		return false;
	return true;
}

/*
 * printf "%.2f" x, also with "%%" after it: only what our format says as well; %g
 * and its like are the value as it is.
 */
static bool put_printf(struct sh_span format, const char *inner, struct sh_buf *out,
		       const char **after)
{
	size_t digits = 0;

	if (!begins(&format, "\"%") || !format.len || format.p[--format.len] != '"')
		return false;
	if (format.len > 2 && !memcmp(format.p + format.len - 2, "%%", 2)) {
		*after = "%";
		format.len -= 2;
	}
	if (format.len && *format.p == '.')
		for (digits = 1; digits < format.len && format.p[digits] >= '0' && format.p[digits] <= '9';)
			digits++;
	if (format.len != digits + 1 || !memchr("fgvsd", format.p[digits], 5))
		return false;
	if (digits && format.p[digits] == 'f')
		sh_buf_addf(out, "\"%%%.*sf\".format([%s])", (int)digits, format.p, inner);
	else
		sh_buf_addstr(out, inner);
	return true;
}

/* The expression of one action between {{ and }}. */
static bool put_action(struct sh_span s, const struct sh_import_names *names, struct sh_buf *out,
		       const char **after)
{
	SH_CLEANUP_BUF struct sh_buf inner = SH_BUF_INIT;
	struct sh_span word = next_word(&s), format = SH_SPAN_NONE, function = SH_SPAN_NONE;

	if (sh_span_is(word, "printf")) {
		format = next_word(&s);
		word = next_word(&s);
	} else if (word.len && *word.p != '$' && *word.p != '.') {
		function = word;
		word = next_word(&s);
	}
	if (!put_operand(word, names, &inner))
		return false;
	if (function.p && !put_function(function, &inner, after))
		return false;
	while ((word = next_word(&s)).len) {
		if (!sh_span_is(word, "|"))
			return false;
		word = next_word(&s);
		if (sh_span_is(word, "printf")) {
			if (format.p)
				return false;
			format = next_word(&s);
		} else if (!put_function(word, &inner, after)) {
			return false;
		}
	}
	if (format.p)
		return put_printf(format, sh_buf_str(&inner), out, after);
	sh_buf_addstr(out, sh_buf_str(&inner));
	return true;
}

static void put_text(struct sh_span s, struct sh_buf *out)
{
	for (size_t i = 0; i < s.len; i++) {
		sh_buf_addch(out, s.p[i]);
		if (s.p[i] == '{')
			sh_buf_addch(out, '{');
	}
}

struct sh_span sh_import_text(const char *text, const struct sh_import_names *names,
			      struct sh_buf *out)
{
	struct sh_span rest = sh_span_of(text), left = SH_SPAN_NONE;

	while (rest.len) {
		const char *open = strstr(rest.p, "{{"), *close = open ? strstr(open, "}}") : NULL;
		SH_CLEANUP_BUF struct sh_buf action = SH_BUF_INIT;
		struct sh_span inside;
		const char *after = "";

		if (!close) {
			put_text(rest, out);
			break;
		}
		put_text((struct sh_span){ rest.p, (size_t)(open - rest.p) }, out);
		inside = (struct sh_span){ open + 2, (size_t)(close - open - 2) };
		if (inside.len && *inside.p == '-')
			sh_span_cut(&inside, 1);
		if (inside.len && inside.p[inside.len - 1] == '-')
			inside.len--;
		if (put_action(inside, names, &action, &after)) {
			sh_buf_addf(out, "{%s}%s", sh_buf_str(&action), after);
		} else {
			put_text((struct sh_span){ open, (size_t)(close + 2 - open) }, out);
			left = left.p ? left : (struct sh_span){ open, (size_t)(close + 2 - open) };
		}
		sh_span_cut(&rest, (size_t)(close + 2 - rest.p));
	}
	return left;
}

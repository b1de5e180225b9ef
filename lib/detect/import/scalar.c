/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "detect/import/scalar.h"

#include <stdbool.h>
#include <strings.h>

#include "record/json.h"

/* Letters first, then what means nothing to YAML; and no word that YAML reads as something else. */
static bool is_plain(const char *text)
{
	static const char *const words[] = { "true", "false", "null", "yes", "no", "on", "off",
					     "y", "n", NULL };

	for (size_t i = 0; words[i]; i++)
		if (!strcasecmp(text, words[i]))
			return false;
	for (const char *c = text; *c; c++) {
		bool letter = (*c >= 'a' && *c <= 'z') || (*c >= 'A' && *c <= 'Z') || *c == '_';
		bool digit = *c >= '0' && *c <= '9';

		if (!letter && !(c > text && (digit || *c == '-' || *c == '.')))
			return false;
	}
	return text[0] != '\0' && strcasecmp(text, "nan") != 0 && strcasecmp(text, "inf") != 0;
}

static bool is_printable(const char *text, bool lines)
{
	for (const char *c = text; *c; c++)
		if ((unsigned char)*c == 0x7f || ((unsigned char)*c < ' ' && !(lines && *c == '\n')) ||
		    (unsigned char)*c > 0x7f)
			return false;
	return true;
}

/* Lines that stand in a block as they are. */
static bool is_block(const char *text)
{
	size_t len = strlen(text);

	return strchr(text, '\n') && is_printable(text, true) && text[0] != ' ' && text[0] != '\n' &&
	       !(len > 1 && text[len - 1] == '\n' && text[len - 2] == '\n');
}

static void put_block(const char *text, int indent, struct sh_buf *out)
{
	size_t len = strlen(text);
	bool newline = text[len - 1] == '\n';

	sh_buf_addstr(out, newline ? "|" : "|-");
	len -= newline;
	for (size_t at = 0; at <= len;) {
		size_t end = at;

		while (end < len && text[end] != '\n')
			end++;
		if (end > at)
			sh_buf_addf(out, "\n%*s%.*s", indent, "", (int)(end - at), text + at);
		else
			sh_buf_addch(out, '\n');
		at = end + 1;
	}
}

void sh_import_scalar(const char *text, int indent, struct sh_buf *out)
{
	if (is_plain(text)) {
		sh_buf_addstr(out, text);
		return;
	}
	if (is_block(text)) {
		put_block(text, indent, out);
		return;
	}
	if (!is_printable(text, false) || !text[0]) {
		sh_json_add_string(out, text, strlen(text));
		return;
	}
	sh_buf_addch(out, '\'');
	for (const char *c = text; *c; c++) {
		sh_buf_addch(out, *c);
		if (*c == '\'')
			sh_buf_addch(out, '\'');
	}
	sh_buf_addch(out, '\'');
}

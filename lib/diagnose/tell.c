/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "diagnose/tell.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/nls.h"

#define LONGEST 500   /* bytes of a text from outside */
#define SENTENCE 4000 /* and of all of one sentence */

/* How much of TEXT may be kept so that no character of UTF-8 is torn apart. */
static size_t whole(const char *text, size_t len)
{
	while (len && ((unsigned char)text[len] & 0xc0) == 0x80)
		len--;
	return len;
}

void sh_tell(const struct sh_tell *t, int depth, const char *fmt, ...)
{
	SH_CLEANUP_BUF struct sh_buf text = SH_BUF_INIT;
	va_list ap;

	va_start(ap, fmt);
	sh_buf_vaddf(&text, fmt, ap);
	va_end(ap);
	if (text.len > SENTENCE)
		text.data[whole(text.data, SENTENCE)] = '\0';
	t->hear(t->arg, depth, sh_buf_str(&text));
}

const char *sh_tell_number(char out[SH_TELL_NUMBER], double v)
{
	snprintf(out, SH_TELL_NUMBER, "%.4g", v);
	return out;
}

const char *sh_tell_time(struct sh_buf *out, int64_t t)
{
	char text[SH_TIME_TEXT];

	sh_time_format(text, t);
	sh_buf_clear(out);
	sh_buf_addf(out, "%.19sZ", text);
	return sh_buf_str(out);
}

const char *sh_tell_span(struct sh_buf *out, int64_t d)
{
	char text[SH_DURATION_TEXT];

	sh_duration_format(text, d > 0 ? d / SH_SEC * SH_SEC : 0);
	sh_buf_clear(out);
	sh_buf_addstr(out, text);
	return sh_buf_str(out);
}

const char *sh_tell_cut(struct sh_buf *out, const char *text)
{
	size_t len = strlen(text);

	sh_buf_clear(out);
	if (len <= LONGEST) {
		sh_buf_add(out, text, len);
		return sh_buf_str(out);
	}
	sh_buf_add(out, text, whole(text, LONGEST));
	sh_buf_addstr(out, "...");
	return sh_buf_str(out);
}

const char *sh_tell_names(struct sh_buf *out, const json_t *names)
{
	return sh_tell_some(out, names, json_array_size(names));
}

const char *sh_tell_some(struct sh_buf *out, const json_t *names, size_t n)
{
	SH_CLEANUP_BUF struct sh_buf name = SH_BUF_INIT;
	size_t known = json_array_size(names), told = known < SH_TELL_NAMES ? known : SH_TELL_NAMES;

	sh_buf_clear(out);
	for (size_t i = 0; i < told; i++) {
		const char *text = json_string_value(json_array_get(names, i));

		sh_buf_addstr(out, i ? sh_tr(", ") : "");
		sh_buf_addstr(out, sh_tell_cut(&name, text ? text : "?"));
	}
	if (n > told)
		sh_buf_addf(out, sh_tr_n(" and %zu more", " and %zu more", n - told), n - told);
	return sh_buf_str(out);
}

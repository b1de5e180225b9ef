/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "expr/builtin.h"
#include "expr/present.h"
#include "expr/run.h"

static struct sh_value fn_encode(const struct sh_call *call)
{
	SH_CLEANUP_BUF struct sh_buf out = SH_BUF_INIT;

	if (!sh_builtin_has(call, 0, SH_VALUE_BYTES))
		return sh_builtin_no_types(call);
	if (call->arg[0].u.s.len > SH_RUN_MAX_STRING)
		return sh_builtin_too_large(call);
	sh_present_base64(call->arg[0].u.s, &out);
	return sh_builtin_string_copy(call, (struct sh_span){ out.data, out.len });
}

static int digit_of(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	return c == '+' ? 62 : c == '/' ? 63 : -1;
}

/* RFC 4648, section 4: four characters for three bytes, the last four filled up with '='. */
static bool decode(struct sh_span s, struct sh_buf *out)
{
	size_t fill = 0;

	if (s.len % 4)
		return false;
	while (fill < 2 && fill < s.len && s.p[s.len - 1 - fill] == '=')
		fill++;
	for (size_t i = 0; i < s.len; i += 4) {
		size_t digits = i + 4 == s.len ? 4 - fill : 4;
		unsigned v = 0;

		for (size_t j = 0; j < 4; j++) {
			int digit = j < digits ? digit_of(s.p[i + j]) : 0;

			if (digit < 0)
				return false;
			v = v << 6 | (unsigned)digit;
		}
		for (size_t j = 0; j + 1 < digits; j++)
			sh_buf_addch(out, (char)(v >> (16 - 8 * j)));
	}
	return true;
}

static struct sh_value fn_decode(const struct sh_call *call)
{
	SH_CLEANUP_BUF struct sh_buf out = SH_BUF_INIT;
	struct sh_value v;

	if (!sh_builtin_has(call, 0, SH_VALUE_STRING))
		return sh_builtin_no_types(call);
	if (call->arg[0].u.s.len > SH_RUN_MAX_STRING)
		return sh_builtin_too_large(call);
	if (!decode(call->arg[0].u.s, &out))
		return sh_value_error(call, "base64.decode: the text is no base64");
	v = sh_builtin_string_copy(call, (struct sh_span){ out.data, out.len });
	if (v.type == SH_VALUE_STRING)
		v.type = SH_VALUE_BYTES;
	return v;
}

const struct sh_builtin sh_builtin_base64[] = {
	SH_BUILTIN("base64.encode", 1, 1, fn_encode, SH_STYLE_FUNCTION),
	SH_BUILTIN("base64.decode", 1, 1, fn_decode, SH_STYLE_FUNCTION),
	SH_BUILTIN_END,
};

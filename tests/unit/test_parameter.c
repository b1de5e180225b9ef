/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <string.h>

#include "repair/descriptor.h"
#include "tap.h"

static const struct {
	const char *spec, *value;
	bool good;
} cases[] = {
	{ "{}", "\"x\"", true }, /* a string where nothing is said */
	{ "{}", "1", false },
	{ "{type: string}", "\"\"", true },
	{ "{type: string}", "\"a\\u0000b\"", false },
	{ "{type: string}", "null", false },
	{ "{type: integer}", "7", true },
	{ "{type: integer}", "7.0", false },
	{ "{type: integer}", "\"7\"", false },
	{ "{type: number}", "7.5", true },
	{ "{type: number}", "7", true },
	{ "{type: number}", "true", false },
	{ "{type: boolean}", "false", true },
	{ "{type: boolean}", "0", false },
	{ "{type: duration}", "\"5m\"", true },
	{ "{type: duration}", "\"5 minutes\"", false },
	{ "{type: strings}", "[\"a\", \"b\"]", true },
	{ "{type: strings}", "[]", true },
	{ "{type: strings}", "[\"a\", 1]", false },
	{ "{type: strings}", "\"a\"", false },
	{ "{type: list}", "[1, {}]", true },
	{ "{type: list}", "{}", false },
	{ "{type: object}", "{}", true },
	{ "{type: object}", "[]", false },
	{ "{type: nonsense}", "\"x\"", false },
	{ "{type: string, pattern: \"[a-z]+\"}", "\"abc\"", true },
	{ "{type: string, pattern: \"[a-z]+\"}", "\"abc1\"", false },
	{ "{type: string, pattern: \"[a-z]+\"}", "\"1abc\"", false },
	{ "{type: string, pattern: \"[a-z]+\"}", "\"abc\\n\"", false },
	{ "{type: string, pattern: \"[a-z]+\"}", "\"abc\\n; ls\"", false },
	{ "{type: string, pattern: \"a|b\"}", "\"ab\"", false },
	{ "{type: string, pattern: \"a|bc\"}", "\"bc\"", true },
	{ "{type: string, pattern: \"(\"}", "\"x\"", false },
	{ "{type: string, pattern: \"/.*\"}", "\"/tmp\"", true },
	{ "{type: string, pattern: \"/.*\"}", "\"tmp/\"", false },
	{ "{type: strings, pattern: \"[a-z]+\"}", "[\"abc\", \"; ls\"]", false },
	{ "{type: strings, pattern: \"[a-z]+\"}", "[\"abc\", \"def\"]", true },
	{ "{type: string, pattern: \"(a+)+b\"}", "\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaac\"", false },
};

int main(void)
{
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct sh_error err = SH_ERROR_INIT;
		struct sh_node *spec =
			sh_node_parse("t.yaml", cases[i].spec, strlen(cases[i].spec), &err);
		json_t *value = json_loads(cases[i].value, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
		int rc = spec && value ? sh_parameter_check(spec, "x", value, &err) : 1;

		if (!OK(rc == (cases[i].good ? 0 : -1), "%s %s %s", cases[i].value,
			cases[i].good ? "is" : "is not", cases[i].spec))
			diag("%d %s", rc, err.text);
		json_decref(value);
		sh_node_free(spec);
	}
	return plan_done();
}

/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "repair/fill.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "tap.h"

/* What "with" becomes; NULL: an error that says this. */
static const struct {
	const char *what, *with, *becomes, *says;
} cases[] = {
	{ "nothing", "{}", "{}", NULL },
	{ "plain values", "{a: 1, b: true, c: x, d: [1, y]}", "{\"a\":1,\"b\":true,\"c\":\"x\",\"d\":[1,\"y\"]}", NULL },
	{ "one expression is its value", "{a: \"{site.start}\"}", "{\"a\":[\"/bin/x\",\"-v\"]}", NULL },
	{ "a number stays one", "{a: \"{site.n}\"}", "{\"a\":7}", NULL },
	{ "a computed value", "{a: \"{site.n + 1}\"}", "{\"a\":8}", NULL },
	{ "a map", "{a: \"{site.map}\"}", "{\"a\":{\"k\":\"v\"}}", NULL },
	{ "parts of a text", "{a: \"n is {site.n}, {target}\"}", "{\"a\":\"n is 7, t\"}", NULL },
	{ "two expressions are a text", "{a: \"{target}{target}\"}", "{\"a\":\"tt\"}", NULL },
	{ "a brace that is doubled", "{a: \"{{x} {target}\"}", "{\"a\":\"{x} t\"}", NULL },
	{ "what is absent is left out", "{a: \"{site.nobody}\", b: 1}", "{\"b\":1}", NULL },
	{ "an absent item too", "{a: [\"{site.nobody}\", x]}", "{\"a\":[\"x\"]}", NULL },
	{ "within a text it is an error", "{a: \"x {site.nobody}\"}", NULL, "absent" },
	{ "a value is not filled again", "{a: \"{site.trick}\"}", "{\"a\":\"{target} $(ls) `ls`\"}", NULL },
	{ "nor within a text", "{a: \"- {site.trick}\"}", "{\"a\":\"- {target} $(ls) `ls`\"}", NULL },
	{ "a text with a null byte stays whole", "{a: \"{site.nul}\"}", "{\"a\":\"a\\u0000b\"}", NULL },
	{ "an expression that fails", "{a: \"{1 / 0 > site}\"}", NULL, ":" },
	{ "a brace that is not closed", "{a: \"x {site.n\"}", NULL, ":" },
};

static char *fill(const char *with, struct sh_error *err)
{
	json_t *site = json_pack("{s:[s,s], s:i, s:{s:s}, s:s, s:s%}", "start", "/bin/x", "-v", "n", 7,
				 "map", "k", "v", "trick", "{target} $(ls) `ls`", "nul", "a\0b",
				 (size_t)3);
	struct sh_node *node = sh_node_parse("t.yaml", with, strlen(with), err);
	struct sh_scope scope;
	json_t *filled = NULL;
	char *text;

	sh_scope_init(&scope, NULL);
	sh_scope_json(&scope, "site", site);
	sh_scope_text(&scope, "target", sh_span_of("t"));
	if (node)
		filled = sh_fill(node, &scope, err);
	text = filled ? json_dumps(filled, JSON_COMPACT) : NULL;
	json_decref(filled);
	json_decref(site);
	sh_node_free(node);
	return text;
}

int main(void)
{
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct sh_error err = SH_ERROR_INIT;
		SH_CLEANUP_FREE char *text = fill(cases[i].with, &err);
		bool good = cases[i].becomes ? text && !strcmp(text, cases[i].becomes) :
					       !text && strstr(err.text, cases[i].says);

		if (!OK(good, "%s: %s", cases[i].what, cases[i].with))
			diag("%s", text ? text : err.text);
	}
	return plan_done();
}

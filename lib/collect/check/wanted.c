/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "collect/check/wanted.h"

#include "expr/regex.h"

static void *compile(const char *pattern)
{
	char why[120];

	return pattern ? sh_regex_compile(sh_span_of(pattern), why, sizeof(why)) : NULL;
}

void sh_wanted_init(struct sh_wanted *w, const struct sh_check *k)
{
	w->match = compile(k->match);
	w->ignore = compile(k->ignore);
}

void sh_wanted_release(struct sh_wanted *w)
{
	sh_regex_free(w->match);
	sh_regex_free(w->ignore);
}

/* Patterns that cannot be applied, because of bytes that are no text, hide nothing. */
bool sh_wanted(void *wanted, struct sh_span text)
{
	const struct sh_wanted *w = wanted;
	char why[8];

	if (w->match && sh_regex_search(w->match, text, why, sizeof(why)) == 0)
		return false;
	return !w->ignore || sh_regex_search(w->ignore, text, why, sizeof(why)) != 1;
}

/* SPDX-License-Identifier: MIT */
/*
 * words - what rules say of a cause, in the reader's language
 *
 * A record holds the texts of rules in English with their values in place; the
 * catalogue holds them as the rule has them, "{host.io.top_pid}" and all. So the rule
 * is looked up by the record's rule_id, the values are read back out of the text by
 * what stands around them, and put into the translation by their names: a stored
 * diagnosis is worded as a fresh one. A text that is not the rule's any more, or of a
 * rule that is not known or not translated, stays as it is.
 */
#ifndef SH_DIAGNOSE_WORDS_H
#define SH_DIAGNOSE_WORDS_H

#include "config/config.h"
#include "diagnose/opinion.h"
#include "record/diagnosis.h"

#define SH_WORDS_VALUES 16 /* in one text; one that has more stays English */

/*
 * The description of the fault of D, by the rules of CONFIG (NULL: none are known), and titles,
 * recommendations and evidence of its results, for people: D is written no more.
 */
void sh_words_translate(struct sh_diagnosis *d, const struct sh_opinions *o,
			const struct sh_config *config);

/*
 * TRANSLATED with the values that FILLED, which was made of TEMPLATE, has in place of
 * its expressions. A new string; NULL when FILLED is not of TEMPLATE, or TRANSLATED
 * names a value that TEMPLATE does not have.
 */
char *sh_words_fill(const char *template, const char *translated, const char *filled);

#endif

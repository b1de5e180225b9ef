/* SPDX-License-Identifier: MIT */
/*
 * text - the templates of alerts ("{{ $labels.device }} is at {{ $value }}") as ours
 *
 * Labels, the value, printf and the functions that only change how a value looks
 * are translated. What is more (conditions, queries) stays as text.
 */
#ifndef SH_DETECT_IMPORT_TEXT_H
#define SH_DETECT_IMPORT_TEXT_H

#include "base/buf.h"
#include "base/span.h"

struct sh_import_names {
	const char *labels;   /* what labels are members of: "dims" or "labels" */
	const char *instance; /* the label instance, as an expression; NULL as any other */
	const char *value;    /* the value, as an expression; NULL: there is none */
};

/*
 * Append the translation. Returns the first part that stays as text, absent when
 * all was translated.
 */
struct sh_span sh_import_text(const char *text, const struct sh_import_names *names,
			      struct sh_buf *out);

#endif

/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "collect/format/formats.h"

#include <string.h>

/* The one list of formats, by name. */
const struct sh_format sh_formats[] = {
	{ .name = "json", .summary = "records or bare objects, on one line or many",
	  .document = sh_format_json },
	{ .name = NULL },
};

const struct sh_format *sh_format_find(const char *name)
{
	for (const struct sh_format *f = sh_formats; f->name; f++)
		if (!strcmp(f->name, name))
			return f;
	return NULL;
}

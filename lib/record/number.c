/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "record/number.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

double sh_number_slow(const char *p, size_t len)
{
	char small[64], *text = len < sizeof(small) ? small : sh_malloc(len + 1);
	double v;

	memcpy(text, p, len);
	text[len] = '\0';
	v = strtod(text, NULL);
	if (text != small)
		free(text);
	return v;
}

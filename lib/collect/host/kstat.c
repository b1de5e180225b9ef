/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "collect/host/kstat.h"

#include <stdint.h>

#include "collect/host/kv.h"
#include "collect/text.h"

/* KSTAT_DATA_INT32 to KSTAT_DATA_ULONG of sys/kstat.h; others are characters and texts. */
static bool is_number_type(struct sh_span type)
{
	return type.len == 1 && *type.p >= '1' && *type.p <= '6';
}

bool sh_kstat_next(struct sh_kstat *k)
{
	struct sh_span line, type;

	while (sh_text_line(&k->rest, &line)) {
		if (!sh_text_field(&line, &k->name) || !sh_text_field(&line, &type))
			continue;
		k->text = sh_kv_trim(line);
		if (!k->begun) {
			k->begun = sh_span_is(k->name, "name") && sh_span_is(type, "type");
			continue;
		}
		if (!k->text.len)
			continue;
		k->is_number = is_number_type(type) && sh_kv_double(k->text, &k->value);
		return true;
	}
	return false;
}

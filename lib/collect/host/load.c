/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "collect/table.h"
#include "collect/text.h"

int sh_collect_load(struct sh_collect *c, struct sh_error *err)
{
	static const char *const name[] = { "one", "five", "fifteen" };
	struct sh_sample_writer w;
	struct sh_span rest, field;
	double v[3];

	if (!sh_collect_wants(c, c->host))
		return 0;
	if (sh_collect_read(c, "proc/loadavg", err) < 0)
		return -1;
	rest = sh_text_of(&c->text);
	for (int i = 0; i < 3; i++)
		if (!sh_text_field(&rest, &field) || !sh_text_double(field, &v[i]))
			return sh_error_set(err, SH_ERRC_SYSTEM, "cannot understand '/proc/loadavg'");
	sh_collect_begin(c, &w, "host", c->host, c->host, NULL, NULL);
	sh_sample_group(&w, "load");
	for (int i = 0; i < 3; i++)
		sh_sample_number(&w, name[i], v[i]);
	sh_sample_end(&w);
	return 0;
}

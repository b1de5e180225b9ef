/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <string.h>

#include "collect/host/sessions.h"
#include "collect/table.h"

static size_t count_users(const struct sh_sessions *s)
{
	size_t n = 0;

	for (size_t i = 0; i < s->n; i++) {
		size_t k = 0;

		while (k < i && strcmp(s->item[k].user, s->item[i].user) != 0)
			k++;
		n += k == i;
	}
	return n;
}

int sh_collect_users(struct sh_collect *c, struct sh_error *err)
{
	const struct sh_sessions *s;
	struct sh_sample_writer w;

	if (!sh_collect_wants(c, c->host))
		return 0;
	s = sh_sessions_now(c, err);
	if (!s)
		return -1;
	sh_collect_begin(c, &w, "host", c->host, c->host, NULL, NULL);
	sh_sample_group(&w, "users");
	sh_sample_number(&w, "logged_in", (double)s->n);
	sh_sample_number(&w, "distinct", (double)count_users(s));
	sh_sample_end(&w);
	return 0;
}

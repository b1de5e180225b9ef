/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "repair_counters.h"

#include <string.h>

#include "base/mem.h"
#include "record/sample.h"
#include "repair/counters.h"
#include "repair/planner.h"

struct shown {
	struct sh_writer *out;
	const struct sh_repairer *r;
	const char *target;
};

static void write_notice(const struct shown *s, const char *text, const json_t *extra)
{
	SH_CLEANUP_BUF struct sh_buf line = SH_BUF_INIT;

	sh_notice_write_with(&line, s->r->host, sh_repairer_now(s->r), "info", text, s->target, extra);
	sh_writer_lines(s->out, line.data, line.len);
}

static json_t *words_of(const struct sh_counter *c)
{
	return json_pack("{s:s, s:s, s:s, s:s, s:s}", "counter", c->name, "guard", c->guard, "counts", c->counts,
			 "resets", c->resets, "kept", c->kept);
}

static void show(void *arg, const struct sh_counter *c, int64_t value, int64_t limit, const char *text)
{
	SH_CLEANUP_FREE char *named = sh_asprintf("%s: %s", c->name, text);
	json_auto_t *extra = words_of(c);

	json_object_set_new(extra, "value", json_integer(value));
	if (limit >= 0)
		json_object_set_new(extra, "limit", json_integer(limit));
	write_notice(arg, named, extra);
}

void sh_counters_list(struct sh_writer *out, const struct sh_repairer *r)
{
	const struct shown s = { .out = out, .r = r };

	for (size_t i = 0; i < SH_COUNTERS; i++) {
		const struct sh_counter *c = &sh_counters[i];
		SH_CLEANUP_FREE char *text = sh_asprintf("%s: %s %s %s", c->name, c->counts, c->resets, c->kept);
		json_auto_t *extra = words_of(c);

		write_notice(&s, text, extra);
	}
}

int sh_counters_explain(struct sh_writer *out, const struct sh_repairer *r, const char *target,
			struct sh_error *err)
{
	SH_CLEANUP_FREE char *here = sh_asprintf("%s@%s", target, r->host);
	bool is_local = !strchr(target, '@') && sh_site_lookup(r->site, here).declared;
	struct shown s = { .out = out, .r = r, .target = is_local ? here : target };

	return sh_counters_show(r, s.target, show, &s, err);
}

/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "repair_compare.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "record/json.h"
#include "record/sample.h"

struct sh_decided {
	json_t *plan; /* NULL: none was made */
};

static void take(struct sh_decided *d, const char *data, size_t len)
{
	struct sh_error ignored = SH_ERROR_INIT;
	json_t *record = sh_json_parse(data, len, &ignored);
	const char *kind = sh_json_str(record, "kind", "");

	if (strcmp(kind, "plan") != 0 && strcmp(kind, "repair") != 0) {
		json_decref(record);
		return;
	}
	json_decref(d->plan);
	d->plan = record;
}

static void forget(struct sh_decided *d)
{
	json_decref(d->plan);
	d->plan = NULL;
}

static void there(void *arg, const char *data, size_t len)
{
	struct sh_repair_compare *c = arg;

	take(c->side[1], data, len);
}

static void say(void *arg, const char *text)
{
	struct sh_repair_compare *c = arg;

	sh_cli_error(c->cli, "%s", text);
}

size_t sh_repair_compare_open(struct sh_repair_compare *c, struct sh_cli *cli, const char *const *paths,
			      const char *state_dir)
{
	struct sh_error err = SH_ERROR_INIT;
	size_t errors = sh_side_load(&c->there, cli, paths);

	c->cli = cli;
	for (int i = 0; i < 2; i++)
		c->side[i] = sh_calloc(1, sizeof(*c->side[i]));
	if (sh_ledger_open_copy(&c->there.r.ledger, state_dir, &err) < 0)
		sh_cli_die(cli, &err);
	c->desk = (struct sh_desk){ .r = &c->there.r, .rehearses = true, .write = there, .say = say, .arg = c };
	if (sh_desk_open(&c->desk, &err) < 0)
		sh_cli_die(cli, &err);
	return errors;
}

void sh_repair_compare_close(struct sh_repair_compare *c)
{
	sh_desk_close(&c->desk);
	sh_side_release(&c->there);
	for (int i = 0; i < 2; i++) {
		forget(c->side[i]);
		free(c->side[i]);
	}
}

void sh_repair_compare_here(struct sh_repair_compare *c, const char *data, size_t len)
{
	take(c->side[0], data, len);
}

/* The guard that decided, and what it said. */
static const char *deciding_guard(const json_t *plan)
{
	const json_t *g;
	size_t i;

	json_array_foreach(json_object_get(plan, "guards"), i, g)
		if (strcmp(sh_json_str(g, "answer", "pass"), "pass") != 0)
			return sh_json_str(g, "guard", NULL);
	return NULL;
}

static json_t *summary(const json_t *plan)
{
	if (!plan)
		return NULL;
	return json_pack("{s:s*, s:s*, s:s*, s:s*}", "decision", sh_json_str(plan, "decision", NULL), "playbook",
			 sh_json_str(plan, "playbook", NULL), "guard", deciding_guard(plan), "reason",
			 sh_json_str(plan, "reason", NULL));
}

/* Not the reason: that counts seconds. */
static bool are_alike(const json_t *a, const json_t *b)
{
	static const char *const members[] = { "decision", "playbook", "guard" };

	for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++)
		if (strcmp(sh_json_str(a, members[i], ""), sh_json_str(b, members[i], "")) != 0)
			return false;
	return !a == !b;
}

static void add_side(struct sh_buf *text, const char *name, const json_t *s)
{
	const char *playbook = sh_json_str(s, "playbook", NULL), *reason = sh_json_str(s, "reason", NULL);

	sh_buf_addf(text, "%s: %s%s%s%s%s", name, s ? sh_json_str(s, "decision", "?") : "nothing",
		    playbook ? " by " : "", playbook ? playbook : "", reason ? ", " : "", reason ? reason : "");
}

static void write_difference(const struct sh_repair_compare *c, const struct sh_record *r, json_t *here,
			     json_t *other, struct sh_writer *out)
{
	const json_t *plan = c->side[0]->plan ? c->side[0]->plan : c->side[1]->plan;
	SH_CLEANUP_BUF struct sh_buf text = SH_BUF_INIT, line = SH_BUF_INIT;
	json_auto_t *extra = json_pack("{s:s*, s:o*, s:o*}", "entity", sh_json_str(plan, "entity", NULL), "here",
				       here, "there", other);

	sh_buf_addf(&text, "'%s' of %s: ", sh_json_str(plan, "fault_type", "task"), sh_json_str(plan, "entity", "?"));
	add_side(&text, "here", here);
	add_side(&text, "; there", other);
	sh_notice_write_with(&line, c->there.r.host, r->time, "info", sh_buf_str(&text),
			     sh_json_str(plan, "fault_id", NULL), extra);
	sh_writer_lines(out, line.data, line.len);
}

int sh_repair_compare_record(struct sh_repair_compare *c, const struct sh_record *r, struct sh_writer *out,
			     struct sh_error *err)
{
	int rc = sh_desk_record(&c->desk, r, err);
	json_t *here = summary(c->side[0]->plan), *other = summary(c->side[1]->plan);

	c->decisions += here || other;
	if (are_alike(here, other)) {
		json_decref(here);
		json_decref(other);
	} else {
		c->differences++;
		write_difference(c, r, here, other, out);
	}
	forget(c->side[0]);
	forget(c->side[1]);
	return rc;
}

void sh_repair_compare_end(struct sh_repair_compare *c, struct sh_writer *out, int64_t now)
{
	SH_CLEANUP_FREE char *text = sh_asprintf("%" PRId64 " of %" PRId64 " decisions differ", c->differences,
						 c->decisions);
	SH_CLEANUP_BUF struct sh_buf line = SH_BUF_INIT;
	json_auto_t *extra = json_pack("{s:I, s:I}", "decisions", (json_int_t)c->decisions, "differences",
				       (json_int_t)c->differences);

	sh_notice_write_with(&line, c->there.r.host, now, "info", text, NULL, extra);
	sh_writer_lines(out, line.data, line.len);
}

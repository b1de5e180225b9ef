/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "ledger/control.h"

#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/mem.h"
#include "ledger/note.h"
#include "record/entity.h"
#include "record/json.h"
#include "state/baseline.h"

#define ID_LEAST 6
#define ID_DIGITS 32

char *sh_control_user(void)
{
	/* Only root's own environment is sudo's word. */
	const char *person = geteuid() == 0 ? getenv("SUDO_USER") : NULL;
	const struct passwd *pw = getpwuid(geteuid());

	if (person && *person)
		return sh_strdup(person);
	if (pw && pw->pw_name)
		return sh_strdup(pw->pw_name);
	return sh_asprintf("uid %u", (unsigned)geteuid());
}

struct match {
	const char *given;
	char *id; /* owned: the first that matches */
	int n;
};

static int match_plan(void *arg, const struct sh_approval *a)
{
	struct match *m = arg;
	size_t len = strlen(m->given);
	const char *digits = !strncmp(a->plan_id, "p-", 2) ? a->plan_id + 2 : a->plan_id;

	if (strncmp(a->plan_id, m->given, len) != 0 && strncmp(digits, m->given, len) != 0)
		return 0;
	if (!m->n++)
		m->id = sh_strdup(a->plan_id);
	return m->n > 1;
}

static bool is_whole_id(const char *s)
{
	return !strncmp(s, "p-", 2) && strlen(s + 2) == ID_DIGITS &&
	       strspn(s + 2, "0123456789abcdef") == ID_DIGITS;
}

char *sh_control_plan(struct sh_ledger *l, const char *given, struct sh_error *err)
{
	struct match m = { .given = given };

	if (strlen(given) < ID_LEAST) {
		sh_error_set_(err, SH_ERRC_USAGE, 0, "'%s' is too short for a plan id: give %d "
			      "characters or more", given, ID_LEAST);
		return NULL;
	}
	if (sh_ledger_approvals(l, NULL, match_plan, &m, err) < 0) {
		free(m.id);
		return NULL;
	}
	if (m.n == 1)
		return m.id;
	free(m.id);
	if (m.n > 1)
		sh_error_set_(err, SH_ERRC_USAGE, 0, "'%s' begins more than one plan id", given);
	else if (is_whole_id(given))
		return sh_strdup(given);
	else
		sh_error_set_(err, SH_ERRC_USAGE, 0,
			      "no plan '%s': 'sh-ledger pending' lists those that wait", given);
	return NULL;
}

/* Who and why go with every note. */
int sh_control_note_with(const struct sh_control *c, struct sh_ledger *l, const char *kind, const char *target,
			 const char *text, const char *about, const json_t *more, struct sh_error *err)
{
	json_auto_t *record = json_pack("{s:s, s:s*, s:s, s:I, s:s*}", "text", text, "about", about,
					"by", c->by, "uid", (json_int_t)getuid(), "reason", c->reason);

	if (!record)
		return sh_error_set(err, SH_ERRC_USAGE, "reason or name is not UTF-8");
	if (more)
		json_object_update(record, (json_t *)(uintptr_t)more);
	return sh_ledger_note(l, c->now, kind, target, record, err);
}

int sh_control_note(const struct sh_control *c, struct sh_ledger *l, const char *kind,
		    const char *target, const char *text, const char *about, struct sh_error *err)
{
	return sh_control_note_with(c, l, kind, target, text, about, NULL, err);
}

static void add_until(struct sh_buf *text, int64_t until)
{
	char time[SH_TIME_TEXT];

	if (!until)
		return;
	sh_time_format(time, until);
	sh_buf_addf(text, " until %.19sZ", time);
}

static void add_who(struct sh_buf *text, const struct sh_control *c)
{
	sh_buf_addf(text, " by %s", c->by);
	if (c->reason)
		sh_buf_addf(text, ": %s", c->reason);
}

/* What the plan is about, for those who ask for the history of one target. A new string or NULL. */
static char *target_of(struct sh_ledger *l, const char *plan_id)
{
	struct sh_error none = SH_ERROR_INIT;
	struct sh_approval a;
	char *target = NULL;

	if (sh_ledger_approval_get(l, plan_id, &a, &none) > 0)
		target = sh_strdup_or_null(sh_json_str(a.plan, "entity", NULL));
	sh_approval_release(&a);
	return target;
}

struct answer {
	const struct sh_control *c;
	const char *plan_id, *answer;
	int64_t until;
};

static int put_answer(struct sh_ledger *l, void *arg, struct sh_error *err)
{
	const struct answer *a = arg;
	SH_CLEANUP_FREE char *id = sh_strdup(a->plan_id);
	SH_CLEANUP_FREE char *answer = sh_strdup(a->answer);
	SH_CLEANUP_FREE char *by = sh_strdup(a->c->by);
	SH_CLEANUP_FREE char *reason = sh_strdup_or_null(a->c->reason);
	SH_CLEANUP_FREE char *target = target_of(l, a->plan_id);
	SH_CLEANUP_BUF struct sh_buf text = SH_BUF_INIT;
	struct sh_approval put = { .plan_id = id,
				   .answer = answer,
				   .by = by,
				   .reason = reason,
				   .time = a->c->now,
				   .until = a->until };

	sh_buf_addf(&text, "plan %s %s", id, answer);
	add_until(&text, a->until);
	add_who(&text, a->c);
	if (sh_ledger_approval_put(l, &put, err) < 0)
		return -1;
	return sh_control_note(a->c, l, answer, target, sh_buf_str(&text), id, err);
}

int sh_control_answer(const struct sh_control *c, const char *plan_id, const char *answer,
		      int64_t until, struct sh_error *err)
{
	struct answer a = { .c = c, .plan_id = plan_id, .answer = answer, .until = until };

	return sh_ledger_together(c->ledger, put_answer, &a, err);
}

/* Types whose names mean something on one machine only. */
static bool is_local(struct sh_span type)
{
	static const char *const local[] = { "service", "filesystem", "disk", "net", "file",
					     "check", "process", "collector" };

	for (size_t i = 0; i < sizeof(local) / sizeof(local[0]); i++)
		if (sh_span_is(type, local[i]))
			return true;
	return false;
}

char *sh_control_scope(const char *given, const char *host, struct sh_error *err)
{
	struct sh_entity e;

	if (!strcmp(given, "all"))
		return sh_strdup(given);
	if (!sh_entity_split(sh_span_of(given), &e)) {
		sh_error_set_(err, SH_ERRC_USAGE, 0,
			      "'%s' is neither all, rule:ID, playbook:ID nor an entity such as "
			      "service:web1",
			      given);
		return NULL;
	}
	if (!e.host.p && is_local(e.type))
		return sh_asprintf("%s@%s", given, host);
	return sh_strdup(given);
}

struct pause {
	const struct sh_control *c;
	const char *scope;
	int64_t until;
};

static int put_pause(struct sh_ledger *l, void *arg, struct sh_error *err)
{
	const struct pause *p = arg;
	SH_CLEANUP_FREE char *scope = sh_strdup(p->scope);
	SH_CLEANUP_FREE char *kind = sh_strdup("pause");
	SH_CLEANUP_FREE char *by = sh_strdup(p->c->by);
	SH_CLEANUP_FREE char *reason = sh_strdup_or_null(p->c->reason);
	SH_CLEANUP_BUF struct sh_buf text = SH_BUF_INIT;
	struct sh_pause put = { .scope = scope,
				.kind = kind,
				.by = by,
				.reason = reason,
				.since = p->c->now,
				.until = p->until };

	sh_buf_addf(&text, "%s paused", scope);
	add_until(&text, p->until);
	add_who(&text, p->c);
	if (sh_ledger_pause_add(l, &put, NULL, err) < 0)
		return -1;
	return sh_control_note(p->c, l, "paused", scope, sh_buf_str(&text), scope, err);
}

int sh_control_pause(const struct sh_control *c, const char *scope, int64_t until,
		     struct sh_error *err)
{
	struct pause p = { .c = c, .scope = scope, .until = until };

	return sh_ledger_together(c->ledger, put_pause, &p, err);
}

static int end_pause(struct sh_ledger *l, void *arg, struct sh_error *err)
{
	const struct pause *p = arg;
	SH_CLEANUP_BUF struct sh_buf text = SH_BUF_INIT;
	int64_t ended;

	if (sh_ledger_pause_end(l, p->scope, p->c->now, &ended, err) < 0)
		return -1;
	if (!ended)
		return sh_error_set(err, SH_ERRC_USAGE,
				    "'%s' is neither paused nor held: 'sh-ledger pauses' lists "
				    "what is",
				    p->scope);
	sh_buf_addf(&text, "%s resumed", p->scope);
	add_who(&text, p->c);
	return sh_control_note(p->c, l, "resumed", p->scope, sh_buf_str(&text), p->scope, err);
}

int sh_control_resume(const struct sh_control *c, const char *scope, struct sh_error *err)
{
	struct pause p = { .c = c, .scope = scope };

	if (!strncmp(scope, "storm:", 6))
		return sh_error_set(err, SH_ERRC_USAGE, "the storm brake is not resumed but reset: "
				    "sh-ledger reset '%s'", scope + 6);

	return sh_ledger_together(c->ledger, end_pause, &p, err);
}

int sh_control_area(const struct sh_control *c, const char *area, const char *done,
		    const char *what, struct sh_error *err)
{
	SH_CLEANUP_BUF struct sh_buf text = SH_BUF_INIT;

	sh_buf_addf(&text, "baseline of %s %s: %s,", area, done, what);
	add_who(&text, c);
	return sh_control_note(c, c->ledger, "baseline", NULL, sh_buf_str(&text), area, err);
}

int sh_control_baseline(const struct sh_control *c, const char *state_dir, const char *path,
			struct sh_error *err)
{
	SH_CLEANUP_BUF struct sh_buf text = SH_BUF_INIT;
	struct sh_baseline b;
	int rc;

	/* The content first: a note about a baseline that is not there would be a lie. */
	if (sh_baseline_approve(state_dir, path, c->by, c->now, &b, err) < 0)
		return -1;
	sh_buf_addf(&text, "baseline of %s approved, sha256 %s", path, b.sha256);
	add_who(&text, c);
	rc = sh_control_note(c, c->ledger, "baseline", NULL, sh_buf_str(&text), path, err);
	sh_baseline_release(&b);
	return rc;
}

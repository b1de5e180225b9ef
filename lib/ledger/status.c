/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "ledger/status.h"

#include <inttypes.h>
#include <string.h>

#include "base/clock.h"
#include "record/fault.h"
#include "record/json.h"

struct reading {
	const char *program;
	struct sh_status *s;
};

static int read_round(void *arg, const char *program, int64_t time)
{
	struct reading *r = arg;

	if ((!r->program || !strcmp(program, r->program)) && time > r->s->last_round)
		r->s->last_round = time;
	return 0;
}

static int read_fault(void *arg, const char *fingerprint, const char *status, int64_t time,
		      const json_t *fault)
{
	struct sh_status *s = arg;

	(void)fingerprint;
	(void)status;
	(void)time;
	if (sh_fault_suppression(fault)) {
		s->suppressed++;
		return 0;
	}
	s->open++;
	s->critical += !strcmp(sh_json_str(fault, "severity", ""), "critical");
	return 0;
}

static int read_repair(void *arg, const struct sh_repair_row *r)
{
	struct sh_status *s = arg;
	const char *outcome;

	if (!r->ended || r->ended < s->now - SH_DAY)
		return 0;
	outcome = r->outcome ? r->outcome : "";
	if (!strcmp(outcome, "not_begun"))
		return 0;
	s->repairs++;
	/* A task has nothing to prove: it is done. */
	s->failed += strcmp(outcome, "fixed") != 0 && strcmp(outcome, "done") != 0;
	return 0;
}

static int read_approval(void *arg, const struct sh_approval *a)
{
	struct sh_status *s = arg;

	(void)a;
	s->waiting++;
	return 0;
}

static int read_pause(void *arg, const struct sh_pause *p)
{
	struct sh_status *s = arg;

	if (strcmp(p->kind, "hold"))
		s->pauses++;
	else
		s->holds++;
	return 0;
}

int sh_status_read(struct sh_ledger *l, int64_t now, const char *program, struct sh_status *out,
		   struct sh_error *err)
{
	struct reading r = { .program = program, .s = out };
	/* One that ended within the day may have begun long before. */
	struct sh_repair_query q = { .since = now - 2 * SH_DAY };

	*out = (struct sh_status){ .now = now };
	if (sh_ledger_rounds(l, read_round, &r, err) < 0 ||
	    sh_ledger_faults(l, true, read_fault, out, err) < 0 ||
	    sh_ledger_repairs(l, &q, read_repair, out, err) < 0 ||
	    sh_ledger_approvals(l, "waiting", read_approval, out, err) < 0)
		return -1;
	return sh_ledger_pauses(l, now, read_pause, out, err);
}

void sh_status_add_round(struct sh_status *s, int64_t time)
{
	if (time > s->last_round)
		s->last_round = time;
}

enum sh_level sh_status_level(const struct sh_status *s, int64_t max_age)
{
	if (max_age > 0 && s->last_round < s->now - max_age)
		return SH_LEVEL_CRITICAL;
	if (s->critical)
		return SH_LEVEL_CRITICAL;
	if (s->open || s->waiting || s->holds)
		return SH_LEVEL_WARNING;
	return s->last_round ? SH_LEVEL_OK : SH_LEVEL_UNKNOWN;
}

static void add_count(struct sh_buf *out, int64_t n, const char *one, const char *many)
{
	sh_buf_addf(out, "%" PRId64 " %s", n, n == 1 ? one : many);
}

static void add_age(const struct sh_status *s, struct sh_buf *out)
{
	char age[SH_DURATION_TEXT];
	int64_t ns = s->now - s->last_round;

	if (!s->last_round) {
		sh_buf_addstr(out, "no round has finished yet");
		return;
	}
	sh_duration_format(age, ns > 0 ? ns - ns % SH_SEC : 0);
	sh_buf_addf(out, "last round %s ago", age);
}

static void add_rest(const struct sh_status *s, struct sh_buf *out)
{
	if (s->failed)
		sh_buf_addf(out, " (%" PRId64 " not fixed)", s->failed);
	if (s->waiting) {
		sh_buf_addstr(out, ", ");
		add_count(out, s->waiting, "plan waits for approval", "plans wait for approval");
	}
	if (s->holds) {
		sh_buf_addstr(out, ", ");
		add_count(out, s->holds, "target held", "targets held");
	}
	if (s->pauses) {
		sh_buf_addstr(out, ", ");
		add_count(out, s->pauses, "pause", "pauses");
	}
}

void sh_status_write(const struct sh_status *s, int64_t max_age, struct sh_buf *out)
{
	static const char *const word[] = { "OK", "WARNING", "CRITICAL", "UNKNOWN" };

	sh_buf_addf(out, "SELFHEAL %s - ", word[sh_status_level(s, max_age)]);
	add_age(s, out);
	sh_buf_addstr(out, "; ");
	add_count(out, s->open, "open fault", "open faults");
	if (s->suppressed)
		sh_buf_addf(out, " (%" PRId64 " suppressed)", s->suppressed);
	sh_buf_addstr(out, ", ");
	add_count(out, s->repairs, "repair in 24 h", "repairs in 24 h");
	add_rest(s, out);
	sh_buf_addf(out, " | open=%" PRId64 " repairs=%" PRId64 " failed=%" PRId64 " waiting=%" PRId64,
		    s->open, s->repairs, s->failed, s->waiting);
	if (s->last_round)
		sh_buf_addf(out, " age=%" PRId64 "s", (s->now - s->last_round) / SH_SEC);
	sh_buf_addch(out, '\n');
}

void sh_status_write_unknown(const char *why, struct sh_buf *out)
{
	sh_buf_addf(out, "SELFHEAL UNKNOWN - %s\n", why);
}

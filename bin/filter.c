/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "filter.h"

#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/confine.h"
#include "setup.h"

#define LOOK_AGAIN_MS 10000

void sh_filter_emit(struct sh_filter *f, const char *line, size_t len)
{
	sh_journal_lines(&f->journal, line, len);
}

static int on_record(void *arg, struct sh_stream *s, const struct sh_record *r,
		     struct sh_error *err)
{
	struct sh_filter *f = arg;
	int verdict = SH_JOURNAL_PROCESS;
	bool ours;

	if (r->kind == SH_KIND_TICK)
		sh_unheard_hear(&f->unheard, r, sh_clock_wall(), sh_clock_mono());
	if (f->journal.state || r->kind == SH_KIND_BARRIER)
		verdict = sh_journal_record(&f->journal, s, r, err);
	if (verdict != SH_JOURNAL_PROCESS)
		return verdict < 0 ? -1 : 0;
	if (f->until && r->time > f->until)
		return 0;
	ours = sh_part_has_record(&f->part, r);
	if (!ours && r->kind != SH_KIND_TICK) {
		f->foreign(f->arg, r);
		return 0;
	}
	if (f->record(f->arg, r, err) < 0)
		return -1;
	if (!ours)
		return 0;
	if (f->cli->opt.pass || !f->eats(r))
		sh_journal_forward(&f->journal, r);
	return 0;
}

/* While records are held for their place, so are those of others: time must not run ahead. */
static bool on_foreign(void *arg, enum sh_kind kind, int64_t time)
{
	const struct sh_filter *f = arg;

	return (!f->journal.state || f->journal.placed) && f->glanced(f->arg, kind, time);
}

static int sooner(int a, int b)
{
	return a < 0 || (b >= 0 && b < a) ? b : a;
}

/* Returns when to look again. */
static int tell_unheard(struct sh_filter *f)
{
	SH_CLEANUP_BUF struct sh_buf text = SH_BUF_INIT;
	int64_t now = sh_clock_mono();

	if (sh_unheard_since(&f->unheard, now, &text))
		sh_cli_warn(f->cli, "%s", sh_buf_str(&text));
	return sh_unheard_wait(&f->unheard, now);
}

static int on_idle(void *arg, struct sh_stream *s)
{
	struct sh_filter *f = arg;
	struct sh_error err = SH_ERROR_INIT;

	if (sh_journal_tick(&f->journal, s, &err) < 0)
		sh_cli_report(f->cli, &err);
	return sooner(tell_unheard(f), f->journal.state ? LOOK_AGAIN_MS : -1);
}

static int on_save(void *arg, struct sh_state *state, struct sh_error *err)
{
	struct sh_filter *f = arg;

	return f->save ? f->save(f->arg, state, err) : 0;
}

static void on_unsaved(void *arg, struct sh_error *err)
{
	struct sh_filter *f = arg;

	sh_error_prefix(err, "going on without saving");
	sh_cli_report(f->cli, err);
	if (f->unsaved)
		f->unsaved(f->arg);
}

/* What could be read of a damaged state is kept, and stored anew. */
static int rescue(struct sh_filter *f, struct sh_error *err)
{
	if (f->load(f->arg, f->journal.state, err) == 0)
		return 0;
	if (!sh_state_is_damaged(err) || !f->unsaved)
		return -1;
	sh_error_clear(err);
	f->journal.state = sh_setup_state_anew(f->cli, f->state, f->journal.state);
	f->unsaved(f->arg);
	return 0;
}

static void on_damaged(void *arg, const struct sh_error *err)
{
	struct sh_filter *f = arg;
	struct sh_error told = *err;

	sh_cli_report(f->cli, &told);
}

static void on_given(void *arg)
{
	struct sh_filter *f = arg;

	f->given(f->arg);
}

/* Where the state can be read but not written, what earlier runs left still holds. */
static int load(struct sh_filter *f, struct sh_error *err)
{
	struct sh_error ignored = SH_ERROR_INIT;
	struct sh_state *earlier;

	if (!f->load)
		return 0;
	if (f->journal.state)
		return rescue(f, err);
	if (!f->cli->opt.state ||
	    sh_state_open_readonly(&earlier, f->cli->opt.state, f->state, &ignored) < 0)
		return 0;
	f->load(f->arg, earlier, &ignored);
	sh_state_close(earlier);
	return 0;
}

static void start(struct sh_filter *f, struct sh_writer *out)
{
	struct sh_error err = SH_ERROR_INIT;
	struct sh_journal *j = &f->journal;

	*j = (struct sh_journal){ .state = sh_setup_state(f->cli, f->state),
				  .state_wanted = f->cli->opt.state != NULL,
				  .program = f->cli->name,
				  .out = out,
				  .save = on_save,
				  .unsaved = on_unsaved,
				  .given = f->given ? on_given : NULL,
				  .damaged = on_damaged,
				  .arg = f };
	if (load(f, &err) < 0 || sh_journal_start(j, &err) < 0)
		sh_cli_die(f->cli, &err);
}

void sh_filter_confine(const struct sh_cli *cli, bool executes)
{
	const char *const write[] = { cli->opt.state, NULL };
	unsigned kept;

	if (cli->opt.no_sandbox)
		return;
	kept = sh_confine_self(write, executes);
	if (kept)
		sh_cli_verbose(cli, "not given up:%s%s%s%s",
			       kept & SH_CONFINED_PRIVILEGES ? " privileges" : "",
			       kept & SH_CONFINED_WRITE ? " writing" : "",
			       kept & SH_CONFINED_CAPABILITIES ? " capabilities" : "",
			       kept & SH_CONFINED_SYSCALLS ? " system calls" : "");
}

void sh_filter_run(struct sh_filter *f)
{
	struct sh_error err = SH_ERROR_INIT;
	struct sh_writer out;
	struct sh_stream s;
	bool failed;

	sh_writer_init(&out, STDOUT_FILENO);
	sh_stream_init(&s, &out);
	sh_cli_stream(f->cli, &s, &out);
	s.ops.record = on_record;
	s.ops.idle = on_idle;
	s.ops.foreign = on_foreign;
	s.part = f->part;
	s.ops.arg = f;
	start(f, &out);
	sh_filter_confine(f->cli, f->executes);
	if (sh_stream_run(&s, &err) < 0)
		sh_cli_report(f->cli, &err);
	if (f->end)
		f->end(f->arg);
	failed = out.error != 0; /* and was reported when it did */
	if (sh_journal_end(&f->journal, &s, &err) < 0 && !failed)
		sh_cli_report(f->cli, &err);
	sh_state_close(f->journal.state);
	sh_journal_release(&f->journal);
	sh_writer_release(&out);
}

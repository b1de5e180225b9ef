/* SPDX-License-Identifier: MIT */
/*
 * The journal, followed by a cursor: journalctl is asked for the entries from the
 * last one that was read on. With that one, not after it: --after-cursor leaves
 * out an entry also when the one of the cursor has gone.
 */
#include "config.h"

#include <string.h>

#include "base/mem.h"
#include "collect/check/program.h"
#include "collect/check/wanted.h"
#include "collect/check/ways.h"
#include "collect/format/format.h"
#include "collect/text.h"
#include "record/json.h"
#include "record/scan.h"

#define JOURNALCTL "/usr/bin/journalctl"
#define MAX_OUTPUT ((size_t)8 << 20) /* of a round; the next one goes on */
#define KILL_AFTER (200 * SH_MS)
#define MAX_WORDS 12

/* Besides those that journalctl always shows: the fields that records are made of. */
#define FIELDS "--output-fields=_SOURCE_REALTIME_TIMESTAMP,PRIORITY,SYSLOG_FACILITY," \
	"SYSLOG_IDENTIFIER,_COMM,_PID,SYSLOG_PID,_HOSTNAME,_SYSTEMD_UNIT," \
	"_SYSTEMD_USER_UNIT,MESSAGE"

/* What came of a round. */
struct reading {
	struct sh_collect *c;
	const struct sh_job_run *run;
	struct sh_bookmark *mark;
	struct sh_span text; /* whole lines; after meet_mark those to be converted */
	bool full;           /* there is more */
	bool whole;          /* journalctl came to its end */
};

static char *key_of(const struct sh_job_run *run)
{
	const struct sh_job *j = run->job;

	return sh_asprintf("journal:%s:%s:%s:%s:%s", j->type, j->name, j->label,
			   run->check.address, run->check.path ? run->check.path : "");
}

static struct sh_bookmark *mark_of(struct sh_collect *c, const struct sh_job_run *run)
{
	SH_CLEANUP_FREE char *key = key_of(run);

	return sh_followed_journal(&c->followed, key);
}

/* The first look finds out where the end is, which is where reading begins. */
static bool is_first_look(const struct sh_job_run *run, const struct sh_bookmark *mark)
{
	return !mark->cursor && !(run->check.from && !strcmp(run->check.from, "start"));
}

int sh_check_journal_start(struct sh_collect *c, struct sh_job_run *run, struct sh_error *err)
{
	const struct sh_check *k = &run->check;
	const struct sh_bookmark *mark = mark_of(c, run);
	SH_CLEANUP_FREE char *unit = sh_asprintf("--unit=%s", k->address);
	SH_CLEANUP_FREE char *directory = sh_asprintf("--directory=%s", k->path ? k->path : "");
	SH_CLEANUP_FREE char *cursor = sh_asprintf("--cursor=%s", mark->cursor ? mark->cursor : "");
	const char *argv[MAX_WORDS] = { JOURNALCTL, "--output=json", "--no-pager", "--quiet", FIELDS };
	const struct sh_child_options opt = { .argv = argv, .timeout = k->timeout,
					      .kill_after = KILL_AFTER, .max_output = MAX_OUTPUT,
					      .give_up = SH_COLLECT_GIVE_UP, .enough = true,
					      .alone = true };
	size_t n = 5;

	if (!mark->brief)
		argv[n++] = "--all";
	if (strcmp(k->address, "all") != 0)
		argv[n++] = unit;
	if (k->path)
		argv[n++] = directory;
	if (mark->cursor && *mark->cursor)
		argv[n++] = cursor;
	else if (is_first_look(run, mark))
		argv[n++] = "--lines=1";
	argv[n] = NULL;
	return sh_child_start(&run->child, &opt, err);
}

/* Appends the cursor of an entry; false when it has none. */
static bool read_cursor(struct sh_span line, struct sh_buf *out)
{
	struct sh_index ix = SH_INDEX_INIT;
	const struct sh_member *m = NULL;
	bool found;

	if (sh_scan_object(&ix, line.p, line.len) == 0)
		m = sh_index_find(&ix, "__CURSOR");
	found = m && m->value.type == SH_JSON_STRING;
	if (found)
		sh_json_unescape(m->value, out);
	sh_index_release(&ix);
	return found && out->len;
}

static struct sh_span whole_lines(const struct sh_buf *out)
{
	const char *end = out->len ? memrchr(out->data, '\n', out->len) : NULL;

	return (struct sh_span){ out->data, end ? (size_t)(end + 1 - out->data) : 0 };
}

static struct sh_span last_line(struct sh_span text)
{
	const char *before = text.len > 1 ? memrchr(text.p, '\n', text.len - 1) : NULL;
	size_t from = before ? (size_t)(before + 1 - text.p) : 0;

	return (struct sh_span){ text.p + from, text.len - from };
}

static void tell_lost(const struct reading *r)
{
	SH_CLEANUP_BUF struct sh_buf text = SH_BUF_INIT;

	if (r->mark->lost)
		return;
	r->mark->lost = r->mark->moved = true;
	sh_buf_addf(&text,
		    "the journal of '%s' no longer has the entry up to which it was read: entries may be lost",
		    r->run->check.address);
	sh_notice_write(&r->c->out, r->c->host, sh_collect_time(r->c), "medium", sh_buf_str(&text),
			NULL);
}

/* The entry that was read last comes again, unless it has gone. */
static void meet_mark(struct reading *r)
{
	SH_CLEANUP_BUF struct sh_buf cursor = SH_BUF_INIT;
	struct sh_span rest = r->text, line;

	if (!*r->mark->cursor)
		return;
	if (!sh_text_line(&rest, &line)) {
		if (r->whole)
			tell_lost(r);
		return;
	}
	if (read_cursor(line, &cursor) && !strcmp(sh_buf_str(&cursor), r->mark->cursor))
		r->text = rest;
	else
		tell_lost(r);
}

static void tell_bad(void *arg, const char *file, uint64_t line, const struct sh_error *err)
{
	(void)file;
	(void)line;
	sh_program_bad(arg, 0, err);
}

static void convert(const struct reading *r)
{
	const struct sh_job *job = r->run->job;
	SH_CLEANUP_FREE char *entity = sh_asprintf("%s:%s", job->type, job->name);
	struct sh_program_bad bad = { .c = r->c, .name = job->name };
	struct sh_wanted wanted;
	struct sh_import in = { .c = r->c, .entity = entity,
				.format = sh_format_find(r->run->check.format),
				.target = job->name, .report = tell_bad, .report_arg = &bad,
				.wants = sh_wanted, .wants_arg = &wanted,
				.own_host = !strcmp(job->type, "service") };

	sh_wanted_init(&wanted, &r->run->check);
	sh_import_text(&in, r->text, NULL);
	sh_wanted_release(&wanted);
	sh_program_bad_end(&bad);
	r->mark->lines += in.line;
}

/*
 * An entry that is larger than what is read in a round would be met for ever: it
 * is read alone, without its long fields. The one after it as well, since the
 * large one comes first again.
 */
static void set_brief(struct reading *r)
{
	struct sh_span rest = r->text, line;
	bool brief = r->full && !r->text.len;

	if (r->mark->brief && sh_text_line(&rest, &line))
		r->text.len -= rest.len;
	if (brief != r->mark->brief)
		r->mark->moved = true;
	r->mark->brief = brief;
}

static int take_entries(struct reading *r, struct sh_error *err)
{
	SH_CLEANUP_BUF struct sh_buf cursor = SH_BUF_INIT;

	if (r->mark->cursor)
		meet_mark(r);
	set_brief(r);
	if (r->text.len && !read_cursor(last_line(r->text), &cursor))
		return sh_error_set(err, SH_ERRC_INPUT, "an entry of the journal has no cursor");
	if (!r->text.len) {
		if (!r->mark->cursor && r->whole)
			sh_bookmark_move(r->mark, SH_SPAN_NONE);
		return 0;
	}
	convert(r);
	sh_bookmark_move(r->mark, sh_text_of(&cursor));
	return 0;
}

/* Nothing there yet is a place, too: what comes then is new. */
static void begin_at_end(struct reading *r)
{
	SH_CLEANUP_BUF struct sh_buf cursor = SH_BUF_INIT;

	if (r->text.len)
		read_cursor(last_line(r->text), &cursor);
	sh_bookmark_move(r->mark, sh_text_of(&cursor));
}

static void write_sample(struct sh_collect *c, const struct sh_job_run *run, uint64_t lines)
{
	SH_CLEANUP_FREE char *key = key_of(run);
	uint64_t delta;
	double seconds;
	struct sh_sample_writer w;

	if (!sh_counters_delta(c->counters, key, &lines, 1, &delta, &seconds))
		return;
	sh_job_begin_sample(c, run->job, &w);
	sh_sample_group(&w, "log");
	sh_sample_number(&w, "lines", (double)delta / seconds);
	sh_sample_end(&w);
}

/* What came before journalctl failed, or its time was up, is good: so a slow one gets on. */
int sh_check_journal_finish(struct sh_collect *c, struct sh_job_run *run, struct sh_error *err)
{
	SH_CLEANUP_BUF struct sh_buf why = SH_BUF_INIT;
	struct reading r = { .c = c, .run = run, .mark = mark_of(c, run) };

	if (!run->child.pid && !run->hangs)
		return 1; /* given up */
	r.text = whole_lines(&run->child.stdout_data);
	r.full = run->child.stdout_data.len == MAX_OUTPUT;
	r.whole = !r.full && !sh_program_failed(run, JOURNALCTL, 0, &why);
	if (!is_first_look(run, r.mark)) {
		if (take_entries(&r, err) < 0)
			return -1;
	} else if (r.whole) {
		begin_at_end(&r);
	}
	if (!r.whole && !r.full)
		return sh_error_set(err, SH_ERRC_SYSTEM, "%s", sh_buf_str(&why));
	write_sample(c, run, r.mark->lines);
	return 1;
}

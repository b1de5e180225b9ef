/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "state/journal.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "record/json.h"
#include "scratch.h"
#include "tap.h"

/* A program that numbers its notes: out comes "N text" for each, N from its state. */
struct filter {
	char *dir, *output;
	struct sh_state *state;
	struct sh_journal journal;
	struct sh_writer writer;
	struct sh_stream stream;
	int64_t count;
	int saves, lost, bad; /* saves to fail; saves that were lost; bad records told */
	int failing, given;
	struct sh_error err;
};

static int save(void *arg, struct sh_state *state, struct sh_error *err)
{
	struct filter *f = arg;

	f->saves++;
	if (f->failing)
		return sh_error_set(err, SH_ERRC_STATE, "the disk is full");
	return sh_state_put(state, "t", "count", 5, &f->count, sizeof(f->count), err);
}

static void unsaved(void *arg, struct sh_error *err)
{
	struct filter *f = arg;

	(void)err;
	f->lost++;
}

static void told_bad(void *arg, const char *file, uint64_t line, const struct sh_error *err)
{
	struct filter *f = arg;

	(void)file;
	(void)line;
	(void)err;
	f->bad++;
}

static int on_record(void *arg, struct sh_stream *s, const struct sh_record *r,
		     struct sh_error *err)
{
	struct sh_slice text = sh_record_member(r, "text");
	struct filter *f = arg;
	struct sh_buf line = SH_BUF_INIT;
	int verdict = sh_journal_record(&f->journal, s, r, err);

	if (verdict != SH_JOURNAL_PROCESS)
		return verdict < 0 ? -1 : 0;
	if (r->kind != SH_KIND_NOTICE) {
		sh_journal_forward(&f->journal, r);
		return 0;
	}
	if (text.type != SH_JSON_STRING)
		return sh_error_set(err, SH_ERRC_INPUT, "no text");
	sh_buf_addf(&line, "%d %.*s\n", (int)++f->count, (int)text.text.len - 2, text.text.p + 1);
	sh_journal_lines(&f->journal, line.data, line.len);
	sh_buf_release(&line);
	return 0;
}

static void set_up(struct filter *f)
{
	memset(f, 0, sizeof(*f));
	f->dir = scratch_make();
	f->output = sh_asprintf("%s/out", f->dir);
}

static void open_state(struct filter *f)
{
	SH_CLEANUP_FREE void *count = NULL;
	size_t len = 0;

	if (sh_state_open(&f->state, f->dir, "test", 0, &f->err) < 0 ||
	    sh_state_get(f->state, "t", "count", 5, &count, &len, &f->err) < 0) {
		printf("Bail out! %s\n", f->err.text);
		exit(99);
	}
	f->count = 0;
	if (len == sizeof(f->count))
		memcpy(&f->count, count, len);
}

/* Start the program on a fresh output. */
static int start(struct filter *f, bool with_state)
{
	int fd = open(f->output, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	f->count = 0;
	f->state = NULL;
	f->saves = f->lost = f->bad = f->failing = 0;
	if (with_state)
		open_state(f);
	sh_writer_init(&f->writer, fd);
	sh_stream_init(&f->stream, &f->writer);
	f->stream.ops.record = on_record;
	f->stream.ops.bad = told_bad;
	f->stream.ops.arg = f->stream.ops.bad_arg = f;
	f->stream.local_host = "h";
	f->journal = (struct sh_journal){ .state = f->state, .program = "filter", .out = &f->writer,
					  .save = save, .unsaved = unsaved, .arg = f };
	return sh_journal_start(&f->journal, &f->err);
}

/* What stands for a kill: nothing that was not committed or flushed is kept. */
static void stop(struct filter *f)
{
	sh_state_close(f->state);
	sh_journal_release(&f->journal);
	close(f->writer.fd);
	sh_writer_release(&f->writer);
}

static int feed(struct filter *f, const char *line)
{
	struct sh_record r = SH_RECORD_INIT;
	int rc;

	sh_error_clear(&f->err);
	rc = sh_record_view(&r, line, strlen(line), "h", 1, &f->err);
	if (rc == 0)
		rc = on_record(f, &f->stream, &r, &f->err);
	sh_record_release(&r);
	return rc;
}

/* "a" a note; "=5" or "=5-3" barrier 5 (acknowledging 3); "!" a bad note; ">x" another kind. */
static int give_word(struct filter *f, const char *w)
{
	SH_CLEANUP_FREE char *line = NULL;

	if (*w == '=')
		line = sh_asprintf("{\"kind\":\"barrier\",\"seq\":%.*s,\"acked\":%s}",
				   (int)strcspn(w + 1, "-"), w + 1,
				   strchr(w, '-') ? strchr(w, '-') + 1 : "0");
	else if (*w == '!')
		line = sh_strdup("{\"kind\":\"notice\",\"text\":5}");
	else if (*w == '>')
		line = sh_asprintf("{\"kind\":\"event\",\"text\":\"%s\"}", w + 1);
	else
		line = sh_asprintf("{\"kind\":\"notice\",\"text\":\"%s\"}", w);
	return feed(f, line);
}

/* A line of output in the words of give_word; a resume is "^5-3", and a note has its number. */
static void show_line(struct sh_buf *out, const char *line, size_t len)
{
	struct sh_error err = SH_ERROR_INIT;
	json_t *object = *line == '{' ? sh_json_parse(line, len, &err) : NULL;
	const char *kind = sh_json_str(object, "kind", "");

	if (!object)
		sh_buf_addf(out, " %.*s", (int)len, line);
	else if (!strcmp(kind, "event"))
		sh_buf_addf(out, " >%s", sh_json_str(object, "text", "?"));
	else
		sh_buf_addf(out, " %c%d-%d", !strcmp(kind, "resume") ? '^' : '=',
			    (int)sh_json_int(object, "seq", -1), (int)sh_json_int(object, "acked", -1));
	json_decref(object);
}

static void show_output(const struct filter *f, struct sh_buf *out)
{
	char data[8192];
	int fd = open(f->output, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, data, sizeof(data));
	char *line = data, *end;

	if (fd >= 0)
		close(fd);
	for (; n > 0 && (end = memchr(line, '\n', (size_t)(data + n - line))); line = end + 1)
		show_line(out, line, (size_t)(end - line));
}

/*
 * What a program reads, and what it writes. "|" is a kill and a new start, "$"
 * the end of input and a new start; each start of the output shows as "/".
 */
static const struct {
	const char *what, *in, *out;
	bool stateless;
} scripts[] = {
	{ "without state barriers are passed on", "a >x =1-0 b $", "/ 1 a >x =1-0 2 b /", true },
	{ "without barriers a kill forgets all but what was saved", "a b | c $ d $",
	  "/ / 1 c / 2 d /", false },
	{ "the end of input saves", "a b $ c $", "/ 1 a 2 b / 3 c /", false },
	{ "a barrier stores and goes on after its output", "a =1 b =2-1 c", "/ 1 a =1-0 2 b =2-1", false },
	{ "after a kill the batches that nobody acknowledged come again, and input up to there is dropped",
	  "a =1 b =2 c | a =1 b =2 c =3-1", "/ 1 a =1-0 2 b =2-0 / ^2-0 1 a =1-0 2 b =2-0 3 c =3-1", false },
	{ "what was acknowledged does not come again",
	  "a =1 b =2-1 c | b =2 c =3", "/ 1 a =1-0 2 b =2-1 / ^2-1 2 b =2-1 3 c =3-0", false },
	{ "the feeder goes on after the stored barrier", "a =1 | b =2-1", "/ 1 a =1-0 / ^1-0 1 a =1-0 2 b =2-1",
	  false },
	{ "what was not closed by a barrier is decided again", "a =1 b c | b c =2-1",
	  "/ 1 a =1-0 / ^1-0 1 a =1-0 2 b 3 c =2-1", false },
	{ "an unfinished batch at the end of input is nobody's", "a =1 b $ b =2-1",
	  "/ 1 a =1-0 2 b / ^1-0 1 a =1-0 2 b =2-1", false },
	{ "a later run without barriers goes on at its end", "a =1-0 $ b $ c $",
	  "/ 1 a =1-0 / ^1-0 1 a =1-0 2 b / ^1-0 1 a =1-0 3 c / ^1-0 1 a =1-0", false },
	{ "other kinds are stored and come again", ">x a =1 | =1 b =2-1",
	  "/ >x 1 a =1-0 / ^1-0 >x 1 a =1-0 2 b =2-1", false },
	{ "a batch may be empty", "=1 =2 | =1 =2 =3-2", "/ =1-0 =2-0 / ^2-0 =1-0 =2-0 =3-2", false },
	{ "a bad record among the held ones is told, and the rest is taken", "a =1 | b ! c =2-1",
	  "/ 1 a =1-0 / ^1-0 1 a =1-0 2 b 3 c =2-1", false },
};

static void play(const char *in, bool with_state, struct sh_buf *out)
{
	SH_CLEANUP_FREE char *copy = sh_strdup(in);
	struct filter f;
	char *rest = copy, *w;
	int rc;

	set_up(&f);
	rc = start(&f, with_state);
	sh_buf_addch(out, '/');
	while (rc >= 0 && (w = strsep(&rest, " "))) {
		if (*w != '|' && *w != '$') {
			rc = give_word(&f, w);
			if (rc < 0 && f.err.code == SH_ERRC_INPUT)
				rc = 0; /* the stream would go on */
			continue;
		}
		if (*w == '$')
			rc = sh_journal_end(&f.journal, &f.stream, &f.err);
		show_output(&f, out);
		stop(&f);
		sh_buf_addstr(out, " /");
		rc = rc < 0 ? rc : start(&f, with_state);
	}
	if (rc < 0)
		sh_buf_addf(out, " failed: %s", f.err.text);
	show_output(&f, out);
	stop(&f);
	free(f.output);
	scratch_remove(f.dir);
}

static void test_scripts(void)
{
	for (size_t i = 0; i < sizeof(scripts) / sizeof(scripts[0]); i++) {
		struct sh_buf out = SH_BUF_INIT;

		play(scripts[i].in, !scripts[i].stateless, &out);
		if (!OK(!strcmp(sh_buf_str(&out), scripts[i].out), "%s", scripts[i].what))
			diag("'%s' gave '%s', not '%s'", scripts[i].in, sh_buf_str(&out), scripts[i].out);
		sh_buf_release(&out);
	}
}

static void tear_down(struct filter *f)
{
	stop(f);
	free(f->output);
	scratch_remove(f->dir);
}

/* Ten seconds are over: the clock of the last save is set back. */
static void age(struct filter *f, int64_t by)
{
	f->journal.saved -= by;
	f->journal.started -= by;
}

static void test_lost_saves(void)
{
	struct filter f;

	set_up(&f);
	OK(start(&f, true) == 0 && give_word(&f, "a") == 0 && f.saves == 0, "not saved at once");
	age(&f, 11 * SH_SEC);
	OK(give_word(&f, "b") == 0 && f.saves == 1, "but after ten seconds");
	OK(give_word(&f, "c") == 0 && f.saves == 1, "once");
	age(&f, 11 * SH_SEC);
	f.failing = 1;
	OK(give_word(&f, "d") == 0 && f.saves == 2 && f.lost == 1, "a save that fails is told, and the run goes on");
	f.failing = 0;
	age(&f, 11 * SH_SEC);
	OK(sh_journal_tick(&f.journal, &f.stream, &f.err) == 0 && f.saves == 3 && f.lost == 1,
	   "and is made again when idle");
	stop(&f);
	OK(start(&f, true) == 0 && f.count == 4, "what was saved is there: %d", (int)f.count);
	f.failing = 1;
	OK(sh_journal_end(&f.journal, &f.stream, &f.err) < 0, "at the end of input a lost save is an error");
	tear_down(&f);
}

static void given(void *arg)
{
	struct filter *f = arg;

	f->given++;
}

static void tick_late(struct filter *f)
{
	age(f, 11 * SH_SEC);
	sh_journal_tick(&f->journal, &f->stream, &f->err);
}

static void test_child_saves(void)
{
	struct sh_error err = SH_ERROR_INIT;
	struct sh_state *second = NULL;
	struct filter f;

	set_up(&f);
	start(&f, true);
	f.journal.given = given;
	give_word(&f, "a");
	tick_late(&f);
	OK(f.saves == 0 && f.given == 1 && f.journal.checkpoint.child > 0, "a child saves");
	OK(sh_state_open(&second, f.dir, "test", 0, &err) < 0 && err.code == SH_ERRC_LOCKED, "under our lock");
	give_word(&f, "b");
	OK(sh_checkpoint_end(&f.journal.checkpoint, true, &f.err) == 1, "and is done");
	sh_error_clear(&err);
	OK(sh_state_open(&second, f.dir, "test", 0, &err) < 0, "which keeps the lock");
	f.failing = 1;
	tick_late(&f);
	f.failing = 0;
	OK(f.given == 2 && f.lost == 0, "another one, that fails,");
	OK(sh_checkpoint_end(&f.journal.checkpoint, true, &err) < 0 && f.journal.checkpoint.child == 0,
	   "says so: %s", err.text);
	tick_late(&f);
	stop(&f);
	OK(start(&f, true) == 0 && f.count == 2, "what a child saved is there: %d", (int)f.count);
	f.journal.given = given;
	give_word(&f, "c");
	f.failing = 1;
	tick_late(&f);
	f.failing = 0;
	OK(sh_journal_end(&f.journal, &f.stream, &f.err) == 0 && f.lost == 1 && f.saves == 1,
	   "at the end the child is waited for, its failure is told, and all is saved");
	stop(&f);
	OK(start(&f, true) == 0 && f.count == 3, "all of it");
	tear_down(&f);
}

static void test_no_feeder(void)
{
	struct filter f;

	set_up(&f);
	start(&f, true);
	give_word(&f, "a");
	give_word(&f, "=1");
	stop(&f);
	start(&f, true);
	OK(give_word(&f, "b") == 0 && f.count == 1, "held for a barrier");
	age(&f, 30 * SH_SEC);
	OK(sh_journal_tick(&f.journal, &f.stream, &f.err) == 0 && f.count == 1, "for a while");
	age(&f, 31 * SH_SEC);
	OK(sh_journal_tick(&f.journal, &f.stream, &f.err) == 0 && f.count == 2,
	   "not longer than a minute: nobody feeds by barriers any more");
	OK(give_word(&f, "c") == 0 && f.count == 3, "and what comes is taken at once");
	tear_down(&f);
}

static void test_no_state(void)
{
	struct filter f;

	set_up(&f);
	start(&f, false);
	OK(give_word(&f, "a") == 0 && give_word(&f, "=1") == 0, "who keeps no state passes barriers on");
	f.journal.state_wanted = true;
	OK(give_word(&f, "b") == 0 && f.count == 2, "who could not have its state works on");
	OK(give_word(&f, "=2") < 0 && f.err.code == SH_ERRC_STATE, "but takes no barrier: %s", f.err.text);
	tear_down(&f);
}

static void test_bad_barriers(void)
{
	struct filter f;

	set_up(&f);
	start(&f, true);
	give_word(&f, "a");
	OK(give_word(&f, "=1-1") < 0 && f.err.code == SH_ERRC_INPUT, "a barrier cannot acknowledge itself: %s",
	   f.err.text);
	OK(feed(&f, "{\"kind\":\"barrier\",\"seq\":-1}") < 0 && f.err.code == SH_ERRC_INPUT,
	   "nor have a number below 0");
	OK(give_word(&f, "=1") == 0, "a right one is taken after that");
	stop(&f);
	OK(start(&f, true) == 0 && f.count == 1, "and nothing was counted twice: %d", (int)f.count);
	OK(give_word(&f, "!") == 0 && give_word(&f, "b") == 0 && give_word(&f, "=2") == 0 && f.bad == 1,
	   "a bad record that was held is told once: %d", f.bad);
	f.failing = 1;
	OK(give_word(&f, "c") == 0 && give_word(&f, "=3") < 0 && f.err.code == SH_ERRC_STATE,
	   "a barrier that cannot be stored ends the run: %s", f.err.text);
	tear_down(&f);
}

int main(void)
{
	test_scripts();
	test_lost_saves();
	test_child_saves();
	test_no_feeder();
	test_no_state();
	test_bad_barriers();
	return plan_done();
}

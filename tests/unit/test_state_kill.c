/* SPDX-License-Identifier: MIT */
/*
 * Writers are killed at random moments, over and over; what is found afterwards
 * is whole transactions, up to at least the last one that was acknowledged.
 */
#include "config.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "scratch.h"
#include "state/ledger.h"
#include "state/state.h"
#include "tap.h"

#define ROUNDS 50

struct writer {
	const char *name;
	void (*run)(const char *dir, int ack); /* in the child, for ever */
};

static void acknowledge(int fd, int64_t n)
{
	if (write(fd, &n, sizeof(n)) != sizeof(n))
		_exit(1);
}

/* Each transaction sets every key, and the outbox, to one number. */
static void write_state(const char *dir, int ack)
{
	struct sh_error err = SH_ERROR_INIT;
	struct sh_state *s;
	uint64_t seq, acked;

	if (sh_state_open(&s, dir, "kill", 10 * SH_SEC, &err) < 0 ||
	    sh_outbox_position(s, &seq, &acked, &err) < 0)
		_exit(1);
	for (;;) {
		seq++;
		for (char key = 'a'; key <= 'h'; key++)
			if (sh_state_put(s, "t", &key, 1, &seq, sizeof(seq), &err) < 0)
				_exit(1);
		if (sh_outbox_store(s, seq, seq > 3 ? seq - 3 : 0, &seq, sizeof(seq), &err) < 0 ||
		    sh_state_commit(s, &err) < 0)
			_exit(1);
		acknowledge(ack, (int64_t)seq);
	}
}

/* Each turn is a repair with an intent, its end, and a count of them. */
static void write_ledger(const char *dir, int ack)
{
	struct sh_error err = SH_ERROR_INIT;
	struct sh_ledger *l;

	if (sh_ledger_open(&l, dir, &err) < 0)
		_exit(1);
	for (;;) {
		struct sh_repair_row r = { .plan_id = (char[]){ "p-k" },
					   .target = (char[]){ "t:k" },
					   .playbook = (char[]){ "k" },
					   .started = sh_clock_wall() };
		struct sh_intent i = { .target = r.target,
				       .step = (char[]){ "s" },
				       .action = (char[]){ "a" } };
		int64_t row;

		if (sh_ledger_repair_begin(l, &r, &i.repair, &err) < 0 ||
		    sh_ledger_intent_open(l, &i, &row, &err) < 0)
			_exit(1);
		acknowledge(ack, i.repair);
		if (sh_ledger_intent_settle(l, row, "done", NULL, &err) < 0 ||
		    sh_ledger_repair_finish(l, i.repair, r.started + 1, "fixed", NULL, &err) < 0)
			_exit(1);
	}
}

/* Start a writer, kill it DELAY after its first word; returns the last number it acknowledged. */
static int64_t run_and_kill(const struct writer *w, const char *dir, int64_t delay)
{
	int64_t last = -1, n;
	int ack[2];
	pid_t child;

	if (pipe2(ack, O_CLOEXEC) < 0)
		return -1;
	child = fork();
	if (child == 0) {
		close(ack[0]);
		w->run(dir, ack[1]);
		_exit(1);
	}
	close(ack[1]);
	/* Half of the kills come while the database is being opened. */
	if (delay % 2 && read(ack[0], &n, sizeof(n)) == sizeof(n))
		last = n;
	sh_clock_sleep(delay);
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
	while (read(ack[0], &n, sizeof(n)) == sizeof(n))
		last = n;
	close(ack[0]);
	return last;
}

static int first_column(void *arg, int n, char **value, char **name)
{
	(void)n;
	(void)name;
	snprintf(arg, 64, "%s", value[0] ? value[0] : "");
	return 0;
}

static bool sql_says(const char *path, const char *sql, const char *want)
{
	char got[64] = "";
	sqlite3 *db;
	bool same;

	sqlite3_open(path, &db);
	sqlite3_busy_timeout(db, 5000);
	same = sqlite3_exec(db, sql, first_column, got, NULL) == SQLITE_OK && !strcmp(got, want);
	if (!same)
		diag("%s: got '%s' (%s), wanted '%s'", sql, got, sqlite3_errmsg(db), want);
	sqlite3_close(db);
	return same;
}

static bool state_is_whole(const char *dir, int64_t acked)
{
	SH_CLEANUP_FREE char *path = sh_asprintf("%s/kill.db", dir);
	struct sh_error err = SH_ERROR_INIT;
	struct sh_state *s;
	uint64_t seq, ack;
	bool good;

	if (sh_state_open(&s, dir, "kill", 0, &err) < 0) {
		diag("%s", err.text);
		return false;
	}
	good = sh_outbox_position(s, &seq, &ack, &err) == 0 && (int64_t)seq >= acked;
	for (char key = 'a'; good && seq && key <= 'h'; key++) {
		void *value = NULL;
		size_t len;

		good = sh_state_get(s, "t", &key, 1, &value, &len, &err) == 1 &&
		       len == sizeof(seq) && !memcmp(value, &seq, len);
		free(value);
	}
	sh_state_close(s);
	return good && sql_says(path, "PRAGMA integrity_check", "ok") &&
	       sql_says(path, "SELECT count(*) <= 3 AND ifnull(max(seq) ="
			      " (SELECT seq FROM position), 1) FROM outbox", "1");
}

static bool ledger_is_whole(const char *dir, int64_t acked)
{
	SH_CLEANUP_FREE char *path = sh_asprintf("%s/ledger.db", dir);
	SH_CLEANUP_FREE char *known = sh_asprintf("SELECT count(*) FROM intent WHERE repair = %lld",
						  (long long)acked);
	struct sh_error err = SH_ERROR_INIT;
	struct sh_ledger *l;

	if (sh_ledger_open(&l, dir, &err) < 0) {
		diag("%s", err.text);
		return false;
	}
	sh_ledger_close(l);
	return sql_says(path, "PRAGMA integrity_check", "ok") &&
	       (acked < 0 || sql_says(path, known, "1")) &&
	       /* An ended repair has no open intent; there is at most one intent for each. */
	       sql_says(path, "SELECT count(*) FROM repair JOIN intent ON repair = repair.row"
			      " WHERE ended <> 0 AND state = 'open'", "0") &&
	       sql_says(path, "SELECT count(*) - count(DISTINCT repair) FROM intent", "0");
}

static void test_kills(const char *dir, const struct writer *w,
		       bool (*is_whole)(const char *dir, int64_t acked))
{
	unsigned seed = (unsigned)time(NULL) ^ (unsigned)getpid();
	int64_t last = -1, moved = 0;
	int whole = 0;

	diag("%s: seed %u", w->name, seed);
	for (int i = 0; i < ROUNDS; i++) {
		int64_t acked = run_and_kill(w, dir, rand_r(&seed) % (20 * SH_MS));

		moved += acked > last;
		last = acked > last ? acked : last;
		whole += is_whole(dir, last);
	}
	OK(whole == ROUNDS, "%s: whole after %d of %d kills", w->name, whole, ROUNDS);
	OK(moved >= ROUNDS / 4, "%s: %d of the killed runs had got on", w->name, (int)moved);
}

static void test_two_writers(const char *dir, const struct writer *w)
{
	SH_CLEANUP_FREE char *path = sh_asprintf("%s/ledger.db", dir);
	int64_t last[2] = { 0, 0 }, n, end;
	struct pollfd fds[2];
	pid_t child[2];

	for (int i = 0; i < 2; i++) {
		int ack[2];

		if (pipe2(ack, O_CLOEXEC) < 0)
			return;
		child[i] = fork();
		if (child[i] == 0) {
			w->run(dir, ack[1]);
			_exit(1);
		}
		close(ack[1]);
		fds[i] = (struct pollfd){ .fd = ack[0], .events = POLLIN };
	}
	/* Each must get on; how fast depends on who else uses the machine. */
	end = sh_clock_mono() + 20 * SH_SEC;
	while ((last[0] <= 5 || last[1] <= 5) && sh_clock_mono() < end) {
		poll(fds, 2, 100);
		for (int i = 0; i < 2; i++)
			if (fds[i].revents && read(fds[i].fd, &n, sizeof(n)) == sizeof(n))
				last[i]++;
	}
	for (int i = 0; i < 2; i++) {
		int status = 0;

		OK(waitpid(child[i], &status, WNOHANG) == 0, "writer %d still writes", i);
		kill(child[i], SIGKILL);
		waitpid(child[i], &status, 0);
		close(fds[i].fd);
		OK(last[i] > 5, "writer %d got on beside the other: %d repairs", i, (int)last[i]);
	}
	OK(sql_says(path, "PRAGMA integrity_check", "ok"), "and the ledger is whole");
}

int main(void)
{
	static const struct writer state = { "state", write_state };
	static const struct writer ledger = { "ledger", write_ledger };
	char *base = scratch_make();

	test_kills(base, &state, state_is_whole);
	test_kills(base, &ledger, ledger_is_whole);
	test_two_writers(base, &ledger);
	scratch_remove(base);
	return plan_done();
}

/* SPDX-License-Identifier: MIT */
/*
 * bench_detect - what the measurements of sh-detect need beside it
 *
 *	bench_detect hosts N        N samples of 1,000 entities as sh-collect writes them
 *	bench_detect series N [K]   K rounds of one sample with two metrics of N entities each
 *	bench_detect parse          json_loadb of each line of standard input, nothing else
 *	bench_detect run CMD...     run it; to descriptor 3: CPU s, wall s, peak KiB
 *	bench_detect stall N RATE SECONDS CMD...
 *		feed it N series as fast as it takes them, and then at RATE a second;
 *		to descriptor 3: longest ms that a line waited to be read; the same without
 *		the time for which CMD waited for a processor; the ms that the worst wait was at
 *		most in nine of ten seconds; children seen; the most ms of processor time that
 *		CMD took for a chunk when it forked, while a child was at work, and otherwise
 */
#include "config.h"

#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/num.h"
#include "record/record.h"

#define START	INT64_C(1795219200)
#define HOSTS	250
#define CHUNK	4000 /* bytes: less than a page, and so all or nothing of a pipe */
#define SECONDS 120

static uint32_t seed = 1;

/* From 0 to BELOW, without it. */
static double any(double below)
{
	seed = seed * 1664525 + 1013904223;
	return (seed >> 8) * below / (1 << 24);
}

static void head(char *time, const char *type, const char *name, unsigned host, const char *collector)
{
	printf("{\"kind\":\"sample\",\"time\":\"%s\",\"host\":\"n%04u\",\"entity\":\"%s:%s%sn%04u\","
	       "\"source\":{\"collector\":\"%s\",\"target\":\"%s\"},\"metrics\":",
	       time, host, type, name, name[0] ? "@" : "", host, collector, name[0] ? name : "local");
}

static void host_sample(char *time, unsigned host, unsigned which)
{
	double x = any(60);

	switch (which) {
	case 0:
		head(time, "host", "", host, "cpu");
		printf("{\"cpu\":{\"usage\":%.15g,\"user\":%.15g,\"system\":%.15g,\"iowait\":0,\"steal\":0}}}\n",
		       x, x * 0.75, x * 0.25);
		break;
	case 1:
		head(time, "host", "", host, "memory");
		printf("{\"memory\":{\"usage\":%.15g,\"total_bytes\":25276502016,\"available_bytes\":%.0f}}}\n",
		       x, 25276502016 * (1 - x / 100));
		break;
	case 2:
		head(time, "host", "", host, "pressure");
		printf("{\"pressure\":{\"cpu_some_avg10\":%.2f,\"cpu_full_avg10\":0,\"memory_some_avg10\":0,"
		       "\"io_some_avg10\":%.2f}}}\n", x / 9, x / 20);
		break;
	case 3:
		head(time, "disk", "sda", host, "disk");
		printf("{\"disk\":{\"read_bytes\":%.0f,\"write_bytes\":%.0f,\"busy\":%.15g,\"queue\":0},"
		       "\"latency\":{\"read_avg\":%.2f,\"write_avg\":%.2f}}}\n",
		       x * 9000, x * 6000, x / 2, 1 + any(4), 2 + any(4));
		break;
	case 4:
		head(time, "filesystem", "/var", host, "filesystem");
		printf("{\"storage\":{\"utilization\":%.15g,\"used_bytes\":%.0f,\"inode_utilization\":2.5}}}\n",
		       20 + host % 50 + x / 60, 1e9 * (20 + host % 50));
		break;
	default:
		head(time, "net", "eth0", host, "network");
		printf("{\"net\":{\"rx_bytes\":%.0f,\"tx_bytes\":%.0f,\"rx_errors\":0,\"tx_errors\":0,"
		       "\"up\":1}}}\n", x * 90000, x * 60000);
	}
}

/* Each host every ten seconds; of its six samples three are the host's own: four entities. */
static int hosts(int64_t n)
{
	static char pieces[1 << 20]; /* the file then lies in memory as one that was read from a disk does */
	char time[SH_TIME_TEXT];

	setvbuf(stdout, pieces, _IOFBF, sizeof(pieces));
	for (int64_t i = 0; i < n; i++) {
		sh_time_format(time, START * SH_SEC + i / 6 * (10 * SH_SEC / HOSTS) + i % 6 * 30011);
		host_sample(time, (unsigned)(i / 6 % HOSTS), (unsigned)(i % 6));
	}
	return fflush(stdout) ? 4 : 0;
}

static int series_line(char *line, size_t size, int64_t i, int64_t n)
{
	char time[SH_TIME_TEXT];

	sh_time_format(time, START * SH_SEC + i / n * 10 * SH_SEC + i % n);
	return snprintf(line, size,
			"{\"kind\":\"sample\",\"time\":\"%s\",\"host\":\"n%04" PRId64 "\",\"entity\":"
			"\"disk:d%07" PRId64 "@n%04" PRId64 "\",\"metrics\":{\"disk\":{\"busy\":%.2f},"
			"\"latency\":{\"read_avg\":%.2f}}}\n",
			time, i % n % 1000, i % n, i % n % 1000, any(50), 1 + any(4));
}

static int series(int64_t n, int64_t rounds)
{
	char line[CHUNK];

	for (int64_t i = 0; i < n * rounds; i++) {
		series_line(line, sizeof(line), i, n);
		fputs(line, stdout);
	}
	return fflush(stdout) ? 4 : 0;
}

static int parse(void)
{
	char *line = NULL;
	size_t size = 0;
	ssize_t len;
	int rc = 0;

	while (rc == 0 && (len = getline(&line, &size, stdin)) > 0) {
		json_t *value = json_loadb(line, (size_t)len, 0, NULL);

		rc = value ? 0 : 3;
		json_decref(value);
	}
	free(line);
	return rc;
}

static double seconds(struct timeval t)
{
	return (double)t.tv_sec + (double)t.tv_usec / 1e6;
}

static int run(char **command)
{
	int64_t begun = sh_clock_mono();
	pid_t child = fork();
	struct rusage used;
	int status;

	if (child == 0) {
		close(3);
		execvp(command[0], command);
		_exit(127);
	}
	if (child < 0 || wait4(child, &status, 0, &used) < 0)
		return 4;
	dprintf(3, "%.4f %.4f %ld\n", seconds(used.ru_utime) + seconds(used.ru_stime),
		(double)(sh_clock_mono() - begun) / SH_SEC, used.ru_maxrss);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 4;
}

/* What the fed program did besides: a fork shows in the chunk that is taken before it or behind it. */
enum { FORKED, CHILD_AT_WORK, ALONE, PHASES };

struct feed {
	int fd;
	pid_t pid;
	int64_t series, next;
	double worst[SECONDS]; /* ms, of each second */
	double own;            /* ms, the longest but for what it waited for a processor */
	double ran[PHASES];    /* ms, the most that it ran for a chunk */
	double held;           /* ms, for the chunk before, which is not in there yet, */
	int phase;             /* in which it belongs as far as is known, */
	bool forked;           /* and there was a new child behind it */
	int children;
	pid_t last;            /* child of the fed program that was seen last */
	bool at_work;          /* it still runs */
};

static int feed_some(struct feed *f)
{
	char chunk[CHUNK];
	size_t len = 0;

	while (len < CHUNK - 300)
		len += (size_t)series_line(chunk + len, CHUNK - len, f->next++, f->series);
	return write(f->fd, chunk, len) == (ssize_t)len ? 0 : -1;
}

/* Until all that was fed has been taken from the pipe. */
static int await_taken(const struct feed *f)
{
	int left = 1;

	while (ioctl(f->fd, FIONREAD, &left) == 0 && left > 0) {
		if (waitpid(f->pid, NULL, WNOHANG) != 0)
			return -1;
		usleep(100);
	}
	return left ? -1 : 0;
}

/* ns for which a process ran, and was ready to run while others did. */
struct usage {
	int64_t ran, queued;
};

static struct usage usage_of(pid_t pid)
{
	struct usage u = { 0 };
	char path[64];
	FILE *in;

	snprintf(path, sizeof(path), "/proc/%d/schedstat", (int)pid);
	in = fopen(path, "re");
	if (!in)
		return u;
	if (fscanf(in, "%" SCNd64 " %" SCNd64, &u.ran, &u.queued) != 2)
		u = (struct usage){ 0 };
	fclose(in);
	return u;
}

/* What is fed now: how long until it is taken? In ns; *USED of them it ran or had no processor. */
static int64_t feed_and_wait(struct feed *f, struct usage *used)
{
	struct usage before = usage_of(f->pid), after;
	int64_t fed = sh_clock_mono(), taken;

	if (feed_some(f) < 0 || await_taken(f) < 0)
		return -1;
	taken = sh_clock_mono();
	after = usage_of(f->pid);
	*used = (struct usage){ after.ran - before.ran, after.queued - before.queued };
	return taken - fed;
}

static bool is_running(int pid)
{
	char path[64], state = 'Z';
	FILE *in;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	in = fopen(path, "re");
	if (!in)
		return false;
	if (fscanf(in, "%*d %*s %c", &state) != 1)
		state = 'Z';
	fclose(in);
	return state != 'Z';
}

/* True when there is one that was not there before. */
static bool look_for_child(struct feed *f)
{
	char path[64];
	FILE *in;
	int pid = 0;

	snprintf(path, sizeof(path), "/proc/%d/task/%d/children", (int)f->pid, (int)f->pid);
	in = fopen(path, "re");
	if (!in)
		return false;
	if (fscanf(in, "%d", &pid) != 1)
		pid = 0;
	fclose(in);
	f->at_work = pid && is_running(pid);
	if (!pid || pid == f->last)
		return false;
	f->children++;
	f->last = pid;
	return true;
}

/* A chunk that was taken before its fork, or waited for it: which of the two shows only with the next. */
static void note_ran(struct feed *f, int64_t ran)
{
	bool was_at_work = f->at_work, forked = look_for_child(f);

	if (forked)
		f->phase = FORKED;
	f->ran[f->phase] = fmax(f->ran[f->phase], f->held);
	f->held = (double)ran / SH_MS;
	f->phase = forked || f->forked ? FORKED : was_at_work || f->at_work ? CHILD_AT_WORK : ALONE;
	f->forked = forked;
}

/* A steady stream for so many seconds: how long does a chunk lie before it is taken? */
static int feed_steadily(struct feed *f, int64_t rate, int64_t for_seconds)
{
	int64_t begun = sh_clock_mono(), first = f->next, now = begun;

	while (now - begun < for_seconds * SH_SEC) {
		int64_t due = begun + (f->next - first) * SH_SEC / rate, waited;
		struct usage used;
		double *worst = &f->worst[(now - begun) / SH_SEC % SECONDS];

		if (now < due)
			usleep((unsigned)((due - now) / 1000));
		waited = feed_and_wait(f, &used);
		if (waited < 0)
			return -1;
		*worst = fmax(*worst, (double)waited / SH_MS);
		f->own = fmax(f->own, (double)(waited - used.queued) / SH_MS);
		note_ran(f, used.ran);
		now = sh_clock_mono();
	}
	return 0;
}

static int by_size(const void *a, const void *b)
{
	const double *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static int stall(int64_t n, int64_t rate, int64_t for_seconds, char **command)
{
	struct feed f = { .series = n, .phase = ALONE };
	int ends[2], status = 0;

	if (for_seconds > SECONDS || pipe(ends) < 0 || (f.pid = fork()) < 0)
		return 4;
	if (f.pid == 0) {
		dup2(ends[0], STDIN_FILENO);
		close(ends[0]);
		close(ends[1]);
		close(3);
		execvp(command[0], command);
		_exit(127);
	}
	close(ends[0]);
	f.fd = ends[1];
	while (f.next < n)
		if (feed_some(&f) < 0)
			return 4;
	if (await_taken(&f) < 0 || feed_steadily(&f, rate, for_seconds) < 0)
		return 4;
	close(f.fd);
	waitpid(f.pid, &status, 0);
	qsort(f.worst, (size_t)for_seconds, sizeof(f.worst[0]), by_size);
	dprintf(3, "%.1f %.1f %.1f %d %.1f %.1f %.1f\n", f.worst[for_seconds - 1], f.own,
		f.worst[for_seconds * 9 / 10 - 1], f.children, f.ran[FORKED], f.ran[CHILD_AT_WORK],
		f.ran[ALONE]);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 4;
}

static int64_t number(const char *text)
{
	int64_t n;

	return text && sh_parse_i64(text, &n) == 0 && n > 0 ? n : 0;
}

int main(int argc, char **argv)
{
	const char *mode = argc > 1 ? argv[1] : "";

	if (!strcmp(mode, "parse"))
		return parse();
	if (argc > 2 && !strcmp(mode, "run"))
		return run(argv + 2);
	if (argc == 3 && !strcmp(mode, "hosts"))
		return hosts(number(argv[2]));
	if (argc > 2 && !strcmp(mode, "series"))
		return series(number(argv[2]), argc > 3 ? number(argv[3]) : 1);
	if (argc > 5 && !strcmp(mode, "stall") && number(argv[2]) && number(argv[3]) && number(argv[4]))
		return stall(number(argv[2]), number(argv[3]), number(argv[4]), argv + 5);
	return 2;
}

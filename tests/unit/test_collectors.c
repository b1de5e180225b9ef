/* SPDX-License-Identifier: MIT */
/* Collectors on captured trees, on processes of our own, and on files. */
#include "config.h"

#include <fcntl.h>
#include <math.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "collect/bounded.h"
#include "collect/site/probe.h"
#include "collect/table.h"
#include "collect/text.h"
#include "record/json.h"
#include "scratch.h"
#include "state/baseline.h"
#include "tap.h"

static char *tree(const char *name)
{
	const char *top = getenv("abs_top_srcdir");

	return sh_asprintf("%s/tests/data/%s", top ? top : ".", name);
}

/* The last record about an entity; a new reference, NULL when there is none. */
static json_t *find(const struct sh_collect *c, const char *entity)
{
	struct sh_span rest = sh_text_of(&c->out), line;
	struct sh_error err = SH_ERROR_INIT;
	json_t *found = NULL;

	while (sh_text_line(&rest, &line)) {
		json_t *r = sh_json_parse(line.p, line.len, &err);

		if (r && !strcmp(sh_json_str(r, "entity", ""), entity)) {
			json_decref(found);
			found = r;
		} else {
			json_decref(r);
		}
	}
	return found;
}

static double metric(const struct sh_collect *c, const char *entity, const char *group,
		     const char *name)
{
	json_t *r = find(c, entity);
	double v = sh_json_num(json_object_get(json_object_get(r, "metrics"), group), name,
			       (double)NAN);

	json_decref(r);
	return v;
}

static void run(struct sh_collect *c, const char *name)
{
	sh_buf_clear(&c->out);
	c->procs_fresh = false;
	sh_collect_run(c, sh_collector_find(name));
}

static void open_tree(struct sh_collect *c, const char *name)
{
	char *path = tree(name);
	struct sh_error err = SH_ERROR_INIT;

	if (sh_collect_init(c, path, "h", &err) < 0) {
		printf("Bail out! %s\n", err.text);
		exit(99);
	}
	free(path);
}

static void move_to(struct sh_collect *c, const char *name)
{
	char *path = tree(name);

	close(c->root);
	c->root = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	sh_clock_sleep(2 * SH_MS);
	free(path);
}

struct want {
	const char *collector, *entity, *group, *name;
	double value; /* NaN: absent */
};

static bool is_near(double a, double b)
{
	return isnan(b) ? isnan(a) : fabs(a - b) <= 0.02 * fabs(b);
}

static void check_all(struct sh_collect *c, const struct want *w, size_t n, const char *when)
{
	for (size_t i = 0; i < n; i++) {
		double v;

		if (i == 0 || strcmp(w[i].collector, w[i - 1].collector) != 0)
			run(c, w[i].collector);
		v = metric(c, w[i].entity, w[i].group, w[i].name);
		if (!OK(is_near(v, w[i].value), "%s: %s %s.%s", when, w[i].entity, w[i].group,
			w[i].name))
			diag("%.17g instead of %.17g", v, w[i].value);
	}
}

#define N(a) (sizeof(a) / sizeof(*(a)))
#define ABSENT ((double)NAN)

static void test_first_reading(void)
{
	static const struct want w[] = {
		{ "cpu", "host:h", "cpu", "count", 2 },
		{ "cpu", "host:h", "cpu", "usage", ABSENT },
		{ "memory", "host:h", "memory", "usage", 75 },
		{ "memory", "host:h", "memory", "available_bytes", 2048e6 },
		{ "memory", "host:h", "memory", "swap_used_bytes", 256e6 },
		{ "memory", "host:h", "memory", "swap_usage", 25 },
		{ "load", "host:h", "load", "one", 0.21 },
		{ "load", "host:h", "load", "fifteen", 12.07 },
		{ "pressure", "host:h", "pressure", "cpu_some_avg10", 1.25 },
		{ "pressure", "host:h", "pressure", "io_full_avg10", 7.75 },
		{ "disk", "disk:sda@h", "disk", "read_ops", ABSENT },
		{ "network", "net:eth0@h", "net", "up", 1 },
		{ "network", "net:tun0@h", "net", "up", 1 },
		{ "network", "net:eth0@h", "net", "rx_bytes", ABSENT },
		{ "network", "net:lo@h", "net", "up", ABSENT },
	};
	struct sh_collect c;

	open_tree(&c, "root-before");
	OK(!c.live && !c.machine, "a captured tree is not alive");
	check_all(&c, w, N(w), "first reading");
	sh_collect_release(&c);
}

static void test_second_reading(void)
{
	static const struct want w[] = {
		{ "cpu", "host:h", "cpu", "usage", 600.0 / 9 },
		{ "cpu", "host:h", "cpu", "user", 400.0 / 9 },
		{ "cpu", "host:h", "cpu", "system", 100.0 / 9 },
		{ "cpu", "host:h", "cpu", "iowait", 100.0 / 9 },
		{ "cpu", "host:h", "cpu", "steal", 100.0 / 9 },
		{ "cpu", "host:h", "cpu", "idle", 200.0 / 9 },
		{ "disk", "disk:sda@h", "latency", "read_avg", 50 },
		{ "disk", "disk:sda@h", "latency", "write_avg", 200 },
		{ "disk", "disk:sda1@h", "latency", "read_avg", ABSENT },
		{ "disk", "disk:sdb@h", "disk", "read_ops", ABSENT },
		{ "disk", "disk:loop0@h", "disk", "read_ops", ABSENT },
		{ "network", "net:tun0@h", "net", "rx_bytes", ABSENT },
		{ "network", "net:tun0@h", "net", "up", 1 },
	};
	struct sh_collect c;

	open_tree(&c, "root-before");
	c.discard = true;
	run(&c, "cpu");
	run(&c, "disk");
	run(&c, "network");
	OK(c.out.len == 0, "a first reading that only counts writes nothing");
	c.discard = false;
	move_to(&c, "root-after");
	check_all(&c, w, N(w), "second reading");
	sh_collect_release(&c);
}

/* Ten seconds lie between the kept reading and the one of the tree. */
static void test_kept_reading(void)
{
	static const struct want w[] = {
		{ "disk", "disk:sda@h", "disk", "read_ops", 1 },
		{ "disk", "disk:sda@h", "disk", "write_bytes", 163840 },
		{ "disk", "disk:sda@h", "disk", "busy", 50 },
		{ "disk", "disk:sda@h", "disk", "queue", 2 },
	};
	long long then = (long long)(sh_clock_mono() - 10 * SH_SEC);
	const struct sh_collector *disk = sh_collector_find("disk");
	struct sh_collect c;
	char *text;

	open_tree(&c, "root-after");
	text = sh_asprintf("%lld\n%lld 1000 0 80000 4000 2000 0 160000 10000 0 5000 14000 0 0 0 0 0 0\tsda\n",
			   then, then);
	OK(then > 0 && sh_counters_load(&c.set[disk - sh_collectors], text, strlen(text)),
	   "counters of an earlier run");
	sh_collect_run_one(&c, disk, "sda");
	OK(isnan(metric(&c, "disk:sda@h", "disk", "read_ops")), "one looked at alone has no rates");
	check_all(&c, w, N(w), "rates across runs");
	free(text);
	sh_collect_release(&c);
}

static void test_failures(void)
{
	char *dir = scratch_make();
	char *proc = sh_asprintf("%s/proc", dir), *stat = sh_asprintf("%s/proc/stat", dir);
	struct sh_error err = SH_ERROR_INIT;
	struct sh_collect c;
	json_t *r;

	mkdir(proc, 0700);
	OK(sh_file_write_atomic(stat, "nonsense\n", 9, 0600, &err) == 0 &&
	   sh_collect_init(&c, dir, "h", &err) == 0, "a tree with a broken file");
	run(&c, "pressure");
	OK(c.out.len == 0, "what does not exist here is no failure");
	run(&c, "disk");
	OK(c.out.len == 0, "nor are missing disks");
	run(&c, "cpu");
	OK(metric(&c, "collector:cpu@h", "collect", "ok") == 0, "what is not understood is one");
	r = find(&c, "collector:cpu@h");
	OK(strstr(sh_json_str(r, "error", ""), "/proc/stat") != NULL, "and says which file");
	json_decref(r);
	sh_collect_release(&c);
	free(stat);
	free(proc);
	scratch_remove(dir);
}

static void test_times(void)
{
	struct sh_error err = SH_ERROR_INIT;
	int64_t last = 0, now;
	struct sh_collect c;
	bool later = true;

	OK(sh_collect_init(&c, NULL, "h", &err) == 0 && c.machine && c.live, "this machine");
	for (int i = 0; i < 1000; i++) {
		now = sh_collect_time(&c);
		later = later && now > last && now % 1000 == 0;
		last = now;
	}
	OK(later, "each time is later than the one before, in microseconds");
	sh_collect_release(&c);
}

/* Read a file that says something else each time: whether that is what was read before. */
static bool reads_same(struct sh_collect *c, struct sh_buf *last)
{
	struct sh_error err = SH_ERROR_INIT;
	bool same;

	if (sh_collect_read(c, "proc/sys/kernel/random/uuid", &err) < 0)
		diag("%s", err.text);
	same = last->len && !strcmp(sh_buf_str(last), sh_buf_str(&c->text));
	sh_buf_clear(last);
	sh_buf_add(last, c->text.data, c->text.len);
	return same;
}

static void test_moments(void)
{
	struct sh_buf last = SH_BUF_INIT;
	struct sh_error err = SH_ERROR_INIT;
	struct sh_collect c;

	sh_collect_init(&c, NULL, "h", &err);
	OK(!reads_same(&c, &last) && !reads_same(&c, &last) && !reads_same(&c, &last),
	   "before the first moment each reading is a fresh one");
	sh_collect_refresh(&c);
	OK(!reads_same(&c, &last) && !reads_same(&c, &last) && reads_same(&c, &last),
	   "what is wanted again and again at one moment is read once");
	sh_collect_refresh(&c);
	OK(!reads_same(&c, &last) && reads_same(&c, &last), "and anew at the next, once from the beginning");
	OK(sh_collect_read(&c, "proc/none", &err) < 0 && err.code == SH_ERRC_UNAVAILABLE,
	   "what is not there is not there");
	sh_error_clear(&err);
	sh_buf_release(&last);
	sh_collect_release(&c);
}

static bool is_read(struct sh_collect *c, const char *path)
{
	struct sh_error err = SH_ERROR_INIT;

	return sh_collect_read(c, path, &err) == 0;
}

static void test_presence(void)
{
	struct sh_error err = SH_ERROR_INIT;
	struct sh_collect c;

	sh_collect_init(&c, NULL, "h", &err);
	sh_collect_note_absent(&c, "proc/uptime");
	OK(is_read(&c, "proc/uptime") && !sh_collect_is_absent(&c, "proc/uptime"),
	   "before the first moment nothing is taken as absent");
	sh_collect_refresh(&c);
	OK(!is_read(&c, "proc/none") && sh_collect_is_absent(&c, "proc/none"),
	   "what was not there is known not to be");
	OK(sh_collect_exists(&c, "proc/version") && !sh_collect_exists(&c, "proc/nothing"),
	   "and what is there to be");
	sh_collect_note_absent(&c, "proc/version");
	sh_collect_refresh(&c);
	OK(!sh_collect_exists(&c, "proc/version") && !is_read(&c, "proc/version"),
	   "so it stays for some moments");
	c.presence_until = 0;
	sh_collect_refresh(&c);
	OK(sh_collect_exists(&c, "proc/version") && is_read(&c, "proc/version"),
	   "and then it is looked for again");
	sh_collect_release(&c);
}

static void test_links(void)
{
	struct sh_error err = SH_ERROR_INIT;
	struct sh_collect c;

	sh_collect_init(&c, NULL, "h", &err);
	sh_collect_refresh(&c);
	OK(is_read(&c, "sys/class/net/lo/operstate") && c.kept.live == 1, "a file of a link stays open");
	OK(is_read(&c, "sys/class/net/lo/operstate") && c.text.len > 2, "and is read again");
	c.presence_until = 0;
	sh_collect_refresh(&c);
	OK(c.kept.live == 0, "for so long as its name can be thought to be the same link's");
	sh_collect_release(&c);
}

/* The processes at a new moment, after forks were counted. */
static const struct sh_pstat_table *look_at_processes(struct sh_collect *c)
{
	struct sh_error err = SH_ERROR_INIT;

	sh_collect_refresh(c);
	run(c, "cpu");
	return sh_collect_procs(c, &err);
}

static void test_forks(void)
{
	struct sh_error err = SH_ERROR_INIT;
	struct sh_collect c;
	pid_t pid;

	sh_collect_init(&c, NULL, "h", &err);
	OK(look_at_processes(&c) && c.forks && c.procs_forks == c.forks, "forks are known when processes are listed");
	pid = fork();
	if (pid == 0) {
		pause();
		_exit(0);
	}
	OK(sh_pstat_find(look_at_processes(&c), pid), "a process that came is seen at once");
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	OK(!sh_pstat_find(look_at_processes(&c), pid), "and so is that it went");
	sh_collect_release(&c);
}

static void test_mounts(void)
{
	struct sh_error err = SH_ERROR_INIT;
	const struct sh_mounts *mounts;
	struct sh_collect c;

	sh_collect_init(&c, NULL, "h", &err);
	mounts = sh_collect_mounts(&c, &err);
	OK(mounts && sh_mounts_at(mounts, "/") && c.mounts_version == 1, "mounts are taken apart");
	OK(sh_collect_mounts(&c, &err) == mounts && c.mounts_version == 1, "once, while they are the same");
	c.mounts_text.data[0] ^= 1;
	OK(sh_collect_mounts(&c, &err) == mounts && c.mounts_version == 2 && sh_mounts_at(mounts, "/"),
	   "and again when they are not");
	sh_collect_refresh(&c);
	sh_collect_mounts(&c, &err);
	c.mounts_text.data[0] ^= 1;
	OK(sh_collect_mounts(&c, &err) == mounts && c.mounts_version == 2,
	   "in rounds they are read when the kernel says that they are others");
	sh_collect_mounts_moved(&c);
	OK(sh_collect_mounts(&c, &err) == mounts && c.mounts_version == 3, "or when somebody saw that");
	sh_collect_release(&c);
}

/* A service whose pid file names a child of ours. */
struct scene {
	struct sh_service service;
	struct sh_site site;
	struct sh_collect c;
	char *dir, *pidfile;
	pid_t pid;
};

/* A process with one child, in a session of its own. */
static pid_t start_service(void)
{
	pid_t pid = fork();

	if (pid == 0) {
		setsid();
		if (fork() == 0)
			setpgid(0, 0);
		for (;;)
			pause();
	}
	return pid;
}

static void write_pidfile(struct scene *s, pid_t pid)
{
	struct sh_error err = SH_ERROR_INIT;
	char text[32];
	int n = snprintf(text, sizeof(text), "%d\n", (int)pid);

	if (sh_file_write_atomic(s->pidfile, text, (size_t)n, 0600, &err) < 0)
		diag("%s", err.text);
}

static void open_scene(struct scene *s)
{
	struct sh_error err = SH_ERROR_INIT;

	memset(s, 0, sizeof(*s));
	s->dir = scratch_make();
	s->pidfile = sh_asprintf("%s/pid", s->dir);
	s->service.id = "web";
	s->service.pidfile = s->pidfile;
	s->site.service = &s->service;
	s->site.services = 1;
	if (sh_collect_init(&s->c, NULL, "h", &err) < 0)
		diag("%s", err.text);
	s->c.site = &s->site;
	s->pid = start_service();
	write_pidfile(s, s->pid);
	sh_clock_sleep(50 * SH_MS);
}

static double service(struct scene *s, const char *name)
{
	run(&s->c, "service");
	return metric(&s->c, "service:web@h", "service", name);
}

/* Ask until it is so: signals take effect in their own time. */
static bool becomes(struct scene *s, const char *name, double value)
{
	for (int i = 0; i < 200; i++) {
		if (service(s, name) == value)
			return true;
		sh_clock_sleep(5 * SH_MS);
	}
	return false;
}

static void signal_session(const struct sh_collect *c, pid_t session, int sig)
{
	for (size_t i = 0; i < c->procs.n; i++)
		if (c->procs.item[i].session == session)
			kill(c->procs.item[i].pid, sig);
}

static void test_service(void)
{
	struct scene s;

	open_scene(&s);
	OK(becomes(&s, "running", 1), "a service that runs");
	OK(becomes(&s, "processes", 2), "its child counts");
	OK(service(&s, "stopped") == 0 && service(&s, "zombies") == 0, "nothing is wrong with it");
	OK(service(&s, "pid") == s.pid && service(&s, "threads") == 2, "its pid and threads");
	OK(service(&s, "memory_bytes") > 0 && service(&s, "age_s") >= 0, "its memory and age");
	OK(service(&s, "descriptors") > 0, "its descriptors");
	OK(service(&s, "cpu") >= 0, "its processor time, from the second reading on");
	OK(service(&s, "cpu_wait") >= 0 && service(&s, "major_faults") >= 0, "what it waited for");
	kill(s.pid, SIGSTOP);
	OK(service(&s, "stopped") == 0, "one of two processes stopped is not the service");
	signal_session(&s.c, s.pid, SIGSTOP);
	OK(becomes(&s, "stopped", 1) && service(&s, "running") == 1, "all stopped is");
	/* The kernel hangs up stopped processes when their session loses its leader. */
	signal_session(&s.c, s.pid, SIGCONT);
	OK(becomes(&s, "stopped", 0), "all continued");
	kill(s.pid, SIGKILL);
	OK(becomes(&s, "running", 0), "a killed main process does not run, even as a zombie");
	OK(service(&s, "zombies") == 1, "that nobody waited for");
	waitpid(s.pid, NULL, 0);
	OK(service(&s, "running") == 0 && service(&s, "zombies") == 0, "nor when it was");
	OK(service(&s, "processes") == 1, "what it left in its session still counts");
	signal_session(&s.c, s.pid, SIGKILL);
	OK(becomes(&s, "processes", 0), "until it is gone");
	sh_collect_release(&s.c);
	free(s.pidfile);
	scratch_remove(s.dir);
}

static void test_recycled_pid(void)
{
	struct timespec old[2] = { { .tv_sec = 1000000000 }, { .tv_sec = 1000000000 } };
	const char *start[] = { "/bin/none", NULL };
	struct scene s;

	open_scene(&s);
	s.service.start = start;
	utimensat(AT_FDCWD, s.pidfile, old, 0);
	OK(service(&s, "running") == 0, "a process younger than its pid file is another one");
	OK(service(&s, "processes") == 0, "and none of its processes count");
	unlink(s.pidfile);
	OK(service(&s, "running") == 0, "no pid file, no service");
	write_pidfile(&s, 0);
	OK(isnan(service(&s, "running")) && metric(&s.c, "collector:service@h", "collect", "ok") == 0,
	   "a pid file without a pid is a failure, not a verdict");
	signal_session(&s.c, s.pid, SIGKILL);
	waitpid(s.pid, NULL, 0);
	sh_collect_release(&s.c);
	free(s.pidfile);
	scratch_remove(s.dir);
}

static void test_file(void)
{
	char *dir = scratch_make(), *path = sh_asprintf("%s/x.conf", dir);
	struct sh_site_file file = { .path = path, .baseline = true, .mode_bits = -1 };
	struct sh_service service = { .id = "web", .file = &file, .files = 1 };
	struct sh_site site = { .service = &service, .services = 1 };
	char *entity = sh_asprintf("file:%s@h", path), *state = sh_asprintf("%s/state", dir);
	struct sh_error err = SH_ERROR_INIT;
	struct sh_collect c;
	json_t *r;

	sh_collect_init(&c, NULL, "h", &err);
	c.site = &site;
	c.state_dir = state;
	run(&c, "file");
	OK(metric(&c, entity, "file", "exists") == 0, "a file that is not there");
	sh_file_write_atomic(path, "abc", 3, 0640, &err);
	run(&c, "file");
	OK(metric(&c, entity, "file", "exists") == 1 && metric(&c, entity, "file", "size_bytes") == 3 &&
	   metric(&c, entity, "file", "mode") == 640, "one that is, its size and mode");
	OK(fabs(metric(&c, entity, "file", "age_s")) < 60, "its age");
	OK(isnan(metric(&c, entity, "file", "matches_baseline")), "nothing was approved yet");
	r = find(&c, entity);
	OK(!strcmp(sh_json_str(r, "sha256", ""),
		   "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"), "its digest");
	json_decref(r);
	OK(sh_baseline_approve(state, path, "test", sh_clock_wall(), NULL, &err) == 0, "approve it");
	run(&c, "file");
	OK(metric(&c, entity, "file", "matches_baseline") == 1, "as approved");
	chmod(path, 0600);
	run(&c, "file");
	OK(metric(&c, entity, "file", "matches_baseline") == 0, "another mode is a change");
	chmod(path, 0640);
	sh_file_write_atomic(path, "abd", 3, 0640, &err);
	run(&c, "file");
	OK(metric(&c, entity, "file", "matches_baseline") == 0, "another content is a change");
	unlink(path);
	run(&c, "file");
	OK(metric(&c, entity, "file", "matches_baseline") == 0, "a missing file is a change");
	sh_collect_release(&c);
	free(state);
	free(entity);
	free(path);
	scratch_remove(dir);
}

static void hang(const void *arg, int fd)
{
	sh_write_all(fd, arg, 3);
	for (;;)
		pause();
}

static void test_bounded(void)
{
	struct sh_error err = SH_ERROR_INIT;
	int64_t begun = sh_clock_mono();
	struct sh_bounded b;
	pid_t stuck, pid;
	char got[8] = "";

	OK(sh_bounded_start(&b, hang, "abc", &err) == 0, "start work that never ends");
	pid = b.pid;
	OK(sh_bounded_finish(&b, got, sizeof(got), begun + 100 * SH_MS, &stuck) == 3 &&
	   !memcmp(got, "abc", 3), "what it said before the deadline is there");
	OK(sh_clock_mono() - begun < 2 * SH_SEC && !stuck, "it was ended soon after");
	OK(kill(pid, 0) < 0, "and is gone");
}

static void test_probe(void)
{
	struct sh_error err = SH_ERROR_INIT;
	char *dir = scratch_make();
	struct sh_probe p;
	pid_t stuck;

	OK(sh_probe_run(dir, 5 * SH_SEC, &p, &stuck, &err) == 0 && p.reads >= 1 && p.writes >= 1 &&
	   p.read_ms > 0 && p.write_ms > 0, "a few operations, timed");
	OK(rmdir(dir) == 0, "nothing is left in the directory");
	OK(sh_probe_run(dir, SH_SEC, &p, &stuck, &err) < 0 && strstr(err.text, dir), "a missing directory");
	free(dir);
}

/* As Linux 6.15 and later show it; statvfs(2) of the place says that it may be written to. */
static void test_failed_filesystem(void)
{
	static const char text[] = "27 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda1 rw,%s\n";
	static const struct { const char *option; double read_only; } cases[] = {
		{ "errors=remount-ro,emergency_ro", 1 }, { "shutdown", 1 }, { "errors=remount-ro", 0 },
	};
	char *dir = scratch_make(), *self = sh_asprintf("%s/proc/self", dir);
	char *path = sh_asprintf("%s/mountinfo", self);
	struct sh_error err = SH_ERROR_INIT;
	struct sh_collect c;

	sh_mkdir_parents(self, 0700, &err);
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		char *line = sh_asprintf(text, cases[i].option);

		sh_file_write_atomic(path, line, strlen(line), 0600, &err);
		sh_collect_init(&c, dir, "h", &err);
		run(&c, "filesystem");
		OK(metric(&c, "filesystem:/@h", "storage", "read_only") == cases[i].read_only,
		   "%s: read_only is %g", cases[i].option, cases[i].read_only);
		OK((metric(&c, "filesystem:/@h", "storage", "errors") == 1) == (cases[i].read_only == 1),
		   "%s: and there was an error where nothing counts them", cases[i].option);
		OK(c.mounts_until, "and the table is not read again for that");
		sh_collect_release(&c);
		free(line);
	}
	free(path);
	free(self);
	scratch_remove(dir);
}

static void put(const char *dir, const char *name, const char *text)
{
	SH_CLEANUP_FREE char *path = sh_asprintf("%s/%s", dir, name), *parent = sh_strdup(path);
	struct sh_error err = SH_ERROR_INIT;

	*strrchr(parent, '/') = '\0';
	sh_mkdir_parents(parent, 0700, &err);
	sh_file_write_atomic(path, text, strlen(text), 0600, &err);
}

static void test_damaged_filesystem(void)
{
	char *dir = scratch_make();
	struct sh_error err = SH_ERROR_INIT;
	struct sh_collect c;

	put(dir, "proc/self/mountinfo", "27 1 254:1 / / rw shared:1 - ext4 /dev/root rw\n");
	put(dir, "sys/dev/block/254:1/uevent", "MAJOR=254\nMINOR=1\nDEVNAME=vda1\nDEVTYPE=partition\n");
	put(dir, "sys/fs/ext4/vda1/errors_count", "3\n");
	sh_collect_init(&c, dir, "h", &err);
	run(&c, "filesystem");
	OK(metric(&c, "filesystem:/@h", "storage", "errors") == 3, "errors of an ext file system are those of its device");
	sh_collect_release(&c);
	put(dir, "sys/fs/ext4/vda1/errors_count", "0\n");
	sh_collect_init(&c, dir, "h", &err);
	run(&c, "filesystem");
	OK(metric(&c, "filesystem:/@h", "storage", "errors") == 0, "and none are none");
	sh_collect_release(&c);
	put(dir, "proc/self/mountinfo", "27 1 254:1 / / rw shared:1 - vfat /dev/root rw\n");
	sh_collect_init(&c, dir, "h", &err);
	run(&c, "filesystem");
	OK(isnan(metric(&c, "filesystem:/@h", "storage", "errors")), "who does not count says nothing");
	sh_collect_release(&c);
	scratch_remove(dir);
}

int main(void)
{
	/* What a killed service leaves is ours to wait for, not that of a process 1 that may not. */
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	test_first_reading();
	test_second_reading();
	test_kept_reading();
	test_failures();
	test_times();
	test_moments();
	test_presence();
	test_links();
	test_forks();
	test_mounts();
	test_failed_filesystem();
	test_damaged_filesystem();
	test_service();
	test_recycled_pid();
	test_file();
	test_bounded();
	test_probe();
	while (waitpid(-1, NULL, 0) > 0)
		continue;
	return plan_done();
}

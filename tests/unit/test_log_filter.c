/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "detect/log/filter.h"

#include <string.h>

#include "base/buf.h"
#include "detect/log/literal.h"
#include "expr/regex.h"
#include "tap.h"

static const struct {
	const char *pattern, *words; /* with "|" between; NULL: none known */
} literals[] = {
	{ "Out of memory", "Out of memory" },
	{ "I/O error.*(sda|nvme0)", "I/O error" },
	{ "oom|killed", "oom|killed" },
	{ "(oom-kill|Killed process)", "oom-kill|Killed process" },
	{ "(?i)segfault at", "segfault at" },
	{ "(?:ext[234]|xfs)-fs", "ext|xfs" },
	{ "EXT4-fs( error)?", "EXT4-fs" },
	{ "task .* blocked for more than [0-9]+ seconds", " blocked for more than " },
	{ "colou?r", "colo" },
	{ "fail(ed)+ hard", " hard" },
	{ "ab{2,3}cdef", "cdef" },
	{ "ab{0,3}cdef", "cdef" },
	{ "a\\.b\\[c\\]d", "a.b[c]d" },
	{ "\\berror\\b", "error" },
	{ "^link is down$", "link is down" },
	{ "x|error", NULL },
	{ "err(or)?|", NULL },
	{ "ab", NULL },
	{ "\\d+ \\w+", NULL },
	{ "(?=error)", NULL },
	{ "(?x) e r r o r", NULL },
	{ "\\Qerror\\E", NULL },
	{ "\\x65rror", NULL },
	{ "(error", NULL },
	{ "error)", NULL },
	{ "[error", NULL },
	{ "error\\", NULL },
	{ "(*UTF)error", NULL },
	{ "((((((((((error))))))))))", NULL },
	{ "", NULL },
};

static void test_literals(void)
{
	for (size_t i = 0; i < sizeof(literals) / sizeof(literals[0]); i++) {
		struct sh_buf b = SH_BUF_INIT;
		struct sh_literals l;
		bool is_known = sh_literals_of(sh_span_of(literals[i].pattern), &l);

		for (size_t j = 0; j < l.n; j++)
			sh_buf_addf(&b, "%s%s", j ? "|" : "", l.text[j]);
		OK(is_known == !!literals[i].words &&
			   (!is_known || !strcmp(sh_buf_str(&b), literals[i].words)),
		   "'%s' needs '%s'", literals[i].pattern, sh_buf_str(&b));
		sh_buf_release(&b);
	}
}

static void test_filter(void)
{
	struct sh_filter *f = sh_filter_new();
	struct sh_filter_set set;
	int she = sh_filter_add(f, sh_span_of("she")),
	    he = sh_filter_add(f, sh_span_of("(her|his)"));
	int hers = sh_filter_add(f, sh_span_of("hers? own"));

	sh_filter_build(f);
	OK(!sh_filter_look(f, sh_span_of("nothing of them at all"), &set),
	   "a text without a word can match nothing");
	OK(sh_filter_look(f, sh_span_of("USHERS"), &set) && sh_filter_has(&set, she) &&
		   sh_filter_has(&set, he) && !sh_filter_has(&set, hers),
	   "words in words are found, in either case");
	OK(sh_filter_look(f, sh_span_of("this"), &set) && sh_filter_has(&set, he) &&
		   !sh_filter_has(&set, she),
	   "one of several is enough");
	OK(sh_filter_look(f, sh_span_of("\xc5\xbfhe"), &set) && sh_filter_has(&set, hers),
	   "a long s may be an s: all are asked");
	sh_filter_free(f);
	f = sh_filter_new();
	she = sh_filter_add(f, sh_span_of("s.e"));
	sh_filter_build(f);
	OK(sh_filter_look(f, sh_span_of("zz"), &set) && sh_filter_has(&set, she),
	   "a pattern without a known word is always asked");
	sh_filter_free(f);
	f = sh_filter_new();
	for (int i = 0; i < SH_FILTER_PATTERNS; i++)
		she = sh_filter_add(f, sh_span_of("some words of length"));
	OK(she == SH_FILTER_PATTERNS - 1 && sh_filter_add(f, sh_span_of("more")) == -1,
	   "patterns are bounded");
	sh_filter_free(f);
}

/* Random patterns and texts of few letters: what the filter excludes, PCRE2 does not match. */
static void test_sound(void)
{
	static const char *const atoms[] = { "a",	 "b",	      "S",	"k",	"abk",
					     "(ab|ska)", "(?:kab|b)", "[ab]",	".",	"\\.",
					     "a?",	 "b*",	      "(sab)+", "s{2}", "(bka)?",
					     "|",	 "^",	      "$",	"\\w",	"ba{0,1}",
					     "(?i)" };
	uint64_t seed = 3;
	unsigned matched = 0, wrong = 0, spared = 0;

	for (int i = 0; i < 20000; i++) {
		struct sh_buf pattern = SH_BUF_INIT, text = SH_BUF_INIT;
		struct sh_filter *f = sh_filter_new();
		struct sh_filter_set set;
		char why[128];
		void *regex;

		for (int j = 0; j < 7; j++) {
			seed = seed * UINT64_C(6364136223846793005) + 1;
			sh_buf_addstr(&pattern, atoms[(seed >> 40) % 21]);
		}
		for (int j = 0; j < 24; j++) {
			seed = seed * UINT64_C(6364136223846793005) + 1;
			sh_buf_addch(&text, "abskABSK.abk"[(seed >> 40) % 12]);
		}
		regex = sh_regex_compile((struct sh_span){ pattern.data, pattern.len }, why,
					 sizeof(why));
		sh_filter_add(f, (struct sh_span){ pattern.data, pattern.len });
		sh_filter_build(f);
		if (regex) {
			bool may = sh_filter_look(f, (struct sh_span){ text.data, text.len }, &set);
			bool does = sh_regex_search(regex, (struct sh_span){ text.data, text.len },
						    why, sizeof(why)) == 1;

			matched += does;
			spared += !may;
			wrong += does && !may;
			if (does && !may)
				diag("'%s' matches '%s'", sh_buf_str(&pattern), sh_buf_str(&text));
		}
		sh_regex_free(regex);
		sh_filter_free(f);
		sh_buf_release(&pattern);
		sh_buf_release(&text);
	}
	OK(wrong == 0 && matched > 1000 && spared > 1000,
	   "%u matches, %u texts spared, none that matches", matched, spared);
}

/* What rules look for in logs of the kernel and of services. */
static const struct {
	const char *pattern, *line;
} troubles[] = {
	{ "Out of memory: Killed process [0-9]+|invoked oom-killer|oom-kill:",
	  "Out of memory: Killed process 4242 (java) total-vm:8123456kB, anon-rss:4123456kB" },
	{ "Memory cgroup out of memory",
	  "Memory cgroup out of memory: Killed process 77 (worker)" },
	{ "page allocation (failure|stalls)",
	  "swapper/0: page allocation failure: order:4, mode:0x40cc0" },
	{ "I/O error, dev [a-z0-9-]+, sector",
	  "blk_update_request: I/O error, dev sda, sector 123456 op 0x0:(READ)" },
	{ "Buffer I/O error on dev",
	  "Buffer I/O error on dev sdb1, logical block 77, async page read" },
	{ "critical (medium|target|space allocation) error, dev",
	  "critical medium error, dev sdc, sector 9912" },
	{ "EXT[234]-fs error", "EXT4-fs error (device sda1): ext4_find_entry:1455: inode #2: comm "
			       "ls: reading directory lblock 0" },
	{ "Remounting filesystem read-only|forced readonly",
	  "EXT4-fs (sda1): Remounting filesystem read-only" },
	{ "JBD2: (Error|I/O error|Detected IO errors)",
	  "JBD2: Detected IO errors while flushing file data on sda1-8" },
	{ "XFS \\(.*\\): .*([Cc]orruption|metadata I/O error|log I/O error|Shutting down "
	  "filesystem)",
	  "XFS (sdb1): Metadata corruption detected at xfs_inode_buf_verify" },
	{ "BTRFS (error|critical|warning) .*(csum failed|corrupt|bdev .* errs)",
	  "BTRFS error (device sda2): bdev /dev/sda2 errs: wr 0, rd 3, flush 0, corrupt 0, gen 0" },
	{ "blocked for more than [0-9]+ seconds",
	  "INFO: task kworker/u8:2:311 blocked for more than 120 seconds." },
	{ "soft lockup - CPU#[0-9]+ stuck",
	  "watchdog: BUG: soft lockup - CPU#3 stuck for 22s! [python:2201]" },
	{ "hard LOCKUP on cpu", "NMI watchdog: Watchdog detected hard LOCKUP on cpu 5" },
	{ "rcu.*(detected (expedited )?stalls|self-detected stall)",
	  "rcu: INFO: rcu_sched self-detected stall on CPU" },
	{ "Kernel panic - not syncing", "Kernel panic - not syncing: Attempted to kill init!" },
	{ "kernel BUG at|unable to handle (kernel|page fault)|general protection fault",
	  "BUG: unable to handle kernel NULL pointer dereference at 0000000000000008" },
	{ "segfault at [0-9a-f]+ ip",
	  "nginx[811]: segfault at 10 ip 00007f2c sp 00007ffd error 4 in libc.so.6" },
	{ "Machine [Cc]heck (Exception|events logged)|mce: \\[Hardware Error\\]",
	  "mce: [Hardware Error]: Machine check events logged" },
	{ "EDAC .*[0-9]+ UE ",
	  "EDAC MC0: 1 UE memory read error on CPU_SrcID#0_Ha#0_Chan#1_DIMM#0" },
	{ "EDAC .*[0-9]+ CE ",
	  "EDAC MC0: 1 CE memory read error on CPU_SrcID#0_Ha#0_Chan#1_DIMM#0" },
	{ "exception Emask|failed command: |hard resetting link",
	  "ata1.00: exception Emask 0x0 SAct 0x0 SErr 0x0 action 0x6 frozen" },
	{ "nvme.*(timeout, (aborting|reset)|controller is down|QID [0-9]+ timeout)",
	  "nvme nvme0: I/O 12 QID 4 timeout, aborting" },
	{ "Disk failure on [a-z0-9]+", "md/raid1:md0: Disk failure on sdb1, disabling device." },
	{ "kicking non-fresh|not enough operational (devices|mirrors)",
	  "md: kicking non-fresh sdc1 from array!" },
	{ "rejecting I/O to (offline|dead) device", "sd 2:0:0:0: rejecting I/O to offline device" },
	{ "NIC Link is Down|[Ll]ink is down|Link becomes not ready",
	  "e1000e 0000:00:19.0 eth0: NIC Link is Down" },
	{ "NETDEV WATCHDOG", "NETDEV WATCHDOG: eth0 (e1000e): transmit queue 0 timed out" },
	{ "neighbou?r.*table overflow", "neighbour: arp_cache: neighbor table overflow!" },
	{ "nf_conntrack: table full", "nf_conntrack: nf_conntrack: table full, dropping packet" },
	{ "[Pp]ossible SYN flooding",
	  "TCP: request_sock_TCP: Possible SYN flooding on port 80. Sending cookies." },
	{ "TCP: (out of memory|too many orphaned sockets)",
	  "TCP: out of memory -- consider tuning tcp_mem" },
	{ "[Tt]oo many open files", "accept4: too many open files" },
	{ "file-max limit [0-9]+ reached", "VFS: file-max limit 101204 reached" },
	{ "fork rejected by pids controller|fork: .*Resource temporarily unavailable",
	  "cgroup: fork rejected by pids controller in /system.slice/app.service" },
	{ "No space left on device", "write error: No space left on device" },
	{ "Read-only file system", "cannot touch '/data/x': Read-only file system" },
	{ "nfs: server .* not responding", "nfs: server store1 not responding, still trying" },
	{ "Stale file handle", "ls: cannot access '/mnt': Stale file handle" },
	{ "Failed password for", "Failed password for root from 192.0.2.7 port 4711 ssh2" },
	{ "authentication failure;", "pam_unix(sshd:auth): authentication failure; logname= uid=0 "
				     "euid=0 tty=ssh ruser= rhost=192.0.2.7" },
	{ "maximum authentication attempts exceeded",
	  "error: maximum authentication attempts exceeded for root from 192.0.2.7 port 22 ssh2 "
	  "[preauth]" },
	{ "[Tt]emperature.*above threshold|clock throttled",
	  "CPU2: Core temperature above threshold, cpu clock throttled (total events = 1)" },
	{ "Under-voltage detected", "Under-voltage detected! (0x00050005)" },
	{ "device descriptor read/[0-9a-z]+, error|device not accepting address",
	  "usb 1-1: device descriptor read/64, error -71" },
	{ "over-current condition", "usb usb2-port3: over-current condition" },
	{ "PCIe Bus Error: severity=Uncorrected",
	  "pcieport 0000:00:1c.0: PCIe Bus Error: severity=Uncorrected (Fatal), type=Transaction "
	  "Layer" },
	{ "clocksource: .*unstable",
	  "clocksource: timekeeping watchdog on CPU1: Marking clocksource 'tsc' as unstable "
	  "because the skew is too large" },
	{ "Main process exited, code=(killed|dumped)",
	  "app.service: Main process exited, code=killed, status=9/KILL" },
	{ "Start request repeated too quickly",
	  "app.service: Start request repeated too quickly." },
	{ "certificate (has expired|verify failed)", "SSL routines: certificate verify failed" },
	{ "dumped core", "Process 991 (app) of user 1000 dumped core." },
};

static bool matches(const char *pattern, const char *line)
{
	char why[128];
	void *regex = sh_regex_compile(sh_span_of(pattern), why, sizeof(why));
	bool found = regex && sh_regex_search(regex, sh_span_of(line), why, sizeof(why)) == 1;

	sh_regex_free(regex);
	return found;
}

static void test_troubles(void)
{
	static const char *const others[] = {
		"Accepted publickey for ann from 192.0.2.9 port 50022 ssh2",
		"Started Session 12 of user ann.", "eth0: link becomes ready",
		"GET /index.html 200 1023 0.004", "state change complete, 0 failures"
	};
	size_t n = sizeof(troubles) / sizeof(troubles[0]), may = 0;
	struct sh_filter *f = sh_filter_new();
	struct sh_filter_set set;

	for (size_t i = 0; i < n; i++)
		sh_filter_add(f, sh_span_of(troubles[i].pattern));
	sh_filter_build(f);
	for (size_t i = 0; i < n; i++) {
		struct sh_literals l;

		sh_filter_look(f, sh_span_of(troubles[i].line), &set);
		OK(sh_literals_of(sh_span_of(troubles[i].pattern), &l) &&
			   sh_filter_has(&set, (int)i) &&
			   matches(troubles[i].pattern, troubles[i].line),
		   "'%s' has known words and is found", troubles[i].pattern);
	}
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		may += sh_filter_look(f, sh_span_of(others[i]), &set);
	OK(may == 0, "of lines without trouble no pattern is asked");
	sh_filter_free(f);
}

int main(void)
{
	test_troubles();
	test_literals();
	test_filter();
	test_sound();
	return plan_done();
}

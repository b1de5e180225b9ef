/* SPDX-License-Identifier: MIT */
/* The kernel's figures from files that are well, odd, cut, or of another kernel. */
#include "config.h"

#include <fcntl.h>
#include <math.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "collect/table.h"
#include "collect/text.h"
#include "record/json.h"
#include "scratch.h"
#include "tap.h"

#define ABSENT ((double)NAN)

/* A file with a text, and what a collector then says; entity NULL is host:h. */
struct one {
	const char *what, *collector, *file, *text, *entity, *group, *name;
	double value;
};

static const struct one detail[] = {
	{ "columns of a later kernel", "cpu", "proc/stat", "cpu  1 2 3 4 5 6 7 8 9 10 11 12\ncpu0 100 2 3 4 5 6 7 8 9 10 11 12\n", NULL, "cpu", "count", 1 },
	{ "a kernel without iowait", "cpu", "proc/stat", "cpu  1 2 3 4\nctxt 7\n", NULL, "context", "switches_total", 7 },
	{ "a number near 2^64", "cpu", "proc/stat", "cpu  1 2 3 4\nctxt 18446744073709551615\n", NULL, "context", "switches_total", 18446744073709551615.0 },
	{ "a number beyond 64 bits", "cpu", "proc/stat", "cpu  1 2 3 4\nctxt 18446744073709551616\nprocesses 5\n", NULL, "context", "switches_total", ABSENT },
	{ "what follows it", "cpu", "proc/stat", "cpu  1 2 3 4\nctxt 18446744073709551616\nprocesses 5\n", NULL, "forks", "total", 5 },
	{ "an empty file", "cpu", "proc/stat", "", "collector:cpu@h", "collect", "ok", 0 },
	{ "a file cut in its first line", "cpu", "proc/stat", "cpu  1 2", "collector:cpu@h", "collect", "ok", 0 },
	{ "a processor that cpuinfo calls by name", "cpu", "proc/cpuinfo", "processor : x\ncpu MHz : 5\n", "cpu:x@h", "cpu", "frequency_hertz", ABSENT },
	{ "hugepages, which are counted", "memory", "proc/meminfo", "MemTotal: 10 kB\nHugePages_Total: 3\n", NULL, "memory", "HugePages_Total", 3 },
	{ "a line with brackets", "memory", "proc/meminfo", "MemTotal: 10 kB\nActive(anon): 2 kB\n", NULL, "memory", "Active_anon_bytes", 2048 },
	{ "no swap", "memory", "proc/meminfo", "MemTotal: 10 kB\nSwapTotal: 0 kB\nSwapFree: 0 kB\n", NULL, "memory", "swap_usage", ABSENT },
	{ "no total", "memory", "proc/meminfo", "MemFree: 10 kB\n", "collector:memory@h", "collect", "ok", 0 },
	{ "a key that is no name", "paging", "proc/vmstat", "a\"b 5\npgfault 6\n", NULL, "vmstat", "pgfault", 6 },
	{ "a line without a number", "paging", "proc/vmstat", "pgfault\npswpin 6\n", NULL, "vmstat", "pgfault", ABSENT },
	{ "interrupts that stall", "pressure", "proc/pressure/irq", "full avg10=2.50 avg60=0.00 avg300=0.00 total=8494\n", NULL, "pressure", "irq_stalled_seconds_total", 0.008494 },
	{ "pressure in other words", "pressure", "proc/pressure/irq", "much avg10=2.50\n", "collector:pressure@h", "collect", "ok", 0 },
	{ "open files", "limits", "proc/sys/fs/file-nr", "10 0 40\n", NULL, "filefd", "usage", 25 },
	{ "a file-nr of two fields", "limits", "proc/sys/fs/file-nr", "10 0\n", "collector:limits@h", "collect", "ok", 0 },
	{ "a limit of 0", "limits", "proc/sys/fs/file-nr", "10 0 0\n", NULL, "filefd", "usage", ABSENT },
	{ "a disk of an old kernel", "disk", "proc/diskstats", "8 0 sda 1 2 3 4000 5 6 7 8 9 10 11\n", "disk:sda@h", "disk", "read_time_seconds_total", 4 },
	{ "what it does not count", "disk", "proc/diskstats", "8 0 sda 1 2 3 4000 5 6 7 8 9 10 11\n", "disk:sda@h", "disk", "discards_completed_total", ABSENT },
	{ "a disk of a later kernel", "disk", "proc/diskstats", "8 0 sda 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17000 18 19\n", "disk:sda@h", "disk", "flush_requests_time_seconds_total", 17 },
	{ "a disk with half of the discards", "disk", "proc/diskstats", "8 0 sda 1 2 3 4 5 6 7 8 9 10 11 12 13\n", "disk:sda@h", "disk", "discards_completed_total", ABSENT },
	{ "a partition of a 2.6 kernel", "disk", "proc/diskstats", "8 1 sda1 1 2 3 4\n", "disk:sda1@h", "disk", "reads_completed_total", ABSENT },
	{ "sectors near 2^64", "disk", "proc/diskstats", "8 0 sda 1 2 18446744073709551615 4 5 6 7 8 9 10 11\n", "disk:sda@h", "disk", "read_bytes_total", 18446744073709551615.0 * 512 },
	{ "an interface with few columns", "network", "proc/net/dev", " eth0:1 2 3 4 5 6 7 8 9 10 11 12\n", "net:eth0@h", "network", "transmit_drop_total", 12 },
	{ "the columns it lacks", "network", "proc/net/dev", " eth0:1 2 3 4 5 6 7 8 9 10 11 12\n", "net:eth0@h", "network", "transmit_fifo_total", ABSENT },
	{ "a bond", "network", "sys/class/net/bonding_masters", "b1 b2\n", "net:b1@h", "bonding", "slaves", ABSENT },
	{ "socket memory in pages", "sockets", "proc/net/sockstat", "TCP: inuse 4 mem 2\n", NULL, "sockstat", "TCP_mem", 2 },
	{ "a pair of lines whose numbers are cut", "sockets", "proc/net/snmp", "Tcp: A CurrEstab C\nTcp: 1 2", NULL, "tcp", "established", 2 },
	{ "names without numbers", "sockets", "proc/net/snmp", "Tcp: A CurrEstab\nUdp: B\nUdp: 7\n", NULL, "netstat", "Udp_B", 7 },
	{ "a negative number", "sockets", "proc/net/snmp", "Tcp: MaxConn\nTcp: -1\n", NULL, "netstat", "Tcp_MaxConn", -1 },
	{ "a version in the middle of a key", "sockets", "proc/net/snmp6", "UdpLite6InErrors 9\n", NULL, "netstat", "UdpLite6_InErrors", 9 },
	{ "packets of a processor by its number", "softnet", "proc/net/softnet_stat", "0a 1 2 0 0 0 0 0 0 0 0 3 7\n", "cpu:7@h", "softnet", "processed_total", 10 },
	{ "packets of an old kernel", "softnet", "proc/net/softnet_stat", "0a 1 2 0 0 0 0 0 0\n", "cpu:0@h", "softnet", "backlog_len", ABSENT },
	{ "packets that are none", "softnet", "proc/net/softnet_stat", "zz 1 2\n", "collector:softnet@h", "collect", "ok", 0 },
	{ "time that tasks waited", "schedstat", "proc/schedstat", "cpu0 0 0 0 0 0 0 1 2500000000 3\n", "cpu:0@h", "schedstat", "waiting_seconds_total", 2.5 },
	{ "a version with fewer fields", "schedstat", "proc/schedstat", "cpu0 1 2 3\n", "cpu:0@h", "schedstat", "timeslices_total", ABSENT },
	{ "a slab", "slabinfo", "proc/slabinfo", "slabinfo - version: 2.1\n# name <active_objs>\nk-8 1 2 3 4 5 : tunables\n", "slab:k-8@h", "slabinfo", "object_size_bytes", 3 },
	{ "an interrupt line of some processors", "interrupts", "proc/interrupts", " CPU0 CPU3\n 1: 5 6 c d e\nERR: 4\n", "interrupt:1@h", "interrupts", "3", 6 },
	{ "one number for all processors", "interrupts", "proc/interrupts", " CPU0 CPU3\n 1: 5 6 c d e\nERR: 4\n", "interrupt:ERR@h", "interrupts", "0", ABSENT },
	{ "interrupts without a heading", "interrupts", "proc/interrupts", "1: 5 6\n", "collector:interrupts@h", "collect", "ok", 0 },
	{ "free blocks", "zones", "proc/buddyinfo", "Node 0, zone DMA 5\n", "numa:0@h", "buddyinfo", "blocks", 5 },
	{ "pages of a zone", "zones", "proc/zoneinfo", "Node 1, zone DMA\n min 4\n protection: (0, 9)\n", "numa:1@h", "zoneinfo", "protection_1", 9 },
};

/* Before and after: whether there is a rate. A counter that goes backwards has none, its neighbours do. */
static const struct rate {
	const char *what, *collector, *file, *before, *after, *entity, *group, *name;
	bool is_there;
} rates[] = {
	{ "switches", "cpu", "proc/stat", "cpu  1 2 3 4\nctxt 7\nprocesses 9\n", "cpu  1 2 3 5\nctxt 9\nprocesses 8\n", NULL, "kernel", "context_switches", true },
	{ "forks that went backwards", "cpu", "proc/stat", "cpu  1 2 3 4\nctxt 7\nprocesses 9\n", "cpu  1 2 3 5\nctxt 9\nprocesses 8\n", NULL, "kernel", "forks", false },
	{ "guests", "cpu", "proc/stat", "cpu  1 2 3 4 5 6 7 8 9 10\n", "cpu  2 2 3 5 5 6 7 8 9 10\n", NULL, "cpu", "guest", true },
	{ "guests of an old kernel", "cpu", "proc/stat", "cpu  1 2 3 4 5 6 7 8\n", "cpu  2 2 3 5 5 6 7 8\n", NULL, "cpu", "guest", false },
	{ "swap", "paging", "proc/vmstat", "pswpin 5\npswpout 6\n", "pswpin 4\npswpout 7\n", NULL, "paging", "swap_out_bytes", true },
	{ "swap that went backwards", "paging", "proc/vmstat", "pswpin 5\npswpout 6\n", "pswpin 4\npswpout 7\n", NULL, "paging", "swap_in_bytes", false },
	{ "a line that came later", "paging", "proc/vmstat", "pswpin 5\n", "pswpin 6\noom_kill 1\n", NULL, "paging", "oom_kills", false },
	{ "discards", "disk", "proc/diskstats", "8 0 sda 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15\n", "8 0 sda 1 2 3 4 5 6 7 8 9 10 11 13 13 15 16\n", "disk:sda@h", "latency", "discard_avg", true },
	{ "flushes that nobody counts", "disk", "proc/diskstats", "8 0 sda 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15\n", "8 0 sda 1 2 3 4 5 6 7 8 9 10 11 13 13 15 16\n", "disk:sda@h", "latency", "flush_avg", false },
	{ "retransmits", "sockets", "proc/net/snmp", "Tcp: RetransSegs OutSegs\nTcp: 1 9\n", "Tcp: OutSegs RetransSegs\nTcp: 8 2\n", NULL, "tcp", "retransmits", true },
	{ "segments that went backwards", "sockets", "proc/net/snmp", "Tcp: RetransSegs OutSegs\nTcp: 1 9\n", "Tcp: OutSegs RetransSegs\nTcp: 8 2\n", NULL, "tcp", "sent_segments", false },
	{ "packets", "softnet", "proc/net/softnet_stat", "1 0 0\n", "2 0 0\n", NULL, "softnet", "drops", true },
	{ "packets that went backwards", "softnet", "proc/net/softnet_stat", "2 0 0\n", "1 0 0\n", NULL, "softnet", "drops", false },
};

static void put(const char *root, const char *file, const char *text)
{
	char *path = sh_asprintf("%s/%s", root, file);
	struct sh_error err = SH_ERROR_INIT;
	char *slash = strrchr(path, '/');

	*slash = '\0';
	if (sh_mkdir_parents(path, 0700, &err) < 0)
		exit(99);
	*slash = '/';
	if (sh_file_write_atomic(path, text, strlen(text), 0600, &err) < 0)
		exit(99);
	free(path);
}

/* The metric of whichever record of the entity has it. */
static double metric(const struct sh_collect *c, const char *entity, const char *group, const char *name)
{
	struct sh_span rest = sh_text_of(&c->out), line;
	double v = ABSENT;

	while (isnan(v) && sh_text_line(&rest, &line)) {
		struct sh_error err = SH_ERROR_INIT;
		json_t *r = sh_json_parse(line.p, line.len, &err);

		if (!r)
			exit(99);
		if (!strcmp(sh_json_str(r, "entity", ""), entity))
			v = sh_json_num(json_object_get(json_object_get(r, "metrics"), group), name, ABSENT);
		json_decref(r);
	}
	return v;
}

static void run(struct sh_collect *c, const char *name)
{
	sh_buf_clear(&c->out);
	c->procs_fresh = false;
	sh_collect_run(c, sh_collector_find(name));
}

static void test_detail(const struct one *t)
{
	char *root = scratch_make();
	struct sh_error err = SH_ERROR_INIT;
	struct sh_collect c;
	double v;

	put(root, "proc/stat", "cpu  1 2 3 4\n");
	put(root, t->file, t->text);
	if (sh_collect_init(&c, root, "h", &err) < 0)
		exit(99);
	c.detail = true;
	run(&c, t->collector);
	v = metric(&c, t->entity ? t->entity : "host:h", t->group, t->name);
	if (!OK(isnan(t->value) ? isnan(v) : v == t->value, "%s: %s", t->collector, t->what))
		diag("%.17g instead of %.17g", v, t->value);
	sh_collect_release(&c);
	scratch_remove(root);
}

static void test_rate(const struct rate *t)
{
	char *root = scratch_make();
	struct sh_error err = SH_ERROR_INIT;
	struct sh_collect c;
	double v;

	put(root, t->file, t->before);
	if (sh_collect_init(&c, root, "h", &err) < 0)
		exit(99);
	run(&c, t->collector);
	put(root, t->file, t->after);
	sh_clock_sleep(2 * SH_MS);
	run(&c, t->collector);
	v = metric(&c, t->entity ? t->entity : "host:h", t->group, t->name);
	OK(isnan(v) == !t->is_there, "%s: %s", t->collector, t->what);
	sh_collect_release(&c);
	scratch_remove(root);
}

int main(void)
{
	for (size_t i = 0; i < sizeof(detail) / sizeof(*detail); i++)
		test_detail(&detail[i]);
	for (size_t i = 0; i < sizeof(rates) / sizeof(*rates); i++)
		test_rate(&rates[i]);
	return plan_done();
}

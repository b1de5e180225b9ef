/* SPDX-License-Identifier: MIT */
/*
 * fuzz_kernel - files of the kernel, as the collectors read them
 *
 * The first byte chooses a file below a root that has nothing else, and the
 * collector that reads it; a NUL divides what stands there at the first
 * reading from what does at the second. Every line that is written is JSON, the
 * records of an entity have different times, and a collector that says nothing
 * of what it read has failed or found nothing.
 */
#include "config.h"

#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "collect/collector.h"
#include "collect/text.h"
#include "record/scan.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define MUST(cond)                                                           \
	do {                                                                 \
		if (!(cond)) {                                               \
			fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #cond); \
			abort();                                             \
		}                                                            \
	} while (0)

static const struct { const char *collector, *file; } target[] = {
	{ "cpu", "proc/stat" },
	{ "cpu", "proc/cpuinfo" },
	{ "cpu", "sys/devices/system/cpu/isolated" },
	{ "memory", "proc/meminfo" },
	{ "memory", "sys/devices/system/node/node0/meminfo" },
	{ "paging", "proc/vmstat" },
	{ "load", "proc/loadavg" },
	{ "pressure", "proc/pressure/io" },
	{ "limits", "proc/sys/fs/file-nr" },
	{ "limits", "proc/net/stat/nf_conntrack" },
	{ "disk", "proc/diskstats" },
	{ "disk", "run/udev/data/b8:0" },
	{ "network", "proc/net/dev" },
	{ "network", "sys/class/net/b0/bonding/slaves" },
	{ "sockets", "proc/net/sockstat" },
	{ "sockets", "proc/net/snmp" },
	{ "sockets", "proc/net/snmp6" },
	{ "softnet", "proc/net/softnet_stat" },
	{ "schedstat", "proc/schedstat" },
	{ "slabinfo", "proc/slabinfo" },
	{ "interrupts", "proc/interrupts" },
	{ "zones", "proc/zoneinfo" },
	{ "zones", "proc/buddyinfo" },
	{ "arp", "proc/net/arp" },
	{ "lnstat", "proc/net/stat/arp_cache" },
	{ "xfrm", "proc/net/xfrm_stat" },
	{ "udpqueue", "proc/net/udp6" },
};

/* What a collector asks for before it comes to the file. */
static const struct { const char *file, *text; } given[] = {
	{ "proc/stat", "cpu  1 2 3 4\n" },
	{ "proc/diskstats", "8 0 sda 1 2 3 4 5 6 7 8 9 10 11\n" },
	{ "proc/sys/net/netfilter/nf_conntrack_count", "1\n" },
	{ "sys/class/net/bonding_masters", "b0\n" },
};

static void put(int root, const char *file, const char *text, size_t len)
{
	SH_CLEANUP_FD int fd = -1;
	char path[128];

	for (const char *slash = strchr(file, '/'); slash; slash = strchr(slash + 1, '/')) {
		snprintf(path, sizeof(path), "%.*s", (int)(slash - file), file);
		mkdirat(root, path, 0700);
	}
	fd = openat(root, file, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	MUST(fd >= 0 && sh_write_all(fd, text, len) == 0);
}

static void check_output(const struct sh_collect *c)
{
	struct sh_span rest = sh_text_of(&c->out), line;
	struct sh_index ix = SH_INDEX_INIT;

	MUST(!rest.len || rest.p[rest.len - 1] == '\n');
	while (sh_text_line(&rest, &line)) {
		MUST(sh_scan_object(&ix, line.p, line.len) == 0);
		MUST(sh_index_find(&ix, "entity") && sh_index_find(&ix, "time"));
		MUST(sh_index_find(&ix, "metrics"));
	}
	sh_index_release(&ix);
}

static void run(const char *root, const char *collector, const char *file, struct sh_span before,
		struct sh_span after)
{
	struct sh_error err = SH_ERROR_INIT;
	struct sh_collect c;

	MUST(sh_collect_init(&c, root, "h", &err) == 0);
	c.detail = true;
	put(c.root, file, before.p, before.len);
	sh_collect_run(&c, sh_collector_find(collector));
	check_output(&c);
	sh_buf_clear(&c.out);
	put(c.root, file, after.p, after.len);
	sh_collect_run(&c, sh_collector_find(collector));
	check_output(&c);
	unlinkat(c.root, file, 0);
	sh_collect_release(&c);
}

static void remove_tree(char *root)
{
	char command[160];

	snprintf(command, sizeof(command), "rm -rf '%s'", root);
	MUST(system(command) == 0);
	free(root);
}

static char *root; /* of this process */

static void at_end(void)
{
	remove_tree(root);
}

/* In memory: a file is written four times for each input. */
static void make_root(void)
{
	const char *tmp = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";
	int fd;

	root = malloc(64);
	MUST(root);
	snprintf(root, 64, "%s/sh-fuzz.XXXXXX", tmp);
	MUST(mkdtemp(root));
	atexit(at_end);
	fd = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	MUST(fd >= 0);
	for (size_t i = 0; i < sizeof(target) / sizeof(*target); i++) {
		put(fd, target[i].file, "", 0);
		unlinkat(fd, target[i].file, 0);
	}
	close(fd);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data + 1, *nul;
	struct sh_span before, after;
	size_t which;
	int fd;

	if (size < 1)
		return 0;
	if (!root)
		make_root();
	which = data[0] % (sizeof(target) / sizeof(*target));
	nul = memchr(text, '\0', size - 1);
	before = (struct sh_span){ text, nul ? (size_t)(nul - text) : size - 1 };
	after = nul ? (struct sh_span){ nul + 1, size - 1 - before.len - 1 } : before;
	fd = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	MUST(fd >= 0);
	for (size_t i = 0; i < sizeof(given) / sizeof(*given); i++)
		put(fd, given[i].file, given[i].text, strlen(given[i].text));
	run(root, target[which].collector, target[which].file, before, after);
	close(fd);
	return 0;
}

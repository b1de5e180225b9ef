/* SPDX-License-Identifier: MIT */
/* What is read from /proc: fields, stat lines, the mount table, socket tables. */
#include "config.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "collect/host/mounts.h"
#include "collect/host/pstat.h"
#include "collect/host/sockets.h"
#include "collect/text.h"
#include "tap.h"

static void test_numbers(void)
{
	static const struct { const char *text; bool good; double value; } cases[] = {
		{ "0.21", true, 0.21 }, { "12.07", true, 12.07 }, { "3", true, 3 },
		{ "0.07", true, 0.07 }, { "", false, 0 }, { "1.", false, 0 }, { ".5", false, 0 },
		{ "-1", false, 0 }, { "1e3", false, 0 }, { "nan", false, 0 },
	};
	uint64_t u = 7;

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		double v = -1;
		bool good = sh_text_double(sh_span_of(cases[i].text), &v);

		OK(good == cases[i].good && (!good || v == cases[i].value), "number '%s'",
		   cases[i].text);
	}
	OK(sh_text_u64(sh_span_of("18446744073709551615"), &u) && u == UINT64_MAX, "the largest");
	OK(!sh_text_u64(sh_span_of("18446744073709551616"), &u), "one more is too large");
}

static void test_columns(void)
{
	struct sh_span rest = sh_span_of(" 1  9999999999999999999 18446744073709551615\t0 12x 5");
	uint64_t v[8] = { 0 };

	OK(sh_text_u64s(&rest, v, 8) == 4 && v[0] == 1 && v[1] == 9999999999999999999U &&
	   v[2] == UINT64_MAX && v[3] == 0, "columns up to what is no number");
	OK(sh_text_u64s(&rest, v, 1) == 1 && v[0] == 5, "which is passed over");
	rest = sh_span_of("18446744073709551616 7");
	OK(sh_text_u64s(&rest, v, 2) == 0, "one too large is none");
	rest = sh_span_of(" a bc d");
	OK(sh_text_skip(&rest, 2) && sh_span_is(rest, " d"), "fields are dropped");
	OK(!sh_text_skip(&rest, 2) && sh_text_skip(&rest, 0), "unless there are fewer");
	rest = sh_span_of("xkey 1\nkey2 5\nkey 2\nkey 3");
	OK(sh_span_is(sh_text_line_after(rest, "key "), "2"), "the first line that starts so");
	OK(sh_span_is(sh_text_line_after(rest, "xkey "), "1"), "be it the first of all");
	OK(!sh_text_line_after(rest, "ey ").p && !sh_text_line_after(sh_span_of("aaa"), "aab").p,
	   "or none");
	OK(!sh_text_line_after(sh_span_of("xaa"), "a").p, "within a line is not at its start");
}

static void test_lines(void)
{
	struct sh_span rest = sh_span_of("a b\n\n  c"), line, field;

	OK(sh_text_line(&rest, &line) && sh_span_is(line, "a b"), "a line");
	OK(sh_text_line(&rest, &line) && line.len == 0, "an empty line");
	OK(sh_text_line(&rest, &line) && sh_text_field(&line, &field) && sh_span_is(field, "c"),
	   "a last line without newline");
	OK(!sh_text_line(&rest, &line), "the end");
}

#define STAT_REST " S 1 42 41 0 -1 4194304 1 2 3 4 70 30 0 0 20 0 5 0 1234 99999 25 18446744073709551615"

static void test_stat(void)
{
	static const struct { const char *text, *name; } good[] = {
		{ "42 (cat)" STAT_REST, "cat" },
		{ "42 (a) S 1 (b))" STAT_REST, "a) S 1 (b)" },
		{ "42 (new\nline)" STAT_REST, "new?line" },
		{ "42 ()" STAT_REST, "" },
	};
	static const char *const bad[] = {
		"", "42", "42 (cat", "42 (cat) S", "x (cat)" STAT_REST, "(cat)" STAT_REST,
		"42 (cat) S 1 2 3 4 5 6", ")42 (",
	};
	struct sh_pstat p;

	for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++)
		OK(sh_pstat_parse(sh_span_of(good[i].text), &p) && !strcmp(p.name, good[i].name) &&
		   p.pid == 42 && p.ppid == 1 && p.session == 41 && p.state == 'S' &&
		   p.ticks == 100 && p.faults == 3 && p.threads == 5 && p.start == 1234 && p.memory % 25 == 0,
		   "stat of '%s'", good[i].name);
	OK(sh_pstat_parse(sh_span_of("42 (cat) Z 1 42 41 0 -1 0 1 2 3 4 70 30 0 0 20 0 2 0 1234 0 0 1"), &p) &&
		   sh_pstat_is_alive(&p), "its first thread has ended, another lives");
	OK(sh_pstat_parse(sh_span_of("42 (cat) Z 1 42 41 0 -1 0 1 2 3 4 70 30 0 0 20 0 1 0 1234 0 0 1"), &p) &&
		   !sh_pstat_is_alive(&p), "a zombie");
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		OK(!sh_pstat_parse(sh_span_of(bad[i]), &p), "no stat: '%s'", bad[i]);
}

static const char mountinfo[] =
	"22 27 0:21 / /proc rw - proc proc rw\n"
	"27 1 254:0 / / rw,relatime shared:1 master:2 - ext4 /dev/vda rw\n"
	"28 27 254:0 /srv/data /mnt/bind rw - ext4 /dev/vda rw\n"
	"29 27 0:40 / /mnt/with\\040blank rw - tmpfs none rw\n"
	"30 27 0:41 / /var rw - tmpfs old rw\n"
	"31 27 0:42 / /var rw - xfs /dev/vdb rw\n"
	"32 27 7:0 / /snap/core ro - squashfs /dev/loop0 ro\n"
	"33 27 0:50 / /mnt/nfs rw - nfs4 server:/x rw\n"
	"34 27 0:51 / /var/lib/docker/merged rw - overlay overlay rw\n"
	"35 27 0:52 / /sys/fs/cgroup rw - tmpfs tmpfs rw\n"
	"garbage\n"
	"36 27 0:53 / /incomplete rw shared:3\n"
	"37 27 0:54 / /a rw - tmpfs t rw\n"
	"38 27 0:54 / /longer rw - tmpfs t rw\n"
	"39 27 7:1 / /spoilt rw - ext4 /dev/loop1 rw,errors=remount-ro,emergency_ro\n"
	"40 27 7:2 / /sound rw - ext4 /dev/loop2 rw,errors=remount-ro\n";

static void test_mounts(void)
{
	static const struct { const char *point; bool shown; } cases[] = {
		{ "/proc", false }, { "/", true }, { "/mnt/bind", false }, { "/mnt/with blank", true },
		{ "/var", true }, { "/snap/core", true }, { "/mnt/nfs", true },
		{ "/var/lib/docker/merged", false }, { "/sys/fs/cgroup", false }, { "/a", true },
		{ "/longer", false },
	};
	struct sh_mounts m = { 0 };

	sh_mounts_parse(&m, sh_span_of(mountinfo));
	OK(m.n == 14, "lines that are none are left out");
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		const struct sh_mount *k = sh_mounts_at(&m, cases[i].point);

		OK(k && sh_mount_is_shown(&m, k) == cases[i].shown, "%s is %s", cases[i].point,
		   cases[i].shown ? "shown" : "not shown");
	}
	OK(!strcmp(sh_mounts_at(&m, "/var")->type, "xfs"), "the later of two mounts is seen");
	OK(sh_mounts_at(&m, "/mnt/nfs")->class == SH_MOUNT_NETWORK, "nfs4 may hang");
	OK(sh_mounts_at(&m, "/snap/core")->class == SH_MOUNT_IMAGE, "squashfs is an image");
	OK(sh_mounts_at(&m, "/spoilt")->stopped && !sh_mounts_at(&m, "/sound")->stopped,
	   "ext4 that an error stopped is known by its option");
	OK(!sh_mounts_at(&m, "/none"), "nothing is mounted there");
	sh_mounts_release(&m);
	OK(sh_mount_classify("fuse.sshfs") == SH_MOUNT_NETWORK, "fuse may hang");
	OK(sh_mount_classify("fuse.lxcfs") == SH_MOUNT_PSEUDO, "lxcfs holds no data");
}

static const char tcp[] =
	"  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n"
	"   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4711 1 0\n"
	"   1: 00000000:0050 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4712 1 0\n"
	"   2: 0100007F:1F90 0100007F:C350 01 00000000:00000000 00:00000000 00000000     0        0 4713 1 0\n"
	"   3: 00000000000000000000000000000000:0016 00000000000000000000000000000000:0000 0A "
	"00000000:00000000 00:00000000 00000000     0        0 4714 1 0\n"
	"   4: 0100007Z:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 1 1 0\n"
	"   5: 01\n";

static void test_sockets(void)
{
	static const struct { const char *address; uint64_t inode; } want[] = {
		{ "127.0.0.1:8080", 4711 }, { "127.0.0.1:80", 4712 }, { "[::1]:22", 4714 },
	};
	struct sh_listeners l = { 0 };

	sh_listeners_parse(&l, sh_span_of(tcp));
	OK(l.n == 3, "only listening sockets count");
	for (size_t i = 0; i < 3 && i < l.n; i++)
		OK(!strcmp(l.item[i].address, want[i].address) && l.item[i].inode == want[i].inode,
		   "listens on %s", want[i].address);
	sh_listeners_release(&l);
}

static void test_lists(void)
{
	static const struct { const char *text; uint64_t length; } cases[] = {
		{ "0\n", 1 }, { "0-3\n", 4 }, { "0-3,8\n", 5 }, { "0,2,4-5", 4 }, { "", 0 },
		{ "\n", 0 }, { "3-1", 0 }, { "0-", 0 }, { "-3", 0 }, { "0,,1", 0 }, { "0 1", 0 },
		{ "0-18446744073709551615", 0 }, { "0-18446744073709551616", 0 },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		uint64_t n = sh_text_list_length(sh_span_of(cases[i].text));

		OK(n == cases[i].length, "'%.*s' lists %" PRIu64,
		   (int)strcspn(cases[i].text, "\n"), cases[i].text, n);
	}
}

int main(void)
{
	test_lists();
	test_numbers();
	test_columns();
	test_lines();
	test_stat();
	test_mounts();
	test_sockets();
	return plan_done();
}

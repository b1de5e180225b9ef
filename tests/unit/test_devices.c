/* SPDX-License-Identifier: MIT */
/* Arrays, pools, NFS, sensors: the parsers, and the collectors on two captured trees. */
#include "config.h"

#include <fcntl.h>
#include <math.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "collect/host/hwmon.h"
#include "collect/host/kstat.h"
#include "collect/host/mdstat.h"
#include "collect/host/mountstats.h"
#include "collect/host/nfsproc.h"
#include "collect/table.h"
#include "collect/text.h"
#include "record/json.h"
#include "tap.h"

#define N(a) (sizeof(a) / sizeof(*(a)))
#define ABSENT ((double)NAN)

static bool is_same(double a, double b)
{
	return isnan(b) ? isnan(a) : fabs(a - b) <= 1e-9 * fabs(b);
}

static void test_mdstat(void)
{
	static const struct {
		const char *text;
		bool good, active;
		uint64_t working, required, failed, spare;
		double synced, percent;
		enum sh_md_sync sync;
	} cases[] = {
		{ "md0 : active raid1 a[0] b[1]\n  8 blocks [2/2] [UU]\n", true, true, 2, 2, 0, 0, 8,
		  ABSENT, SH_MD_NO_SYNC },
		{ "md0 : active raid1 a[0](F) b[1](W)(S)\n\t8 blocks super 1.2 [2/1] [_U]\n"
		  "  [=>..]  recovery =  8.5% (3/8) finish=1.0min speed=5K/sec", true, true, 1, 2, 1,
		  1, 3, 8.5, SH_MD_RECOVERY },
		{ "md0 : active raid1 a[0]\n  8 blocks [1/1] [U]\n  [==]  check =100.0% (8/8)\n", true,
		  true, 1, 1, 0, 0, 8, 100, SH_MD_CHECK },
		{ "md0 : active raid1 a[0]\n  8 blocks [1/1] [U]\n  resync=DELAYED\n", true, true, 1,
		  1, 0, 0, 0, ABSENT, SH_MD_RESYNC },
		{ "md0 : active raid5 a[0]\n  8 blocks [1/1] [U]\n  reshape=REMOTE\n", true, true, 1,
		  1, 0, 0, 0, ABSENT, SH_MD_RESHAPE },
		{ "md0 : broken raid0 a[0](F) b[1]\n  8 blocks\n", true, false, 0, 0, 1, 0, 8, ABSENT,
		  SH_MD_NO_SYNC },
		{ "md0 : active raid0 a[0] b[1]", true, true, 2, 2, 0, 0, ABSENT, ABSENT,
		  SH_MD_NO_SYNC },
		{ "md0 : active\n", true, true, 0, 0, 0, 0, ABSENT, ABSENT, SH_MD_NO_SYNC },
		{ "md0 : active raid1 a[0]\n  99999999999999999999 blocks [2/x] [U]\n", true, true, 1,
		  1, 0, 0, ABSENT, ABSENT, SH_MD_NO_SYNC },
		{ "md0 : active raid1 a[0]\n  8 blocks [99999999999999999999/1]\n", true, true, 1, 1,
		  0, 0, 8, ABSENT, SH_MD_NO_SYNC },
		{ "md0 : active raid1 (\n  8 blocks []/[ [/]\n", true, true, 0, 0, 0, 0, 8, ABSENT,
		  SH_MD_NO_SYNC },
		{ "md0:active raid1\n", false, false, 0, 0, 0, 0, 0, 0, SH_MD_NO_SYNC },
		{ "Personalities : \nd_home : active raid1 a[0]\n 8 blocks [1/1] [U]\n", true, true, 1, 1, 0,
		  0, 8, ABSENT, SH_MD_NO_SYNC },
		{ "  md0 : active raid1 a[0]\n", false, false, 0, 0, 0, 0, 0, 0, SH_MD_NO_SYNC },
		{ "md0\n", false, false, 0, 0, 0, 0, 0, 0, SH_MD_NO_SYNC },
		{ "Personalities : [raid1]\nunused devices: <none>\n", false, false, 0, 0, 0, 0, 0, 0,
		  SH_MD_NO_SYNC },
		{ "", false, false, 0, 0, 0, 0, 0, 0, SH_MD_NO_SYNC },
	};
	struct sh_md m;

	for (size_t i = 0; i < N(cases); i++) {
		struct sh_span rest = sh_span_of(cases[i].text);
		bool good = sh_mdstat_next(&rest, &m);

		OK(good == cases[i].good && (!good || (m.active == cases[i].active &&
		   m.working == cases[i].working && m.required == cases[i].required &&
		   m.failed == cases[i].failed && m.spare == cases[i].spare &&
		   is_same(m.synced, cases[i].synced) && is_same(m.percent, cases[i].percent) &&
		   m.sync == cases[i].sync)), "array %zu", i);
	}
}

static void test_kstat(void)
{
	struct sh_kstat k = { .rest = sh_span_of("9 1 0x01\nname type data\na 4 5\nb 3 -5\nc 7 x y\n"
						 "d 4 18446744073709551616\ne 4\n\nf 9 1\nz 4 6") };

	OK(sh_kstat_next(&k) && sh_span_is(k.name, "a") && k.is_number && is_same(k.value, 5),
	   "a number");
	OK(sh_kstat_next(&k) && k.is_number && is_same(k.value, -5), "a negative number");
	OK(sh_kstat_next(&k) && !k.is_number && sh_span_is(k.text, "x y"), "a text with blanks");
	OK(sh_kstat_next(&k) && sh_span_is(k.name, "d") && !k.is_number, "beyond 64 bits");
	OK(sh_kstat_next(&k) && sh_span_is(k.name, "f") && !k.is_number,
	   "a row without value is passed over, and a type that is none is no number");
	OK(sh_kstat_next(&k) && sh_span_is(k.name, "z") && is_same(k.value, 6), "a last row");
	OK(!sh_kstat_next(&k), "the end");
	k = (struct sh_kstat){ .rest = sh_span_of("a 4 5\nb 4 6\n") };
	OK(!sh_kstat_next(&k), "without the line of names there is nothing");
}

static void test_transport(void)
{
	static const struct { const char *text, *protocol; size_t n; uint64_t sends, slots; } cases[] = {
		{ "tcp 832 0 1 0 11 100 101 0 12154 0 24 26 5726", "tcp", 13, 100, 24 },
		{ "udp 832 0 100 101 0 12154 0 24 26 5726", "udp", 13, 100, 24 },
		{ "tcp 832 0 1 0 11 100 101 0 12154 0", "tcp", 10, 100, 0 },
		{ "rdma 0 0 1 0 11 100 101 0 1 0 7 7 7 7 7 7 7", "rdma", 10, 100, 0 },
		{ "tcp 832", NULL, 0, 0, 0 }, { "", NULL, 0, 0, 0 }, { "tcp x y", NULL, 0, 0, 0 },
	};
	uint64_t v[SH_XPRT_FIELDS];
	size_t n;

	for (size_t i = 0; i < N(cases); i++) {
		struct sh_span p = sh_mountstats_transport(sh_span_of(cases[i].text), v, &n);

		OK((cases[i].protocol ? sh_span_is(p, cases[i].protocol) : !p.p) && n == cases[i].n &&
		   v[SH_XPRT_SENDS] == cases[i].sends && v[SH_XPRT_SLOTS] == cases[i].slots,
		   "transport '%s'", cases[i].text);
	}
}

static void test_procedures(void)
{
	const struct sh_nfsproc *p = sh_nfsproc_client(sh_span_of("proc3"));

	OK(p && p->names == 22 && !strcmp(p->name[21], "Commit"), "procedures of version 3");
	p = sh_nfsproc_server(sh_span_of("proc4ops"));
	OK(p && p->names == 76 && !strcmp(p->name[39], "RelLockOwner") &&
	   !strcmp(p->name[58], "ReclaimComplete") && !strcmp(p->name[75], "RemoveXattr"),
	   "operations of version 4 by their numbers");
	OK(!sh_nfsproc_client(sh_span_of("proc4ops")) && !sh_nfsproc_server(sh_span_of("rpc")),
	   "other lines are none of procedures");
}

static void test_sensor_names(void)
{
	static const struct { const char *file, *sensor, *metric; double divisor; } cases[] = {
		{ "temp1_input", "temp1", "temp_celsius", 1000 },
		{ "temp12_crit_alarm", "temp12", "temp_crit_alarm_celsius", 1000 },
		{ "temp1_type", "temp1", "temp_type", 1 },
		{ "in0_input", "in0", "in_volts", 1000 }, { "in0_alarm", "in0", "in_alarm", 1 },
		{ "fan2_input", "fan2", "fan_rpm", 1 }, { "fan2_pulses", "fan2", "fan_pulses", 1 },
		{ "power1_average", "power1", "power_average_watt", 1e6 },
		{ "power1_average_interval", "power1", "power_average_interval_seconds", 1000 },
		{ "energy1_input", "energy1", "energy_joule_total", 1e6 },
		{ "curr3_beep", "curr3", "curr_beep_enabled", 1 },
		{ "update_interval", "update_interval0", "update_interval_seconds", 1000 },
		{ "beep_enable", "beep_enable0", "beep_enabled", 1 },
		{ "vrm", "vrm0", "voltage_regulator_version", 1 },
		{ "pwm1", "pwm1", "pwm", 1 }, { "pwm1_auto_point1_pwm", "pwm1", "pwm_auto_point1_pwm", 1 },
		{ "temp1_label", "temp1", NULL, 0 },
		{ "name", NULL, NULL, 0 }, { "uevent", NULL, NULL, 0 }, { "temperature1_input", NULL, NULL, 0 },
		{ "temp99999999999_input", NULL, NULL, 0 }, { "temp1x", NULL, NULL, 0 }, { "", NULL, NULL, 0 },
	};
	struct sh_hwmon_file f;
	char metric[256];
	double divisor = 0;

	for (size_t i = 0; i < N(cases); i++) {
		bool good = sh_hwmon_parse(cases[i].file, &f), named;

		if (!OK(good == (cases[i].sensor != NULL), "sensor file '%s'", cases[i].file) || !good)
			continue;
		named = sh_hwmon_metric(&f, false, metric, sizeof(metric), &divisor);
		if (!OK(!strcmp(f.sensor, cases[i].sensor) && named == (cases[i].metric != NULL) &&
			(!named || (!strcmp(metric, cases[i].metric) &&
				    is_same(divisor, cases[i].divisor))), "metric of '%s'", cases[i].file))
			diag("%s %s", f.sensor, named ? metric : "-");
	}
	sh_hwmon_clean("_Core Temp.0-", metric, sizeof(metric));
	OK(!strcmp(metric, "core_temp_0"), "a clean name");
	sh_hwmon_clean("---", metric, sizeof(metric));
	OK(!*metric, "a name of nothing but signs");
}

static int open_tree(const char *name)
{
	const char *top = getenv("abs_top_srcdir");
	char *path = sh_asprintf("%s/tests/data/%s", top ? top : ".", name);
	int fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);

	free(path);
	return fd;
}

static void run(struct sh_collect *c, const char *name)
{
	sh_buf_clear(&c->out);
	sh_collect_run(c, sh_collector_find(name));
}

/* The value in whichever record of the entity has it; DIM is a value of its dimensions or NULL. */
static double metric(const struct sh_collect *c, const char *entity, const char *dim, const char *group,
		     const char *name)
{
	struct sh_span rest = sh_text_of(&c->out), line;
	struct sh_error err = SH_ERROR_INIT;
	double found = ABSENT, v;

	while (sh_text_line(&rest, &line)) {
		json_t *r = sh_json_parse(line.p, line.len, &err), *value;
		bool has = !dim && !json_object_get(r, "dims");
		const char *key;

		json_object_foreach(json_object_get(r, "dims"), key, value)
			has = has || (dim && !strcmp(json_string_value(value), dim));
		v = sh_json_num(json_object_get(json_object_get(r, "metrics"), group), name, ABSENT);
		if (has && !strcmp(sh_json_str(r, "entity", ""), entity) && !isnan(v))
			found = v;
		json_decref(r);
	}
	return found;
}

struct want {
	const char *collector, *entity, *dim, *group, *name;
	double value; /* NaN: absent; below 0: any rate over 0 */
};

static void check_all(struct sh_collect *c, const struct want *w, size_t n, const char *when)
{
	for (size_t i = 0; i < n; i++) {
		double v;

		if (i == 0 || strcmp(w[i].collector, w[i - 1].collector) != 0)
			run(c, w[i].collector);
		v = metric(c, w[i].entity, w[i].dim, w[i].group, w[i].name);
		if (!OK(w[i].value == -1 ? v > 0 : is_same(v, w[i].value), "%s: %s %s.%s%s%s", when,
			w[i].entity, w[i].group, w[i].name, w[i].dim ? " of " : "",
			w[i].dim ? w[i].dim : ""))
			diag("%.17g instead of %.17g", v, w[i].value);
	}
}

#define MOUNT "filesystem:/mnt/with%20blank@h"
#define BTRFS "btrfs:0abb23a9-579b-43e6-ad30-227ef47fcb9d@h"
#define BCACHE "bcache:0abb23a9-579b-43e6-ad30-227ef47fcb9d@h"
#define WEB "cgroup:/system.slice/web.service@h"
#define BROKEN "cgroup:/system.slice/broken.service@h"
#define RATE (-1.0)

static void test_first_reading(struct sh_collect *c)
{
	static const struct want w[] = {
		{ "md", "md:md0@h", NULL, "md", "degraded", 0 },
		{ "md", "md:md1@h", NULL, "md", "degraded", 2 },
		{ "md", "md:md1@h", NULL, "md", "disks_failed", 1 },
		{ "md", "md:md1@h", NULL, "md", "disks_spare", 1 },
		{ "md", "md:md1@h", NULL, "md", "sync_percent", 8.5 },
		{ "md", "md:md1@h", NULL, "md", "sync_left_s", 1050 },
		{ "md", "md:md2@h", NULL, "md", "syncing", 1 },
		{ "md", "md:md2@h", NULL, "md", "sync_percent", ABSENT },
		{ "md", "md:md2@h", NULL, "md", "read_only", 1 },
		{ "md", "md:md3@h", NULL, "md", "active", 0 },
		{ "md", "md:md3@h", NULL, "md", "degraded", ABSENT },
		{ "md", "md:md4@h", NULL, "md", "degraded", 0 },
		{ "md", "md:md4@h", NULL, "md", "disks_active", 2 },
		{ "md", "md:md_d5@h", NULL, "md", "active", 1 },
		{ "zfs", "pool:tank@h", NULL, "zfs", "online", 1 },
		{ "zfs", "pool:tank@h", NULL, "zfs", "read_bytes", ABSENT },
		{ "zfs", "host:h", NULL, "zfs", "arc_hit", ABSENT },
		{ "zfs", "host:h", NULL, "zfs", "arc_bytes", 1500000000 },
		{ "zfs", "pool:gone@h", NULL, "zfs", "online", ABSENT },
		{ "nfs", "host:h", NULL, "nfs", "calls", ABSENT },
		{ "nfs", MOUNT, NULL, "latency", "read_avg", ABSENT },
		{ "nfsd", "host:h", NULL, "nfsd", "threads", 8 },
		{ "nfsd", "host:h", NULL, "nfsd", "calls", ABSENT },
		{ "btrfs", BTRFS, NULL, "btrfs", "allocated", 50 },
		{ "btrfs", BTRFS, NULL, "btrfs", "data_usage", 90 },
		{ "btrfs", BTRFS, NULL, "btrfs", "metadata_usage", ABSENT },
		{ "btrfs", BTRFS, NULL, "btrfs", "devices_missing", 1 },
		{ "btrfs", BTRFS, NULL, "btrfs", "device_errors", 7 },
		{ "btrfs", "btrfs:0@h", NULL, "btrfs", "allocated", ABSENT },
		{ "bcache", BCACHE, NULL, "bcache", "hit", ABSENT },
		{ "bcache", BCACHE, NULL, "bcache", "available", 97 },
		{ "bcache", BCACHE, NULL, "bcache", "dirty_bytes", ABSENT },
		{ "bcache", BCACHE, NULL, "bcache", "errors", 3 },
		{ "drbd", "disk:drbd0@h", NULL, "drbd", "connected", 0 },
		{ "drbd", "disk:drbd0@h", NULL, "drbd", "peer_up_to_date", 0 },
		{ "drbd", "disk:drbd0@h", NULL, "drbd", "out_of_sync_bytes", 2048 * 1024 },
		{ "drbd", "disk:drbd0@h", NULL, "drbd", "sync_percent", 2.5 },
		{ "drbd", "disk:drbd0@h", NULL, "drbd", "epochs", ABSENT },
		{ "drbd", "disk:drbd2@h", NULL, "drbd", "up_to_date", ABSENT },
		{ "multipath", "multipath:data@h", NULL, "multipath", "paths", 3 },
		{ "multipath", "multipath:data@h", NULL, "multipath", "paths_failed", 2 },
		{ "multipath", "multipath:vg-root@h", NULL, "multipath", "active", ABSENT },
		{ "nvme", "disk:nvme0@h", NULL, "nvme", "live", 1 },
		{ "hwmon", "chip:nct6779@h", "temp1", "temperature", "celsius", -5.5 },
		{ "hwmon", "chip:nct6779@h", "temp1", "temperature", "high_celsius", 80 },
		{ "hwmon", "chip:nct6779@h", "temp1", "temperature", "critical_celsius", ABSENT },
		{ "hwmon", "chip:nct6779@h", "temp2", "temperature", "celsius", ABSENT },
		{ "hwmon", "chip:nct6779@h", "temp2", "temperature", "fault", 1 },
		{ "hwmon", "chip:nct6779@h", "fan1", "fan", "rpm", 1098 },
		{ "hwmon", "chip:nct6779@h", "power1", "power", "watts", 15.5 },
		{ "hwmon", "chip:nct6779@h", "in0", "hwmon", "in_volts", ABSENT },
		{ "thermal", "thermal_zone:0@h", NULL, "temperature", "celsius", 45 },
		{ "thermal", "thermal_zone:0@h", NULL, "temperature", "critical_celsius", 105 },
		{ "thermal", "thermal_zone:1@h", NULL, "temperature", "celsius", ABSENT },
		{ "edac", "memory_controller:0@h", NULL, "edac", "correctable_errors_total", 5 },
		{ "edac", "memory_controller:0@h", NULL, "edac", "correctable", ABSENT },
		{ "cgroup", WEB, NULL, "cgroup", "memory_usage", 75 },
		{ "cgroup", WEB, NULL, "cgroup", "cpu_limit", 50 },
		{ "cgroup", WEB, NULL, "cgroup", "pids_usage", 25 },
		{ "cgroup", WEB, NULL, "cgroup", "oom_kills", ABSENT },
		{ "cgroup", WEB, NULL, "pressure", "cpu_some_avg10", 1.5 },
		{ "cgroup", WEB, NULL, "pressure", "cpu_full_avg10", 0.25 },
		{ "cgroup", WEB, NULL, "pressure", "memory_some_avg10", ABSENT },
		{ "cgroup", "cgroup:/a%20b@h", NULL, "cgroup", "memory_bytes", 1 },
		{ "cgroup", "cgroup:/a%20b@h", NULL, "cgroup", "memory_usage", ABSENT },
		{ "cgroup", BROKEN, NULL, "cgroup", "memory_bytes", ABSENT },
		{ "cgroup", BROKEN, NULL, "cgroup", "pids", ABSENT },
		{ "cgroup", BROKEN, NULL, "cgroup", "cpu_limit", ABSENT },
		{ "power", "power_supply:AC@h", NULL, "power", "online", 1 },
		{ "power", "power_supply:BAT0@h", NULL, "power", "online", ABSENT },
		{ "power", "power_supply:BAT0@h", NULL, "power", "capacity", 81 },
		{ "power", "power_supply:BAT0@h", NULL, "power", "discharging", 1 },
		{ "rapl", "rapl:intel-rapl:0@h", NULL, "power", "watts", ABSENT },
	};

	check_all(c, w, N(w), "first reading");
}

static void test_second_reading(struct sh_collect *c)
{
	static const struct want w[] = {
		{ "zfs", "host:h", NULL, "zfs", "arc_hit", 90 },
		{ "zfs", "host:h", NULL, "zfs", "arc_throttled", RATE },
		{ "zfs", "pool:tank@h", NULL, "zfs", "online", 0 },
		{ "zfs", "pool:tank@h", NULL, "zfs", "usable", 1 },
		{ "zfs", "pool:tank@h", NULL, "zfs", "write_ops", RATE },
		{ "nfs", "host:h", NULL, "nfs", "retransmitted", 5 },
		{ "nfs", "host:h", NULL, "nfs", "calls", RATE },
		{ "nfs", MOUNT, NULL, "latency", "read_avg", 5 },
		{ "nfs", MOUNT, NULL, "latency", "write_avg", ABSENT },
		{ "nfs", MOUNT, NULL, "nfs", "read_rtt_avg", 5 },
		{ "nfs", MOUNT, NULL, "nfs", "retransmitted", 10 },
		{ "nfs", "filesystem:/mnt/short@h", NULL, "latency", "read_avg", ABSENT },
		{ "nfs", "filesystem:/tmp@h", NULL, "nfs", "calls", ABSENT },
		{ "nfsd", "host:h", NULL, "nfsd", "calls", RATE },
		{ "nfsd", "host:h", NULL, "nfsd", "bad_calls", 0 },
		{ "nvme", "disk:nvme0@h", NULL, "nvme", "live", 0 },
		{ "edac", "memory_controller:0@h", NULL, "edac", "correctable", RATE },
		{ "edac", "memory_controller:0@h", NULL, "edac", "uncorrectable", 0 },
		{ "bcache", BCACHE, NULL, "bcache", "hit", 75 },
		{ "cgroup", WEB, NULL, "cgroup", "cpu_throttled", 50 },
		{ "cgroup", WEB, NULL, "cgroup", "cpu_usage", RATE },
		{ "cgroup", WEB, NULL, "cgroup", "oom_kills", RATE },
		{ "cgroup", WEB, NULL, "cgroup", "read_ops", RATE },
		{ "cgroup", WEB, NULL, "cgroup", "write_bytes", 0 },
		{ "rapl", "rapl:intel-rapl:0@h", NULL, "power", "watts", RATE },
	};

	close(c->root);
	c->root = open_tree("devices-after");
	sh_clock_sleep(2 * SH_MS);
	check_all(c, w, N(w), "second reading");
}

/* Counters that went back were reset: no rate, rather than a wrong one. */
static void test_reset(struct sh_collect *c)
{
	static const struct want w[] = {
		{ "zfs", "host:h", NULL, "zfs", "arc_hit", ABSENT },
		{ "zfs", "pool:tank@h", NULL, "zfs", "read_bytes", ABSENT },
		{ "nfs", "host:h", NULL, "nfs", "calls", ABSENT },
		{ "nfs", MOUNT, NULL, "latency", "read_avg", ABSENT },
		{ "nfsd", "host:h", NULL, "nfsd", "calls", ABSENT },
		{ "edac", "memory_controller:0@h", NULL, "edac", "correctable", ABSENT },
		{ "cgroup", WEB, NULL, "cgroup", "cpu", ABSENT },
		{ "rapl", "rapl:intel-rapl:0@h", NULL, "power", "watts", ABSENT },
	};

	close(c->root);
	c->root = open_tree("devices-before");
	sh_clock_sleep(2 * SH_MS);
	check_all(c, w, N(w), "after a reset");
}

static void test_detail(struct sh_collect *c)
{
	static const struct want w[] = {
		{ "md", "md:md1@h", "failed", "md", "disks", 1 },
		{ "md", "md:md1@h", "recovering", "md", "state", 1 },
		{ "md", "md:md3@h", "inactive", "md", "state", 1 },
		{ "md", "md:md1@h", NULL, "md", "blocks_synced", 16775552 },
		{ "zfs", "host:h", NULL, "zfs", "arc_memory_available_bytes", -1073741824 },
		{ "zfs", "host:h", NULL, "zfs", "arc_too_large", ABSENT },
		{ "zfs", "host:h", NULL, "zfs", "fm_erpt_dropped", 18 },
		{ "zfs", "pool:tank@h", NULL, "zfs", "zpool_nread", 1000 },
		{ "zfs", "pool:tank@h", "online", "zfs", "zpool_state", 1 },
		{ "zfs", "dataset:tank/a%20b@h", "tank", "zfs", "zpool_dataset_writes", 7 },
		{ "nfs", "host:h", "MkNod", "nfs", "requests_total", 11 },
		{ "nfs", "host:h", "Read", "nfs", "requests_total", 2 },
		{ "nfs", "host:h", "Clone", "nfs", "requests_total", 0 },
		{ "nfs", MOUNT, "srv:/data", "mountstats", "nfs_age_seconds_total", 13968 },
		{ "nfs", MOUNT, "10.0.0.1", "mountstats", "nfs_mountpoint_info", 1 },
		{ "nfs", MOUNT, "READ", "mountstats", "nfs_operations_request_time_seconds_total", 0.2 },
		{ "nfs", MOUNT, "GETATTR", "mountstats", "nfs_operations_requests_total", ABSENT },
		{ "nfs", "filesystem:/mnt/short@h", "udp", "mountstats", "nfs_age_seconds_total", 1 },
		{ "nfs", "filesystem:/mnt/short@h", "udp", "mountstats", "nfs_transport_sends_total", ABSENT },
		{ "nfsd", "host:h", "Null", "nfsd", "requests_total", 2 },
		{ "nfsd", "host:h", "Commit", "nfsd", "requests_total", ABSENT },
		{ "xfs", "disk:sda1@h", NULL, "xfs", "write_calls_total", 28 },
		{ "xfs", "disk:sda1@h", NULL, "xfs", "extent_allocation_blocks_allocated_total", 872 },
		{ "xfs", "disk:sda1@h", NULL, "xfs", "extent_allocation_blocks_freed_total", ABSENT },
		{ "xfs", "disk:stats@h", NULL, "xfs", "write_calls_total", ABSENT },
		{ "bcache", BCACHE, "cache0", "bcache", "written_bytes_total", 2684354560 },
		{ "bcache", BCACHE, "bdev0", "bcache", "bypassed_bytes_total", 1099511627776 },
		{ "bcache", BCACHE, "bdev2", "bcache", "dirty_data_bytes", ABSENT },
		{ "bcache", BCACHE, NULL, "bcache", "btree_read_average_duration_seconds", 0.0015 },
		{ "bcache", BCACHE, "bdev0", "bcache", "writeback_rate", 1.5 * 1024 * 1024 },
		{ "bcache", BCACHE, "bdev0", "bcache", "writeback_rate_proportional_term", -2048 },
		{ "bcache", BCACHE, "bdev0", "bcache", "writeback_rate_integral_term", ABSENT },
		{ "bcache", BCACHE, "cache0", "bcache", "priority_stats_unused_percent", 99 },
		{ "bcache", BCACHE, "cache0", "bcache", "priority_stats_metadata_percent", ABSENT },
		{ "btrfs", BTRFS, "raid5", "btrfs", "allocation_ratio", 1.5 },
		{ "btrfs", BTRFS, NULL, "btrfs", "commits_total", ABSENT },
		{ "multipath", "multipath:data@h", "offline", "dmmultipath", "path_state", 1 },
		{ "multipath", "multipath:data@h", "unknown", "dmmultipath", "path_state", 1 },
		{ "nvme", "disk:nvme0@h", "1", "nvme", "namespace_size_bytes", 4096 },
		{ "nvme", "disk:nvme0@h", "1", "nvme", "namespace_used_bytes", ABSENT },
		{ "hwmon", "chip:nct6779@h", "in0", "hwmon", "in_volts", 1.024 },
		{ "hwmon", "chip:nct6779@h", "update_interval0", "hwmon", "update_interval_seconds", 1 },
		{ "hwmon", "chip:nct6779@h", "temp1", "hwmon", "temp_crit_celsius", ABSENT },
		{ "thermal", "cooling_device:0@h", "Processor", "cooling", "device_cur_state", 2 },
		{ "thermal", "cooling_device:0@h", "Processor", "cooling", "device_max_state", ABSENT },
		{ "edac", "memory_controller:0@h", "mc0_csrow0_channel1", "edac", "channel_correctable_errors_total", 4 },
		{ "edac", "memory_controller:0@h", "unknown", "edac", "csrow_correctable_errors_total", ABSENT },
		{ "cgroup", WEB, NULL, "cgroup", "read_bytes_total", 2000 },
		{ "cgroup", WEB, NULL, "cgroup", "cpu_seconds_total", 0.001 },
		{ "cgroup", BROKEN, NULL, "cgroup", "cpu_seconds_total", ABSENT },
		{ "cgroup", "host:h", "cpu", "cgroups", "cgroups", 172 },
		{ "power", "power_supply:BAT0@h", "Battery", "power", "supply_info", 1 },
		{ "power", "power_supply:BAT0@h", NULL, "power", "supply_power_watt", 5.002 },
		{ "power", "power_supply:BAT0@h", NULL, "power", "supply_temp_celsius", -10.5 },
		{ "power", "power_supply:BAT0@h", NULL, "power", "supply_energy_watthour", ABSENT },
		{ "rapl", "rapl:intel-rapl:0@h", "0", "rapl", "package_joules_total", 1 },
	};

	c->detail = true;
	check_all(c, w, N(w), "in detail");
}

/* As --source does it. */
static void test_one(struct sh_collect *c)
{
	static const struct { const char *collector, *target, *entity; } one[] = {
		{ "md", "md1", "md:md1@h" }, { "zfs", "tank", "pool:tank@h" },
		{ "nfs", "/mnt/short", "filesystem:/mnt/short@h" }, { "drbd", "drbd2", "disk:drbd2@h" },
		{ "hwmon", "nct6779", "chip:nct6779@h" }, { "thermal", "0", "thermal_zone:0@h" },
		{ "multipath", "data", "multipath:data@h" }, { "nvme", "nvme0", "disk:nvme0@h" },
		{ "edac", "0", "memory_controller:0@h" }, { "xfs", "sda1", "disk:sda1@h" },
		{ "cgroup", "/system.slice/web.service", WEB }, { "power", "AC", "power_supply:AC@h" },
	};

	c->detail = false;
	for (size_t i = 0; i < N(one); i++) {
		struct sh_span rest, line;
		size_t others = 0;

		c->target = one[i].target;
		run(c, one[i].collector);
		c->target = NULL;
		rest = sh_text_of(&c->out);
		while (sh_text_line(&rest, &line))
			others += !memmem(line.p, line.len, one[i].entity, strlen(one[i].entity));
		OK(!others, "%s of %s alone", one[i].collector, one[i].target);
	}
}

int main(void)
{
	struct sh_error err = SH_ERROR_INIT;
	struct sh_collect c;

	test_mdstat();
	test_kstat();
	test_transport();
	test_procedures();
	test_sensor_names();
	if (sh_collect_init(&c, ".", "h", &err) < 0) {
		printf("Bail out! %s\n", err.text);
		return 99;
	}
	close(c.root);
	c.root = open_tree("devices-before");
	c.live = false;
	test_first_reading(&c);
	test_second_reading(&c);
	test_reset(&c);
	test_detail(&c);
	test_one(&c);
	sh_collect_release(&c);
	return plan_done();
}

/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "collect/table.h"

#include <string.h>

/* The one list of collectors. --list and the manual take their texts from share/metrics.yaml. */
const struct sh_collector sh_collectors[] = {
	{ "cpu", SH_COLLECT_RATES | SH_COLLECT_CAPTURED, NULL, sh_collect_cpu },
	{ "memory", SH_COLLECT_CAPTURED, NULL, sh_collect_memory },
	{ "paging", SH_COLLECT_RATES | SH_COLLECT_CAPTURED, NULL, sh_collect_paging },
	{ "load", SH_COLLECT_CAPTURED, NULL, sh_collect_load },
	{ "pressure", SH_COLLECT_CAPTURED, NULL, sh_collect_pressure },
	{ "limits", SH_COLLECT_RATES | SH_COLLECT_CAPTURED, NULL, sh_collect_limits },
	{ "process", SH_COLLECT_RATES | SH_COLLECT_CAPTURED, NULL, sh_collect_process },
	{ "time", 0, NULL, sh_collect_clock },
	{ "users", SH_COLLECT_CAPTURED, NULL, sh_collect_users },
	{ "reboot", SH_COLLECT_CAPTURED, NULL, sh_collect_reboot },
	{ "units", SH_COLLECT_SELDOM, NULL, sh_collect_units },
	{ "filesystem", 0, NULL, sh_collect_filesystem },
	{ "probe", 0, sh_probe_applies, sh_collect_probe },
	{ "disk", SH_COLLECT_RATES | SH_COLLECT_CAPTURED, NULL, sh_collect_disk },
	{ "md", SH_COLLECT_CAPTURED, NULL, sh_collect_md },
	{ "zfs", SH_COLLECT_RATES | SH_COLLECT_CAPTURED, NULL, sh_collect_zfs },
	{ "nfs", SH_COLLECT_RATES | SH_COLLECT_CAPTURED, NULL, sh_collect_nfs },
	{ "nfsd", SH_COLLECT_RATES | SH_COLLECT_CAPTURED, NULL, sh_collect_nfsd },
	{ "xfs", SH_COLLECT_CAPTURED | SH_COLLECT_DETAIL, NULL, sh_collect_xfs },
	{ "btrfs", SH_COLLECT_CAPTURED, NULL, sh_collect_btrfs },
	{ "bcache", SH_COLLECT_RATES | SH_COLLECT_CAPTURED, NULL, sh_collect_bcache },
	{ "drbd", SH_COLLECT_CAPTURED, NULL, sh_collect_drbd },
	{ "multipath", SH_COLLECT_CAPTURED, NULL, sh_collect_multipath },
	{ "nvme", SH_COLLECT_CAPTURED, NULL, sh_collect_nvme },
	{ "hwmon", SH_COLLECT_CAPTURED, NULL, sh_collect_hwmon },
	{ "thermal", SH_COLLECT_CAPTURED, NULL, sh_collect_thermal },
	{ "power", SH_COLLECT_CAPTURED, NULL, sh_collect_power },
	{ "rapl", SH_COLLECT_RATES | SH_COLLECT_CAPTURED, NULL, sh_collect_rapl },
	{ "edac", SH_COLLECT_RATES | SH_COLLECT_CAPTURED, NULL, sh_collect_edac },
	{ "cgroup", SH_COLLECT_RATES | SH_COLLECT_CAPTURED | SH_COLLECT_DETAIL, NULL, sh_collect_cgroup },
	{ "network", SH_COLLECT_RATES | SH_COLLECT_CAPTURED, NULL, sh_collect_network },
	{ "sockets", SH_COLLECT_RATES | SH_COLLECT_CAPTURED, NULL, sh_collect_sockets },
	{ "softnet", SH_COLLECT_RATES | SH_COLLECT_CAPTURED, NULL, sh_collect_softnet },
	{ "schedstat", SH_COLLECT_CAPTURED | SH_COLLECT_DETAIL, NULL, sh_collect_schedstat },
	{ "slabinfo", SH_COLLECT_CAPTURED | SH_COLLECT_DETAIL, NULL, sh_collect_slabinfo },
	{ "interrupts", SH_COLLECT_CAPTURED | SH_COLLECT_DETAIL, NULL, sh_collect_interrupts },
	{ "zones", SH_COLLECT_CAPTURED | SH_COLLECT_DETAIL, NULL, sh_collect_zones },
	{ "ksm", SH_COLLECT_CAPTURED | SH_COLLECT_DETAIL, NULL, sh_collect_ksm },
	{ "arp", SH_COLLECT_CAPTURED | SH_COLLECT_DETAIL, NULL, sh_collect_arp },
	{ "lnstat", SH_COLLECT_CAPTURED | SH_COLLECT_DETAIL, NULL, sh_collect_lnstat },
	{ "xfrm", SH_COLLECT_CAPTURED | SH_COLLECT_DETAIL, NULL, sh_collect_xfrm },
	{ "udpqueue", SH_COLLECT_CAPTURED | SH_COLLECT_DETAIL, NULL, sh_collect_udpqueue },
	{ "deleted", SH_COLLECT_NAMED, NULL, sh_collect_deleted },
	{ "space", SH_COLLECT_NAMED, NULL, sh_collect_space },
	{ "ports", SH_COLLECT_NAMED, NULL, sh_collect_ports },
	{ "tail", SH_COLLECT_NAMED, NULL, sh_collect_tail },
	{ "service", SH_COLLECT_RATES | SH_COLLECT_INSTANT, sh_service_applies, sh_collect_service },
	{ "file", 0, sh_file_applies, sh_collect_file },
	{ "route", 0, sh_route_applies, sh_collect_route },
	/* Whatever waits for others stands last, so that nothing waits for it. */
	{ "check", SH_COLLECT_WAITS, sh_check_applies, sh_collect_check },
	{ "drift", SH_COLLECT_SELDOM, NULL, sh_collect_drift },
	{ "topology", SH_COLLECT_CAPTURED, NULL, sh_collect_topology },
	{ "event", SH_COLLECT_CAPTURED, NULL, sh_collect_event },
	{ NULL, 0, NULL, NULL },
};

const size_t sh_collectors_count = sizeof(sh_collectors) / sizeof(*sh_collectors) - 1;

const struct sh_collector *sh_collector_find(const char *name)
{
	for (const struct sh_collector *k = sh_collectors; k->name; k++)
		if (!strcmp(k->name, name))
			return k;
	return NULL;
}

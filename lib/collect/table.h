/* SPDX-License-Identifier: MIT */
/*
 * table - the functions behind the collectors, one file each
 *
 * Each appends samples to c->out; see collector.h for what they return.
 */
#ifndef SH_COLLECT_TABLE_H
#define SH_COLLECT_TABLE_H

#include "collect/collector.h"

int sh_collect_cpu(struct sh_collect *c, struct sh_error *err);
int sh_collect_memory(struct sh_collect *c, struct sh_error *err);
int sh_collect_paging(struct sh_collect *c, struct sh_error *err);
int sh_collect_load(struct sh_collect *c, struct sh_error *err);
int sh_collect_limits(struct sh_collect *c, struct sh_error *err);
int sh_collect_pressure(struct sh_collect *c, struct sh_error *err);
int sh_collect_process(struct sh_collect *c, struct sh_error *err);
int sh_collect_clock(struct sh_collect *c, struct sh_error *err);
int sh_collect_users(struct sh_collect *c, struct sh_error *err);
int sh_collect_reboot(struct sh_collect *c, struct sh_error *err);
int sh_collect_units(struct sh_collect *c, struct sh_error *err);
int sh_collect_filesystem(struct sh_collect *c, struct sh_error *err);
int sh_collect_probe(struct sh_collect *c, struct sh_error *err);
int sh_collect_disk(struct sh_collect *c, struct sh_error *err);
int sh_collect_md(struct sh_collect *c, struct sh_error *err);
int sh_collect_zfs(struct sh_collect *c, struct sh_error *err);
int sh_collect_nfs(struct sh_collect *c, struct sh_error *err);
int sh_collect_nfsd(struct sh_collect *c, struct sh_error *err);
int sh_collect_xfs(struct sh_collect *c, struct sh_error *err);
int sh_collect_btrfs(struct sh_collect *c, struct sh_error *err);
int sh_collect_bcache(struct sh_collect *c, struct sh_error *err);
int sh_collect_drbd(struct sh_collect *c, struct sh_error *err);
int sh_collect_multipath(struct sh_collect *c, struct sh_error *err);
int sh_collect_nvme(struct sh_collect *c, struct sh_error *err);
int sh_collect_hwmon(struct sh_collect *c, struct sh_error *err);
int sh_collect_thermal(struct sh_collect *c, struct sh_error *err);
int sh_collect_power(struct sh_collect *c, struct sh_error *err);
int sh_collect_rapl(struct sh_collect *c, struct sh_error *err);
int sh_collect_edac(struct sh_collect *c, struct sh_error *err);
int sh_collect_cgroup(struct sh_collect *c, struct sh_error *err);
int sh_collect_sockets(struct sh_collect *c, struct sh_error *err);
int sh_collect_network(struct sh_collect *c, struct sh_error *err);
int sh_collect_softnet(struct sh_collect *c, struct sh_error *err);
int sh_collect_schedstat(struct sh_collect *c, struct sh_error *err);
int sh_collect_slabinfo(struct sh_collect *c, struct sh_error *err);
int sh_collect_interrupts(struct sh_collect *c, struct sh_error *err);
int sh_collect_zones(struct sh_collect *c, struct sh_error *err);
int sh_collect_arp(struct sh_collect *c, struct sh_error *err);
int sh_collect_lnstat(struct sh_collect *c, struct sh_error *err);
int sh_collect_xfrm(struct sh_collect *c, struct sh_error *err);
int sh_collect_deleted(struct sh_collect *c, struct sh_error *err);
int sh_collect_space(struct sh_collect *c, struct sh_error *err);
int sh_collect_ports(struct sh_collect *c, struct sh_error *err);
int sh_collect_tail(struct sh_collect *c, struct sh_error *err);
int sh_collect_udpqueue(struct sh_collect *c, struct sh_error *err);
int sh_collect_ksm(struct sh_collect *c, struct sh_error *err);
int sh_collect_service(struct sh_collect *c, struct sh_error *err);
int sh_collect_check(struct sh_collect *c, struct sh_error *err);
int sh_collect_route(struct sh_collect *c, struct sh_error *err);
int sh_collect_file(struct sh_collect *c, struct sh_error *err);
int sh_collect_drift(struct sh_collect *c, struct sh_error *err);
int sh_collect_topology(struct sh_collect *c, struct sh_error *err);
int sh_collect_event(struct sh_collect *c, struct sh_error *err);

/* Whether the site declares something of the kind; SITE may be NULL. */
bool sh_probe_applies(const struct sh_site *site);
bool sh_service_applies(const struct sh_site *site);
bool sh_check_applies(const struct sh_site *site);
bool sh_route_applies(const struct sh_site *site);
bool sh_file_applies(const struct sh_site *site);

#endif

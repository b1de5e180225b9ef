/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "collect/format/formats.h"

#include <string.h>

#include "collect/log/entry.h"

/* The one list of formats, by name. */
static const struct sh_format formats[] = {
	{ .name = "ceph", .summary = "ceph ... -f json, and perf dump of its daemons",
	  .document = sh_format_ceph },
	{ .name = "cloudevents", .summary = "CloudEvents as JSON: events of other programs",
	  .document = sh_format_cloudevents },
	{ .name = "docker", .summary = "docker and podman: stats, inspect, ps, info, by API and command",
	  .document = sh_format_docker },
	{ .name = "domstats", .summary = "virsh domstats",
	  .document = sh_format_domstats },
	{ .name = "gluster", .summary = "gluster ... --xml: peers, volumes, bricks, heal, profile, quota",
	  .document = sh_format_gluster },
	{ .name = "haproxy", .summary = "haproxy: show stat, or the page ;csv",
	  .document = sh_format_haproxy },
	{ .name = "jaeger", .summary = "traces of Jaeger as JSON: calls between services, and who needs whom",
	  .document = sh_format_jaeger },
	{ .name = "journal", .summary = "the journal as JSON: journalctl -o json",
	  .line = sh_format_journal, .idle = sh_log_release, .end = sh_log_end,
	  .flags = SH_FORMAT_LONG | SH_FORMAT_ENTRIES },
	{ .name = "journal-export", .summary = "the journal's export format: journalctl -o export",
	  .line = sh_format_journal_export, .end = sh_format_journal_export_end,
	  .flags = SH_FORMAT_LONG | SH_FORMAT_RAW | SH_FORMAT_ENTRIES },
	{ .name = "json", .summary = "records or bare objects, on one line or many",
	  .document = sh_format_json },
	{ .name = "kmsg", .summary = "the kernel's messages: /dev/kmsg, or what dmesg shows",
	  .line = sh_format_kmsg, .idle = sh_log_release, .end = sh_log_end,
	  .flags = SH_FORMAT_LONG | SH_FORMAT_ENTRIES },
	{ .name = "kubectl", .summary = "kubectl get KIND,... -o json",
	  .document = sh_format_kubectl },
	{ .name = "kubelet", .summary = "kubelet: /stats/summary",
	  .document = sh_format_kubelet },
	{ .name = "log", .summary = "lines of a log: times, levels, JSON and stack traces are understood",
	  .line = sh_format_log, .idle = sh_log_release, .end = sh_log_end,
	  .flags = SH_FORMAT_LONG | SH_FORMAT_ENTRIES },
	{ .name = "lvm", .summary = "lvs, vgs, pvs --reportformat json",
	  .document = sh_format_lvm },
	{ .name = "mdadm", .summary = "mdadm --detail (and --export) and --examine",
	  .document = sh_format_mdadm },
	{ .name = "nagios", .summary = "what plugins for Nagios print, and their performance data",
	  .document = sh_format_nagios, .flags = SH_FORMAT_STATE },
	{ .name = "nats", .summary = "nats: /varz and /jsz",
	  .document = sh_format_nats },
	{ .name = "nginx", .summary = "nginx: stub_status",
	  .document = sh_format_nginx },
	{ .name = "openmetrics", .summary = "the OpenMetrics text of an exporter, held to its rules",
	  .document = sh_format_openmetrics },
	{ .name = "otlp", .summary = "metrics, logs and traces of OpenTelemetry as JSON",
	  .document = sh_format_otlp, .flags = SH_FORMAT_ENTRIES },
	{ .name = "prom", .summary = "the Prometheus text of an exporter",
	  .document = sh_format_prom },
	{ .name = "redis", .summary = "redis: INFO",
	  .document = sh_format_redis },
	{ .name = "sadf", .summary = "what sysstat kept: sadf -j",
	  .document = sh_format_sadf },
	{ .name = "smartctl", .summary = "smartctl --json",
	  .document = sh_format_smartctl },
	{ .name = "syslog", .summary = "syslog: RFC 3164 and RFC 5424, as in files and on sockets",
	  .line = sh_format_syslog, .idle = sh_log_release, .end = sh_log_end,
	  .flags = SH_FORMAT_LONG | SH_FORMAT_ENTRIES },
	{ .name = "zpool", .summary = "zpool status and zpool list, as text and with -j",
	  .document = sh_format_zpool },
	{ .name = NULL },
};

const struct sh_format *sh_format_find(const char *name)
{
	for (const struct sh_format *f = formats; f->name; f++)
		if (!strcmp(f->name, name))
			return f;
	return NULL;
}

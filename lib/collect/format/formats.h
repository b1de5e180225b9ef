/* SPDX-License-Identifier: MIT */
/* formats - the functions behind the table, one file each; see format.h */
#ifndef SH_COLLECT_FORMAT_FORMATS_H
#define SH_COLLECT_FORMAT_FORMATS_H

#include "collect/format/format.h"

int sh_format_ceph(struct sh_import *in, struct sh_span text, struct sh_error *err);
int sh_format_cloudevents(struct sh_import *in, struct sh_span text, struct sh_error *err);
int sh_format_docker(struct sh_import *in, struct sh_span text, struct sh_error *err);
int sh_format_domstats(struct sh_import *in, struct sh_span text, struct sh_error *err);
int sh_format_gluster(struct sh_import *in, struct sh_span text, struct sh_error *err);
int sh_format_haproxy(struct sh_import *in, struct sh_span text, struct sh_error *err);
int sh_format_jaeger(struct sh_import *in, struct sh_span text, struct sh_error *err);
int sh_format_journal(struct sh_import *in, struct sh_span line, struct sh_error *err);
int sh_format_journal_export(struct sh_import *in, struct sh_span line, struct sh_error *err);
void sh_format_journal_export_end(struct sh_import *in);
int sh_format_json(struct sh_import *in, struct sh_span text, struct sh_error *err);
int sh_format_kmsg(struct sh_import *in, struct sh_span line, struct sh_error *err);
int sh_format_kubectl(struct sh_import *in, struct sh_span text, struct sh_error *err);
int sh_format_kubelet(struct sh_import *in, struct sh_span text, struct sh_error *err);
int sh_format_log(struct sh_import *in, struct sh_span line, struct sh_error *err);
int sh_format_lvm(struct sh_import *in, struct sh_span text, struct sh_error *err);
int sh_format_mdadm(struct sh_import *in, struct sh_span text, struct sh_error *err);
int sh_format_nagios(struct sh_import *in, struct sh_span text, struct sh_error *err);
int sh_format_nats(struct sh_import *in, struct sh_span text, struct sh_error *err);
int sh_format_nginx(struct sh_import *in, struct sh_span text, struct sh_error *err);
int sh_format_openmetrics(struct sh_import *in, struct sh_span text, struct sh_error *err);
int sh_format_otlp(struct sh_import *in, struct sh_span text, struct sh_error *err);
int sh_format_prom(struct sh_import *in, struct sh_span text, struct sh_error *err);
int sh_format_redis(struct sh_import *in, struct sh_span text, struct sh_error *err);
int sh_format_sadf(struct sh_import *in, struct sh_span text, struct sh_error *err);
int sh_format_smartctl(struct sh_import *in, struct sh_span text, struct sh_error *err);
int sh_format_syslog(struct sh_import *in, struct sh_span line, struct sh_error *err);
int sh_format_zpool(struct sh_import *in, struct sh_span text, struct sh_error *err);

#endif

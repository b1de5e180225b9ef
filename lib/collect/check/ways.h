/* SPDX-License-Identifier: MIT */
/* ways - the functions behind the kinds of checks; job.h says what they are to do */
#ifndef SH_COLLECT_CHECK_WAYS_H
#define SH_COLLECT_CHECK_WAYS_H

#include "collect/check/job.h"

int sh_check_http_start(struct sh_collect *c, struct sh_job_run *run, struct sh_error *err);
int sh_check_http_finish(struct sh_collect *c, struct sh_job_run *run, struct sh_error *err);
int sh_check_tls_start(struct sh_collect *c, struct sh_job_run *run, struct sh_error *err);
int sh_check_journal_start(struct sh_collect *c, struct sh_job_run *run, struct sh_error *err);
int sh_check_journal_finish(struct sh_collect *c, struct sh_job_run *run, struct sh_error *err);
int sh_check_log_finish(struct sh_collect *c, struct sh_job_run *run, struct sh_error *err);
int sh_check_command_start(struct sh_collect *c, struct sh_job_run *run, struct sh_error *err);
int sh_check_command_finish(struct sh_collect *c, struct sh_job_run *run, struct sh_error *err);
int sh_check_scrape_start(struct sh_collect *c, struct sh_job_run *run, struct sh_error *err);
int sh_check_scrape_finish(struct sh_collect *c, struct sh_job_run *run, struct sh_error *err);
int sh_check_read_finish(struct sh_collect *c, struct sh_job_run *run, struct sh_error *err);
int sh_check_plugin_start(struct sh_collect *c, struct sh_job_run *run, struct sh_error *err);
int sh_check_plugin_finish(struct sh_collect *c, struct sh_job_run *run, struct sh_error *err);

/* Probes of what listens somewhere. */
void sh_check_tcp(const struct sh_check *k, int64_t deadline, struct sh_outcome *out);
void sh_check_udp(const struct sh_check *k, int64_t deadline, struct sh_outcome *out);
void sh_check_unix(const struct sh_check *k, int64_t deadline, struct sh_outcome *out);
void sh_check_ping(const struct sh_check *k, int64_t deadline, struct sh_outcome *out);
void sh_check_dns(const struct sh_check *k, int64_t deadline, struct sh_outcome *out);
void sh_check_ntp(const struct sh_check *k, int64_t deadline, struct sh_outcome *out);
void sh_check_ssh(const struct sh_check *k, int64_t deadline, struct sh_outcome *out);
void sh_check_smtp(const struct sh_check *k, int64_t deadline, struct sh_outcome *out);
void sh_check_redis(const struct sh_check *k, int64_t deadline, struct sh_outcome *out);
void sh_check_postgres(const struct sh_check *k, int64_t deadline, struct sh_outcome *out);

/* Probes of what is on this machine. */
void sh_check_file(const struct sh_check *k, int64_t deadline, struct sh_outcome *out);
void sh_check_fresh(const struct sh_check *k, int64_t deadline, struct sh_outcome *out);
void sh_check_checksum(const struct sh_check *k, int64_t deadline, struct sh_outcome *out);
void sh_check_directory(const struct sh_check *k, int64_t deadline, struct sh_outcome *out);
void sh_check_mount(const struct sh_check *k, int64_t deadline, struct sh_outcome *out);
void sh_check_process(const struct sh_check *k, int64_t deadline, struct sh_outcome *out);

#endif

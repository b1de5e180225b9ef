/* SPDX-License-Identifier: MIT */
/* ways - the functions behind the kinds of checks; job.h says what they are to do */
#ifndef SH_COLLECT_CHECK_WAYS_H
#define SH_COLLECT_CHECK_WAYS_H

#include "collect/check/job.h"

int sh_check_http_start(struct sh_collect *c, struct sh_job_run *run, struct sh_error *err);
int sh_check_http_finish(struct sh_collect *c, struct sh_job_run *run, struct sh_error *err);
void sh_check_tcp(const struct sh_check *k, int64_t deadline, struct sh_outcome *out);
int sh_check_command_start(struct sh_collect *c, struct sh_job_run *run, struct sh_error *err);
int sh_check_command_finish(struct sh_collect *c, struct sh_job_run *run, struct sh_error *err);
int sh_check_plugin_start(struct sh_collect *c, struct sh_job_run *run, struct sh_error *err);
int sh_check_plugin_finish(struct sh_collect *c, struct sh_job_run *run, struct sh_error *err);

#endif

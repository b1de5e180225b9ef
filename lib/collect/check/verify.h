/* SPDX-License-Identifier: MIT */
/* verify - what only this library knows of the checks a site declares: formats, types of records */
#ifndef SH_COLLECT_CHECK_VERIFY_H
#define SH_COLLECT_CHECK_VERIFY_H

#include "base/error.h"
#include "config/site.h"

/* 0, or -1 with the first error and its place; every further one goes to REPORT. */
int sh_checks_verify(const struct sh_site *site, sh_config_report_fn *report, void *arg,
		     struct sh_error *err);

#endif

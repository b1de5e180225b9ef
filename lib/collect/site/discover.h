/* SPDX-License-Identifier: MIT */
/*
 * discover - a draft of a site file from what runs here
 *
 * Services are what listens on TCP or has a pid file in /run; file systems are
 * those that sh-collect reports. Everything is "mode: observe": a person reads
 * it, keeps what is right and decides what may be repaired.
 */
#ifndef SH_COLLECT_DISCOVER_H
#define SH_COLLECT_DISCOVER_H

#include "collect/collector.h"

/* Append YAML text. */
int sh_discover(struct sh_collect *c, struct sh_buf *out, struct sh_error *err);

#endif

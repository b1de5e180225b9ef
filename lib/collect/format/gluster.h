/* SPDX-License-Identifier: MIT */
/*
 * gluster - what `gluster ... --xml` says of a pool of servers
 *
 * Entities, all without a host: cluster:NAME ("gluster" unless --entity
 * cluster:NAME says otherwise), node:HOST, volume:NAME, brick:HOST:/PATH. Where a
 * document is about one volume that it does not name, --entity volume:NAME does.
 */
#ifndef SH_COLLECT_FORMAT_GLUSTER_H
#define SH_COLLECT_FORMAT_GLUSTER_H

#include "collect/format/document.h"
#include "collect/format/xml.h"

void sh_gluster_volumes(struct sh_import *in, const json_t *volumes);
void sh_gluster_status(struct sh_import *in, const json_t *volumes);
void sh_gluster_profile(struct sh_import *in, const json_t *profile);

#endif

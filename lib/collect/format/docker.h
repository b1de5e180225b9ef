/* SPDX-License-Identifier: MIT */
/*
 * docker - containers, as the API of Docker and Podman and their commands tell
 *
 * Entity container:NAME@HOST. A document that does not name its container is
 * about what --entity container:NAME says.
 */
#ifndef SH_COLLECT_FORMAT_DOCKER_H
#define SH_COLLECT_FORMAT_DOCKER_H

#include "collect/format/document.h"

/* Begin the sample of a container; NAME may have the "/" of the API before it, or be NULL. */
void sh_docker_begin(struct sh_sample_writer *s, struct sh_import *in, const char *name,
		     const char *const *dims, const char *image);
/* running, paused, ... as facts, from the one word of a state. */
void sh_docker_put_state(struct sh_sample_writer *s, const char *state);

void sh_docker_stats(struct sh_import *in, const json_t *doc);
void sh_docker_stats_line(struct sh_import *in, const json_t *doc);
void sh_docker_inspect(struct sh_import *in, const json_t *doc);
void sh_docker_info(struct sh_import *in, const json_t *doc);
void sh_docker_disk(struct sh_import *in, const json_t *doc);

#endif

/* SPDX-License-Identifier: MIT */
/*
 * packages - what is installed: NAME or NAME:ARCH, and its version
 *
 * From the data base of dpkg or apk itself, or by asking rpm. One that is damaged
 * or cut short is an error: half a list would look like packages removed.
 */
#ifndef SH_COLLECT_PACKAGES_H
#define SH_COLLECT_PACKAGES_H

#include "collect/collector.h"
#include "collect/listing.h"

/*
 * Changes whenever packages may have; OUT is replaced. Cheap.
 * SH_ERRC_UNAVAILABLE where no data base is found.
 */
int sh_packages_stamp(struct sh_collect *c, struct sh_buf *out, struct sh_error *err);
/* All of them, sorted. */
int sh_packages_read(struct sh_collect *c, struct sh_listing *out, struct sh_error *err);
/* When the package came as it is now, ns; 0 unknown. */
int64_t sh_packages_time(struct sh_collect *c, const char *name);

int sh_packages_parse_dpkg(struct sh_listing *out, struct sh_span text, struct sh_error *err);
int sh_packages_parse_apk(struct sh_listing *out, struct sh_span text, struct sh_error *err);
/* Lines "NAME.ARCH EPOCH:VERSION-RELEASE". */
int sh_packages_parse_rpm(struct sh_listing *out, struct sh_span text, struct sh_error *err);

#endif

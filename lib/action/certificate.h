/* SPDX-License-Identifier: MIT */
/* certificate - how long the certificate in a file is valid, by openssl(1) */
#ifndef SH_ACTION_CERTIFICATE_H
#define SH_ACTION_CERTIFICATE_H

#include <stdint.h>

#include "base/error.h"

struct sh_validity {
	int64_t from, until; /* ns */
};

/*
 * Of the first certificate of the file, which is the service's own. -1 with
 * UNAVAILABLE where there is no openssl, SYSTEM where the file holds none.
 */
int sh_certificate_validity(const char *file, struct sh_validity *out, struct sh_error *err);

#endif
